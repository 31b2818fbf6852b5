package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/spec"
)

var measuredAt = time.Date(2026, 5, 20, 7, 0, 0, 0, time.UTC)

func value(text string) spec.Value[string] { return spec.Value[string]{V: text} }

func objectiveOf(t testing.TB, name, percent, over string, i spec.Indicator) spec.SLO {
	t.Helper()
	o, err := spec.NewObjective(percent)
	if err != nil {
		t.Fatal(err)
	}
	w, err := spec.ParseWindow(over)
	if err != nil {
		t.Fatal(err)
	}
	return spec.SLO{Name: value(name), Objective: spec.Value[spec.Objective]{V: o}, Window: spec.Value[spec.Window]{V: w}, Indicator: i}
}

// fleetService is a service with three SLOs in three shapes.
func fleetService(t testing.TB, name string) *spec.Service {
	t.Helper()
	rate := func(selector string) spec.Value[string] {
		return value("sum(rate(" + strings.ReplaceAll(selector, "SERVICE", fmt.Sprintf("service=%q", name)) + "[5m]))")
	}
	return &spec.Service{
		File: "services/" + name + ".yaml", Name: value(name),
		SLOs: []spec.SLO{
			objectiveOf(t, "availability", "99", "1d", spec.Indicator{
				Kind: spec.IndicatorEvents, Good: rate(`http_requests_total{SERVICE,code!~"5.."}`), Total: rate(`http_requests_total{SERVICE}`),
			}),
			objectiveOf(t, "latency", "95", "1d", spec.Indicator{
				Kind: spec.IndicatorLatency, Threshold: spec.Value[float64]{V: 0.25},
				Query: value("histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket{service=\"" + name + "\"}[5m])))"),
			}),
			objectiveOf(t, "jobs", "90", "1d", spec.Indicator{
				Kind: spec.IndicatorRatio, Ratio: value("1 - (" + rate(`job_failures_total{SERVICE}`).V + " or vector(0)) / " + rate(`jobs_total{SERVICE}`).V),
			}),
		},
	}
}

// fleetSeries are the counters of the i-th service. Of 100 events i%5 are bad;
// where none is, the series of failures stand at 0 or do not exist.
func fleetSeries(name string, i int) []string {
	bad := i % 5
	lines := []string{
		fmt.Sprintf(`http_requests_total{service=%q,code="200"} 0+%dx300`, name, 100-bad),
		fmt.Sprintf(`http_seconds_bucket{service=%q,le="0.25"} 0+%dx300`, name, 100-bad),
		fmt.Sprintf(`http_seconds_bucket{service=%q,le="+Inf"} 0+100x300`, name),
		fmt.Sprintf(`http_seconds_count{service=%q} 0+100x300`, name),
		fmt.Sprintf(`jobs_total{service=%q} 0+100x300`, name),
		fmt.Sprintf(`job_failures_total{service=%q} 0+%dx300`, name, bad),
	}
	if bad > 0 {
		lines = append(lines, fmt.Sprintf(`http_requests_total{service=%q,code="503"} 0+%dx300`, name, bad))
	}
	return lines
}

func fleetRules(name string, i int) []string {
	var lines []string
	for _, slo := range []string{"availability", "latency", "jobs"} {
		lines = append(lines,
			fmt.Sprintf(`slo:events_total:increase5m{service=%q,slo=%q} 100x300`, name, slo),
			fmt.Sprintf(`slo:events_bad:increase5m{service=%q,slo=%q} %dx300`, name, slo, i%5),
		)
	}
	return lines
}

func fleet(t testing.TB, n int, series ...func(string, int) []string) ([]*spec.Service, *sourcetest.Counting) {
	t.Helper()
	var services []*spec.Service
	var lines []string
	for i := range n {
		name := fmt.Sprintf("service-%04d", i)
		services = append(services, fleetService(t, name))
		for _, f := range series {
			lines = append(lines, f(name, i)...)
		}
	}
	return services, sourcetest.NewCounting(sourcetest.Source(t, measuredAt, "5m", lines...))
}

