package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/source/ruler"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// minutes are the full minutes of a test, the first one included.
func minutes(until time.Duration) []time.Time {
	var out []time.Time
	for at := time.Duration(0); at <= until; at += time.Minute {
		out = append(out, time.Unix(0, 0).Add(at))
	}
	return out
}

// fired returns the alerts that fired at any time that was watched, with the minute in
// which they did so first: Fast 46. The prefix that most of them have is left out.
func fired(r *ruler.Ruler, watch []time.Time) []string {
	var out []string
	for _, name := range []string{
		"SLOErrorBudgetBurnFast", "SLOErrorBudgetBurnHigh", "SLOErrorBudgetBurnMedium", "SLOErrorBudgetBurnSlow", LowAlert, ExhaustedAlert, AbsentAlert,
	} {
		if i := slices.IndexFunc(watch, func(at time.Time) bool { return len(r.Firing(name, at)) > 0 }); i >= 0 {
			out = append(out, fmt.Sprintf("%s %d", strings.TrimPrefix(name, "SLOErrorBudget"), i))
		}
	}
	return out
}

func of(t *testing.T, archive string) generate.Job {
	t.Helper()
	return job(spectest.Services(t, archive)[0])
}

// histogramOf are the series of a histogram that counts ten requests each 30 seconds,
// all of them quicker than any of its boundaries, or none.
func histogramOf(quick bool, boundaries ...string) []string {
	out := []string{`lat_seconds_count{service="pay"} 0+10x120`, `lat_seconds_bucket{service="pay",le="+Inf"} 0+10x120`}
	for _, le := range boundaries {
		out = append(out, fmt.Sprintf(`lat_seconds_bucket{service="pay",le=%q} 0+%dx120`, le, map[bool]int{true: 10}[quick]))
	}
	return out
}

// TestAThresholdWithoutABucketIsNoOutage makes sure that a healthy service is not taken
// for one whose requests are all slow because its histogram has no such boundary.
// Buckets come together: the SLO is not measured then, and that is what is said.
func TestAThresholdWithoutABucketIsNoOutage(t *testing.T) {
	const (
		declared = `latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_seconds_bucket[5m])))', threshold_ms: 700`
		events   = `good_query: 'sum(rate(lat_seconds_bucket{le="0.7"}[5m]))', total_query: 'sum(rate(lat_seconds_count[5m]))'`
		ratio    = `query: 'sum(rate(lat_seconds_bucket{le="0.7"}[5m])) / sum(rate(lat_seconds_count[5m]))'`
		native   = `latency_query: 'histogram_quantile(0.99, sum(rate(lat_seconds[5m])))', threshold_ms: 700`
	)
	tests := []struct {
		name, slo string
		series    []string
		want      []string
	}{
		{"no such boundary", declared, histogramOf(true, "0.5", "1"), []string{"SLOMetricsAbsent 10"}},
		{"no such boundary, as events", events, histogramOf(true, "0.5", "1"), []string{"SLOMetricsAbsent 10"}},
		{"no such boundary, as a ratio", ratio, histogramOf(true, "0.5", "1"), []string{"SLOMetricsAbsent 10"}},
		{"the boundary is there", declared, histogramOf(true, "0.5", "0.7"), nil},
		{"all slow", declared, histogramOf(false, "0.5", "0.7"), []string{"BurnFast 4", "BurnHigh 17", "Exhausted 50"}},
		{"native, without a boundary there", native, []string{`lat_seconds{service="pay"} {{schema:0 count:10 sum:3 offset:-2 buckets:[10]}}+{{schema:0 count:10 sum:3 offset:-2 buckets:[10]}}x120`}, nil},
		{"native, but there is none", native, histogramOf(true, "0.5", "1"), []string{"SLOMetricsAbsent 10"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			j := of(t, "\n-- pay.yaml --\nservice: {name: pay, team: money, tier: critical, type: api}\nresources:\n  - {kind: SLO, name: latency, spec: {objective: 99.9, window: 30d, "+test.slo+"}}\n")
			watch := minutes(time.Hour)
			if diff := cmp.Diff(test.want, fired(simulate(t, []generate.Job{j}, time.Hour, watch, test.series...), watch)); diff != "" {
				t.Errorf("the alerts and their minutes, -want +got:\n%s", diff)
			}
			const cause = `if lat_seconds_bucket{le="0.7",service="pay"} has no series while the histogram has others`
			said := strings.Contains(string(BurnRate{}.Generate(j).Artefacts[0].Bytes), cause)
			if said != (test.slo != native) {
				t.Errorf("the alert names the bucket: %v", said)
			}
		})
	}
}

