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

const serviceText = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n"

// threaded is a pipeline that asks for threads and whose workspace has the file of
// the sample, with line 4 added.
func threaded(t *testing.T) *pipeline {
	t.Helper()
	p := newPipeline(t).set("NTHLAYER_GITLAB_THREADS", "true")
	p.file("services/checkout.yaml", serviceText)
	p.g.SetFile(headSHA, "services/checkout.yaml", serviceText)
	return p
}

func (p *pipeline) file(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// threadLine is what the log says about the threads.
func (p *pipeline) threadLine() string {
	p.t.Helper()
	_, rest, ok := strings.Cut(p.stdout, "\nthreads: ")
	if !ok {
		p.t.Fatalf("the log says nothing of threads:\n%s", p.stdout)
	}
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

func TestFindingsOnChangedLinesGetThreads(t *testing.T) {
	p := threaded(t)
	if code := p.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s\n%s", code, p.stdout, p.stderr)
	}
	all := p.g.Threads()
	if len(all) != 2 || p.threadLine() != "delivered, 2 opened, 2 open now" {
		t.Fatalf("%s: %+v", p.threadLine(), all)
	}
	for _, thread := range all {
		note := thread.Notes[0]
		if *note.Position.NewLine != 4 || note.Position.NewPath != "services/checkout.yaml" || !strings.Contains(note.Body, "**error**") {
			t.Errorf("thread %+v", note)
		}
	}
	if p.start(); len(p.g.Threads()) != 2 || p.threadLine() != "delivered, 2 open now" {
		t.Errorf("second run: %s", p.threadLine())
	}
	p.rep = healthy()
	if p.start(); !p.g.Threads()[0].Resolved() || p.threadLine() != "delivered, 2 resolved" {
		t.Errorf("fixed: %s, %+v", p.threadLine(), p.g.Threads())
	}
	p.rep = sample()
	if p.start(); p.g.Threads()[0].Resolved() || len(p.g.Threads()) != 2 || p.threadLine() != "delivered, 2 opened again, 2 open now" {
		t.Errorf("back: %s", p.threadLine())
	}
	p.g.Resolve(all[0].ID, hosttest.Developer)
	if p.start(); !p.g.Threads()[0].Resolved() {
		t.Error("a thread that a person resolved was opened again")
	}
	p.rep = healthy()
	p.start()
	p.rep = sample()
	if p.start(); !p.g.Threads()[0].Resolved() || p.g.Threads()[1].Resolved() {
		t.Error("after the finding was gone in between")
	}
}

// Threads are off until somebody asks for them, and there are places where an open
// thread does harm or says nothing true.
// An open thread blocks a merge, and an info is no reason for that: it gets none,
// and what has become one loses its own.
func TestInfosGetNoThreads(t *testing.T) {
	p := threaded(t)
	info := func() *report.Report {
		rep := sample()
		for i := range rep.Findings {
			rep.Findings[i].Severity = report.Info
		}
		return rep
	}
	p.rep = info()
	if p.start(); len(p.g.Threads()) != 0 || p.threadLine() != "delivered, none is open" {
		t.Fatalf("%s: %+v", p.threadLine(), p.g.Threads())
	}
	p.rep = sample()
	p.start()
	p.rep = info()
	if p.start(); len(p.g.Threads()) != 2 || p.threadLine() != "delivered, 2 resolved" {
		t.Errorf("errors that became infos: %s", p.threadLine())
	}
	p.rep = sample()
	p.rep.Findings[0].Severity = report.Warning
	if p.start(); p.threadLine() != "delivered, 2 opened again, 1 edited, 2 open now" {
		t.Errorf("a warning and an error: %s", p.threadLine())
	}
}

func TestWhereNoThreadIsOpened(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*pipeline)
		want    string
	}{
		"not asked for": {func(p *pipeline) { p.set("NTHLAYER_GITLAB_THREADS", "false") }, "skipped, gitlab-threads is false"},
		"no token":      {func(p *pipeline) { p.set("GITLAB_TOKEN", "") }, "skipped, there is no token"},
		"merge train": {
			func(p *pipeline) { p.set("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train") },
			"skipped, a thread would drop the merge request from its train",
		},
		"fork": {func(p *pipeline) { p.set("CI_MERGE_REQUEST_PROJECT_ID", "43") }, "skipped, a merge request from a fork runs in the fork"},
		"no merge request": {
			func(p *pipeline) { p.set("CI_MERGE_REQUEST_IID", "", "CI_PIPELINE_SOURCE", "push") },
			"skipped, this run belongs to no merge request",
		},
		"newer commit": {func(p *pipeline) { p.g.SetHead(baseSHA) }, "skipped, the merge request has the newer commit 222222222222"},
		"unknown change": {
			func(p *pipeline) { p.g.Break(hosttest.Fault{Path: "/diffs", Status: 404, Message: "404"}) },
			"skipped, it is not known which lines changed",
		},
		"the merge has other lines": {
			func(p *pipeline) { p.g.SetFile(headSHA, "services/checkout.yaml", "x\n"+serviceText) },
			"delivered, none is open; 2 without one, because the merge with the target branch has other lines",
		},
		"the head cannot be read": {
			func(p *pipeline) { p.g.Break(hosttest.Fault{Path: "/raw", Status: 404, Message: "404 File Not Found"}) },
			"delivered, none is open; 2 without one, because",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := threaded(t)
			tt.prepare(p)
			p.start()
			if got := p.threadLine(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if len(p.g.Threads()) > 0 {
				t.Errorf("threads %+v", p.g.Threads())
			}
		})
	}
}