func TestThousandServicesNeedFewRequests(t *testing.T) {
	for _, tc := range []struct {
		name   string
		series []func(string, int) []string
		method string
		limit  int
	}{
		{"raw metrics", []func(string, int) []string{fleetSeries}, "events", 30},
		{"recorded counts", []func(string, int) []string{fleetSeries, fleetRules}, "recorded", 12},
	} {
		t.Run(tc.name, func(t *testing.T) {
			services, src := fleet(t, 1000, tc.series...)
			got := pipeline.Measure(context.Background(), src, services, "service", measuredAt, source.AskOptions{})
			if n := src.Calls(""); n > tc.limit {
				t.Errorf("%d requests for 1,000 services with 3 SLOs, want at most %d", n, tc.limit)
			} else {
				t.Logf("%d requests", n)
			}
			for i, s := range services {
				want := 1 - float64(i%5)/100
				for _, slo := range got[pipeline.KeyOf(s)] {
					if slo.State != report.StateOK || slo.Method != tc.method || slo.SLI == nil || math.Abs(*slo.SLI-want) > 1e-9 {
						t.Fatalf("%s of %s: state %s (%s), method %s, SLI %v; want %v", slo.Name, s.Name.V, slo.State, slo.Detail, slo.Method, slo.SLI, want)
					}
				}
			}
			for _, i := range []int{0, 1, 499, 999} {
				alone := pipeline.Measure(context.Background(), src, services[i:i+1], "service", measuredAt, source.AskOptions{})
				key := pipeline.KeyOf(services[i])
				if diff := cmp.Diff(alone[key], got[key]); diff != "" {
					t.Errorf("%s measured alone (-) and together (+) differ:\n%s", key.Name, diff)
				}
			}
		})
	}
}

func TestRequestsDoNotGrowWithServices(t *testing.T) {
	calls := func(n int) int {
		services, src := fleet(t, n, fleetSeries)
		pipeline.Measure(context.Background(), src, services, "service", measuredAt, source.AskOptions{})
		return src.Calls("")
	}
	few, some, many := calls(5), calls(200), calls(400)
	if few > 24 || many > some {
		t.Errorf("5 services need %d requests, 200 need %d and 400 need %d", few, some, many)
	}
	// What is long is asked in halves: the SLI over the window, of each of three shapes.
	if some > few+3 {
		t.Errorf("200 services need %d requests, 5 need %d", some, few)
	}
}

// TestOneServiceDoesNotSpoilTheOthers mixes services in all conditions: what is
// wrong with one stays with it, although all are asked about in one query.
func TestOneServiceDoesNotSpoilTheOthers(t *testing.T) {
	services, src := fleet(t, 6, func(name string, i int) []string {
		switch i {
		case 0: // all requests fail
			return []string{fmt.Sprintf(`http_requests_total{service=%q,code="503"} 0+100x300`, name)}
		case 1: // no series at all
			return nil
		case 2: // no traffic
			return []string{fmt.Sprintf(`http_requests_total{service=%q,code="200"} 7x300`, name)}
		default:
			return fleetSeries(name, i)
		}
	})
	services[3].SLOs[0].Indicator.Good = value("sum(")
	services[4].SLOs[0].Indicator.Total = value(`sum(rate(http_requests_total{service="service-0005"}[5m]))`)
	got := pipeline.Measure(context.Background(), src, services, "service", measuredAt, source.AskOptions{})
	for i, want := range []report.SLOState{
		report.StateOK, report.StateNoData, report.StateNoTraffic, report.StateNotComputable, report.StateOK, report.StateOK,
	} {
		s := got[pipeline.KeyOf(services[i])][0]
		if s.State != want {
			t.Errorf("%s: %s (%s), want %s", services[i].Name.V, s.State, s.Detail, want)
		}
	}
	if s := got[pipeline.KeyOf(services[0])][0]; s.Status != report.StatusExhausted || s.SLI == nil || *s.SLI != 0 {
		t.Errorf("a total outage is %s with SLI %v", s.Status, s.SLI)
	}
}

