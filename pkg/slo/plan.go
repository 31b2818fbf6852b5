package slo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The ways to take an SLI, as report.SLO.Method names them.
const (
	methodEvents    = "events"
	methodRecorded  = "recorded"
	methodAveraged  = "averaged"
	methodThreshold = "threshold"
)

// indicator prints the questions of one SLI.
type indicator interface {
	// sli is the share of good events over the look-back, as one series.
	sli(look time.Duration) string
	// events is the number of events in the look-back; "" if the SLI does not
	// count events.
	events(look time.Duration) string
}

// plan is how an SLI is measured.
type plan struct {
	indicator
	method string
	// notes go into the detail of an SLI that could be measured.
	notes []report.Reason
	// total are the selectors of the total, for the history that the source
	// should have, and for the sentence about its absence.
	total []promql.Selector
	// proofs are selectors that must have had series for a missing part of the
	// ratio to mean 0. They matter at the value that a missing numerator gives,
	// or at any value if doubt is set.
	proofs []promql.Selector
	absent float64
	doubt  bool
	// filters are matchers whose labels must exist for the SLI to tell failures
	// from successes. They matter when all events seem to be of one kind.
	filters []filter
	// layout is the bucket that must have been there over the whole window; nil if
	// the SLI has none.
	layout *layout
	// histogram is set as long as the bucket boundaries are not known; the
	// indicator is nil until then.
	histogram *histogram
}

// owner is the service whose expressions are resolved.
type owner struct {
	name, label string
}

// never is no value of an SLI: what is absent has no value either.
const never = -1

// problem is a sentence on why an SLI cannot be computed.
type problem string

// resolve decides how the indicator is measured.
func (o owner) resolve(i spec.Indicator, serviceType spec.Type) (plan, problem) {
	switch i.Kind {
	case spec.IndicatorEvents:
		return o.declared(i)
	case spec.IndicatorRatio:
		expr, p := o.expression("query", i.Ratio.V)
		if p != "" {
			return plan{}, p
		}
		return o.ratio(expr)
	case spec.IndicatorLatency:
		return o.latency(i)
	case spec.IndicatorThreshold:
		return o.threshold(i)
	case spec.IndicatorNone:
	}
	if serviceType == "" {
		return plan{}, "the SLO has no query and the service no type with a default one: add good_query: and total_query: to its indicator"
	}
	return plan{}, problem(fmt.Sprintf("the SLO has no query, and services of type %s have no default for it: add good_query: and total_query: to its indicator", serviceType))
}

// expression parses a field of the indicator. An expression that names no value
// of the service label gets the service's own in every selector.
func (o owner) expression(field, text string) (parser.Expr, problem) {
	expr, err := promql.Parse(text)
	if err != nil {
		return nil, problem(fmt.Sprintf("%s is not valid PromQL: %v", field, err))
	}
	switch {
	case len(promql.Selectors(expr)) == 0:
		return nil, problem(field + " reads no metric, so it measures nothing")
	case expr.Type() == parser.ValueTypeMatrix:
		return nil, problem(field + " gives ranges of samples and no number: put rate() or increase() around it")
	}
	if promql.HasMatcher(expr, o.label) {
		return expr, ""
	}
	return promql.WithMatchers(expr, labels.MustNewMatcher(labels.MatchEqual, o.label, o.name)), ""
}

// declared is the plan for good or bad, and total, that are given each by itself.
func (o owner) declared(i spec.Indicator) (plan, problem) {
	field, text := "good_query", i.Good.V
	if text == "" {
		field, text = "error_query", i.Bad.V
	}
	num, p := o.expression(field, text)
	if p != "" {
		return plan{}, p
	}
	total, p := o.expression("total_query", i.Total.V)
	if p != "" {
		return plan{}, p
	}
	if p := invented(field, num, false) + invented("total_query", total, false); p != "" {
		return plan{}, p
	}
	if !isVector(num) || !isVector(total) {
		return plan{}, problem(field + " and total_query must both give series, and one gives a plain number")
	}
	return o.counting(counts{num: counted(num), total: counted(total), bad: field == "error_query", summed: true})
}

