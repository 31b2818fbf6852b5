package tech

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/template"
)

// maxFor is how long an alert may wait at most: what has lasted for an hour is
// known by other ways.
const maxFor = time.Hour

// minPageFor is how long something must last before somebody is woken up: two
// scrapes at the common interval of 30 s, so that one lost scrape pages nobody.
const minPageFor = time.Minute

var alertName = regexp.MustCompile(`^[A-Z][a-zA-Z0-9_]+$`)

// checkAlert says what is wrong with an alert, apart from its test.
func (v vocabulary) checkAlert(a Alert) problems {
	var found problems
	if !alertName.MatchString(a.Name) {
		found.add("name", "%q is no name of an alert; write it like PostgresqlDown", a.Name)
	}
	checkSeverity(&found, a.Severity)
	v.checkFor(&found, a)
	expr, why := v.checkExpr(a.Expr)
	for _, w := range why {
		found.add("expr", "%s", w)
	}
	if expr == nil {
		return found
	}
	if expr.Type() != parser.ValueTypeVector {
		found.add("expr", "the expression gives a %s; an alert needs a vector", expr.Type())
		return found
	}
	if !v.open {
		v.checkAlertIntents(&found, expr)
	}
	found = append(found, v.checkGiven(a, expr)...)
	v.checkText(&found, a, expr)
	return found
}

// checkGiven checks the number that users may override, and the expression in which it
// stands when they do: one that is told in the same words.
func (v vocabulary) checkGiven(a Alert, expr parser.Expr) problems {
	var found problems
	if a.Given == "" {
		checkThreshold(&found, a, expr, !v.open)
		return found
	}
	given, why := v.checkExpr(a.Given)
	for _, w := range why {
		found.add("given", "%s", w)
	}
	if given == nil {
		return found
	}
	if given.Type() != parser.ValueTypeVector {
		found.add("given", "the expression gives a %s; an alert needs a vector", given.Type())
		return found
	}
	asked, _ := v.shapeOf(expr)
	if answered, _ := v.shapeOf(given); !v.open && !answered.same(asked) {
		found.add("given", "it gives %s, and expr %s", answered, asked)
	}
	if a.Threshold == nil {
		found.add("threshold", "given compares with a number; say which one users override")
		return found
	}
	checkThreshold(&found, a, given, true)
	return found
}

// checkAlertIntents makes sure that an alert means the same whichever metric stands
// for what it reads: in the same unit, and with the same labels.
func (v vocabulary) checkAlertIntents(found *problems, expr parser.Expr) {
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			if why := v.unfit(n.Name); why != "" {
				found.add("expr", "%s", why)
			}
		case *parser.AggregateExpr:
			if i := slices.IndexFunc(n.Grouping, func(l string) bool { return strings.HasPrefix(l, "by_") }); i >= 0 {
				found.add("expr", "%s is another label with every metric, and an alert keeps its labels", n.Grouping[i])
			}
		}
		return nil
	})
}

// unfit says why an alert may not read what a name stands for; empty when it may.
func (v vocabulary) unfit(name string) string {
	_, intent, ok := strings.Cut(name, ":")
	if !ok {
		return ""
	}
	in := v.intents[intent]
	scaled := func(c Candidate) bool { return c.Scale != 0 && c.Scale != 1 }
	switch {
	case !v.service:
		return name + " is an intent; an alert reads metrics"
	case in.Type == Derived:
		return name + " is an expression; an alert of a service reads counters, gauges and histograms"
	case slices.ContainsFunc(in.Candidates, scaled) || in.ErrorsOf != "" && slices.ContainsFunc(v.intents[in.ErrorsOf].Candidates, scaled):
		return name + " may be in another unit, in which the threshold means something else"
	}
	return ""
}

func checkSeverity(found *problems, s Severity) {
	if s != Critical && s != Warning && s != Info {
		found.add("severity", "%q is no severity; use critical, warning or info", s)
	}
}

func (v vocabulary) checkFor(found *problems, a Alert) {
	d, err := model.ParseDuration(a.For)
	hold := time.Duration(d)
	switch {
	case err != nil:
		found.add("for", "%q is no duration; write 5m, or 0m for at once", a.For)
	case hold > maxFor && !v.open:
		found.add("for", "an alert that waits for %s comes too late; use 1h at most", a.For)
	case hold < minPageFor && a.Severity == Critical && !a.Latches:
		found.add("for", "an alert that pages waits for 1m at least, unless it latches: its counter never moves in a healthy system")
	case a.Latches && hold != 0:
		found.add("latches", "latches is for alerts that wait for nothing")
	}
}

