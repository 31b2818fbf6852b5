package entrypoint_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/render/gitlabtest"
	"github.com/nthlayer/action/pkg/report"
)

// checkArtifacts holds the files of a job against the formats of GitLab, and
// returns the variables of later jobs.
func checkArtifacts(t *testing.T, read func(name string) string) map[string]string {
	t.Helper()
	for name, check := range map[string]func([]byte) error{
		"gl-code-quality-report.json": gitlabtest.CodeQuality, "nthlayer-junit.xml": gitlabtest.JUnit, "nthlayer-links.json": gitlabtest.Annotations,
	} {
		if err := check([]byte(read(name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	variables, err := gitlabtest.Dotenv([]byte(read("nthlayer.env")))
	if err != nil {
		t.Errorf("nthlayer.env: %v", err)
	}
	return variables
}

// blockedServices returns a report in which the gate blocks services of these
// names.
func blockedServices(names ...string) *report.Report {
	rep := sample()
	one := rep.Services[0]
	rep.Services = nil
	for _, name := range names {
		one.Name = name
		rep.Services = append(rep.Services, one)
	}
	return rep
}

// GitLab refuses a dotenv report as a whole, and later jobs then get nothing.
func TestHostileReportsLeaveArtifactsThatGitLabReads(t *testing.T) {
	var many []string
	for i := range 400 {
		many = append(many, fmt.Sprintf("service-%03d", i))
	}
	for name, tt := range map[string]struct {
		services []string
		want     string
	}{
		"a line break in a name":        {[]string{"a\nNTHLAYER_RESULT_VERDICT=pass", "b"}, "a_NTHLAYER_RESULT_VERDICT=pass,b"},
		"a comma in a name":             {[]string{"a,b", "c"}, "a_b,c"},
		"a variable in a name":          {[]string{"$CI_JOB_TOKEN `id` \"x\""}, "_CI_JOB_TOKEN__id___x_"},
		"one name of six kilobytes":     {[]string{strings.Repeat("x", 6000)}, ""},
		"names of six kilobytes in all": {many, "and-"},
		"nothing but marks":             {[]string{"\ufeff\u202e\x00"}, "___"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t)
			p.rep = blockedServices(tt.services...)
			p.start()
			variables := checkArtifacts(t, p.read)
			got := variables["NTHLAYER_RESULT_BLOCKED_SERVICES"]
			if got != tt.want && (tt.want != "and-" || !strings.Contains(got, ",and-") || len(got) > 1000) {
				t.Errorf("blocked services %q, want %q", got, tt.want)
			}
			if len(variables) != len(entrypoint.Outputs()) || variables["NTHLAYER_RESULT_VERDICT"] != "fail" {
				t.Errorf("variables %v", variables)
			}
		})
	}
}

// Outputs have to fit into the twenty variables that a server takes.
func TestOutputsFitIntoADotenvReport(t *testing.T) {
	if n := len(entrypoint.Outputs()); n > 20 {
		t.Errorf("%d outputs, GitLab takes 20 variables", n)
	}
}

// GitLab tells new findings from old ones by their fingerprints: lines that move
// must not change them.
func TestCodeQualityFingerprintsSurviveMovedLines(t *testing.T) {
	fingerprints := func(shift int) map[string]string {
		p := newPipeline(t)
		for i := range p.rep.Findings {
			p.rep.Findings[i].Line += shift
		}
		p.rep.Findings = report.Normalise(p.rep.Findings)
		p.start()
		checkArtifacts(t, p.read)
		var issues []struct {
			Check       string `json:"check_name"`
			Fingerprint string
		}
		if err := json.Unmarshal([]byte(p.read("gl-code-quality-report.json")), &issues); err != nil || len(issues) != 3 {
			t.Fatalf("%d issues, %v", len(issues), err)
		}
		out := map[string]string{}
		for _, i := range issues {
			out[i.Check] = i.Fingerprint
		}
		return out
	}
	if diff := cmp.Diff(fingerprints(0), fingerprints(7)); diff != "" {
		t.Error(diff)
	}
}

// The token was replaced: the note that it wrote belongs to nobody that we are.
func TestNoteThatMayNotBeEditedIsLeftAndANewOneBegun(t *testing.T) {
	p := newPipeline(t)
	p.start()
	first := p.g.Notes()
	p.g.Break(hosttest.Fault{Method: "PUT", Path: "/notes/", Status: 403, Message: "403 Forbidden"})
	p.rep = healthy()
	if code := p.set("CI_PIPELINE_ID", "901").start(); code != entrypoint.ExitPass {
		t.Fatalf("exit code %d", code)
	}
	notes := p.g.Notes()
	if len(notes) != 2 || notes[0] != first[0] || !strings.Contains(notes[1].Body, "run=901") {
		t.Errorf("notes %+v", notes)
	}
	if !strings.Contains(p.stdout, "the host does not let us edit our earlier comment") {
		t.Errorf("the log does not say so:\n%s", p.stdout)
	}
}
