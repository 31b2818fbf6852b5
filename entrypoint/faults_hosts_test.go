package entrypoint_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

// manyFiles is how many files a change has that hosts do not list to the end.
const manyFiles = 3001

func newGitHubRun(t *testing.T, p place) run {
	t.Helper()
	j := newJob(t, "pull_request").set("INPUT_PENDING", "true").set(p.inputs...)
	j.g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true, Checks: true})
	j.rep = long()
	foreign := j.g.SeedForeign(foreignMarker)
	for range p.earlier {
		j.g.Seed(hosttest.ActionsBot, foreignMarker+"\nearlier")
	}
	return run{
		secret: jobToken, fake: j.g,
		many: func() {
			files := make([]hosttest.File, manyFiles)
			for i := range files {
				files[i] = hosttest.File{Filename: fmt.Sprintf("f%d", i), Status: "modified", Changes: 1, Patch: "@@ -1 +1 @@\n-a\n+b"}
			}
			j.g.SetFiles(files...)
		},
		slow:  func(n http.RoundTripper) { j.network = n },
		start: func() outcome { return j.outcome(j.start(), foreign) },
		after: func() outcome {
			j.g.Mend()
			j.post()
			return j.outcome(0, foreign)
		},
	}
}

// long is a report with more findings than a check run takes at once.
func long() *report.Report {
	rep := sample()
	for i := range 60 {
		rep.Findings = append(rep.Findings, report.Finding{
			Rule: "a/b", Severity: report.Warning, Service: "checkout", File: "services/checkout.yaml", Line: 4, Message: fmt.Sprintf("finding %d", i),
		})
	}
	rep.Findings = report.Normalise(rep.Findings)
	return rep
}

// unsealed takes the seal off a comment: it is over all of its text, in which
// addresses are different in every run.
func unsealed(body string) string {
	return regexp.MustCompile(` seal=[0-9a-f]{16} -->`).ReplaceAllString(body, " -->")
}

// outcome collects what the run left on the fake and on the runner.
func (j *job) outcome(code int, foreign []hosttest.Comment) outcome {
	j.t.Helper()
	same := strings.NewReplacer(j.g.URL(), "https://github.example", j.dir, "/workspace").Replace
	outputs := j.outputs()
	out := outcome{code: code, kept: map[string]string{}, statuses: map[string]string{}, undelivered: outputs["undelivered"], log: j.stdout}
	for name, value := range outputs {
		if name != "undelivered" && name != "comment-url" {
			out.kept[name] = value
		}
	}
	summary, _, _ := strings.Cut(j.summary(), "\n### Delivery")
	out.kept["summary"] = same(strings.TrimSpace(summary))
	out.kept["report file"] = same(readFile(j.t, j.dir+"/"+outputs["report"]))
	for _, c := range j.commands("notice") {
		out.notices = append(out.notices, c.Message)
	}
	for _, c := range j.ours(foreign) {
		out.comment = append(out.comment, unsealed(same(c.Body)))
	}
	slices.Reverse(out.comment)
	for _, s := range j.g.Statuses() {
		out.statuses[s.Context] = s.State
	}
	out.open = j.g.Open()
	checkForeign(j.t, j, foreign)
	out.shown = strings.Replace(j.stdout, "::add-mask::"+jobToken+"\n", "", 1) + j.stderr + j.summary() + fmt.Sprint(outputs, out.comment, j.g.Statuses(), out.kept)
	return out
}

func newGitLabRun(t *testing.T, p place) run {
	t.Helper()
	job := threaded(t).set("NTHLAYER_GITLAB_THREADS", "false", "NTHLAYER_STATUSES", "true", "NTHLAYER_PENDING", "true").set(p.inputs...)
	foreign := job.g.SeedForeign(foreignMarker)
	for range p.earlier {
		job.g.Seed(hosttest.ProjectBot, foreignMarker+"\nearlier")
	}
	if p.before {
		job.start()
		job.rep = sample()
		job.rep.Findings = job.rep.Findings[1:]
		job.set("CI_PIPELINE_ID", "901")
		job.g.AddPipeline(901, job.env["CI_COMMIT_SHA"])
	}
	return run{
		secret: projectToken, fake: job.g,
		many: func() {
			diffs := make([]hosttest.Diff, manyFiles)
			for i := range diffs {
				name := fmt.Sprintf("f%d", i)
				diffs[i] = hosttest.Diff{OldPath: name, NewPath: name, Diff: "@@ -1 +1 @@\n-a\n+b"}
			}
			job.g.SetDiffs(diffs...)
		},
		slow:  func(n http.RoundTripper) { job.network = n },
		start: func() outcome { return job.outcome(job.start(), foreign) },
	}
}

// outcome collects what the run left on the fake and in its files.
func (p *pipeline) outcome(code int, foreign []hosttest.Note) outcome {
	p.t.Helper()
	same := strings.NewReplacer(p.g.URL(), "https://gitlab.example", p.dir, "/builds").Replace
	variables := p.variables()
	out := outcome{code: code, kept: map[string]string{}, statuses: map[string]string{}, undelivered: variables["NTHLAYER_RESULT_UNDELIVERED"], log: p.stdout}
	for name, value := range variables {
		if name != "NTHLAYER_RESULT_UNDELIVERED" && name != "NTHLAYER_RESULT_COMMENT_URL" {
			out.kept[name] = value
		}
	}
	for _, name := range []string{"gl-code-quality-report.json", "nthlayer-junit.xml", "nthlayer-report.json"} {
		out.kept[name] = same(p.read(name))
	}
	p.checkFiles()
	out.notices = regexp.MustCompile(`(?ms)^(comment|statuses|threads): (could not|the account) .*? are not affected\.`).FindAllString(p.stdout, -1)
	for _, n := range p.ours(foreign) {
		out.comment = append(out.comment, unsealed(same(n.Body)))
	}
	slices.Reverse(out.comment)
	for _, s := range p.g.Statuses() {
		out.statuses[s.Name] = s.Status
	}
	for name, state := range out.statuses {
		if state == "pending" || state == "running" {
			out.open = append(out.open, name)
		}
	}
	for _, n := range foreign {
		if !slices.Contains(p.g.Notes(), n) {
			p.t.Errorf("a foreign note was touched: %+v", n)
		}
	}
	out.shown = p.stdout + p.stderr + p.read("nthlayer-links.json") + fmt.Sprint(slices.Sorted(maps.Values(out.kept)), out.comment, p.g.Statuses())
	return out
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
