package loki

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// whole are the rules of a service by the whole catalogue.
func whole(t *testing.T, archive string) []ruleOf {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := spectest.Services(t, archive)[0]
	var out []ruleOf
	for _, g := range read(t, Alerts{}.Generate(generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)})).Groups {
		for _, r := range g.Rules {
			out = append(out, ruleOf{r.Alert, r.Expr, r.Labels["dependency"], r.Labels["technology"]})
		}
	}
	return out
}

type ruleOf struct{ alert, expr, dependency, technology string }

// TestLinesOfOtherWorkloadsAreNotRead makes sure that the events of a namespace tell of
// the pods of the service alone.
func TestLinesOfOtherWorkloadsAreNotRead(t *testing.T) {
	about := regexp.MustCompile("\\|~ `([^`]*shop-[^`]*)`")
	n := 0
	for _, r := range whole(t, "-- shop.yaml --\nservice: {name: shop, team: t, tier: critical, type: api, kubernetes: {namespace: prod}}\n") {
		if r.technology != "kubernetes" {
			continue
		}
		n++
		found := about.FindStringSubmatch(r.expr)
		if found == nil {
			t.Fatalf("%s reads the lines of all workloads: %s", r.alert, r.expr)
		}
		lines := regexp.MustCompile(found[1])
		for pod, want := range map[string]bool{
			"shop-7d4b9c6f5d-x2k4p": true, "shop-0": true, "shop-x2k4p": true, "shop-28467120-x2k4p": true, "shop-3-x2k4p": true,
			"shop-api-7d4b9c6f5d-x2k4p": false, "shop-api-7f-abc": false, "my-shop-0": false, "shop-0-canary": false, "shop-x2k4p-api": false, "eu.shop-0": false,
		} {
			for _, line := range []string{"Warning BackOff pod/" + pod + " Back-off", `"name":"` + pod + `"`, pod, "in pod " + pod + "_prod(1)", "of " + pod + "."} {
				if lines.MatchString(line) != want {
					t.Errorf("%s: %q is read: %t", r.alert, line, !want)
				}
			}
		}
	}
	if n == 0 {
		t.Error("there are no rules on Kubernetes")
	}
}

// TestRulesAreToldApart makes sure that of alerts by the same name at most one is about
// the service, and one about each dependency.
func TestRulesAreToldApart(t *testing.T) {
	seen := map[string]bool{}
	shared := false
	for _, r := range whole(t, `
-- shop.yaml --
service: {name: shop, team: t, tier: critical, type: api, kubernetes: {namespace: prod}}
resources:
  - {kind: Dependencies, name: d, spec: {databases: [{name: a, type: postgresql}, {name: b, type: postgresql}, {name: c, type: elasticsearch}, {name: m, type: mongodb}], caches: [redis], queues: [kafka]}}
`) {
		key := strings.Join([]string{r.alert, r.dependency, r.technology}, " ")
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		shared = shared || r.dependency == "b" && seen[r.alert+" a postgresql"]
		seen[key] = true
	}
	if !shared {
		t.Error("no two dependencies have an alert by the same name")
	}
}
