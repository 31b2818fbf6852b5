// Package pipeline runs the stages in order over many services and builds the
// one Report. It is the only package that knows all stages.
package pipeline

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/dashboard"
	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/kind"
)

// Stage is one part of a run.
type Stage string

// The stages, in the order in which they run. Validate reads the service files
// and always runs.
const (
	Validate  Stage = "validate"
	Generate  Stage = "generate"
	Lint      Stage = "lint"
	Verify    Stage = "verify"
	Gate      Stage = "gate"
	Portfolio Stage = "portfolio"
)

// Options say what to run on what.
type Options struct {
	// Command is the command's name, for the report.
	Command string
	Tool    report.Tool
	// Stages are those to run beside Validate.
	Stages []Stage
	// Workspace is the folder that files are read from, Files what to read in
	// it: service files and, for Lint, rule files.
	Workspace *spec.Workspace
	Files     []spec.Found
	// Beside are further files of the folders, in which Lint and Verify look for
	// dashboards, and Lint for rules.
	Beside []spec.Found
	// Unreadable are the findings about arguments that name no file.
	Unreadable []report.Finding
	// Others are files of further services that only count as dependents. Without
	// them, and with files that were named one by one, nobody knows all dependents.
	Others []spec.Found
	// Changed picks the services that are looked at, by the files that they are
	// made of; nil is all. Those left out still count as dependents.
	Changed func(file string) bool
	// Base returns what the change under test is compared with, as far as it
	// could be read, and an error when a part of it could not. nil is no
	// comparison: there is no change, or it is in its branch already.
	Base func(ctx context.Context) (Base, error)
	// Policy reads the organisation's policy from where it is trusted; nil is no
	// policy.
	Policy func(ctx context.Context, ws *spec.Workspace) Policy
	// PolicyOfGate holds the gates to the policy and tells nothing else of it: a deploy
	// does not wait for a label.
	PolicyOfGate bool
	// ByHead lets the change under test decide its own gate. What it loosens is
	// told all the same, as warnings.
	ByHead bool
	// Environment is the environment to apply; empty is none.
	Environment string
	// ServiceLabel is the label that carries the service's name; empty is
	// service.
	ServiceLabel string
	// Generation is what Generate makes; nil is nothing.
	Generation *Generation
	// Source answers questions about samples. With nil, Verify, Gate and
	// Portfolio have nothing to look at and say so.
	Source source.Source
	// At is the one evaluation time of the run.
	At time.Time
	// Deploy is who deploys what, for the gate's exceptions and conditions.
	Deploy gate.Deploy
	// GateOptions are the choices of whoever runs the gate.
	GateOptions gate.Options
	// Advisory caps the portfolio at a warning: a run for one change must not
	// fail because of the state of another service, nor because nobody was asked
	// about it.
	Advisory bool
	// Strict turns warnings into errors.
	Strict bool
	// Reach asks for web pages, says of those that are not there why, and which it did
	// not ask for; nil asks for none.
	Reach func(ctx context.Context, urls []string) (dead map[string]string, left []string)
	// Disabled are the ids of lint rules that are left out.
	Disabled []string
	// Pint is an installed pint that looks at the rule files too; nil for none.
	Pint *pint.Engine
	// CountAlerts asks the source how often each alert would have fired.
	CountAlerts bool
	// Concurrency is how many requests run at once; 0 is the default.
	Concurrency int
}

// Run runs the stages and returns their report. It returns no error: what could
// not be read or asked is in the report. When the context ends early the stages
// that were cut short are unknown.
func Run(ctx context.Context, o Options) *report.Report {
	o.ServiceLabel = cmp.Or(o.ServiceLabel, spec.DefaultServiceLabel)
	r := &run{o: o, unread: map[kind.Kind][]string{}, rep: &report.Report{
		SchemaVersion: report.SchemaVersion, Tool: o.Tool, Command: o.Command, Verdict: report.Pass, EvaluatedAt: o.At.UTC().Truncate(time.Second),
	}}
	if o.Source != nil {
		r.rep.Source = o.Source.Info().Name
	}
	r.load(ctx)
	r.generate(ctx)
	r.lint(ctx)
	r.verify(ctx)
	r.measure(ctx)
	r.gate(ctx)
	r.portfolio(ctx)
	return r.finish(ctx)
}

// run is the state of one Run.
type run struct {
	o   Options
	rep *report.Report
	// all are the services that were read; picked those that are looked at.
	all    []*spec.Service
	picked []*spec.Service
	// duplicates are services whose name one of all has, which goes before them.
	duplicates []*spec.Service
	// graph is of all services that were read; whole says that these are all.
	graph *spec.Graph
	whole bool
	rules []ruleFile
	// ruleFiles are all rule files, also those that the change leaves alone.
	ruleFiles []ruleFile
	// unread are the files with rules that were found and cannot be read as such.
	unread map[kind.Kind][]string
	// asked is what the source of metrics said about expressions.
	asked asked
	// catalog is what is known of technologies, once Generate runs.
	catalog catalogs
	// services are the results for picked, in the same order.
	services []report.Service
	verdicts [][]report.Verdict
	// dashboardFiles are the dashboards among the files, dashboards what was found
	// about them.
	dashboardFiles []lint.File
	dashboards     dashboard.Result
	// expressions are the findings about expressions in service files.
	expressions []report.Finding
	findings    []report.Finding
	// before is what the services were before the change under test.
	before before
	// dead are links to runbooks that lead to no page, and why.
	dead map[string]string
	// unasked are links that nobody asked for although somebody wanted that.
	unasked []string
	// policy is the organisation's; applied is nil where there is none.
	policy  Policy
	applied *organisation.Applied
}

// wants reports whether a stage was asked for.
func (r *run) wants(s Stage) bool { return slices.Contains(r.o.Stages, s) }

// stage adds the result of a stage. In a strict run warnings are errors.
func (r *run) stage(s Stage, verdict report.Verdict, findings []report.Finding) {
	if r.o.Strict {
		for i := range findings {
			if findings[i].Severity == report.Warning {
				findings[i].Severity = report.Error
			}
		}
		verdict = report.Worst(verdict, report.VerdictOf(findings))
	}
	errors, warnings, _ := report.Count(findings)
	r.rep.Stages = append(r.rep.Stages, report.Stage{Name: string(s), Verdict: verdict, Errors: errors, Warnings: warnings})
	r.findings = append(r.findings, findings...)
}

// skip says why a stage that was asked for did not run.
func (r *run) skip(s Stage, verdict report.Verdict, reason string) {
	r.rep.Stages = append(r.rep.Stages, report.Stage{Name: string(s), Verdict: verdict, SkippedReason: reason})
}

// idle skips a stage that has no service to look at.
func (r *run) idle(s Stage) bool {
	if len(r.picked) > 0 {
		return false
	}
	reason := "no services were found"
	if len(r.all) > 0 {
		reason = "no service was changed"
	}
	r.skip(s, report.Pass, reason)
	return true
}

// blind skips a stage that has nobody to ask. That is unknown and not a pass: a
// forgotten address must not open the gate. A portfolio that is only advice decides
// nothing, and lists the services all the same.
func (r *run) blind(s Stage) bool {
	if r.o.Source != nil {
		return false
	}
	verdict := report.Undecidable
	if s == Portfolio && r.o.Advisory {
		verdict = report.Pass
	}
	r.skip(s, verdict, "no Prometheus was given: give prometheus-url (the flag --prometheus-url, or the input), or leave the stage out")
	return true
}
