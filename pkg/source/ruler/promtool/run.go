package promtool

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/ruler"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Folder is where rule files are read from, as a *spec.Workspace.
type Folder interface {
	Find(ctx context.Context, args []string) ([]spec.Found, []report.Finding)
	Read(name string, limit int) ([]byte, error)
}

// Outcome is what running a file came to.
type Outcome struct {
	// Tests are those that were run, in the order of the file.
	Tests []report.Test
	// RuleFiles and Rules are how many there were.
	RuleFiles, Rules int
	// Findings are the expectations that were not met, and what is wrong with the
	// rule files.
	Findings []report.Finding
}

// Run runs all tests of a file over the rule files that it names. When the context
// ends early the outcome is incomplete, so callers look at ctx.Err.
func (f *File) Run(ctx context.Context, folder Folder) Outcome {
	groups, out := f.groups(ctx, folder)
	if slices.ContainsFunc(out.Findings, func(f report.Finding) bool { return f.Severity == report.Error }) {
		return out
	}
	for _, t := range f.Tests {
		found := f.run(ctx, t, groups)
		if ctx.Err() != nil {
			return out
		}
		out.Tests = append(out.Tests, report.Test{Name: t.Name, File: f.Name, Line: t.At.Line, Verdict: report.VerdictOf(found)})
		out.Findings = append(out.Findings, found...)
	}
	return out
}

// groups reads the groups of all rule files, in the order in which they are
// evaluated.
func (f *File) groups(ctx context.Context, folder Folder) ([]rulefmt.RuleGroup, Outcome) {
	var all []rulefmt.RuleGroup
	var out Outcome
	read := map[string]bool{}
	for _, p := range f.RuleFiles {
		name := p.Text
		if !path.IsAbs(name) {
			name = path.Join(path.Dir(f.Name), name)
		}
		found, problems := folder.Find(ctx, []string{name})
		for _, missing := range problems {
			w := report.At(p.At, RuleRules, report.Warning, "the rule file "+p.Text+" is not there: "+missing.Message)
			w.Suggestion = missing.Suggestion
			out.Findings = append(out.Findings, w)
		}
		for _, file := range found {
			if read[file.Path] {
				continue
			}
			read[file.Path] = true
			groups, findings := load(folder, file.Path)
			all, out.Findings = append(all, groups...), append(out.Findings, findings...)
		}
	}
	out.RuleFiles = len(read)
	for _, g := range all {
		out.Rules += len(g.Rules)
	}
	// Groups that the order does not name go first, as with promtool.
	slices.SortStableFunc(all, func(a, b rulefmt.RuleGroup) int {
		return max(0, slices.Index(f.Order, a.Name)) - max(0, slices.Index(f.Order, b.Name))
	})
	return all, out
}

// load reads one rule file as Prometheus does.
func load(folder Folder, name string) ([]rulefmt.RuleGroup, []report.Finding) {
	at := report.Position{File: name}
	data, err := folder.Read(name, document.RuleLimits().Bytes)
	if err != nil {
		return nil, []report.Finding{report.At(at, RuleRules, report.Error, "the rule file cannot be read: "+err.Error())}
	}
	groups, errs := rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	var findings []report.Finding
	for _, err := range errs {
		f := report.At(at, RuleRules, report.Error, "the rule file does not load: "+strings.TrimSpace(err.Error()))
		f.Line, f.Column, f.Message = located(f.Message)
		f.Suggestion = "run nthlayer lint " + name + " for what is wrong with it"
		findings = append(findings, f)
	}
	if groups == nil {
		return nil, findings
	}
	return groups.Groups, findings
}

// located takes the position out of a message of the form "...: 3:9: rest".
func located(message string) (line, column int, rest string) {
	parts := strings.SplitN(message, ": ", 3)
	if len(parts) == 3 {
		l, c, _ := strings.Cut(parts[1], ":")
		row, err := strconv.Atoi(l)
		col, err2 := strconv.Atoi(c)
		if err == nil && err2 == nil {
			return row, col, parts[0] + ": " + parts[2]
		}
	}
	return 0, 0, message
}

