package entrypoint

import (
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/verify"
)

// The exit codes of all commands.
const (
	ExitPass    = 0 // nothing at or above the fail level
	ExitWarn    = 1 // warnings only
	ExitFail    = 2 // errors: a blocked deploy, a missing metric, an invalid file
	ExitUsage   = 3 // the call, an input or the configuration is wrong
	ExitUnknown = 4 // it could not be decided
)

// FailOn is the least severity that fails a run.
type FailOn string

// The fail levels. On the command line the default is warning, which keeps exit
// code 1 for warnings; in CI it is error, which turns 1 into 0.
const (
	FailOnError   FailOn = "error"
	FailOnWarning FailOn = "warning"
	FailOnNone    FailOn = "none"
)

// OnUnknown is what a verdict that could not be reached counts as.
type OnUnknown string

// The values of on-unknown. The zero value is the stage's own default.
const (
	UnknownByStage OnUnknown = ""
	UnknownFails   OnUnknown = "fail" // exit code 4
	UnknownWarns   OnUnknown = "warn"
	UnknownPasses  OnUnknown = "pass"
)

// ExitPolicy is how verdicts become exit codes.
type ExitPolicy struct {
	FailOn    FailOn
	OnUnknown OnUnknown
}

// ExitCode returns the exit code of a run from the verdicts of its stages, or
// from its own verdict and command where it has no stages. A proven failure
// outranks an unknown, and an unknown outranks a warning. Input that could not be
// read is a wrong call, whatever was found in the rest of it.
//
// The command verify does nothing but ask its source. When the source fails as a
// whole the command ends with 4 by default; a metric here and there that could
// not be seen is a warning, as in every other run.
func ExitCode(rep *report.Report, policy ExitPolicy) int {
	if rep.Summary.Unreadable > 0 {
		return ExitUsage
	}
	if rep.Command == "verify" && policy.OnUnknown == UnknownByStage && sourceFailed(rep) {
		policy.OnUnknown = UnknownFails
	}
	if len(rep.Stages) == 0 {
		return policy.Stage(rep.Command, rep.Verdict)
	}
	worst := ExitPass
	for _, s := range rep.Stages {
		if code := policy.Stage(s.Name, s.Verdict); badness(code) > badness(worst) {
			worst = code
		}
	}
	return worst
}

// sourceFailed reports whether the verify stage could not ask its source.
func sourceFailed(rep *report.Report) bool {
	return slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Rule == verify.RuleUnavailable })
}

// Stage returns the exit code of one stage, or of a command that is one.
//
//   - fail: 2; with fail-on none 0
//   - unknown: 4 by default, whatever fail-on says; 1 for verify by default and
//     with on-unknown warn; 0 with on-unknown pass
//   - warn: 1 with fail-on warning, else 0
func (p ExitPolicy) Stage(stage string, v report.Verdict) int {
	switch v {
	case report.Pass:
		return ExitPass
	case report.Fail:
		if p.FailOn == FailOnNone {
			return ExitPass
		}
		return ExitFail
	case report.Warn:
		return p.warn()
	case report.Undecidable:
	}
	switch p.onUnknown(stage) {
	case UnknownPasses:
		return ExitPass
	case UnknownWarns:
		return p.warn()
	case UnknownFails, UnknownByStage:
	}
	return ExitUnknown
}

func (p ExitPolicy) warn() int {
	if p.FailOn == FailOnWarning {
		return ExitWarn
	}
	return ExitPass
}

// onUnknown applies the default of a stage: a metric that cannot be seen is a
// warning, a gate that cannot see stays shut.
func (p ExitPolicy) onUnknown(stage string) OnUnknown {
	if p.OnUnknown == UnknownByStage && stage == "verify" {
		return UnknownWarns
	}
	return p.OnUnknown
}

// badness orders exit codes by what must win when several stages disagree.
func badness(code int) int {
	switch code {
	case ExitPass:
		return 0
	case ExitWarn:
		return 1
	case ExitUnknown:
		return 2
	case ExitFail:
		return 3
	}
	return 4
}