// A pipeline that a member started in the project itself for a fork's merge
// request has that project's token.
func TestForkWithRightsGetsThreads(t *testing.T) {
	p := threaded(t).set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "43")
	if p.start(); len(p.g.Threads()) != 2 {
		t.Errorf("%s", p.threadLine())
	}
}

// A line that GitLab takes no thread on is in the note, and the others go on.
func TestThreadRefusedForItselfLeavesTheOthers(t *testing.T) {
	p := threaded(t)
	p.g.Break(hosttest.Fault{Method: "POST", Path: "/discussions", Status: 400, Times: 1, Message: "400 Bad request - Note {:line_code=>[\"can't be blank\"]}"})
	p.start()
	if got := p.threadLine(); len(p.g.Threads()) != 1 || !strings.Contains(got, "1 more") || !strings.Contains(got, "line_code") {
		t.Errorf("%s", got)
	}
	if notes := p.g.Notes(); len(notes) != 1 || !strings.Contains(notes[0].Body, "m is missing") || !strings.Contains(notes[0].Body, "budget is used up") {
		t.Errorf("a finding is not in the note: %+v", notes)
	}
}

// What is refused for the token changes neither the verdict nor the note.
func TestRefusedThreadsLeaveOneNotice(t *testing.T) {
	for name, fault := range map[string]hosttest.Fault{
		"list":  {Method: "GET", Path: "/discussions", Status: 403, Message: "403 Forbidden"},
		"open":  {Method: "POST", Path: "/discussions", Status: 403, Message: "403 Forbidden"},
		"limit": {Method: "POST", Path: "/discussions", Status: 429, Message: "slow down"},
		"lost":  {Method: "POST", Path: "/discussions", Status: 502, Message: "Bad Gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			p := threaded(t)
			p.g.Break(fault)
			if code := p.start(); code != entrypoint.ExitFail || p.variables()["NTHLAYER_RESULT_UNDELIVERED"] != "threads" || len(p.g.Notes()) != 1 {
				t.Errorf("exit code %d, %v", code, p.variables())
			}
			if fault.Status == 403 && !strings.Contains(p.stdout, "role Developer") {
				t.Errorf("the log does not say what the token needs:\n%s", p.stdout)
			}
		})
	}
}

// A run that could not ask has found nothing, and nothing is fixed because of it.
func TestBlindRunResolvesNoThread(t *testing.T) {
	for name, blind := range map[string]func(*report.Report){
		"stage undecided": func(r *report.Report) {
			r.Stages[1].Verdict, r.Stages[2].Verdict = report.Undecidable, report.Undecidable
		},
		"stage left out":   func(r *report.Report) { r.Stages = r.Stages[:0] },
		"input unreadable": func(r *report.Report) { r.Summary.Unreadable = 1 },
	} {
		p := threaded(t)
		p.start()
		p.rep = healthy()
		blind(p.rep)
		p.start()
		for _, thread := range p.g.Threads() {
			if thread.Resolved() {
				t.Errorf("%s: %+v was resolved", name, thread.Notes[0].Body)
			}
		}
	}
}