// ratio is the plan for one expression that yields good over total.
func (o owner) ratio(expr parser.Expr) (plan, problem) {
	if what := quantileIn(expr); what != "" {
		return plan{}, problem("the query reads " + what + ", which is a time and not a ratio: declare the SLO as latency, with threshold_ms:")
	}
	if compares(expr) {
		return plan{}, "the query compares the ratio and drops the times at which the comparison does not hold, so it has no value exactly when it counts: remove the comparison, the objective says how much is enough"
	}
	if p := invented("query", expr, true); p != "" {
		return plan{}, p
	}
	parts, ok := promql.Ratio(expr)
	if !ok {
		return plan{
			indicator: average{ratio: expr}, method: methodAveraged, total: promql.Selectors(expr), absent: never,
			notes: averaged("the query cannot be split into good and total events: the SLI is the mean of its value every 5 minutes, which traffic does not weigh, and times without a value are left out"),
		}, ""
	}
	if parts.Percent {
		return plan{}, "the query yields a percentage and not a ratio from 0 to 1: remove * 100"
	}
	c := counts{num: counted(parts.Good), total: counted(parts.Total)}
	if parts.Good == nil {
		c.num, c.bad = counted(parts.Bad), true
	}
	return o.counting(c)
}

// counting is the plan for counts of events.
func (o owner) counting(c counts) (plan, problem) {
	if c.mixesUnits() {
		return plan{}, "one side of the ratio counts per second and the other over a range: use rate() on both sides, or increase() over the same range"
	}
	p := plan{
		indicator: c, method: methodEvents, total: promql.Selectors(c.total), absent: c.absent(),
		proofs: o.proofs(c), filters: o.filters(c), doubt: len(terms(c.num))+len(terms(c.total)) > 2,
	}
	if !c.exact() {
		p.indicator, p.method = average{counts: &c}, methodAveraged
		p.notes = averaged("the events cannot be counted over the whole window, as the expressions are not sums of rates in one unit: the SLI is the mean of their ratio every 5 minutes, which traffic does not weigh")
	}
	return p, ""
}

func averaged(text string) []report.Reason {
	return []report.Reason{{Code: report.NoteAveraged, Text: text}}
}

// proofs returns the metrics that must have had series before the absence of a
// term says that it is 0. A total of one metric proves that metric by being
// there.
func (o owner) proofs(c counts) []promql.Selector {
	total, num := o.bare(c.total), o.bare(c.num)
	if len(total) > 1 {
		return distinct(append(total, num...))
	}
	return slices.DeleteFunc(num, func(s promql.Selector) bool {
		return slices.ContainsFunc(total, func(t promql.Selector) bool { return t.String() == s.String() })
	})
}

// bare returns the metrics that an expression reads, with no other matchers than
// those on the name and on the service.
func (o owner) bare(expr parser.Expr) []promql.Selector {
	var out []promql.Selector
	for _, s := range promql.Selectors(expr) {
		if s.Name == "" {
			continue // without a name there is nothing that could be misspelt
		}
		keep := slices.DeleteFunc(slices.Clone(s.Matchers), func(m *labels.Matcher) bool {
			return m.Name != o.label && m.Name != model.MetricNameLabel
		})
		out = append(out, promql.Selector{Name: s.Name, Matchers: keep})
	}
	return distinct(out)
}

func distinct(list []promql.Selector) []promql.Selector {
	slices.SortFunc(list, func(a, b promql.Selector) int { return strings.Compare(a.String(), b.String()) })
	return slices.CompactFunc(list, func(a, b promql.Selector) bool { return a.String() == b.String() })
}

