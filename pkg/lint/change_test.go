package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// flow writes a service file of one resource after the other.
func flow(tier string, resources ...string) string {
	text := "service: {name: checkout, team: payments, tier: " + tier + ", type: api}\n"
	if len(resources) > 0 {
		text += "resources:\n  - " + strings.Join(resources, "\n  - ") + "\n"
	}
	return text
}

func sloFlow(settings string) string {
	return "{kind: SLO, name: availability, spec: {" + settings + "}}"
}

func gateFlow(settings string) string {
	return "{kind: DeploymentGate, name: gate, spec: {" + settings + "}}"
}

const (
	byRatio   = `, window: 30d, indicator: {query: 'sum(rate(ok[5m])) / sum(rate(all[5m]))'}`
	byLatency = `objective: 99, window: 30d, indicator: {type: latency, query: 'rate(d_bucket[5m])', threshold_ms: `
	byMetric  = `objective: 99, window: 30d, indicator: {type: threshold, metric: 'replicas', `
)

// nothing is a file that holds no service.
const nothing = "# nothing\n"

func servicesOf(t *testing.T, text string) []*spec.Service {
	t.Helper()
	if strings.HasSuffix(text, nothing) {
		return nil
	}
	loaded := loadServices(t, example{{Name: "services/checkout.yaml", Data: []byte(text)}}, "")
	if len(loaded.Unreadable) > 0 {
		t.Fatalf("%v\n%s", loaded.Unreadable, text)
	}
	return loaded.Services
}

func changed(t *testing.T, base, head string) (out []string) {
	t.Helper()
	for _, f := range Changes(servicesOf(t, base), servicesOf(t, head), Options{Now: today}) {
		out = append(out, fmt.Sprintf("%s %s: %s", f.Severity, f.Rule, f.Message))
		if f.File != "services/checkout.yaml" || f.Line == 0 && f.Rule != "change/service-removed" || f.Suggestion == "" || f.Fingerprint == "" {
			t.Errorf("a finding without its place or a way out: %+v", f)
		}
	}
	return out
}

// loosening is a pair of files of which the second is milder.
type loosening struct {
	name, base, head string
	want             []string
	// both is set where either direction is milder in its own way.
	both bool
}

func loosenings() []loosening {
	return slices.Concat(sloLoosenings(), gateLoosenings(), conditionLoosenings(), otherLoosenings())
}

func sloLoosenings() []loosening {
	of := func(base, head, want string) loosening {
		return loosening{name: want, base: flow("critical", sloFlow(base)), head: flow("critical", sloFlow(head)), want: []string{"error change/slo-weakened: " + want}}
	}
	window := func(base, head, want string) loosening {
		const query = `, indicator: {query: 'sum(rate(ok[5m])) / sum(rate(all[5m]))'}`
		l := of("objective: 99.9, window: "+base+query, "objective: 99.9, window: "+head+query, want)
		l.both = true
		return l
	}
	return []loosening{
		of("objective: 99.95"+byRatio, "objective: 99.9"+byRatio, "the objective of SLO availability was 99.95 % and is now 99.9 %"),
		of("objective: 99.900000000000000001"+byRatio, "objective: 99.9"+byRatio, "the objective of SLO availability was 99.900000000000000001 % and is now 99.9 %"),
		of(byLatency+"300}", byLatency+"500}", "the latency threshold of SLO availability was 0.3 s and is now 0.5 s"),
		of(byMetric+"op: '>=', threshold: 3}", byMetric+"op: '>=', threshold: 2}", "the threshold of SLO availability was 3 and is now 2"),
		of(byMetric+"op: '<', threshold: 3}", byMetric+"op: '<', threshold: 4}", "the threshold of SLO availability was 3 and is now 4"),
		window("30d", "7d", "the window of SLO availability was 30d and is now 7d: errors leave the error budget sooner"),
		window("7d", "30d", "the window of SLO availability was 7d and is now 30d: the error budget grows from 10.1 to 43.2 minutes"),
		{
			name: "calendar window", base: flow("low", sloFlow("objective: 99.9"+byRatio)), head: flow("low", sloFlow("objective: 99.9"+strings.Replace(byRatio, "30d", "calendar-month", 1))),
			want: []string{"warning change/slo-weakened: the window of SLO availability was 30d and is now calendar-month: errors leave the error budget sooner, all of them when a period begins"},
		},
		{
			name: "removed SLO", base: flow("critical", sloFlow("objective: 99.9"+byRatio)), head: flow("critical"),
			want: []string{"error change/slo-removed: the SLO availability (99.9 % over 30d) was removed"},
		},
		{
			name: "other query", base: flow("critical", sloFlow("objective: 99.9"+byRatio)), head: flow("critical", sloFlow(`objective: 99.9, window: 30d, indicator: {query: 'vector(1)'}`)),
			want: []string{"info change/slo-remeasured: the SLO availability is measured differently: it was ratio, ratio: sum(rate(ok[5m])) / sum(rate(all[5m])) and is now ratio, ratio: vector(1)"}, both: true,
		},
		{
			name: "other query, renamed and lowered", base: flow("critical", sloFlow("objective: 99.9"+byRatio)),
			head: flow("critical", strings.Replace(sloFlow("objective: 99"+byRatio), "name: availability", "name: success", 1)),
			want: []string{"error change/slo-weakened: the objective of SLO success was 99.9 % and is now 99 %"},
		},
	}
}

