package entrypoint_test

import (
	"testing"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/report"
)

func TestExitCodeOfOneStage(t *testing.T) {
	const (
		byStage = entrypoint.UnknownByStage
		fail    = entrypoint.UnknownFails
		warn    = entrypoint.UnknownWarns
		pass    = entrypoint.UnknownPasses
	)
	tests := []struct {
		stage   string
		verdict report.Verdict
		failOn  entrypoint.FailOn
		unknown entrypoint.OnUnknown
		want    int
	}{
		{"lint", report.Pass, "error", byStage, 0},
		{"lint", report.Pass, "warning", byStage, 0},
		{"lint", report.Warn, "error", byStage, 0},
		{"lint", report.Warn, "warning", byStage, 1},
		{"lint", report.Warn, "none", byStage, 0},
		{"gate", report.Fail, "error", byStage, 2},
		{"gate", report.Fail, "warning", byStage, 2},
		{"gate", report.Fail, "none", byStage, 0},
		{"gate", report.Undecidable, "error", byStage, 4},
		{"gate", report.Undecidable, "none", byStage, 4},
		{"gate", report.Undecidable, "none", fail, 4},
		{"gate", report.Undecidable, "error", warn, 0},
		{"gate", report.Undecidable, "warning", warn, 1},
		{"gate", report.Undecidable, "none", warn, 0},
		{"gate", report.Undecidable, "warning", pass, 0},
		{"check-deploy", report.Undecidable, "warning", byStage, 4},
		{"verify", report.Undecidable, "error", byStage, 0},
		{"verify", report.Undecidable, "warning", byStage, 1},
		{"verify", report.Undecidable, "error", fail, 4},
		{"verify", report.Fail, "error", pass, 2},
		{"gate", report.Verdict("nonsense"), "error", byStage, 4},
	}
	for _, tt := range tests {
		policy := entrypoint.ExitPolicy{FailOn: tt.failOn, OnUnknown: tt.unknown}
		for _, rep := range []*report.Report{
			{Command: tt.stage, Verdict: tt.verdict},
			{Command: "ci", Verdict: tt.verdict, Stages: []report.Stage{{Name: tt.stage, Verdict: tt.verdict}}},
		} {
			if got := entrypoint.ExitCode(rep, policy); got != tt.want {
				t.Errorf("%s %s, fail-on %s, on-unknown %q: %d, want %d", tt.stage, tt.verdict, tt.failOn, tt.unknown, got, tt.want)
			}
		}
	}
}

func TestWorstStageDecides(t *testing.T) {
	stages := func(lint, verify, gate report.Verdict) []report.Stage {
		return []report.Stage{{Name: "lint", Verdict: lint}, {Name: "verify", Verdict: verify}, {Name: "gate", Verdict: gate}}
	}
	tests := []struct {
		name   string
		stages []report.Stage
		want   int
	}{
		{"failure before unknown", stages(report.Fail, report.Pass, report.Undecidable), 2},
		{"unknown before warning", stages(report.Warn, report.Pass, report.Undecidable), 4},
		{"warning before pass", stages(report.Pass, report.Warn, report.Pass), 1},
		{"unknown verify is a warning", stages(report.Pass, report.Undecidable, report.Pass), 1},
		{"all pass", stages(report.Pass, report.Pass, report.Pass), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rep := &report.Report{Stages: tt.stages}
			if got := entrypoint.ExitCode(rep, entrypoint.ExitPolicy{FailOn: entrypoint.FailOnWarning}); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

// TestASourceThatFailsEndsTheCommandVerifyWithFour tells a server that is down
// from a metric that could not be seen.
func TestASourceThatFailsEndsTheCommandVerifyWithFour(t *testing.T) {
	failed := []report.Finding{{Rule: "verify/source-unavailable", Severity: report.Warning}}
	stages := []report.Stage{{Name: "verify", Verdict: report.Undecidable}}
	for _, tt := range []struct {
		name      string
		command   string
		onUnknown entrypoint.OnUnknown
		findings  []report.Finding
		want      int
	}{
		{"the command", "verify", entrypoint.UnknownByStage, failed, entrypoint.ExitUnknown},
		{"the command, told to warn", "verify", entrypoint.UnknownWarns, failed, entrypoint.ExitWarn},
		{"the command, some metrics unknown", "verify", entrypoint.UnknownByStage, nil, entrypoint.ExitWarn},
		{"a stage of a CI run", "ci", entrypoint.UnknownByStage, failed, entrypoint.ExitWarn},
	} {
		rep := &report.Report{Command: tt.command, Stages: stages, Findings: tt.findings}
		if got := entrypoint.ExitCode(rep, entrypoint.ExitPolicy{FailOn: entrypoint.FailOnWarning, OnUnknown: tt.onUnknown}); got != tt.want {
			t.Errorf("%s: exit code %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestUnreadableInputIsAWrongCall(t *testing.T) {
	rep := &report.Report{Summary: report.Summary{Unreadable: 1}, Stages: []report.Stage{{Name: "validate", Verdict: report.Fail}}}
	if got := entrypoint.ExitCode(rep, entrypoint.ExitPolicy{FailOn: entrypoint.FailOnNone}); got != entrypoint.ExitUsage {
		t.Errorf("exit code %d, want %d", got, entrypoint.ExitUsage)
	}
}