// counted puts increase around a counter that stands without a rate, alone or
// under a sum: as a count of events it means its growth, not its height. Only
// names that counters have by convention are taken for counters.
func counted(expr parser.Expr) parser.Expr {
	switch e := promql.Unwrap(expr).(type) {
	case *parser.VectorSelector:
		for _, suffix := range []string{"_total", "_count", "_bucket"} {
			if !strings.HasSuffix(e.Name, suffix) {
				continue
			}
			if rated, err := promql.Parse("increase(" + e.String() + "[5m])"); err == nil {
				return rated
			}
		}
		return e
	case *parser.AggregateExpr:
		if e.Op != parser.SUM {
			return e
		}
		sum := *e
		sum.Expr = counted(e.Expr)
		return &sum
	default:
		return expr
	}
}

// quantileIn names the first part of an expression that yields a quantile.
func quantileIn(expr parser.Expr) string {
	found := ""
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.Call:
			if n.Func.Name == "histogram_quantile" || n.Func.Name == "quantile_over_time" {
				found = n.Func.Name
			}
		case *parser.VectorSelector:
			for _, m := range n.LabelMatchers {
				if m.Name == "quantile" {
					found = "a summary's quantile"
				}
			}
		}
		return nil
	})
	return found
}

// average is an SLI that has a value at each moment only.
type average struct {
	// ratio is an expression that could not be split, or nil.
	ratio parser.Expr
	// counts are counts that cannot be taken over a window, or nil.
	counts *counts
	// fine asks for more than one step in windows of a few minutes.
	fine bool
}

// sli leaves out NaN, which is what a ratio is without traffic, and would
// swallow the mean.
func (a average) sli(look time.Duration) string {
	return "avg_over_time((" + a.text() + " >= -Inf)" + a.within(look) + ")"
}

// steps counts the steps of the look-back at which the ratio has a value, if only
// NaN.
func (a average) steps(look time.Duration) string {
	return "count_over_time((" + a.text() + ")" + a.within(look) + ")"
}

func (a average) text() string {
	if a.counts != nil {
		return a.counts.ratio()
	}
	return vector(a.ratio)
}

// within prints the look-back and its steps, which lie at multiples of themselves.
func (a average) within(look time.Duration) string {
	step := 5 * time.Minute
	if a.fine {
		step = fineStep(look)
	}
	return "[" + promql.Duration(look) + ":" + promql.Duration(step) + "]"
}

// fineStep is the step of what is recorded: a step of 5 minutes would be the only one
// in the shortest window, and up to 5 minutes old.
func fineStep(look time.Duration) time.Duration {
	if look > 7*24*time.Hour {
		return 5 * time.Minute
	}
	return time.Minute
}

func (average) events(time.Duration) string { return "" }

// share is the share of time in which a metric keeps to its threshold.
type share struct {
	metric parser.Expr
	op     string
	limit  float64
}

func (s share) sli(look time.Duration) string {
	return fmt.Sprintf("avg_over_time((%s %s bool %s)[%s:%s])",
		vector(s.metric), s.op, decimal(s.limit), promql.Duration(look), promql.Duration(fineStep(look)))
}

func (share) events(time.Duration) string { return "" }

// vector prints an expression as an operand, and a scalar as the vector that a
// subquery needs.
func vector(expr parser.Expr) string {
	if expr.Type() == parser.ValueTypeScalar {
		return "vector(" + expr.String() + ")"
	}
	return "(" + promql.Unwrap(expr).String() + ")"
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (o owner) threshold(i spec.Indicator) (plan, problem) {
	metric, p := o.expression("metric", i.Metric.V)
	if p != "" {
		return plan{}, p
	}
	op := i.Op.V
	switch op {
	case "<=", "<", ">=", ">":
	case "":
		op = "<="
	default:
		return plan{}, problem(fmt.Sprintf("op %q is not one of <=, <, >=, >", op))
	}
	return plan{
		indicator: share{metric: metric, op: op, limit: i.Threshold.V}, method: methodThreshold,
		total: promql.Selectors(metric), absent: never,
	}, ""
}
