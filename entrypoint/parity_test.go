package entrypoint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// told is what people and later steps get of a run, whatever the host.
type told struct {
	ExitCode int
	Comment  string
	// Statuses are descriptions by name, with whether they are green.
	Statuses map[string]string
	// Outputs are the values of the step's outputs or of the dotenv report.
	Outputs map[string]string
	// Files are the report files.
	Files map[string]string
	// Log is what the log says of the report.
	Log string
}

// toldFiles are files that both hosts can be asked for.
func toldFiles() map[string]string {
	return map[string]string{
		"REPORT_FILE": "r.json", "JUNIT_FILE": "j.xml", "SARIF_FILE": "s.sarif", "CODEQUALITY_FILE": "c.json", "COMMENT_FILE": "c.md", "DOTENV_FILE": "d.env",
	}
}

// tellGitHub and tellGitLab run one report with the same wishes.
func tellGitHub(t *testing.T, rep *report.Report) told {
	t.Helper()
	j := newJob(t, "pull_request").set("INPUT_COMMENT", "always")
	for name, file := range toldFiles() {
		j.set("INPUT_"+strings.ReplaceAll(name, "_", "-"), file)
	}
	j.rep = rep
	out := told{ExitCode: j.start(), Statuses: map[string]string{}}
	same := neutral(j.dir, j.g.URL()+"/example/shop/actions/runs/100/attempts/1")
	for _, c := range j.g.Comments() {
		out.Comment += unsealed(same(c.Body))
	}
	for _, s := range j.g.Statuses() {
		out.Statuses[s.Context] = fmt.Sprint(s.Description, " ", s.State == "success")
	}
	out.Files, out.Outputs = gathered(t, j.dir, same)
	for name, value := range j.outputs() {
		variable := "NTHLAYER_RESULT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if got, ok := out.Outputs[variable]; ok && name != "comment-url" && got != value {
			t.Errorf("output %s is %q, the variable %q", name, value, got)
		}
	}
	out.Log = reportOf(t, same(j.stdout))
	return out
}

func tellGitLab(t *testing.T, rep *report.Report) told {
	t.Helper()
	p := newPipeline(t).set("NTHLAYER_COMMENT", "always", "NTHLAYER_STATUSES", "true")
	for name, file := range toldFiles() {
		p.set("NTHLAYER_"+name, file)
	}
	p.rep = rep
	out := told{ExitCode: p.start(), Statuses: map[string]string{}}
	same := neutral(p.dir, p.env["CI_JOB_URL"])
	for _, n := range p.g.Notes() {
		out.Comment += unsealed(same(n.Body))
	}
	for _, s := range p.g.Statuses() {
		out.Statuses[s.Name] = fmt.Sprint(s.Description, " ", s.Status == "success")
	}
	out.Files, out.Outputs = gathered(t, p.dir, same)
	out.Log = reportOf(t, same(p.stdout))
	return out
}

// neutral takes out of a text what has to differ: the addresses of the run, the
// workspace, and the marker's number of the run.
func neutral(dir, run string) func(string) string {
	return func(text string) string {
		text = strings.NewReplacer(run, "https://host.example/run", dir, "/workspace", " run=900 ", " run=100 ").Replace(text)
		return text
	}
}

// gathered reads the files, and the variables of the dotenv report among them.
func gathered(t *testing.T, dir string, same func(string) string) (files, variables map[string]string) {
	t.Helper()
	files, variables = map[string]string{}, map[string]string{}
	for _, file := range toldFiles() {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		files[file] = same(string(data))
	}
	for line := range strings.Lines(files["d.env"]) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		variables[name] = value
	}
	delete(files, "d.env")
	delete(variables, "NTHLAYER_RESULT_COMMENT_URL")
	return files, variables
}

// reportOf cuts out of a log what the report says: from its head to its last line.
func reportOf(t *testing.T, log string) string {
	t.Helper()
	from := strings.Index(log, "nthlayer ci: ")
	to := strings.LastIndex(log, "(exit code ")
	if from < 0 || to < from {
		t.Fatalf("the log has no report:\n%s", log)
	}
	return log[from:to]
}

// One report says the same on both hosts, word for word: in the comment, the
// statuses, the files, the outputs and the log.
func TestBothHostsAreToldTheSame(t *testing.T) {
	undecided := sample()
	undecided.Verdict, undecided.Services[0].Verdict, undecided.Summary.Unknown = report.Undecidable, report.Undecidable, 1
	undecided.Stages[1].Verdict = report.Undecidable
	for name, rep := range map[string]*report.Report{
		"blocked": sample(), "healthy": healthy(), "undecided": undecided, "many services": blockedServices("a", "b", "@all", "/merge"),
	} {
		t.Run(name, func(t *testing.T) {
			gitHub, gitLab := tellGitHub(t, rep), tellGitLab(t, rep)
			if diff := cmp.Diff(gitHub, gitLab); diff != "" {
				t.Errorf("-GitHub +GitLab:\n%s", diff)
			}
			if gitHub.Comment == "" || len(gitHub.Statuses) != len(rep.Stages) || len(gitHub.Outputs) < 10 {
				t.Errorf("the test compares nothing: %+v", gitHub)
			}
		})
	}
}