// TestPodsWithOtherBuckets makes sure that requests of pods whose histogram has no
// boundary at the threshold are not taken for slow ones, while others have it or had it.
func TestPodsWithOtherBuckets(t *testing.T) {
	const threshold, others = "0.7", "1"
	pod := func(name, le, requests, quick string) []string {
		return []string{
			fmt.Sprintf(`lat_seconds_count{service="pay",pod=%q} %s`, name, requests), fmt.Sprintf(`lat_seconds_bucket{service="pay",pod=%q,le="+Inf"} %s`, name, requests),
			fmt.Sprintf(`lat_seconds_bucket{service="pay",pod=%q,le=%q} %s`, name, le, quick),
		}
	}
	const always, late, until = "0+10x500", "_x120 0+10x380", "0+10x120 stale"
	tests := []struct {
		name   string
		series []string
		want   []string
	}{
		{"a canary", append(pod("a", threshold, always, always), pod("b", others, late, late)...), nil},
		{"a canary beside slow pods", append(pod("a", threshold, always, "0x500"), pod("b", others, late, late)...), []string{"BurnFast 4", "BurnHigh 17", "BurnMedium 62", "BurnSlow 182", "Exhausted 50"}},
		{"all pods are replaced", append(pod("a", threshold, until, until), pod("b", others, late, late)...), []string{"SLOMetricsAbsent 75"}},
		{"one series without the boundary from now on", slices.Concat(pod("a", threshold, always, until), pod("b", threshold, always, always)), nil},
		{"in one place, to others", pod("a", threshold, always, until), []string{"SLOMetricsAbsent 71"}},
		{"in one place, to better ones", pod("a", threshold, always, late), []string{"SLOMetricsAbsent 10"}},
		{"all pods are replaced by better ones", append(pod("a", others, until, until), pod("b", threshold, late, late)...), []string{"SLOMetricsAbsent 10"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			j := of(t, "\n-- pay.yaml --\nservice: {name: pay, team: money, tier: critical, type: api}\nresources:\n"+
				"  - {kind: SLO, name: latency, spec: {objective: 99.9, window: 30d, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_seconds_bucket[5m])))', threshold_ms: 700}}\n")
			watch := minutes(4 * time.Hour)
			if diff := cmp.Diff(test.want, fired(simulate(t, []generate.Job{j}, 4*time.Hour, watch, test.series...), watch)); diff != "" {
				t.Errorf("the alerts and their minutes, -want +got:\n%s", diff)
			}
		})
	}
}

// TestABoundaryThatIsSpelledAnotherWayNow makes sure that a pod whose boundary was 1 and
// is 1.0 is measured all the time: it is one bucket of two series.
func TestABoundaryThatIsSpelledAnotherWayNow(t *testing.T) {
	j := of(t, "\n-- pay.yaml --\nservice: {name: pay, team: money, tier: critical, type: api}\nresources:\n"+
		"  - {kind: SLO, name: latency, spec: {objective: 99.9, window: 30d, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_seconds_bucket[5m])))', threshold_ms: 1000}}\n")
	watch := minutes(2 * time.Hour)
	r := simulate(t, []generate.Job{j}, 2*time.Hour, watch, `lat_seconds_count{service="pay"} 0+10x240`,
		`lat_seconds_bucket{service="pay",le="1"} 0+9x120 stale`, `lat_seconds_bucket{service="pay",le="1.0"} _x121 1089+9x118`)
	want := []string{"BurnFast 4", "BurnHigh 17", "BurnMedium 62"}
	if diff := cmp.Diff(want, fired(r, watch)); diff != "" {
		t.Errorf("the alerts and their minutes, -want +got:\n%s", diff)
	}
}

// TestFewEvents makes sure that nobody is woken by one failure, however few requests
// there are, and that an outage of a quiet service is told all the same.
func TestFewEvents(t *testing.T) {
	const api, batch = "api", "batch"
	// Each request is a step of a counter, every minute.
	quiet := `req_total{service="pay",code="200"} 0` + strings.Repeat(" "+"%d %d", 500)
	for i := 1; i <= 500; i++ {
		quiet = strings.Replace(quiet, "%d %d", fmt.Sprintf("%d %d", i, i), 1)
	}
	few := []string{`req_total{service="pay",code="500"} 0x40 1x20 2x20 3x20 4x20 5x900`}
	tests := []struct {
		name, kind string
		series     []string
		want       []string
	}{
		{"one failure", api, []string{quiet, `req_total{service="pay",code="500"} 0x200 1x900`}, nil},
		{"one failure of a batch job", batch, []string{quiet, `req_total{service="pay",code="500"} 0x200 1x900`}, nil},
		{"an outage", api, []string{`req_total{service="pay",code="200"} 0+1x200 200x900`, `req_total{service="pay",code="500"} 0x200 0+1x900`}, []string{"BurnFast 104", "BurnHigh 117", "BurnMedium 162", "BurnSlow 282", "Exhausted 151"}},
		{"a batch job fails again and again", batch, few, []string{"BurnFast 33", "BurnHigh 46", "BurnMedium 91", "BurnSlow 211", "Exhausted 50"}},
		// All that ever happened failed, which is what the budget goes by.
		{"an api with as few requests", api, few, []string{"Exhausted 50"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			watch := minutes(8 * time.Hour)
			j := of(t, strings.Replace(availability, "type: api", "type: "+test.kind, 1))
			if diff := cmp.Diff(test.want, fired(simulate(t, []generate.Job{j}, 8*time.Hour, watch, test.series...), watch)); diff != "" {
				t.Errorf("the alerts and their minutes, -want +got:\n%s", diff)
			}
		})
	}
}

