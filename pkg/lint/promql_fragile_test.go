package lint

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestConditionsThatHoldByChance(t *testing.T) {
	for _, c := range []struct {
		expr, wait string
		want       []string
	}{
		{`topk(3, a) > 1`, "5m", []string{`topk(3, a)`}},
		{`(bottomk by (x) (3, a)) > 1 and topk(2, b) > 0`, "5m", []string{`bottomk by (x) (3, a)`, `topk(2, b)`}},
		{`sum(topk(3, a)) > 1`, "5m", nil},
		// There is nothing to choose from, or only the value counts.
		{`topk(1, sum(a)) > 1`, "5m", nil},
		{`topk by (x) (1, sum by (x) (a)) > 1`, "5m", nil},
		{`topk without (y) (1, sum by (x) (a)) > 1`, "5m", nil},
		{`topk(1, sum by (x) (a)) > 1`, "5m", []string{`topk(1, sum by (x) (a))`}},
		{`topk without (x) (1, sum by (x) (a)) > 1`, "5m", []string{`topk without (x) (1, sum by (x) (a))`}},
		{`a > on () group_left () topk(1, b)`, "5m", nil},
		{`topk(1, b) < on () group_right () a`, "5m", nil},
		{`topk(2, b) > on () group_left () sum(a)`, "5m", []string{`topk(2, b)`}},
		{`a > on () group_left (x) topk(1, b)`, "5m", []string{`topk(1, b)`}},
		{`topk(1, a) - on () bottomk(1, a) > 1`, "5m", nil},
		{`a and topk(1, b) > 1`, "5m", []string{`topk(1, b)`}},
		{`max_over_time(topk(1, a)[1h:]) > 1`, "5m", nil},
		{`sum(kube_a) / sum(container_b) > 1`, "", []string{`sum(kube_a) / sum(container_b)`}},
		{`sum(kube_a) / sum(container_b) > 1`, "0s", []string{`sum(kube_a) / sum(container_b)`}},
		{`sum(kube_a) / sum(container_b) > 1`, "1m", nil},
		{`sum(a{job="x"}) - sum(b{job="y"}) > 1`, "", []string{`sum(a{job="x"}) - sum(b{job="y"})`}},
		{`sum(a{job="x"}) - sum(b{job="x"}) > 1`, "", nil},
		// The job is known on one side only, or not at all.
		{`sum(kube_a{job="x"}) - sum(kube_b) > 1`, "", nil},
		{`sum(a) / sum(b) > 1`, "", nil},
		{`sum(kube_a) / sum(kube_b) > 1`, "", nil},
		{`sum(kube_a * on (x) container_c) / sum(node_b) > 1`, "", nil},
		// With the label job the two sides are of one job.
		{`sum by (job) (kube_a) / sum by (job) (container_b) > 1`, "", nil},
		{`kube_a / on (x) container_b > 1`, "", nil},
	} {
		t.Run(c.expr+" "+c.wait, func(t *testing.T) {
			text := "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: '" + c.expr + "'\n"
			if c.wait != "" {
				text += "    for: " + c.wait + "\n"
			}
			tryRules(t, "promql/fragile", organisation.Checks{}, text, c.want)
			record := strings.NewReplacer("alert: A", "record: a:b", "    for: "+c.wait+"\n", "").Replace(text)
			tryRules(t, "promql/fragile", organisation.Checks{}, record, nil)
		})
	}
}
