package entrypoint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

const fixableText = "a: 1\nb: 2\nc: 3\nd: up{a=~\"b\"}\nfor: 0s\ng: 6\n"

// suggesting is a job whose workspace has a file of which a pull request adds lines 4
// and 5, each with a fix, as well as a fix of line 1, which nobody touched.
func suggesting(t *testing.T) *job {
	t.Helper()
	j := newJob(t, "pull_request")
	j.g.SetFiles(hosttest.File{Filename: "services/checkout.yaml", Status: "modified", Changes: 2, Patch: "@@ -3,2 +3,4 @@\n c\n+d\n+e\n g"})
	j.workspace(fixableText)
	j.g.SetFile(headSHA, "services/checkout.yaml", fixableText)
	j.rep = withFixes()
	return j
}

func (j *job) workspace(text string) {
	j.t.Helper()
	path := filepath.Join(j.dir, "services/checkout.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		j.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		j.t.Fatal(err)
	}
}

func withFixes() *report.Report {
	rep := sample()
	fixes := func(old, text string, kind report.EditKind) *report.Fix {
		start := strings.Index(fixableText, old)
		return &report.Fix{Edits: []report.Edit{{Start: start, End: start + len(old), Text: text, Kind: kind}}}
	}
	at := func(line int, message string, fix *report.Fix) report.Finding {
		return report.Finding{Rule: "promql/some-rule", Severity: report.Info, File: "services/checkout.yaml", Path: message, Line: line, Column: 1, Message: message, Fix: fix}
	}
	rep.Findings = report.Normalise(append(rep.Findings,
		at(1, "far away", fixes("1", "2", report.EditValue)),
		at(4, "needless @octocat", fixes("=~", "=", report.EditValue)),
		at(5, "for nothing", fixes("for: 0s\n", "", report.EditRemove)),
	))
	return rep
}

// suggestionLine is what became of the suggestions.
func (j *job) suggestionLine() string {
	j.t.Helper()
	var lines []string
	for _, c := range j.g.Reviews() {
		_, text, _ := strings.Cut(c.Body, "\n")
		_, block, _ := strings.Cut(text, "```")
		block, _, _ = strings.Cut(block, "\n<sub>")
		lines = append(lines, fmt.Sprintf("%d: %q", c.Line, "```"+block))
	}
	return strings.Join(lines, "; ")
}

const bothSuggested = "4: \"```suggestion\\nd: up{a=\\\"b\\\"}\\n```\\n\"; 5: \"```suggestion\\n```\\n\""

func TestFixesOfChangedLinesAreSuggested(t *testing.T) {
	j := suggesting(t)
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s\n%s", code, j.stdout, j.stderr)
	}
	if got := j.suggestionLine(); got != bothSuggested {
		t.Fatalf("suggested %s", got)
	}
	if body := j.g.Reviews()[0].Body; strings.Contains(body, "needless @octocat") {
		t.Errorf("the comment calls somebody: %q", body)
	}
	if len(j.commands("error")) != 2 || len(j.commands("notice")) != 0 {
		t.Errorf("what has a comment is annotated, too, or something else is not:\n%s", j.stdout)
	}
	if j.start(); j.suggestionLine() != bothSuggested || len(j.commands("notice")) != 0 {
		t.Errorf("second run: %s\n%s", j.suggestionLine(), j.stdout)
	}
	first := j.g.Reviews()[0]
	j.g.SeedReview(hosttest.Human, hosttest.ReviewComment{Body: "why?", Path: first.Path, InReplyTo: first.ID})
	j.rep = sample()
	if j.start(); len(j.g.Reviews()) != 2 || j.g.Reviews()[0].ID != first.ID {
		t.Errorf("only the comment that somebody answered stays: %+v", j.g.Reviews())
	}
	j.g.Outdate(first.ID)
	j.rep = withFixes()
	if j.start(); len(j.g.Reviews()) != 3 || j.outputs()["undelivered"] != "" {
		t.Errorf("back: %+v", j.g.Reviews())
	}
}