// TestTimeBeforeTheRulesCountsAsGood makes sure that a blip right after the rules were
// loaded is not taken for a month of it, and that an outage which uses up the whole
// budget is told on the first day: 30 days of 99.9 % allow 43.2 minutes.
func TestTimeBeforeTheRulesCountsAsGood(t *testing.T) {
	tests := []struct {
		name   string
		series []string
		want   []string
	}{
		{"0.2 % for 15 minutes", []string{`req_total{service="pay",code="200"} 0+998x30 29940+1000x170`, `req_total{service="pay",code="500"} 0+2x30 60x170`}, nil},
		{"an outage", []string{`req_total{service="pay",code="200"} 0x200`, `req_total{service="pay",code="500"} 0+1000x200`}, []string{"BurnFast 3", "BurnHigh 16", "BurnMedium 61", "Exhausted 50"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			watch := minutes(100 * time.Minute)
			if diff := cmp.Diff(test.want, fired(traffic(t, 100*time.Minute, watch, test.series...), watch)); diff != "" {
				t.Errorf("the alerts and their minutes, -want +got:\n%s", diff)
			}
		})
	}
}

// TestEnvironmentsInOneServer runs the rules of two environments side by side, of
// which one is down.
func TestEnvironmentsInOneServer(t *testing.T) {
	const file = `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{env="ENV",code!~"5.."}[5m]))', total_query: 'sum(rate(req_total{env="ENV"}[5m]))'}}
  - {kind: SLO, name: lag, spec: {objective: 99.9, window: 30d, indicator: {type: custom, metric: 'max(lag{env="ENV"})', threshold: 10}}}
`
	var jobs []generate.Job
	for _, env := range []string{"prod", "staging"} {
		j := of(t, strings.ReplaceAll(file, "ENV", env))
		j.Service.Environment = env
		jobs = append(jobs, j)
	}
	if text := string(BurnRate{}.Generate(jobs[0]).Artefacts[0].Bytes); !strings.Contains(text, "and on (env, service, slo)\n") || strings.Contains(text, "on (service, slo)") {
		t.Errorf("SLOs are matched without their environment:\n%s", text)
	}
	const until = 70 * time.Minute
	r := simulate(t, jobs, until, nil,
		`req_total{service="pay",env="prod",code="200"} 0+100x150`, `req_total{service="pay",env="staging",code="500"} 0+100x150`,
		`lag{service="pay",env="prod"} 1x150`, `lag{service="pay",env="staging"} 60x150`)
	for expr, want := range map[string][]float64{
		`count(ALERTS{env="prod"})`: nil,
		`count(ALERTS{alertname=~"SLOErrorBudget(BurnFast|Exhausted)",alertstate="firing",env="staging"})`: {4},
		`sum by (slo) (slo:current_burn_rate:ratio{env="prod"})`:                                           {0, 0},
		`sum by (slo) (slo:period_burn_rate:ratio{env="prod"})`:                                            {0, 0},
		`sum by (slo) (slo:error_budget:ratio{env="prod"})`:                                                {1, 1},
		`sum by (slo) (round(slo:current_burn_rate:ratio{env="staging"}))`:                                 {1000, 1000},
		`sum by (slo) (slo:error_budget:ratio{env="staging"}) < bool 0`:                                    {1, 1},
		`count(count by (nthlayer_id) ({__name__=~"slo:.+"}))`:                                             {4},
	} {
		if diff := cmp.Diff(want, query(t, r, expr, until)); diff != "" {
			t.Errorf("%s, -want +got:\n%s", expr, diff)
		}
	}
}

// TestIdentitiesDiffer makes sure that a service shop with an SLO api-avail is not
// taken for a service shop-api with an SLO avail, and an environment not for either.
func TestIdentitiesDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, names := range [][3]string{{"shop", "api-avail", ""}, {"shop-api", "avail", ""}, {"shop", "api", "avail"}, {"shop", "api-avail", "prod"}, {"shop-prod", "api-avail", ""}, {"shop", "api-avail-prod", ""}} {
		j := of(t, strings.NewReplacer("name: pay", "name: "+names[0], "name: availability", "name: "+names[1]).Replace(availability))
		j.Service.Environment = names[2]
		for _, g := range []generate.Generator{Rules{}, BurnRate{}} {
			for _, group := range parsed(t, g.Generate(j)).Groups {
				whose := names[0] + " in " + names[2]
				if strings.HasPrefix(group.Name, "nthlayer-slo-") {
					id := group.Rules[0].Labels["nthlayer_id"]
					whose = fmt.Sprint(names)
					if seen[id] != "" {
						t.Errorf("%v has the id %s of %s", names, id, seen[id])
					}
					seen[id] = whose
				}
				if other := seen[group.Name]; other != "" && other != whose {
					t.Errorf("%v has the group %s of %s", names, group.Name, other)
				}
				seen[group.Name] = whose
			}
		}
	}
}
