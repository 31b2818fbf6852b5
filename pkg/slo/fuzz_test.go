package slo

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
)

// FuzzQuestions gives expressions of a service file, which anybody can write, to
// every kind of SLI: each question must be valid PromQL, and whatever the
// answers, a measurement must end.
func FuzzQuestions(f *testing.F) {
	for _, seed := range [][2]string{
		{`sum(rate(a_total{code!~"5.."}[5m]))`, `sum(rate(a_total[5m]))`},
		{`a_total{code="200"} offset 5m`, `sum by (x) (a_total @ 100)`},
		{`rate(a[5m]) * 2 + (b or vector(0)) - 3 * c`, `sum(a) + sum(b) or vector(0)`},
		{`histogram_quantile(0.9, sum by (le) (rate({"my.histogram_bucket", le="1"}[5m])))`, `{__name__=~"a|b"}`},
		{`avg_over_time((a / b)[1h:5m])`, `scalar(a)`},
		{`a / b * 100`, `-a`},
		{`sum(rate(x_bucket{le="0.3"}[5m])) / sum(rate(x_count[5m]))`, `Inf`},
	} {
		f.Add(seed[0], seed[1], "service", "pay")
		f.Add(seed[0], seed[1], "service.name", "p\"a\\y\n")
	}
	f.Add(`a_total % {x="0"}`, `(b_total)`, "0", "") // a selector without a name
	at := time.Unix(1_800_000_000, 0)
	f.Fuzz(func(t *testing.T, first, second, label, service string) {
		if label == "" || label == model.MetricNameLabel {
			return
		}
		for _, i := range []spec.Indicator{
			goodTotal(first, second), badTotal(first, second), ratioOf(first), latencyOf(first, 0.25), thresholdOf(first, "<=", 1),
		} {
			for _, value := range []float64{0, 0.5, 1, nan} {
				s := declared(t, i, "99.9", "30d")
				m := New(&spec.Service{Name: text(service)}, s, Options{Label: label, At: at})
				for round := 0; len(m.Questions()) > 0; round++ {
					if round == 5 {
						t.Fatalf("a sixth round for %q", first)
					}
					answers := map[string]Answer{}
					for _, q := range m.Questions() {
						if _, err := promql.Parse(q.Expr); err != nil {
							t.Fatalf("question %s of %q, %q: %s: %v", q.ID, first, second, q.Expr, err)
						}
						answers[q.ID] = Answer{Samples: []Sample{{Labels: labels.FromStrings("le", "0.5"), Value: value}}}
					}
					m.Take(answers)
				}
			}
		}
	})
}
