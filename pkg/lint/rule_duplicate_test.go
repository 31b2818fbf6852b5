package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestAlertsThatFireForTheSameReason(t *testing.T) {
	const first = "  - {alert: A, expr: 'up  == 0', for: 5m, labels: {severity: page}}\n"
	for second, want := range map[string][]string{
		"{alert: B, expr: up == 0, for: 5m, labels: {severity: page}}":                      {"B"},
		"{alert: B, expr: up == 0, for: 5m, labels: {severity: page}, annotations: {a: b}}": {"B"},
		"{alert: A, expr: up == 0, for: 5m, labels: {severity: page}}":                      {"A"},
		"{alert: B, expr: up == 0, for: 5m, labels: {severity: ticket}}":                    nil,
		"{alert: B, expr: up == 0, for: 1h, labels: {severity: page}}":                      nil,
		"{alert: B, expr: up == 0, for: 5m, keep_firing_for: 1h, labels: {severity: page}}": nil,
		"{alert: B, expr: up == 1, for: 5m, labels: {severity: page}}":                      nil,
		"{record: 'a:b', expr: up == 0, labels: {severity: page}}":                          nil,
	} {
		t.Run(second, func(t *testing.T) {
			tryRules(t, "rule/duplicate", organisation.Checks{}, "groups:\n- name: a\n  rules:\n"+first+"  - "+second+"\n", want)
		})
	}
	for _, pair := range []string{"{alert: %, expr: 'vector(1)', labels: {severity: none}}", "{alert: %, expr: up == 0}"} {
		two := "  - " + pair + "\n  - " + pair + "\n"
		tryRules(t, "rule/duplicate", organisation.Checks{}, "groups:\n- name: a\n  rules:\n"+strings.Replace(strings.Replace(two, "%", "A", 1), "%", "B", 1), nil)
	}
}

func TestRecordsOfOneNameThatPickDifferentSeries(t *testing.T) {
	const first = `sum by (code) (rate(x{code=~"2.."}[1h]))`
	for second, apart := range map[string]bool{
		`sum by (code) (rate(x{code=~"3.."}[1h]))`:                 true,
		`sum by (code) (rate(x{code=~"3.."}[1h]) / rate(y[1h]))`:   false,
		`sum by (code) (rate(x{code=~"2.."}[2h]))`:                 false,
		`sum(rate(x{code=~"3.."}[1h]))`:                            false,
		`sum by (code) (rate(x{code!~"3.."}[1h]))`:                 false,
		`sum by (code) (rate(x[1h]))`:                              false,
		`sum by (code) (rate(x{job="a",code=~"3.."}[1h]))`:         true,
		`sum by (code) (rate(x{code="301"}[1h]) + y{code=~"2.."})`: false,
		`sum by (code) (rate(x{code="301"}[1h]) + y{code=~"30."})`: true,
	} {
		var want []string
		if !apart {
			want = []string{"a:b"}
		}
		rules := fmt.Sprintf("groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: '%s'}\n  - {record: 'a:b', expr: '%s'}\n", first, second)
		tryRules(t, "rule/duplicate", organisation.Checks{}, rules, want)
		labelled := strings.ReplaceAll(rules, "{record", "{labels: {code: all}, record")
		tryRules(t, "rule/duplicate", organisation.Checks{}, labelled, []string{"a:b"})
	}
}

// TestRulesInTwoFormats reads rules in a file and in a resource of Kubernetes.
func TestRulesInTwoFormats(t *testing.T) {
	const (
		rules    = "groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: up}\n  - {alert: A, expr: up == 0, labels: {severity: page}}\n"
		resource = "---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n  - name: a\n    rules:\n    - {record: 'a:b', expr: up}\n    - {alert: A, expr: up == 0, labels: {severity: page}}\n"
	)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"the same in both":         {rules + resource, nil},
		"another expression":       {rules + strings.Replace(resource, "expr: up}", "expr: down}", 1), []string{"a:b"}},
		"another group":            {rules + strings.Replace(resource, "name: a", "name: b", 1), []string{"a:b", "A"}},
		"twice in the same format": {rules + resource + strings.Replace(resource, "name: a", "name: c", 1), []string{"a:b", "A"}},
	} {
		t.Run(name, func(t *testing.T) { tryRules(t, "rule/duplicate", organisation.Checks{}, test.text, test.want) })
	}
}
