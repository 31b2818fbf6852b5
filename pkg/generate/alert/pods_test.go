package alert

import (
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// TestPodsOfOtherWorkloadsAreNotRead makes sure that no alert on a workload reads
// series of another one whose name begins with its own.
func TestPodsOfOtherWorkloadsAreNotRead(t *testing.T) {
	rules, _ := offline(t, "-- shop.yaml --\nservice: {name: shop, team: t, tier: critical, type: worker, kubernetes: {namespace: prod}}\n")
	n := 0
	for name, text := range rules {
		if name[:4] != "Kube" {
			continue
		}
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, selector := range parser.ExtractSelectors(expr) {
			by := ""
			for _, m := range selector {
				if m.Name != "pod" && m.Name != "deployment" && m.Name != "horizontalpodautoscaler" {
					continue
				}
				by = m.Name
				for pod, want := range map[string]bool{
					"shop-7d4b9c6f5d-x2k4p": true, "shop-0": true, "shop-x2k4p": true, "shop-28467120-x2k4p": true,
					"shop-api-7d4b9c6f5d-x2k4p": false, "shop-api-7f-abc": false, "shop-api-0": false, "my-shop-0": false,
				} {
					if got := m.Matches(pod); m.Name == "pod" && got != want || m.Name != "pod" && (got || !m.Matches("shop")) {
						t.Errorf("%s: %s takes %s: %t", name, m, pod, got)
					}
				}
			}
			if by == "" {
				t.Errorf("%s reads all workloads of the namespace: %v", name, selector)
			}
			n++
		}
	}
	if n < 10 {
		t.Errorf("only %d selectors were looked at", n)
	}
}