// comparisons returns the numbers that an expression compares with, as a side of
// a comparison of their own.
func comparisons(expr parser.Expr, equality bool) []float64 {
	var out []float64
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		b, ok := node.(*parser.BinaryExpr)
		if !ok || !b.Op.IsComparisonOperator() || !equality && (b.Op == parser.EQLC || b.Op == parser.NEQ) {
			return nil
		}
		for _, side := range []parser.Expr{b.LHS, b.RHS} {
			if n, ok := number(side); ok {
				out = append(out, n)
			}
		}
		return nil
	})
	return out
}

func number(expr parser.Expr) (float64, bool) {
	switch e := unparen(expr).(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.UnaryExpr:
		n, ok := number(e.Expr)
		if e.Op == parser.SUB {
			n = -n
		}
		return n, ok
	}
	return math.NaN(), false
}

// checkThreshold makes sure that an override of the threshold changes one number
// and the right one. With needed set, an alert that compares with a number has to
// say which.
func checkThreshold(found *problems, a Alert, expr parser.Expr, needed bool) {
	if a.Threshold == nil {
		limits := slices.DeleteFunc(comparisons(expr, false), func(n float64) bool { return n == 0 })
		if needed && len(limits) > 0 {
			found.add("threshold", "the expression compares with %v; say which number users may override", limits[0])
		}
		return
	}
	n := 0
	for _, c := range comparisons(expr, true) {
		if c == *a.Threshold {
			n++
		}
	}
	if n != 1 {
		found.add("threshold", "%v is compared with %d times in the expression, and must be once", *a.Threshold, n)
	}
}

var (
	labelInText = regexp.MustCompile(`\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)`)
	bareValue   = regexp.MustCompile(`\{\{-?\s*(\$value|\.Value)\s*-?\}\}`)
)

// checkText makes sure that the words of an alert can be said.
func (v vocabulary) checkText(found *problems, a Alert, expr parser.Expr) {
	shape, _ := v.shapeOf(expr)
	for _, text := range []struct{ path, text string }{{"summary", a.Summary}, {"description", a.Description}} {
		switch {
		case strings.TrimSpace(text.text) == "":
			found.add(text.path, "%s has no %s", a.Name, text.path)
			continue
		case text.path == "summary" && strings.ContainsAny(text.text, "\r\n"):
			found.add(text.path, "a summary is one line")
		}
		if _, err := expand(a.Name, text.text, promql.Sample{F: 1}); err != nil {
			found.add(text.path, "the template fails: %s", err)
		}
		for _, m := range labelInText.FindAllStringSubmatch(text.text, -1) {
			if !shape.keeps(m[1]) && (!v.open || !shape.raw) {
				found.add(text.path, "the alert has no label %s: its expression gives %s", m[1], shape)
			}
		}
		if !v.open && bareValue.MatchString(text.text) {
			found.add(text.path, "$value is shown with all its digits; use humanize, humanizePercentage, humanizeDuration or printf")
		}
		if !v.open && strings.Contains(text.text, "humanizePercentage") && !isShare(expr) {
			found.add(text.path, "the value is no share, and humanizePercentage multiplies it by 100")
		}
	}
	if a.Summary != "" && strings.TrimSpace(a.Summary) == strings.TrimSpace(a.Description) {
		found.add("description", "the description repeats the summary; say what to look at")
	}
}

// expand runs a template as Prometheus does. Queries inside of it find nothing.
func expand(name, text string, alert promql.Sample) (string, error) {
	data := template.AlertTemplateData(alert.Metric.Map(), map[string]string{}, "", alert)
	const variables = `{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}`
	nothing := func(context.Context, string, time.Time) (promql.Vector, error) { return promql.Vector{}, nil }
	return template.NewTemplateExpander(context.Background(), variables+text, "__alert_"+name, data, 0, nothing, nil, nil).Expand()
}

// isShare reports whether the value of an alert is a part divided by a whole.
func isShare(expr parser.Expr) bool {
	switch e := unparen(expr).(type) {
	case *parser.BinaryExpr:
		switch {
		case e.Op == parser.DIV:
			return true
		case e.Op.IsSetOperator(), e.Op.IsComparisonOperator():
			return isShare(e.LHS)
		case e.Op == parser.SUB:
			// One minus a share is a share.
			return isShare(e.RHS)
		}
	case *parser.AggregateExpr:
		return e.Op != parser.SUM && isShare(e.Expr)
	case *parser.VectorSelector:
		return strings.HasSuffix(e.Name, "_ratio")
	}
	return false
}
