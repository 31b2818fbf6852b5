package render

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/render/gitlabtest"
	"github.com/nthlayer/action/pkg/report"
)

// Whatever a report says, GitLab can read the files that are made of it.
func TestGitLabCanReadItsReports(t *testing.T) {
	for name, rep := range samples() {
		t.Run(name, func(t *testing.T) {
			if err := gitlabtest.CodeQuality([]byte(rendered(t, "codequality", rep, Options{}))); err != nil {
				t.Error(err)
			}
			if err := gitlabtest.JUnit([]byte(rendered(t, "junit", rep, Options{}))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestGitLabCanReadHostileText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom(injected()), rapid.SampledFrom([]string{"", "\ufeff", "../../etc/passwd", "/etc/passwd", "./a", `a\b`, "\xff"}))
		var findings []report.Finding
		for range rapid.IntRange(0, 4).Draw(rt, "findings") {
			findings = append(findings, report.Finding{
				Rule: rapid.SampledFrom([]string{"lint/a", "verify/b", "c"}).Draw(rt, "rule"), Severity: report.Error, Service: text.Draw(rt, "service"), File: text.Draw(rt, "file"),
				Line: rapid.IntRange(-1, 3).Draw(rt, "line"), Message: text.Draw(rt, "message"),
			})
		}
		rep := finish(report.Report{
			Command: "ci", Verdict: report.Fail, Findings: report.Normalise(findings), Stages: []report.Stage{{Name: "lint", Verdict: report.Fail}},
			Services: []report.Service{{Name: text.Draw(rt, "name"), File: text.Draw(rt, "its file")}, {Name: text.Draw(rt, "other name")}},
		})
		if err := gitlabtest.CodeQuality([]byte(rendered(t, "codequality", rep, Options{}))); err != nil {
			rt.Fatal(err)
		}
		if err := gitlabtest.JUnit([]byte(rendered(t, "junit", rep, Options{}))); err != nil {
			rt.Fatal(err)
		}
		var variables []Property
		for i := range rapid.IntRange(0, 30).Draw(rt, "variables") {
			variables = append(variables, Property{Name: fmt.Sprintf("n-%d", i), Value: text.Draw(rt, "value")})
		}
		if _, err := gitlabtest.Dotenv([]byte(Dotenv(variables))); err != nil {
			rt.Fatal(err)
		}
		links, err := JobLinks("nthlayer", []Link{{Label: "fail: " + text.Draw(rt, "label"), URL: "https://gitlab.example.com/" + text.Draw(rt, "address")}})
		if err != nil {
			rt.Fatal(err)
		}
		if err := gitlabtest.Annotations(links); err != nil {
			rt.Fatal(err)
		}
	})
}
