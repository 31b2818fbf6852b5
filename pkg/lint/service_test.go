package lint

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lintService lints one service file and returns rule, line and message of each
// finding of the checks, one a line.
func lintService(t *testing.T, file, text string) string {
	t.Helper()
	loaded := loadServices(t, example{{Name: file, Data: []byte(text)}}, "")
	if len(loaded.Services) != 1 {
		t.Fatalf("%d services: %v %v", len(loaded.Services), loaded.Findings, loaded.Unreadable)
	}
	var b strings.Builder
	for _, f := range Services(context.Background(), loaded.Services, Options{}) {
		b.WriteString(f.Rule + " at " + f.Position().String() + ": " + f.Message + "\n")
	}
	return b.String()
}

// TestExpressionsOfDashboardsAndRecordingRulesAreLinted holds for those that only
// generators read. What is asked of alerts alone is not asked of them.
func TestExpressionsOfDashboardsAndRecordingRulesAreLinted(t *testing.T) {
	got := lintService(t, "checkout.yaml", `service: {name: checkout, team: a, tier: low, type: api}
resources:
  - kind: RecordingRule
    name: errors
    spec:
      record: checkout:errors:rate5m
      expr: sum(rate(errors_total{service="checkout"}[5m])
  - kind: Dashboard
    name: overview
    spec:
      panels:
        - {title: up, query: 'up{service="checkout"}'}
        - {title: rate, query: 'rate(requests_total{service="checkout"}[$__rate_interval]) + summ(up)'}
        - {title: range, expr: 'increase(requests_total{service="checkout"}[$__range]) > rate(requests_total{service="checkout"}[$__interval])'}
        - {title: all, query: 'up'}
`)
	want := `promql/syntax at checkout.yaml:7:59: invalid PromQL: unclosed left parenthesis
promql/syntax at checkout.yaml:13:94: invalid PromQL: unknown function with name "summ"
promql/service-label at checkout.yaml:15:32: up reads every service: it has no matcher on the label service
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFilesOfServicesThatMustBeRenamedKeepTheirNames makes sure that nobody is
// told to name a file after a name that is not valid.
func TestFilesOfServicesThatMustBeRenamedKeepTheirNames(t *testing.T) {
	for name, want := range map[string]string{
		"Checkout_API": "",
		"checkout":     "service/filename at a.yaml:1:17: the service checkout stands in the file a.yaml\n",
	} {
		if got := lintService(t, "a.yaml", "service: {name: "+name+", team: a, tier: low, type: api}\n"); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestMissingQueriesAreExplainedAsTheyAre(t *testing.T) {
	for _, c := range []struct{ kind, slo, want string }{
		{"type: api, ", "availability", "the SLO availability has no query; the default of the type api is used"},
		{"type: api, ", "freshness", "the SLO freshness has no query and the type api has no default for it, so it cannot be measured"},
		{"", "availability", "the SLO availability has no query and the service has no type that would give it one, so it cannot be measured"},
	} {
		text := "service: {name: checkout, " + c.kind + "team: a, tier: low}\nresources:\n  - {kind: SLO, name: " + c.slo + ", spec: {objective: OBJECTIVE, window: 30d}}\n"
		want := "slo/query-missing at checkout.yaml:3:5: " + c.want + "\n"
		if got := lintService(t, "checkout.yaml", strings.Replace(text, "OBJECTIVE", "99.9", 1)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if strings.Contains(c.want, "is used") {
			want = "" // without an objective it is not
		}
		if got := lintService(t, "checkout.yaml", strings.Replace(text, "OBJECTIVE", "0.999", 1)); got != want {
			t.Errorf("without an objective: got %s, want %s", got, want)
		}
	}
}
