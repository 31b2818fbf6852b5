package lint

import (
	"strings"
	"testing"
)

// One that is named twice promises once, and the service itself nothing, whoever asks.
func TestADependencyPromisesOnce(t *testing.T) {
	got := lintService(t, "checkout.yaml", `service: {name: checkout, team: a, tier: low, type: api, contract: {availability: 99.99}}
resources:
  - kind: SLO
    name: availability
    spec: {objective: 99.99, window: 30d, indicator: {type: availability, query: 'sum(rate(a{service="checkout",code!~"5.."}[5m])) / sum(rate(a{service="checkout"}[5m]))'}}
  - kind: Dependencies
    name: upstream
    spec:
      services:
        - {name: orders, criticality: critical, sla: 99.9}
        - {name: Orders, criticality: critical, sla: 99.9}
        - {name: checkout, criticality: critical, sla: 99.9}
`)
	for _, want := range []string{
		"slo/ceiling at checkout.yaml:5:23: the objective 99.99 % of availability is above 99.9 %, the most that its dependencies allow: orders 99.9 %\n",
		"contract/feasible at checkout.yaml:1:83: the contract promises 99.99 %, but what it depends on allows at most 99.9 %: orders 99.9 %\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no\n%sin\n%s", want, got)
		}
	}
}