func gateLoosenings() []loosening {
	of := func(tier, base, head string, want ...string) loosening {
		l := loosening{name: strings.Join(want, ", "), base: flow(tier), head: flow(tier), want: want}
		if base != "-" {
			l.base = flow(tier, gateFlow(base))
		}
		if head != "-" {
			l.head = flow(tier, gateFlow(head))
		}
		return l
	}
	return []loosening{
		of("critical", "thresholds: {warning: 30, blocking: 15}", "thresholds: {warning: 30, blocking: 12.5}",
			"error change/gate-weakened: the blocking threshold of the gate was 15 % and is now 12.5 %"),
		of("low", "thresholds: {warning: 40, blocking: 15}", "thresholds: {warning: null, blocking: 15}",
			"warning change/gate-weakened: the warning threshold of the gate was 40 % and is now off"),
		of("critical", "thresholds: {warning: 30, blocking: 15}", "thresholds: {warning: 30}",
			"error change/gate-weakened: the blocking threshold of the gate was 15 % and is now 10 %, the default of the tier"),
		of("critical", "-", "thresholds: {blocking: null}",
			"error change/gate-weakened: the blocking threshold of the gate was 10 % and is now off"),
		of("critical", "thresholds: {warning: 30, blocking: 15}", "-",
			"error change/gate-weakened: the DeploymentGate gate was removed"),
		of("low", "on_exhausted: [freeze_deploys, notify]", "on_exhausted: [notify]",
			"warning change/gate-weakened: on_exhausted: freeze_deploys of the gate was removed"),
		of("critical", "-", "exceptions: [{team: payments, allow: always}]",
			"error change/gate-exception: the exception for team:payments (always, until further notice) is new"),
		of("critical", "exceptions: [{user: a, allow: always, until: 2026-02-01, reason: r}]", "exceptions: [{user: a, allow: always, until: 2026-03-01, reason: r}]",
			"error change/gate-exception: the end of the exception for user:a (always) was 2026-02-01 and is now 2026-03-01"),
		of("critical", "exceptions: [{user: a, allow: always, until: 2026-02-01, reason: r}]", "exceptions: [{user: a, allow: always}]",
			"error change/gate-exception: the end of the exception for user:a (always) was 2026-02-01 and is now further notice"),
		of("standard", "exceptions: [{label: hotfix, allow: warning_only}]", "exceptions: [{label: hotfix, allow: always}]",
			"warning change/gate-exception: the exception for label:hotfix allowed warning_only until further notice and now allows always until further notice"),
	}
}

