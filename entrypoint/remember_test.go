package entrypoint_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/host/sticky"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/memo"
)

// push makes the next run one for another commit of the pull request, and run is
// the number of that run.
func (j *job) push(sha, run string) *job {
	j.t.Helper()
	data, err := os.ReadFile(j.env["GITHUB_EVENT_PATH"])
	if err != nil {
		j.t.Fatal(err)
	}
	event := filepath.Join(j.t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(strings.ReplaceAll(string(data), j.head(), sha)), 0o600); err != nil {
		j.t.Fatal(err)
	}
	j.g.SetHead(sha)
	return j.set("GITHUB_EVENT_PATH", event, "GITHUB_RUN_ID", run, "HEAD_OF_THE_TEST", sha)
}

func (j *job) head() string {
	if sha := j.env["HEAD_OF_THE_TEST"]; sha != "" {
		return sha
	}
	return headSHA
}

// only returns the text of the one comment that there is.
func (j *job) only() string {
	j.t.Helper()
	comments := j.g.Comments()
	if len(comments) != 1 {
		j.t.Fatalf("%d comments: %+v\n%s", len(comments), comments, j.stdout)
	}
	return comments[0].Body
}

// since returns the section of the comment on what changed, "" for none.
func (j *job) since() string {
	j.t.Helper()
	_, text, there := strings.Cut(j.only(), "### Since ")
	if !there {
		return ""
	}
	head, rest, _ := strings.Cut(text, "\n\n")
	list, _, _ := strings.Cut(rest, "\n\n")
	return head + "\n" + list
}

// writes is how often the comment was written.
func (j *job) writes() int {
	return len(j.g.Requests("POST", "/comments")) + len(j.g.Requests("PATCH", "/comments"))
}

var secondSHA, thirdSHA = strings.Repeat("4", 40), strings.Repeat("5", 40)

const sinceFirst = "`111111111111`\n" +
	"- ✓ all services: fail → pass; errors 2 → 0; warnings 1 → 0\n" +
	"- ✓ `checkout`: fail → pass; errors 2 → 0; warnings 1 → 0"

// A comment says what is different from the commit before. Further runs for the
// same commit compare with the same, and do not write what stands there already.
func TestTheCommentSaysWhatAPushChanged(t *testing.T) {
	j := newJob(t, "pull_request")
	j.start()
	if got := j.since(); got != "" {
		t.Errorf("the first comment compares itself:\n%s", got)
	}
	j.push(secondSHA, "101").rep = healthy()
	j.start()
	if got := j.since(); got != sinceFirst {
		t.Errorf("got:\n%s\nwant:\n%s", got, sinceFirst)
	}
	if strings.Contains(j.summary(), "### Since") {
		t.Error("the summary compares, too")
	}
	stands, writes := j.only(), j.writes()
	j.set("GITHUB_RUN_ID", "102").start()
	if j.only() != stands || j.writes() != writes {
		t.Errorf("a further run for the same commit wrote:\n%s", j.only())
	}
	// With other figures it is written, and still compares with the first commit.
	j.rep.Services[0].Tier = "high"
	j.set("GITHUB_RUN_ID", "103").start()
	if got := j.since(); !strings.HasPrefix(got, "`111111111111`\n") || !strings.Contains(got, "`checkout`: fail → pass; tier critical → high;") {
		t.Errorf("got:\n%s", got)
	}
	j.push(thirdSHA, "104").start()
	if got := j.since(); got != "" {
		t.Errorf("nothing changed, but:\n%s", got)
	}
}

// The note of a merge request remembers as well.
func TestTheNoteSaysWhatAPushChanged(t *testing.T) {
	p := newPipeline(t)
	p.start()
	p.g.SetHead(secondSHA)
	p.set("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", secondSHA, "CI_PIPELINE_ID", "901").rep = healthy()
	p.start()
	notes := p.g.Notes()
	if len(notes) != 1 || !strings.Contains(notes[0].Body, "### Since "+strings.Replace(sinceFirst, "\n", "\n\n", 1)) {
		t.Errorf("notes %+v\n%s", notes, p.stdout)
	}
}