func TestHostileTextIsNoQuickActionInAThread(t *testing.T) {
	p := threaded(t)
	evil := "/merge\n/approve\r\n/close | <!-- nthlayer:thread --> @all `\n"
	p.rep.Findings = report.Normalise([]report.Finding{
		{Rule: "a/b", Severity: report.Error, File: "services/checkout.yaml", Line: 4, Message: evil, Suggestion: evil},
		{Rule: evil, Severity: report.Error, File: "services/checkout.yaml", Line: 4, Message: "m"},
	})
	p.start()
	all := p.g.Threads()
	if done := p.g.QuickActions(); len(done) > 0 || len(all) != 1 {
		t.Fatalf("GitLab carried out %q of %+v", done, all)
	}
	if body := all[0].Notes[0].Body; strings.Contains(body, "@all") || strings.Count(body, "<!--") != 1 {
		t.Errorf("body:\n%s", body)
	}
}

// The fix of a finding can be applied from its thread, where all of it is on changed
// lines.
func TestThreadsSuggestTheFix(t *testing.T) {
	p := threaded(t)
	fix := func(line, at int) report.Finding {
		return report.Finding{
			Rule: "a/b", Severity: report.Error, File: "services/checkout.yaml", Line: line, Message: "m",
			Fix: &report.Fix{Edits: []report.Edit{{Start: at, End: at + 1, Text: "`9`"}}},
		}
	}
	p.rep.Findings = report.Normalise([]report.Finding{fix(4, strings.Index(serviceText, "4")), fix(3, strings.Index(serviceText, "3"))})
	p.start()
	var bodies []string
	for _, thread := range p.g.Threads() {
		bodies = append(bodies, thread.Notes[0].Body)
	}
	if got := strings.Join(bodies, ""); strings.Count(got, "suggestion") != 1 || !strings.Contains(got, "\n\n```suggestion:-0+0\nd: `9`\n```\n\n<sub>") {
		t.Errorf("threads:\n%s", got)
	}
}

// Errors come first, and what has no room is counted.
func TestThereAreAtMostTwentyThreads(t *testing.T) {
	p := threaded(t)
	p.g.SetDiffs(hosttest.Diff{OldPath: "services/checkout.yaml", NewPath: "services/checkout.yaml", Diff: "@@ -3,2 +3,4 @@\n a\n+b\n+c\n d\n"})
	var findings []report.Finding
	for i := range 30 {
		findings = append(findings, report.Finding{
			Rule: fmt.Sprintf("a/rule-%c%c", 'a'+i/26, 'a'+i%26), Severity: report.Warning, File: "services/checkout.yaml", Line: 4, Message: "m",
		})
	}
	findings = append(findings, report.Finding{Rule: "z/z", Severity: report.Error, File: "services/checkout.yaml", Line: 5, Message: "worst"})
	p.rep.Findings = report.Normalise(findings)
	p.start()
	all := p.g.Threads()
	if len(all) != 20 || !strings.Contains(all[0].Notes[0].Body, "worst") || !strings.Contains(p.threadLine(), "11 more") {
		t.Errorf("%d threads, %s", len(all), p.threadLine())
	}
}

func TestMessageOfAThreadIsCut(t *testing.T) {
	p := threaded(t)
	p.rep.Findings = report.Normalise([]report.Finding{{
		Rule: "a/b", Severity: report.Error, File: "services/checkout.yaml", Line: 4, Message: strings.Repeat("ä", 100_000), Suggestion: strings.Repeat("ä", 100_000),
	}})
	p.start()
	if body := p.g.Threads()[0].Notes[0].Body; len([]rune(body)) > 5000 {
		t.Errorf("%d characters", len([]rune(body)))
	}
}

// GitLab.com takes sixty notes a minute.
func TestWritesToGitLabAreSpaced(t *testing.T) {
	p := threaded(t)
	p.start()
	if len(p.slept) < 2 {
		t.Errorf("%d waits between a note and two threads", len(p.slept))
	}
}
