package entrypoint_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

func TestStrictPublishFailsOnlyWhatWouldPass(t *testing.T) {
	warn := healthy()
	warn.Verdict, warn.Stages[0].Verdict = report.Warn, report.Warn
	unknown := healthy()
	unknown.Verdict, unknown.Stages[2].Verdict = report.Undecidable, report.Undecidable
	refused := hosttest.Token{User: hosttest.ActionsBot, Installation: true}
	allowed := hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true}
	for _, tt := range []struct {
		name   string
		rep    *report.Report
		strict string
		failOn string
		token  hosttest.Token
		code   int
		want   string
	}{
		{"pass", healthy(), "true", "error", refused, 4, "4"},
		{"warnings", warn, "true", "warning", refused, 4, "4"},
		{"fail stays", sample(), "true", "error", refused, 2, "2"},
		{"unknown stays", unknown, "true", "error", refused, 4, "4"},
		{"all was delivered", healthy(), "true", "error", allowed, 0, "0"},
		{"not strict", healthy(), "false", "error", refused, 0, "0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, "pull_request").set("INPUT_STRICT-PUBLISH", tt.strict, "INPUT_FAIL-ON", tt.failOn)
			j.g.Grant(jobToken, tt.token)
			j.rep = tt.rep
			if code := j.start(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if got := j.outputs(); got["exit-code"] != tt.want || got["verdict"] != string(tt.rep.Verdict) {
				t.Errorf("outputs %v", got)
			}
			changed := tt.name == "pass" || tt.name == "warnings"
			const line = "The verdict stands, but the job ends with 4, because strict-publish is true."
			if got := strings.Contains(j.stdout, line); got != changed {
				t.Errorf("the log says so: %t\n%s", got, j.stdout)
			}
		})
	}
}

// What could not be written may be the very file of the outputs.
func TestStrictPublishCountsEverySurface(t *testing.T) {
	for name, arrange := range map[string]func(j *job){
		"outputs":     func(j *job) { j.env["GITHUB_OUTPUT"] = "" },
		"report file": func(j *job) { j.files("nthlayer-report.json/x", "") },
		"check run":   func(j *job) { j.env["INPUT_ANNOTATE"] = "checks" },
		"outputs at the end": func(j *job) { // those of before publishing were written
			j.g.Break(hosttest.Fault{Path: "/statuses/", Times: 1, Before: func() {
				if err := errors.Join(os.Remove(j.env["GITHUB_OUTPUT"]), os.Mkdir(j.env["GITHUB_OUTPUT"], 0o755)); err != nil {
					j.t.Error(err)
				}
			}})
		},
	} {
		j := newJob(t, "pull_request").set("INPUT_STRICT-PUBLISH", "true")
		j.rep = healthy()
		arrange(j)
		if code := j.start(); code != entrypoint.ExitUnknown {
			t.Errorf("%s: exit code %d", name, code)
		}
	}
}

func TestStrictPublishOnGitLabAgreesWithItsVariables(t *testing.T) {
	p := newPipeline(t).set("NTHLAYER_STRICT_PUBLISH", "true", "NTHLAYER_COMMENT", "always")
	p.rep = healthy()
	p.g.Break(hosttest.Fault{Path: "/notes", Status: 403, Message: "403 Forbidden"})
	if code, v := p.start(), p.variables(); code != entrypoint.ExitUnknown || v["NTHLAYER_RESULT_EXIT_CODE"] != "4" || v["NTHLAYER_RESULT_VERDICT"] != "pass" {
		t.Errorf("exit code %d, variables %v", code, v)
	}
}
