package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/spec"
)

// TestAskingTogetherIsAskingOneByOne compares a run in which all services share
// queries with one in which every metric of every service has its own.
func TestAskingTogetherIsAskingOneByOne(t *testing.T) {
	names := rapid.SampledFrom([]string{"a_total", "b_total", "c_bucket", "a.total"})
	owners := rapid.SampledFrom([]string{"x", "y", "x|y", "x.y", ""})
	statuses := rapid.SampledFrom([]string{"200", "500", "ok", ""})
	values := rapid.SampledFrom([]string{always, gone, recent})
	exprs := rapid.SampledFrom([]string{
		`%s`, `%s{status="200"}`, `%s{status=~"5.."}`, `%s{status!~"5.."}`, `%s{service="y"}`, `%s{service=~"x.*",status="ok"}`, `%s{job="x"}`,
	})
	rapid.Check(t, func(rt *rapid.T) {
		series := map[string]string{}
		for range rapid.IntRange(0, 8).Draw(rt, "series") {
			selector := fmt.Sprintf("{__name__=%q", names.Draw(rt, "name"))
			if owner := owners.Draw(rt, "owner"); owner != "" {
				selector += fmt.Sprintf(",service=%q", owner)
			}
			if status := statuses.Draw(rt, "status"); status != "" {
				selector += fmt.Sprintf(",status=%q", status)
			}
			series[selector+"}"] = values.Draw(rt, "values")
		}
		var lines strings.Builder
		for _, selector := range slices.Sorted(maps.Keys(series)) {
			fmt.Fprintf(&lines, "%s %s\n", selector, series[selector])
		}
		var all []*spec.Service
		for i := range rapid.IntRange(1, 4).Draw(rt, "services") {
			s := &spec.Service{Name: spec.Value[string]{V: []string{"x", "y", "x|y", "x.y"}[i]}}
			for range rapid.IntRange(0, 4).Draw(rt, "alerts") {
				name := names.Draw(rt, "metric")
				if strings.Contains(name, ".") {
					name = `{"a.total"}`
				}
				expr := fmt.Sprintf(exprs.Draw(rt, "expr"), name)
				expr = strings.Replace(expr, `"a.total"}{`, `"a.total",`, 1)
				s.Alerts = append(s.Alerts, spec.Alert{Expr: spec.Value[string]{V: expr}})
			}
			all = append(all, s)
		}
		src := newEngine(t, lines.String())
		together := Run(context.Background(), src, all, Options{At: evaluation()})
		alone := Run(context.Background(), src, all, Options{At: evaluation(), QueryBytes: 1})
		if diff := cmp.Diff(alone, together); diff != "" {
			rt.Fatalf("asked together, the result differs (-alone +together):\n%s", diff)
		}
	})
}
