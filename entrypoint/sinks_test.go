package entrypoint_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

// hostileText draws text out of parts that do something in one sink or another.
func hostileText(t *rapid.T, label string) string {
	parts := []string{
		"\n", "\r", "\r\n", " ", "\t", "::error::x", "::set-output name=verdict::pass", "::add-mask::a", "##[error]", "##\u00ad[", "##vso[",
		"/merge", "/close", "\n/approve", "@all", "@everyone", "#1", "!2", "GH-3", "https://evil.example", "www.evil.example", "<b>", "</details>", "<details>",
		"<!--", "-->", "<!-- nthlayer:report v=1 key=default sha=" + headSHA + " run=9 attempt=1 -->", "<!-- nthlayer:verdict v=1 AAAA -->",
		"|", "`", "```", "$", "$CI_JOB_TOKEN", "\\", "*", "_", "[x](y)", "![x](y)", "\x1b[31m", "\x00", "\u202e", "\u200b", "\xff", "a", "ä", "%0A", "%", ",", ":", "=", "EOF", "&lt;", "]]>", "{}", "'", `"`,
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 9).Draw(t, label), "")
}

// hostileReport is the sample with hostile text wherever a report has text that
// comes from elsewhere.
func hostileReport(t *rapid.T) *report.Report {
	rep := sample()
	draw := func(label string) string { return hostileText(t, label) }
	rep.Environment, rep.Tool.Version = draw("environment"), draw("version")
	s := &rep.Services[0]
	s.Name, s.Tier, s.Team, s.Type = draw("name"), draw("tier"), draw("team"), draw("type")
	s.SLOs[0].Name, s.SLOs[0].Window, s.SLOs[0].Query, s.SLOs[0].Detail = draw("slo"), draw("window"), draw("query"), draw("detail")
	s.Metrics[0].Name, s.Metrics[0].Selector = draw("metric"), draw("selector")
	s.Gate.WorstSLO, s.Gate.Reasons[0].Text = draw("worst"), draw("reason")
	s.Gate.Exceptions = []report.GateException{{Who: draw("who"), Reason: draw("why"), Applied: true}}
	rep.Portfolio.Insights = []report.Insight{{Type: "x", Severity: report.Warning, Service: draw("insight"), Message: draw("insight text")}}
	rep.Findings = report.Normalise([]report.Finding{
		{Rule: "a/b", Severity: report.Error, Service: s.Name, File: "services/checkout.yaml", Line: 4, Message: draw("message"), Suggestion: draw("fix"), Snippet: draw("snippet")},
		{Rule: draw("rule"), Severity: report.Warning, Service: s.Name, File: draw("file"), Line: 4, Message: draw("message")},
	})
	return rep
}

// ownTags are the tags that our Markdown is made with.
var ownTags = regexp.MustCompile(`</?(details|summary|sub|code|b|br)>`)

// inertMarkdown returns what a text would do on a host that renders it; ours are
// the hidden lines that it begins with.
func inertMarkdown(text string, hidden int) error {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch start := strings.TrimSpace(line); {
		case i < hidden && strings.HasPrefix(line, "<!-- nthlayer:"):
		case strings.Contains(ownTags.ReplaceAllString(line, ""), "<"):
			return fmt.Errorf("a tag: %q", line)
		case strings.HasPrefix(start, "/"):
			return fmt.Errorf("a quick action: %q", line)
		}
	}
	if strings.Count(text, "<details>") != strings.Count(text, "</details>") || strings.Count(text, "<!--") != hidden {
		return fmt.Errorf("open or hidden parts: %q", text)
	}
	return visible(text)
}

// visible wants text without characters that change what is shown around them.
func visible(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("no UTF-8: %q", text)
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == '\u202e' }); i >= 0 {
		return fmt.Errorf("a control character at %d: %q", i, text)
	}
	return nil
}

func TestHostileReportsDoNothingOnGitHub(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		j := checkJob(t).set("INPUT_ANNOTATE", rapid.SampledFrom([]string{"all", "checks"}).Draw(rt, "annotate"))
		j.rep = hostileReport(rt)
		refused := rapid.SampledFrom([]string{"", "/files", "/issues/7/comments"}).Draw(rt, "refused")
		for _, path := range map[string][]string{"/files": {"/files", "/compare/"}, "/issues/7/comments": {"/issues/7/comments"}}[refused] {
			j.g.Break(hosttest.Fault{Path: path, Status: 403, Message: hostileText(rt, "refusal")})
		}
		if code := j.start(); code != entrypoint.ExitFail {
			rt.Fatalf("exit code %d\n%s", code, j.stdout)
		}
		var commands []string
		for _, c := range hosttest.ParseLog(j.stdout) {
			commands = append(commands, c.Name)
		}
		want := []string{"add-mask", "error", "warning"}
		if j.env["INPUT_ANNOTATE"] == "checks" {
			want = want[:1]
		}
		undelivered := ""
		if refused == "/issues/7/comments" {
			want, undelivered = append(want, "notice"), "comment"
		}
		if !slices.Equal(commands, want) {
			rt.Fatalf("the runner found %q, want %q, in:\n%s", commands, want, j.stdout)
		}
		if !strings.HasPrefix(j.stdout, "::add-mask::"+jobToken+"\n::stop-commands::") {
			rt.Fatalf("the log is not silenced:\n%s", j.stdout)
		}
		if out := j.outputs(); len(out) != len(entrypoint.Outputs()) || out["verdict"] != "fail" || out["undelivered"] != undelivered {
			rt.Fatalf("outputs %q", out)
		}
		fail := func(what string, err error) {
			if err != nil {
				rt.Fatalf("%s: %v", what, err)
			}
		}
		for _, c := range j.g.Comments() {
			fail("comment", inertMarkdown(c.Body, 2))
		}
		fail("summary", inertMarkdown(j.summary(), 0))
		fail("log", visible(j.stdout))
		for _, s := range j.g.Statuses() {
			fail("status", visible(strings.ReplaceAll(s.Description, "\n", "\x00")))
		}
		for _, c := range j.g.Checks() {
			fail("check run", inertMarkdown(c.Summary, 0))
			fail("title", visible(strings.ReplaceAll(c.Title, "\n", "\x00")))
			for _, a := range c.Annotations {
				fail("mark", visible(a.Message+a.Title))
			}
		}
	})
}

