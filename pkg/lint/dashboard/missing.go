package dashboard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

const (
	// lookback is how long a metric may be silent and still count as there.
	lookback = time.Hour
	// maxHints is for how many missing names a similar one is looked for.
	maxHints = 200
)

// Ask is whom to ask which metrics there are. It costs one request, and another one
// when something is missing, however many dashboards there are.
type Ask struct {
	Source source.Source
	At     time.Time
	// Pending are names that the rules of this change will record.
	Pending []string
}

// metricMissing is the rule about metrics that the source does not have.
func metricMissing() lint.Rule {
	return lint.Rule{ID: "dashboard/metric-missing", Severity: report.Warning, Title: "A panel reads a metric that does not exist"}
}

// inventory is what a source has.
type inventory struct {
	known map[string]bool
	// recorded asks what rules record, once and only when a name is missing.
	recorded func() []string
	names    presence.Lexicon
	hints    map[string]string
}

// take asks the source. A reason says why nobody knows what is absent.
func (a Ask) take(ctx context.Context) (inv *inventory, reason string) {
	got, err := a.Source.Names(ctx, nil, a.At.Add(-lookback), a.At)
	if err != nil {
		return nil, err.Error()
	}
	if len(got.Warnings) > 0 {
		return nil, "the answer may be partial: " + got.Warnings[0]
	}
	inv = &inventory{known: map[string]bool{}, names: presence.NewLexicon(got.Names), hints: map[string]string{}}
	for _, n := range slices.Concat(got.Names, a.Pending) {
		inv.known[n] = true
	}
	inv.recorded = func() []string {
		names, _ := a.Source.Recorded(ctx) // a source without rules records nothing
		return names
	}
	return inv, ""
}

// has reports whether the source has a metric.
func (inv *inventory) has(name string) bool {
	if !inv.known[name] && inv.recorded != nil {
		for _, n := range inv.recorded() {
			inv.known[n] = true
		}
		inv.recorded = nil
	}
	return inv.known[name]
}

// missing finds the metrics of a dashboard that the source does not have, each once
// a panel.
func (b *board) missing(inv *inventory) []found {
	r := metricMissing()
	var out []found
	told := map[string]bool{}
	for _, t := range shown(b.all(), prometheus) {
		for _, s := range t.read.metrics() {
			once := t.panel.at.path() + " " + s.Name
			if inv.has(s.Name) || told[once] {
				continue
			}
			told[once] = true
			f := t.read.text.Finding(r.ID, r.Severity, s.Start, s.End,
				fmt.Sprintf("%s reads the metric %s, which the source does not have: %s", t.panel.where(), s.Name, quote(t.expr.text)), inv.hint(s.Name))
			if shows(t.read.ast, t.read.returns(inv)) {
				f.Severity = report.Info // another part of the query answers
			}
			if t.panel.note {
				f.Severity = report.Info // what annotations mark may have come and gone
			}
			out = append(out, t.of(f))
		}
	}
	return out
}

func (inv *inventory) hint(name string) string {
	near, asked := inv.hints[name]
	if !asked && len(inv.hints) < maxHints {
		if list := inv.names.Similar(name, []string{name}); len(list) > 0 {
			near = list[0]
		}
		inv.hints[name] = near
	}
	if near != "" {
		return "did you mean " + near + "?"
	}
	return "correct the name, or make something export it; a counter appears with its first event"
}

// returns reports whether the source has the metric of a selector. One whose name a
// variable holds may be there.
func (r reading) returns(inv *inventory) func(*parser.VectorSelector) bool {
	return func(s *parser.VectorSelector) bool {
		return s.Name == "" || promql.MadeByAlerts(s.Name) || inv.has(s.Name) || r.filled(int(s.PosRange.Start), int(s.PosRange.Start)+len(s.Name))
	}
}

// shows reports whether an expression can return anything when only some selectors do.
func shows(n parser.Node, returns func(*parser.VectorSelector) bool) bool {
	switch n := n.(type) {
	case *parser.VectorSelector:
		return returns(n)
	case *parser.BinaryExpr:
		left, right := shows(n.LHS, returns), shows(n.RHS, returns)
		switch n.Op {
		case parser.LOR:
			return left || right
		case parser.LUNLESS:
			return left
		default:
			return left && right
		}
	case *parser.Call:
		if n.Func.Name == "absent" || n.Func.Name == "absent_over_time" || n.Func.Name == "scalar" {
			return true
		}
	}
	for c := range parser.ChildrenIter(n) {
		if !shows(c, returns) {
			return false
		}
	}
	return true
}
