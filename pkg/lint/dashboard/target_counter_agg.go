package dashboard

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// targetCounterAgg finds the values of counters drawn as they are: a line that only
// says how long the process has been running.
func targetCounterAgg() rule {
	r := lint.Rule{ID: "dashboard/target-counter-agg", Severity: report.Warning, Title: "The value of a counter is shown as it is"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, t := range b.queries() {
			told := map[string]bool{}
			for _, vs := range rawCounters(t.read.ast) {
				if told[vs.Name] {
					continue
				}
				told[vs.Name] = true
				name := t.read.spelt(vs)
				out = append(out, t.of(t.read.text.Finding(r.ID, r.Severity, int(vs.PosRange.Start), int(vs.PosRange.End),
					t.panel.where()+" shows "+name+" as it is; by its name it is a counter, which only grows until a restart",
					"show how fast it grows: rate("+name+"[$__rate_interval]); if it is no counter, leave it out in a .lint file")))
			}
		}
		return out
	}}
}

// rawCounters returns the counters whose value an expression shows.
func rawCounters(ast parser.Expr) []*parser.VectorSelector {
	if ast == nil {
		return nil
	}
	var all, raw []*parser.VectorSelector
	parser.Inspect(ast, func(n parser.Node, path []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok || !strings.HasSuffix(vs.Name, "_total") {
			return nil
		}
		all = append(all, vs)
		if !slices.ContainsFunc(path, countsAnyway) {
			raw = append(raw, vs)
		}
		return nil
	})
	// What is subtracted from its own past is how much it grew.
	return slices.DeleteFunc(raw, func(vs *parser.VectorSelector) bool {
		return slices.ContainsFunc(all, func(o *parser.VectorSelector) bool { return o.Name == vs.Name && o.OriginalOffset != vs.OriginalOffset })
	})
}

// countsAnyway reports whether the values below a node are looked at over time, or
// not at all.
func countsAnyway(n parser.Node) bool {
	switch n := n.(type) {
	case *parser.MatrixSelector, *parser.SubqueryExpr:
		return true
	case *parser.AggregateExpr:
		return n.Op == parser.COUNT || n.Op == parser.GROUP
	case *parser.Call:
		return slices.Contains([]string{"absent", "timestamp"}, n.Func.Name)
	}
	return false
}