func conditionLoosenings() []loosening {
	const freeze = "{name: night, when: hour >= 6, blocking: 100}"
	of := func(base, head string, want ...string) loosening {
		conditions := func(list string) string {
			return flow("critical", gateFlow("thresholds: {warning: 30, blocking: 15}, conditions: ["+list+"]"))
		}
		return loosening{name: strings.Join(want, ", "), base: conditions(base), head: conditions(head), want: want}
	}
	when := of(freeze, "{name: night, when: hour >= 7, blocking: 100}",
		"warning change/gate-weakened: when the freeze night holds was (hour >= 6) and is now (hour >= 7)")
	zone := of(freeze, freeze, "warning change/gate-weakened: the time zone of the gate was UTC and is now Asia/Tokyo: its conditions hold at other hours")
	zone.head = strings.Replace(zone.head, "thresholds:", "timezone: Asia/Tokyo, thresholds:", 1)
	when.both, zone.both = true, true
	return []loosening{
		when, zone,
		of(freeze, "", "error change/gate-weakened: the freeze night of the gate was removed"),
		of(freeze, "{name: night, when: hour >= 6, blocking: 40}", "error change/gate-weakened: blocking of the condition night was 100 % and is now 40 %"),
		of("{name: c, when: hour >= 6, blocking: 50, warning: 60}", "{name: c, when: hour >= 6, blocking: 50}", "error change/gate-weakened: warning of the condition c was 60 % and is now not given"),
		of("", "{name: calm, when: hour < 6, blocking: 5, mode: relax}", "error change/gate-weakened: the condition calm lowers the thresholds of the gate (mode: relax) and did not before"),
		of("{name: calm, when: hour < 6, blocking: 20}", "{name: calm, when: hour < 6, blocking: 20, mode: relax}", "error change/gate-weakened: the condition calm lowers the thresholds of the gate (mode: relax) and did not before"),
		of("{name: calm, when: hour < 6, blocking: 5, mode: relax}", "{name: calm, when: hour < 6, blocking: null, mode: relax}", "error change/gate-weakened: blocking of the condition calm was 5 % and is now off"),
		of("{name: calm, when: hour < 6, blocking: 5, mode: relax}", "{name: calm, when: hour < 6, blocking: 5, warning: 10, mode: relax}", "error change/gate-weakened: warning of the condition calm was not given and is now 10 %"),
	}
}

func otherLoosenings() []loosening {
	metric := func(required string) string {
		return "{kind: Observability, name: m, spec: {metrics: [{name: orders_total, type: counter, required: " + required + "}]}}"
	}
	return []loosening{
		{name: "tier", base: flow("critical"), head: flow("low"), want: []string{"error change/tier-lowered: the tier was critical and is now low"}},
		{name: "tier below critical", base: flow("high"), head: flow("standard"), want: []string{"warning change/tier-lowered: the tier was high and is now standard"}},
		{name: "optional metric", base: flow("critical", metric("true")), head: flow("critical", metric("false")), want: []string{"error change/check-dropped: the metric orders_total was required and is now optional"}},
		{name: "dropped metric", base: flow("critical", metric("true")), head: flow("critical"), want: []string{"error change/check-dropped: the metric orders_total was required and is not declared any more"}},
		{
			name: "dropped alert", base: flow("low", "{kind: Alert, name: Down, spec: {expr: up == 0, severity: critical}}"), head: flow("low"),
			want: []string{"warning change/check-dropped: the alert Down was removed"},
		},
		{
			name: "renamed service", base: flow("critical"), head: strings.Replace(flow("low"), "checkout", "orders", 1), both: true,
			want: []string{"info change/service-renamed: the name of the service was checkout and is now orders", "error change/tier-lowered: the tier was critical and is now low"},
		},
		{name: "removed service", base: flow("critical"), head: nothing, want: []string{"error change/service-removed: the service checkout (tier critical) was removed: nothing gates its deploys any more"}},
	}
}