func TestHostileReportsDoNothingOnGitLab(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := threaded(t).set("NTHLAYER_STATUSES", "true")
		p.rep = hostileReport(rt)
		refused := rapid.SampledFrom([]string{"", "/merge_requests/7/diffs", "/notes"}).Draw(rt, "refused")
		if refused != "" {
			p.g.Break(hosttest.Fault{Path: refused, Status: 403, Message: hostileText(rt, "refusal")})
		}
		if code := p.start(); code != entrypoint.ExitFail {
			rt.Fatalf("exit code %d\n%s", code, p.stdout)
		}
		if done := p.g.QuickActions(); len(done) > 0 {
			rt.Fatalf("GitLab carried out %q", done)
		}
		if variables := checkArtifacts(t, p.read); len(variables) != len(entrypoint.Outputs()) || variables["NTHLAYER_RESULT_VERDICT"] != "fail" {
			rt.Fatalf("variables %q", variables)
		}
		var bodies []string
		var hidden []int
		for _, note := range p.g.Notes() {
			bodies, hidden = append(bodies, note.Body), append(hidden, 2)
		}
		for _, thread := range p.g.Threads() {
			bodies, hidden = append(bodies, thread.Notes[0].Body), append(hidden, 1)
		}
		for i, body := range bodies {
			if err := inertMarkdown(body, hidden[i]); err != nil {
				rt.Fatal(err)
			}
		}
		if err := visible(p.stdout); err != nil {
			rt.Fatal(err)
		}
	})
}

// The commands that look at a run print what an event, an environment and a server
// say.
func TestDoctorAndContextDoNothingWithHostileText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, g := onGitHub(t, "pull_request")
		draw := func(label string) string { return hostileText(rt, label) }
		label, message := strings.ToValidUTF8(draw("label"), "?"), draw("message")
		repo := map[string]string{"full_name": "example/shop"}
		event, err := json.Marshal(map[string]any{"pull_request": map[string]any{
			"number": 7, "labels": []map[string]string{{"name": label}},
			"head": map[string]any{"sha": headSHA, "ref": draw("head"), "repo": repo}, "base": map[string]any{"sha": baseSHA, "ref": draw("base"), "repo": repo},
		}})
		if err != nil {
			rt.Fatal(err)
		}
		p.file("event.json", string(event))
		g.Break(hosttest.Fault{Path: "/comments", Status: 403, Message: message})
		p.set("GITHUB_EVENT_PATH", filepath.Join(p.dir, "event.json"), "GITHUB_ACTOR", draw("actor"), "INPUT_SERVICES", draw("services"), "INPUT_TIMEOUT", draw("timeout"), "GITHUB_RUN_ID", "1")
		var context bytes.Buffer
		for _, format := range []string{"table", "json"} {
			p.run("--format", format)
			context.Reset()
			var stderr bytes.Buffer
			entrypoint.RunContext(p.process(&context, &stderr, []string{"--format", format}))
			if silenced := strings.HasPrefix(context.String(), "::stop-commands::"); silenced != (format == "table") || silenced != strings.Contains(p.stdout, "::stop-commands::") {
				rt.Fatalf("%s: silenced %t\n%s", format, silenced, p.stdout)
			}
			for _, text := range []string{p.stdout, context.String()} {
				if commands := hosttest.ParseLog(text); len(commands) > 0 {
					rt.Fatalf("%s: the runner found %+v in:\n%s", format, commands, text)
				}
				if err := visible(text); err != nil && format == "table" {
					rt.Fatal(err)
				}
			}
			for _, c := range hosttest.ParseLog(p.stderr + stderr.String()) {
				if c.Name != "add-mask" && c.Name != "error" {
					rt.Fatalf("%s: the runner found %+v", format, c)
				}
			}
		}
		var said struct {
			Labels []string `json:"labels"`
		}
		if err := json.Unmarshal(context.Bytes(), &said); err != nil || len(said.Labels) != 1 || said.Labels[0] != label {
			rt.Fatalf("the JSON lost the label %q: %q, %v", label, said.Labels, err)
		}
	})
}

func (p *patient) file(name, text string) {
	p.t.Helper()
	(&pipeline{t: p.t, dir: p.dir}).file(name, text)
}
