package lint

import (
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