func TestEveryWayToLoosenIsTold(t *testing.T) {
	for _, l := range loosenings() {
		t.Run(l.name, func(t *testing.T) {
			got, want := changed(t, l.base, l.head), slices.Clone(l.want)
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestALooseningReversedIsNone(t *testing.T) {
	for _, l := range loosenings() {
		if l.both {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			if got := changed(t, l.head, l.base); len(got) > 0 {
				t.Errorf("%s", strings.Join(got, "\n"))
			}
		})
	}
}

func TestNothingIsLoosenedWithoutAChange(t *testing.T) {
	for _, l := range loosenings() {
		for _, text := range []string{l.base, l.head} {
			t.Run(l.name, func(t *testing.T) {
				// A comment moves every line, and is no change of the service.
				if got := changed(t, text, "# moved\n"+text); len(got) > 0 {
					t.Errorf("%s\n%s", strings.Join(got, "\n"), text)
				}
			})
		}
	}
}

func TestWhatIsStricterOrTheSameIsNoLoosening(t *testing.T) {
	const covered = "exceptions: [{user: Anna, allow: always, until: 2026-02-01, reason: r}]"
	for _, c := range []struct{ name, base, head string }{
		{"spaces in a query", sloFlow("objective: 99.9" + byRatio), sloFlow("objective: 99.90" + strings.ReplaceAll(byRatio, " / ", "  /  "))},
		{"renamed alert", "{kind: Alert, name: A, spec: {expr: up == 0}}", "{kind: Alert, name: B, spec: {expr: up == 0}}"},
		{"renamed gate", gateFlow("thresholds: {blocking: 15}"), strings.Replace(gateFlow("thresholds: {blocking: 15}"), "name: gate", "name: budget", 1)},
		{"exception for less", gateFlow(covered), gateFlow("exceptions: [{user: anna, allow: warning_only, until: 2026-01-31, reason: r}]")},
		{"a longer window with fewer minutes", sloFlow("objective: 99" + byRatio), sloFlow("objective: 99.9" + strings.Replace(byRatio, "30d", "60d", 1))},
		{"a freeze more", gateFlow("thresholds: {blocking: 15}"), gateFlow("thresholds: {blocking: 15}, conditions: [{name: f, when: hour > 5, blocking: 100}]")},
		{"the threshold of the tier written down", gateFlow("timezone: UTC"), gateFlow("thresholds: {blocking: 10, warning: 20}")},
		{"a notification less", gateFlow("on_exhausted: [freeze_deploys, notify]"), gateFlow("on_exhausted: [freeze_deploys]")},
		{"two gates for none, the second as strict as the tier", sloFlow("objective: 99.9" + byRatio), sloFlow("objective: 99.9"+byRatio) + "\n  - " +
			gateFlow("thresholds: {blocking: null}") + "\n  - {kind: DeploymentGate, name: second, spec: {thresholds: {blocking: 10, warning: 20}}}"},
		{"a second gate", gateFlow("thresholds: {blocking: 15}"), gateFlow("thresholds: {blocking: 15}") + "\n  - {kind: DeploymentGate, name: second, spec: {thresholds: {blocking: null}}}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := changed(t, flow("critical", c.base), flow("critical", c.head)); len(got) > 0 {
				t.Errorf("%s", strings.Join(got, "\n"))
			}
		})
	}
}

// A raised tier has a lower default threshold for warnings. Nobody asked for
// that, and the tier is stricter as a whole.
func TestARaisedTierIsNoLoosening(t *testing.T) {
	if got := changed(t, flow("low"), flow("critical")); len(got) > 0 {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

func TestOnlyTheBaseDecidesHowLoudAFindingIs(t *testing.T) {
	got := changed(t, flow("critical", gateFlow("thresholds: {blocking: 15}")), flow("low", gateFlow("thresholds: {blocking: 1}")))
	for _, line := range got {
		if !strings.HasPrefix(line, "error ") {
			t.Errorf("%s", line)
		}
	}
	if len(got) != 2 {
		t.Errorf("%d findings: %v", len(got), got)
	}
}

// Thresholds that follow the tier are told with the tier.
func TestALoweredTierIsToldOnce(t *testing.T) {
	got := changed(t, flow("critical", gateFlow("timezone: UTC")), flow("low", gateFlow("timezone: UTC")))
	if diff := cmp.Diff([]string{"error change/tier-lowered: the tier was critical and is now low"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Every gate is decided by itself, so that one of several may be the one that
// blocks, whatever it holds.
func TestOneGateOfSeveralIsMissed(t *testing.T) {
	const second = "{kind: DeploymentGate, name: second, spec: {timezone: UTC}}"
	first := gateFlow("thresholds: {blocking: null}")
	got := changed(t, flow("critical", first, second), flow("critical", first))
	if diff := cmp.Diff([]string{"error change/gate-weakened: the DeploymentGate second was removed"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestANewServiceLoosensNothing(t *testing.T) {
	if got := changed(t, nothing, flow("low", gateFlow("thresholds: {blocking: null}"))); len(got) > 0 {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// Who renames a service and its queries with it has not measured it differently.
func TestQueriesThatFollowTheNameAreNoOtherMeasure(t *testing.T) {
	base := flow("critical", sloFlow(`objective: 99.9, window: 30d, indicator: {query: 'sum(rate(ok{service="checkout"}[5m])) / sum(rate(all{service="checkout"}[5m]))'}`))
	want := []string{"info change/service-renamed: the name of the service was checkout and is now orders"}
	if diff := cmp.Diff(want, changed(t, base, strings.ReplaceAll(base, "checkout", "orders"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRulesOfAChangeCanBeDisabledLikeAnyOther(t *testing.T) {
	base, head := servicesOf(t, flow("critical")), servicesOf(t, flow("low"))
	if found := Changes(base, head, Options{Disabled: []string{"change/tier-lowered"}}); len(found) > 0 {
		t.Errorf("got %v", found)
	}
}

func TestAnUnknownBaseIsNeverSilent(t *testing.T) {
	f := BaseUnknown("there is no token")
	if f.Severity != report.Warning || f.Rule != "change/base-unknown" || !strings.Contains(f.Message, "there is no token") || f.Suggestion == "" {
		t.Errorf("got %+v", f)
	}
}