// Only our own comment is believed, and only what could have stood in it.
func TestForgedMemoryIsNotCompared(t *testing.T) {
	forged := memo.Of(healthy(), secondSHA)
	marker := sticky.Marker{Key: "default", SHA: secondSHA, Run: 1, Attempt: 1}.String() + "\n"
	ours := hosttest.ActionsBot
	line := memo.Note{Now: forged}.Line()
	other := marker + memo.Note{Now: memo.Of(healthy(), thirdSHA)}.Line() + "\nold"
	for name, c := range map[string]struct {
		by       hosttest.User
		body     string
		compared bool
	}{
		"our own":                {ours, marker + line + "\nold", true},
		"somebody else's":        {hosttest.User{Login: "octocat", Type: "User"}, marker + line + "\nold", false},
		"about another commit":   {ours, other, false},
		"of another version":     {ours, marker + strings.Replace(line, "v=1", "v=9", 1) + "\nold", false},
		"garbage":                {ours, marker + "<!-- nthlayer:verdict v=1 AAAA -->\nold", false},
		"further down":           {ours, marker + "old\n" + line, false},
		"about the same commit":  {ours, strings.ReplaceAll(marker, secondSHA, headSHA) + memo.Note{Now: memo.Of(healthy(), headSHA)}.Line() + "\nold", false},
		"none, from before this": {ours, marker + "old", false},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "pull_request")
			j.g.Seed(c.by, c.body)
			if code := j.start(); code != entrypoint.ExitFail || j.outputs()["undelivered"] != "" {
				t.Fatalf("exit code %d, undelivered %q", code, j.outputs()["undelivered"])
			}
			comments := j.g.Comments()
			if got := strings.Contains(comments[len(comments)-1].Body, "### Since"); got != c.compared {
				t.Errorf("compared: %t\n%s", got, comments[len(comments)-1].Body)
			}
		})
	}
}

// A run that was cut short knows too little to compare. The run that follows for
// the same commit compares with what it would have compared with.
func TestARunThatWasCutShortComparesNothing(t *testing.T) {
	j := newJob(t, "pull_request")
	j.start()
	j.push(secondSHA, "101")
	j.run = func(context.Context, entrypoint.Settings) (*report.Report, error) {
		return healthy(), errors.New("the server hung up")
	}
	j.start()
	if got := j.since(); got != "" || !strings.Contains(j.only(), "the server hung up") {
		t.Fatalf("got:\n%s", j.only())
	}
	_, text, _ := sticky.Parse(j.only())
	if note, ok := memo.Parse(text); !ok || note.Now.Cut != memo.CutServices {
		t.Errorf("services of a run that may not know them all are remembered: %+v", note)
	}
	j.run, j.rep = nil, healthy()
	j.set("GITHUB_RUN_ATTEMPT", "2").start()
	if got := j.since(); got != sinceFirst {
		t.Errorf("got:\n%s\nwant:\n%s", got, sinceFirst)
	}
}

// The line is part of the budget of the comment, and no part of the file.
func TestMemoryStaysInTheBudgetAndOutOfTheFile(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_COMMENT-FILE", "comment.md")
	for i := range 500 {
		s := sample().Services[0]
		s.Name = "service-" + strings.Repeat("x", i%50) + string(rune('a'+i%26))
		j.rep.Services = append(j.rep.Services, s)
	}
	j.start()
	body := j.only()
	lines := strings.SplitN(body, "\n", 3)
	if !strings.HasPrefix(lines[1], "<!-- nthlayer:verdict v=1 ") || len(lines[1]) > memo.MaxLine || len(body) > 60_000 {
		t.Errorf("a line of %d bytes in %d: %s", len(lines[1]), len(body), lines[1])
	}
	file, err := os.ReadFile(filepath.Join(j.dir, "comment.md"))
	if err != nil || strings.Contains(string(file), "<!--") {
		t.Errorf("%v: %.300s", err, file)
	}
}
