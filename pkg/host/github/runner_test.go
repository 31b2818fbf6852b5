package github_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

// job is a runner with its log and its files.
type job struct {
	*github.Runner
	log             bytes.Buffer
	output, summary string
}

func newJob(t *testing.T) *job {
	t.Helper()
	dir := t.TempDir()
	j := &job{output: filepath.Join(dir, "output"), summary: filepath.Join(dir, "summary")}
	env := map[string]string{"GITHUB_OUTPUT": j.output, "GITHUB_STEP_SUMMARY": j.summary, "GITHUB_WORKSPACE": "/github/workspace"}
	j.Runner = github.NewRunner(&j.log, func(name string) string { return env[name] })
	return j
}

func TestPlainTextIsNeverACommand(t *testing.T) {
	for _, text := range []string{
		"::error::x", "  ::set-output name=a::b", "text ##[error]x", "a\n::add-mask::secret\nb",
		"::stop-commands::x", "::x::", "\r\n::error::x",
	} {
		j := newJob(t)
		if err := j.Plain(text); err != nil {
			t.Fatal(err)
		}
		if got := hosttest.ParseLog(j.log.String()); len(got) != 0 {
			t.Errorf("%q became %+v", text, got)
		}
		if !strings.Contains(j.log.String(), text) {
			t.Errorf("%q is not in the log", text)
		}
	}
}

func TestCommandsWorkAgainAfterPlainText(t *testing.T) {
	j := newJob(t)
	if err := errors.Join(j.Plain("::error::no"), j.Say("notice", "T", "yes")); err != nil {
		t.Fatal(err)
	}
	want := []hosttest.Command{{Name: "notice", Properties: map[string]string{"title": "T"}, Message: "yes"}}
	if diff := cmp.Diff(want, hosttest.ParseLog(j.log.String())); diff != "" {
		t.Error(diff)
	}
}

func TestMaskEveryLineExactly(t *testing.T) {
	j := newJob(t)
	j.Mask("pass%word", "line one\nline two", "abc", "")
	var got []string
	for _, c := range hosttest.ParseLog(j.log.String()) {
		got = append(got, c.Name+"="+c.Message)
	}
	want := []string{"add-mask=pass%word", "add-mask=line one", "add-mask=line two"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

type brokenLog struct{}

func (brokenLog) Write([]byte) (int, error) { return 0, errors.New("closed") }

func TestBrokenLogIsAnErrorNotAPanic(t *testing.T) {
	r := github.NewRunner(brokenLog{}, func(string) string { return "" })
	r.Mask("secret")
	if err := r.Plain("text"); err == nil {
		t.Error("no error")
	}
	if _, err := r.Annotate(t.Context(), []report.Finding{{Rule: "a/b"}}); err == nil {
		t.Error("no error")
	}
}

// A value that holds a delimiter must not be able to set other outputs.
func TestOutputsCannotSetOtherOutputs(t *testing.T) {
	j := newJob(t)
	evil := "x\n_GitHubActionsFileCommandDelimeter_\nverdict<<EOF\npass\nEOF\n"
	err := errors.Join(
		j.SetOutputs(github.Output{Name: "verdict", Value: "fail"}, github.Output{Name: "blocked-services", Value: evil}),
		j.SetOutputs(github.Output{Name: "undelivered", Value: ""}))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(j.output)
	if err != nil {
		t.Fatal(err)
	}
	got, err := hosttest.ParseFile(string(data))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"verdict": "fail", "blocked-services": evil, "undelivered": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Who knows a delimiter can keep an output from being written, or end the silence of
// the log: each is drawn anew.
func TestDelimitersCannotBeKnown(t *testing.T) {
	j := newJob(t)
	for range 2 {
		if err := errors.Join(j.SetOutputs(github.Output{Name: "a", Value: "x"}, github.Output{Name: "b", Value: "y"}), j.Plain("text")); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(j.output)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:<<|::stop-commands::)(\S+)`).FindAllStringSubmatch(string(written)+j.log.String(), -1) {
		if len(m[1]) < 26 || seen[m[1]] {
			t.Errorf("%q is short or was there before", m[1])
		}
		seen[m[1]] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d delimiters", len(seen))
	}
}

func TestSummaryOverTheLimitIsRefusedHere(t *testing.T) {
	j := newJob(t)
	if err := j.Summarise(strings.Repeat("x", github.MaxSummary-10)); err != nil {
		t.Fatal(err)
	}
	if room := j.SummaryRoom(); room != 10 {
		t.Errorf("room %d, want 10", room)
	}
	if err := j.Summarise(strings.Repeat("x", 11)); err == nil {
		t.Error("no error")
	}
	if info, err := os.Stat(j.summary); err != nil || info.Size() != github.MaxSummary-10 {
		t.Errorf("the summary was touched: %v %v", info, err)
	}
}

func TestUnsetCommandFilesAreErrors(t *testing.T) {
	r := github.NewRunner(&bytes.Buffer{}, func(string) string { return "" })
	if err := r.SetOutputs(github.Output{Name: "a", Value: "b"}); !errors.Is(err, github.ErrNoFile) || !strings.Contains(err.Error(), "GITHUB_OUTPUT") {
		t.Errorf("error %v", err)
	}
	if err := r.Summarise("x"); !errors.Is(err, github.ErrNoFile) {
		t.Errorf("error %v", err)
	}
}

func TestAnnotationsOfFindings(t *testing.T) {
	j := newJob(t)
	n, err := j.Annotate(t.Context(), []report.Finding{
		{Rule: "slo/objective-range", Severity: report.Error, File: "/github/workspace/services/a.yaml", Line: 3, Column: 5, Message: "100 % leaves no budget: ::error::x"},
		{Rule: "verify/metric-missing", Severity: report.Warning, File: "services/b.yaml", Line: 9, Message: "m"},
	})
	if err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	got := hosttest.ParseLog(j.log.String())
	if len(got) != 2 || got[0].Name != "error" || got[1].Name != "warning" {
		t.Fatalf("commands %+v", got)
	}
	want := map[string]string{"file": "services/a.yaml", "line": "3", "col": "5", "title": "slo/objective-range"}
	if diff := cmp.Diff(want, got[0].Properties); diff != "" {
		t.Error(diff)
	}
}
