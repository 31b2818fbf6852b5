package alert

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// named are the rules of a file as group/alert expression.
func named(t *testing.T, archive string) []string {
	t.Helper()
	r := generated(t, archive, "")
	if len(r.Artefacts) == 0 {
		return nil
	}
	groups, errs := rulefmt.Parse(r.Artefacts[0].Bytes, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, r.Artefacts[0].Bytes)
	}
	var out []string
	for _, g := range groups.Groups {
		for _, rule := range g.Rules {
			out = append(out, g.Name+"/"+rule.Alert+" "+rule.Expr)
		}
	}
	return out
}

// TestATechnologyAmongTheServicesIsOne makes sure that a proxy or a database which
// stands below services: is watched as below databases:, and that another service is
// not, whatever it is called.
func TestATechnologyAmongTheServicesIsOne(t *testing.T) {
	got := named(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: high, type: worker}
resources:
  - kind: Dependencies
    name: d
    spec:
      services:
        - {name: edge, type: traefik, selector: {job: edge}}
        - {name: traefik-config}
        - {name: ledger, type: api}
        - {name: search}
`)
	if diff := cmp.Diff([]string{`pay-edge/TraefikDown min by (service) (traefik_up{job="edge"}) == 0`}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestThePlatformTakesOverrides makes sure that what the file says about alerts of
// Kubernetes is heeded, as of any other dependency.
func TestThePlatformTakesOverrides(t *testing.T) {
	const archive = `
-- pay.yaml --
service: {name: pay, team: money, tier: high, type: worker, kubernetes: {namespace: shop}}
resources:
  - {kind: Dependencies, name: d, spec: {orchestration: [{name: cluster, type: kubernetes, alerts: {overrides: {OVERRIDE}}}]}}
`
	if got := named(t, strings.Replace(archive, "OVERRIDE", "", 1)); len(got) != 1 {
		t.Errorf("without an override: %v", got)
	}
	if got := named(t, strings.Replace(archive, "OVERRIDE", "KubeDown: {disabled: true}", 1)); len(got) != 0 {
		t.Errorf("disabled: %v", got)
	}
}

// TestGroupsHaveNamesOfTheirOwn makes sure that a dependency which is called as a part
// of the file is does not make a file that Prometheus refuses.
func TestGroupsHaveNamesOfTheirOwn(t *testing.T) {
	got := named(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: high, type: api, kubernetes: {namespace: shop}}
resources:
  - {kind: Dependencies, name: d, spec: {databases: [{name: http, type: postgres, selector: {job: a}}, {name: own, type: postgres, selector: {job: b}}, {name: kubernetes, type: postgres, selector: {job: c}}]}}
  - {kind: Alert, name: Slow, spec: {expr: up == 0}}
`)
	if len(got) < 5 {
		t.Errorf("got %v", got)
	}
}
