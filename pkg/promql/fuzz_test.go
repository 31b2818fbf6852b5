package promql_test

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/nthlayer/action/pkg/promql"
)

// FuzzExpr gives any text to every tool: none panics, positions lie in the
// text, and what comes out reads back as itself.
func FuzzExpr(f *testing.F) {
	exprs, err := promqltest.GetBuiltInExprs()
	if err != nil {
		f.Fatal(err)
	}
	for i, text := range exprs {
		if i%10 == 0 {
			f.Add(text)
		}
	}
	for _, text := range []string{
		"sum(", `{"a.b", service="x"}`, `1 - sum(rate(b{service="x"}[5m])) / sum(rate(t{service="x"}[5m]))`,
		`histogram_quantile(0.9, sum by (le) (rate(x_bucket{service="x"}[5m])))`, "x{a=\"\xff\"}", "-1 ^ 2", "x[1w] @ 1.5 offset -1d",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		expr, errs := promql.ParseAll(text)
		for _, e := range errs {
			if e.Start < 0 || e.End < e.Start || e.End > len(text) {
				t.Errorf("error at [%d, %d) of %d bytes", e.Start, e.End, len(text))
			}
		}
		if expr == nil {
			return
		}
		checkSelectors(t, text, expr)
		checkRewrites(t, expr)
		checkMergedForms(t, expr)
	})
}

func checkSelectors(t *testing.T, text string, expr parser.Expr) {
	for _, s := range promql.Selectors(expr) {
		if s.Start < 0 || s.End <= s.Start || s.End > len(text) {
			t.Errorf("%s at [%d, %d) of %d bytes", s, s.Start, s.End, len(text))
		}
		readsBack(t, mustParse(t, s.String()))
	}
}

func checkRewrites(t *testing.T, expr parser.Expr) {
	before := expr.String()
	m := labels.MustNewMatcher(labels.MatchEqual, "service", "a")
	readsBack(t, promql.WithMatchers(expr, m))
	readsBack(t, promql.ReplaceMatchers(expr, m))
	readsBack(t, promql.DropMatchers(expr, "service", "job", "instance", model.MetricNameLabel))
	if w, ok := promql.Window(expr, 90*time.Minute); ok {
		readsBack(t, w)
	}
	if p, ok := promql.Ratio(expr); ok {
		for _, part := range []parser.Expr{p.Good, p.Bad, p.Total} {
			if part != nil {
				readsBack(t, part)
			}
		}
	}
	if h, ok := promql.Quantile(expr); ok && h.Base == "" {
		t.Error("a histogram without a name")
	}
	if expr.String() != before {
		t.Errorf("%s was changed to %s", before, expr)
	}
}

func checkMergedForms(t *testing.T, expr parser.Expr) {
	var members []promql.Member
	for _, value := range []string{"a", "b.c"} {
		m := labels.MustNewMatcher(labels.MatchEqual, "service", value)
		members = append(members, promql.Member{ID: value, Expr: promql.ReplaceMatchers(expr, m), LabelValue: value})
	}
	parts := 0
	for _, m := range promql.Merge(members, "service", 0) {
		parts += len(m.Parts)
		readsBack(t, mustParse(t, m.Query))
	}
	if parts != len(members) {
		t.Errorf("%d of %d members are asked", parts, len(members))
	}
}

// readsBack checks that the printed expression parses to one that prints the
// same.
func readsBack(t *testing.T, expr parser.Expr) {
	t.Helper()
	back, err := promql.Parse(expr.String())
	if err != nil {
		t.Errorf("%s does not parse: %v", expr, err)
		return
	}
	if back.String() != expr.String() {
		t.Errorf("%s reads back as %s", expr, back)
	}
}
