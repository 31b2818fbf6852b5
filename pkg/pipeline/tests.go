package pipeline

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/ruler/promtool"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/spec/kind"
)

// Test runs unit tests of rules. It is no stage of Run.
const Test Stage = "test"

// testsInside finds what tells a file of unit tests from other YAML, as rulesInside
// does with rules.
var testsInside = regexp.MustCompile(`(?m)(?:^|\r)["']?tests["']?\s*:`)

// testParallel is how many files are run at once.
const testParallel = 8

// RunTests runs the unit tests of rules in the files and returns a report on them.
// Files that hold none are passed over, but for those that were named one by one.
// The tests of a context that ends early are unknown.
func RunTests(ctx context.Context, o Options) *report.Report {
	r := &run{o: o, rep: &report.Report{
		SchemaVersion: report.SchemaVersion, Tool: o.Tool, Command: o.Command, Verdict: report.Pass, EvaluatedAt: o.At.UTC().Truncate(time.Second),
	}}
	outcomes := make([]tested, len(o.Files))
	var g errgroup.Group
	g.SetLimit(testParallel)
	for i, f := range o.Files {
		g.Go(func() error {
			outcomes[i] = testFile(ctx, o.Workspace, f)
			return nil
		})
	}
	_ = g.Wait() // the functions return no error
	findings, unreadable := slices.Clone(o.Unreadable), slices.Clone(o.Unreadable)
	for _, t := range outcomes {
		r.rep.Tests = append(r.rep.Tests, t.Tests...)
		r.rep.Summary.RuleFiles += t.RuleFiles
		r.rep.Summary.Rules += t.Rules
		findings = append(findings, t.Findings...)
		if t.unreadable {
			unreadable = append(unreadable, t.Findings...)
		}
	}
	slices.SortStableFunc(r.rep.Tests, func(a, b report.Test) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	r.rep.Summary.Tests, r.rep.Summary.Unreadable = len(r.rep.Tests), inputs(unreadable)
	verdict := report.VerdictOf(findings)
	if ctx.Err() != nil {
		verdict = report.Worst(verdict, report.Undecidable)
	}
	r.stage(Test, verdict, findings)
	r.services = []report.Service{}
	return r.finish(ctx)
}

// tested is what came of one file.
type tested struct {
	promtool.Outcome
	// unreadable says that the findings are about a file whose tests were not run.
	unreadable bool
}

func testFile(ctx context.Context, ws *spec.Workspace, f spec.Found) tested {
	limits := document.RuleLimits()
	data, err := ws.Read(f.Path, limits.Bytes)
	switch {
	case ctx.Err() != nil:
		return tested{}
	case err != nil:
		_, problems := ws.Find(ctx, []string{f.Path})
		if len(problems) == 0 {
			problems = []report.Finding{report.At(report.Position{File: f.Path}, promtool.RuleFile, report.Error, "the file cannot be read: "+err.Error())}
		}
		return tested{promtool.Outcome{Findings: problems}, true}
	case !f.Named && (!testsInside.Match(data) || kind.Of(data) == kind.Rules):
		return tested{}
	}
	file, findings := promtool.Parse(ctx, f.Path, data)
	if len(findings) > 0 && !f.Named && !strings.Contains(string(data), "rule_files") {
		return tested{} // something else that has tests:
	}
	if len(findings) > 0 {
		return tested{promtool.Outcome{Findings: findings}, true}
	}
	return tested{file.Run(ctx, ws), false}
}
