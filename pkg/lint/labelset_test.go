package lint

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"

	ours "github.com/nthlayer/action/pkg/promql"
)

// series is rich enough that every expression of these tests has a result, unless
// it can have none.
const series = `load 1m
  up{job="api", instance="a:1", zone="x"} 0+0x60
  up{job="api", instance="b:1", zone="y"} 1+0x60
  up{job="web", instance="c:1"} 0+0x60
  info{job="api", team="one", version="1"} 1+0x60
  info{job="web", team="two", version="2"} 1+0x60
  http_requests_total{job="api", instance="a:1", code="200"} 0+10x60
  http_requests_total{job="api", instance="a:1", code="500"} 0+1x60
  http_requests_total{job="web", instance="c:1", code="200"} 0+5x60
  http_request_errors_total{job="api", instance="a:1"} 0+5x60
  queue_length{queue="a"} 7+0x60
  queue_length{queue="b"} 2+0x60
  latency_bucket{job="api", le="0.1"} 0+1x60
  latency_bucket{job="api", le="+Inf"} 0+2x60
  http_request_duration_seconds_bucket{job="api", le="0.1"} 0+1x60
  http_request_duration_seconds_bucket{job="api", le="+Inf"} 0+20x60
  job:http_request_duration_seconds_bucket:rate5m{job="api", le="+Inf"} 1+0x60
  node_memory_MemAvailable_bytes{job="node"} 100-1x60
  service_info{job="api", team="one"} 1+0x60
  maintenance{instance="zz"} 1+0x60
`

// evaluate returns the series of an expression, on Prometheus's own engine.
func evaluate(t *testing.T, storage promql.QueryEngine, data queryable, expr string) promql.Vector {
	t.Helper()
	q, err := storage.NewInstantQuery(context.Background(), data, nil, expr, time.Unix(0, 0).Add(30*time.Minute))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	defer q.Close()
	result := q.Exec(context.Background())
	if result.Err != nil {
		t.Fatalf("%s: %v", expr, result.Err)
	}
	v, err := result.Vector()
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return v
}

func TestLabelsOfIsRightAboutWhatTheEngineReturns(t *testing.T) {
	storage := promqltest.LoadedStorage(t, series)
	engine := newEngine()
	for _, expr := range []string{
		`up`, `up{zone=""}`, `-up`, `(up)`, `sum(up)`, `sum by (job) (up)`, `sum by (job, team) (up)`,
		`sum without (instance) (up)`, `topk by (job) (1, up)`, `topk(1, sum by (job) (up))`,
		`count_values by (job) ("value", up)`, `quantile by (zone) (0.5, up)`,
		`rate(http_requests_total[5m])`, `sum by (code) (rate(http_requests_total[5m]))`,
		`max_over_time(sum by (job) (up)[10m:1m])`,
		`up * 2`, `2 * sum by (job) (up)`, `up + on (job, instance) up`, `up + ignoring (zone) up`,
		`sum by (job) (up) / count by (job) (up)`, `up > 0 and on (job) info`, `sum by (job) (up) or sum by (zone) (up)`,
		`up or sum by (team) (info)`, `sum by (zone) (up) or up`, `up unless on (job) info{team="two"}`,
		`up * on (job) group_left (team) info`, `sum by (job, instance) (up) * on (job) group_left (team, version) info`,
		`sum by (job) (info) * on (job) group_right (team) up`, `up * on (job) group_left (zone) info`,
		`label_replace(sum by (job) (up), "copy", "$1", "job", "(.*)")`, `label_join(sum(up), "a", "-", "job")`,
		`absent(nothing{job="api", zone=~".+"})`, `absent_over_time(nothing{job="api"}[5m])`, `absent(sum(nothing))`,
		`vector(1)`, `vector(scalar(sum(up)))`, `hour()`, `histogram_quantile(0.9, rate(latency_bucket[5m]))`,
		`histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))`, `clamp_max(sum by (job) (up), 1)`, `sort(up)`,
	} {
		ast, err := ours.Parse(expr)
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		known := labelVisitor{}.labelsOf(ast)
		result := evaluate(t, engine, storage, expr)
		if len(result) == 0 {
			t.Errorf("%s returns nothing, so it shows nothing", expr)
		}
		for _, s := range result {
			s.Metric.Range(func(l labels.Label) {
				if !known.may(l.Name) {
					t.Errorf("%s returns the label %s, which labelsOf excludes: %+v", expr, l.Name, known)
				}
			})
		}
	}
}

func TestLabelsOfExcludes(t *testing.T) {
	for _, c := range []struct {
		expr, label string
		may         bool
	}{
		{`sum(up)`, "job", false},
		{`sum by (job) (up)`, "job", true},
		{`sum by (job) (up)`, "instance", false},
		{`sum without (job) (up)`, "job", false},
		{`sum without (job) (up)`, "instance", true},
		{`up{zone=""}`, "zone", false},
		{`sum by (zone) (up{zone=""})`, "zone", false},
		{`up + on (job) up`, "instance", false},
		{`up + ignoring (job) up`, "job", false},
		{`sum by (job) (up) / up`, "instance", false},
		{`up / sum by (job) (up)`, "instance", false},
		{`sum by (job) (up) or sum by (zone) (up)`, "zone", true},
		{`sum by (job) (up) or sum by (zone) (up)`, "instance", false},
		{`up{zone=""} or up`, "zone", true},
		{`sum by (job) (up) unless up`, "instance", false},
		{`sum by (job) (up) * on (job) group_left (team) info`, "team", true},
		{`sum by (job) (up) * on (job) group_left (team) sum by (job) (info)`, "team", false},
		{`absent(up{job="a"})`, "instance", false},
		{`histogram_quantile(0.9, latency_bucket)`, "le", false},
	} {
		ast, err := ours.Parse(c.expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := (labelVisitor{}).labelsOf(ast).may(c.label); got != c.may {
			t.Errorf("%s may have %s: got %t", c.expr, c.label, got)
		}
	}
}

func TestWhatIsCalledImpossibleReturnsNothingOnTheEngine(t *testing.T) {
	storage := promqltest.LoadedStorage(t, series)
	engine := newEngine()
	for _, id := range []string{"promql/impossible", "promql/quantile-without-le"} {
		for _, r := range rulesOf(t, fixture(t, id, "bad")) {
			switch r.Name.V {
			case "DeadGrouping", "DeadJoin", "DeadUnless":
				continue // these return series, but not the ones that were meant
			}
			if result := evaluate(t, engine, storage, r.Expr.V); len(result) > 0 {
				t.Errorf("%s: %s returns %v", id, r.Expr.V, result)
			}
		}
	}
}