// run runs one test.
func (f *File) run(ctx context.Context, t Test, groups []rulefmt.RuleGroup) []report.Finding {
	whole := place{at: report.Position{File: f.Name}}
	if len(t.Alerts) > 0 {
		whole = t.Alerts[0].place
	} else if len(t.Queries) > 0 {
		whole = t.Queries[0].place
	}
	o := ruler.Options{
		Start: t.Start, End: t.Start.Add(t.end()), Step: f.Interval, External: t.External, ExternalURL: t.ExternalURL,
	}
	for _, a := range t.Alerts {
		o.Watch = append(o.Watch, f.step(t, a.At))
	}
	r, err := ruler.New(groups, t.Inputs, o)
	if err == nil {
		err = r.Run(ctx)
	}
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return []report.Finding{whole.failed(t, err.Error(), "correct the rule, or the series of the test")}
	}
	var out []report.Finding
	for _, a := range t.Alerts {
		out = append(out, f.checkAlert(t, a, r.Firing(a.Name, f.step(t, a.At)))...)
	}
	for _, q := range t.Queries {
		out = append(out, f.checkQuery(ctx, t, q, r)...)
	}
	return out
}

// step is the last evaluation at or before a time of a test.
func (f *File) step(t Test, at time.Duration) time.Time {
	return t.Start.Add(at / f.Interval * f.Interval)
}

func (p place) failed(t Test, message, fix string) report.Finding {
	out := report.At(p.at, RuleFailed, report.Error, t.Name+": "+message)
	out.Path, out.Suggestion = p.path, fix
	return out
}

const fixTest = "correct the rule if it is wrong; correct the test if the rule is right"

func (f *File) checkAlert(t Test, a AlertTest, got []ruler.Alert) []report.Finding {
	equal := slices.EqualFunc(a.Want, got, func(x, y ruler.Alert) bool { return ruler.CompareAlerts(x, y) == 0 })
	if equal {
		return nil
	}
	message := fmt.Sprintf("the alert %s at %s: expected %s, got %s", a.Name, model.Duration(a.At), alertsText(a.Want), alertsText(got))
	return []report.Finding{a.place.failed(t, message, fixTest)}
}

func alertsText(alerts []ruler.Alert) string {
	if len(alerts) == 0 {
		return "none"
	}
	var out []string
	for _, a := range alerts {
		text := a.Labels.String()
		if !a.Annotations.IsEmpty() {
			text += " with annotations " + a.Annotations.String()
		}
		out = append(out, text)
	}
	return strings.Join(out, " and ")
}

func (f *File) checkQuery(ctx context.Context, t Test, q QueryTest, r *ruler.Ruler) []report.Finding {
	about := fmt.Sprintf("%s at %s: ", oneLine(q.Expr), model.Duration(q.At))
	v, err := r.Query(ctx, q.Expr, t.Start.Add(q.At))
	var syntaxError parser.ParseErrors
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &syntaxError):
		return []report.Finding{q.place.failed(t, about+"invalid PromQL: "+err.Error(), "correct the expression of the test")}
	case err != nil:
		return []report.Finding{q.place.failed(t, about+err.Error(), "correct the expression of the test")}
	}
	got := samples(v)
	if slices.EqualFunc(q.Want, got, f.same) {
		return nil
	}
	return []report.Finding{q.place.failed(t, about+"expected "+samplesText(q.Want)+", got "+samplesText(got), fixTest)}
}

func samples(v promql.Vector) []Sample {
	var out []Sample
	for _, s := range v {
		one := Sample{Labels: s.Metric, Value: s.F}
		if s.H != nil {
			one.Histogram = s.H.TestExpression()
		}
		out = append(out, one)
	}
	return out
}

// same compares as promtool does: numbers must be equal, or with fuzzy_compare
// next to one another. NaN is equal to nothing.
func (f *File) same(want, got Sample) bool {
	if !labels.Equal(want.Labels, got.Labels) || want.Histogram != got.Histogram {
		return false
	}
	x, y := want.Value, got.Value
	return x == y || f.Fuzzy && (math.Nextafter(x, math.Inf(-1)) == y || math.Nextafter(x, math.Inf(1)) == y)
}

func samplesText(all []Sample) string {
	if len(all) == 0 {
		return "no sample"
	}
	var out []string
	for _, s := range all {
		value := s.Histogram
		if value == "" {
			value = strconv.FormatFloat(s.Value, 'g', -1, 64)
		}
		out = append(out, s.Labels.String()+" "+value)
	}
	return strings.Join(out, " and ")
}