func TestWhereNothingIsSuggested(t *testing.T) {
	for name, prepare := range map[string]func(*job){
		"not wanted": func(j *job) { j.set("INPUT_SUGGESTIONS", "false") },
		"no token":   func(j *job) { j.set("INPUT_TOKEN", "") },
		"a token that may not": func(j *job) {
			j.g.Break(hosttest.Fault{Path: "/pulls/7/comments", Status: 403, Message: "Resource not accessible by integration"})
		},
		"a token that may only read": func(j *job) {
			j.g.Break(hosttest.Fault{Method: "POST", Path: "/pulls/7/comments", Status: 403, Message: "Resource not accessible by integration"})
		},
		"a server without such comments": func(j *job) { j.g.Break(hosttest.Fault{Path: "/pulls/7/comments", Status: 404, Message: "Not Found"}) },
		"newer commit":                   func(j *job) { j.g.SetHead(baseSHA) },
		"the merge has other lines":      func(j *job) { j.g.SetFile(headSHA, "services/checkout.yaml", "x\n"+fixableText) },
		"the head cannot be read":        func(j *job) { j.g.Break(hosttest.Fault{Path: "/contents/", Status: 404, Message: "Not Found"}) },
		"line breaks of Windows":         func(j *job) { j.workspace(strings.ReplaceAll(fixableText, "\n", "\r\n")) },
		"unknown change": func(j *job) {
			j.g.Break(hosttest.Fault{Path: "/files", Status: 404, Message: "Not Found"})
			j.g.Break(hosttest.Fault{Path: "/compare/", Status: 404, Message: "Not Found"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := suggesting(t)
			prepare(j)
			if code := j.start(); code != entrypoint.ExitFail || len(j.g.Reviews()) > 0 {
				t.Fatalf("exit code %d, %+v", code, j.g.Reviews())
			}
			if strings.Contains(j.outputs()["undelivered"], "suggestions") {
				t.Errorf("undelivered %s", j.outputs()["undelivered"])
			}
			if name != "unknown change" && name != "no token" && len(j.commands("notice")) < 2 {
				t.Errorf("the findings are not annotated either:\n%s", j.stdout)
			}
		})
	}
}

func TestAPullRequestFromAForkGetsNoSuggestions(t *testing.T) {
	j := newJob(t, "pull_request_fork")
	j.workspace(fixableText)
	j.rep = withFixes()
	j.start()
	if n := len(j.g.Requests("", "/pulls/7/comments")); n > 0 {
		t.Errorf("%d requests", n)
	}
}

func TestTenSuggestionsAtMost(t *testing.T) {
	j := suggesting(t)
	text := strings.Repeat("a: =~\n", 30)
	j.workspace(text)
	j.g.SetFile(headSHA, "services/checkout.yaml", text)
	j.g.SetFiles(hosttest.File{Filename: "services/checkout.yaml", Status: "added", Changes: 30, Patch: "@@ -0,0 +1,30 @@\n" + strings.Repeat("+a\n", 30)})
	for i := range 30 {
		start := 6*i + 3
		j.rep.Findings = append(j.rep.Findings, report.Finding{
			Rule: fmt.Sprintf("promql/rule-%d", i), Severity: report.Info, File: "services/checkout.yaml", Line: i + 1, Message: "m",
			Fix: &report.Fix{Edits: []report.Edit{{Start: start, End: start + 2, Text: "="}}},
		})
	}
	j.rep.Findings = report.Normalise(j.rep.Findings)
	if j.start(); len(j.g.Reviews()) != 10 {
		t.Errorf("%d suggestions", len(j.g.Reviews()))
	}
	if j.start(); len(j.g.Reviews()) != 10 {
		t.Errorf("%d suggestions after a second run", len(j.g.Reviews()))
	}
}