func TestServiceLabelOfTheMetricsIsNotThatOfTheRules(t *testing.T) {
	service := fleetService(t, "pay")
	service.SLOs = service.SLOs[:1]
	service.SLOs[0].Indicator.Good = value(`sum(rate(http_requests_total{code="200"}[5m]))`)
	service.SLOs[0].Indicator.Total = value(`sum(rate(http_requests_total[5m]))`)
	raw := []string{
		`http_requests_total{app="pay",code="200"} 0+98x300`, `http_requests_total{app="pay",code="503"} 0+2x300`,
		`http_requests_total{app="other",code="503"} 0+2x300`,
	}
	for method, lines := range map[string][]string{"events": raw, "recorded": append(fleetRules("pay", 2), raw...)} {
		src := sourcetest.Source(t, measuredAt, "5m", lines...)
		got := pipeline.Measure(context.Background(), src, []*spec.Service{service}, "app", measuredAt, source.AskOptions{})[pipeline.KeyOf(service)][0]
		if got.Method != method || got.SLI == nil || math.Abs(*got.SLI-0.98) > 1e-9 {
			t.Errorf("method %s, SLI %v (%s %s); want %s, 0.98", got.Method, got.SLI, got.State, got.Detail, method)
		}
	}
}

func TestTwoFilesMayNameTheSameService(t *testing.T) {
	a, b := fleetService(t, "pay"), fleetService(t, "pay")
	b.File, b.SLOs = "other/pay.yaml", b.SLOs[:1]
	src := sourcetest.Source(t, measuredAt, "5m", fleetSeries("pay", 1)...)
	got := pipeline.Measure(context.Background(), src, []*spec.Service{a, b}, "service", measuredAt, source.AskOptions{})
	if len(got[pipeline.KeyOf(a)]) != 3 || len(got[pipeline.KeyOf(b)]) != 1 {
		t.Errorf("%d and %d results, want 3 and 1", len(got[pipeline.KeyOf(a)]), len(got[pipeline.KeyOf(b)]))
	}
}

// down is a source that cannot be reached.
type down struct{ source.Source }

func (down) Query(context.Context, string, time.Time) (source.Answer, error) {
	return source.Answer{}, &source.Error{Kind: source.Unreachable, Message: "no connection to https://prom.example", Err: errors.New("refused")}
}

// page knows one moment only.
type page struct{ source.Source }

func (page) Info() source.Info { return source.Info{Name: "scrape:http://localhost:8080/metrics"} }

func TestWithoutAnswersNothingIsDecided(t *testing.T) {
	services, src := fleet(t, 2, fleetSeries)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tc := range []struct {
		name   string
		ctx    context.Context
		src    source.Source
		state  report.SLOState
		detail string
		calls  int
	}{
		{"no source", context.Background(), nil, report.StateNotMeasured, "no source of metrics", 0},
		{"one moment", context.Background(), page{src}, report.StateNoData, "knows one moment only", 0},
		{"unreachable", context.Background(), down{src}, report.StateError, "no connection to https://prom.example", 0},
		{"run was stopped", canceled, src, report.StateError, "", -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := src.Calls("")
			got := pipeline.Measure(tc.ctx, tc.src, services, "service", measuredAt, source.AskOptions{})
			if n := src.Calls("") - before; tc.calls >= 0 && n != tc.calls {
				t.Errorf("%d requests, want %d", n, tc.calls)
			}
			for _, s := range services {
				results := got[pipeline.KeyOf(s)]
				if len(results) != 3 {
					t.Fatalf("%d results, want 3", len(results))
				}
				for i, r := range results {
					if r.Name != s.SLOs[i].Name.V || r.State != tc.state || !strings.Contains(r.Detail, tc.detail) || r.Detail == "" {
						t.Errorf("%s: %s, %q; want %s, %q", r.Name, r.State, r.Detail, tc.state, tc.detail)
					}
					if r.Status != report.StatusUnknown || r.SLI != nil || r.Budget.ConsumedPercent != nil || r.Budget.TotalMinutes == nil {
						t.Errorf("%s claims to know something: %+v", r.Name, r)
					}
				}
			}
		})
	}
}
