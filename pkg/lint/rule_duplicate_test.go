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
		"{alert: A, expr: up==0, for: 300s, labels: {severity: page, x: ''}}":               {"A"},
		"{alert: B, expr: (up) == 0, for: 300s, labels: {severity: page}}":                  {"B"},
	} {
		t.Run(second, func(t *testing.T) {
			tryRules(t, "rule/duplicate", organisation.Checks{}, "groups:\n- name: a\n  rules:\n"+first+"  - "+second+"\n", want)
		})
	}
	tryRules(t, "rule/duplicate", organisation.Checks{}, "groups:\n- name: a\n  rules:\n  - {alert: A, expr: up == 0, for: 0s, labels: {a: b}}\n  - {alert: B, expr: up == 0, labels: {a: b}}\n", []string{"B"})
	for pair, want := range map[string][]string{
		"{alert: %, expr: 'vector(1)', labels: {severity: none}}": nil,
		"{alert: %, expr: up == 0, for: 5m}":                      {"B"},
		"{alert: %, expr: up == 0}":                               nil,
	} {
		two := "  - " + pair + "\n  - " + pair + "\n"
		tryRules(t, "rule/duplicate", organisation.Checks{}, "groups:\n- name: a\n  rules:\n"+strings.Replace(strings.Replace(two, "%", "A", 1), "%", "B", 1), want)
	}
}

func TestRecordsOfOneNameWithAndWithoutAnEmptyLabel(t *testing.T) {
	tryRules(t, "rule/duplicate", organisation.Checks{}, "groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: up, labels: {x: ''}}\n  - {record: 'a:b', expr: up}\n  - {record: 'a:b', expr: up, labels: {x: y}}\n", []string{"a:b"})
}

// Without an expression nothing is the same; the reader of the file reports it.
func TestAlertsWithoutAnExpressionAreNotTheSame(t *testing.T) {
	for _, f := range RuleFiles(t.Context(), []File{{Name: "a.yaml", Data: []byte("groups:\n- name: a\n  rules:\n  - {alert: A, expr: ''}\n  - {alert: A, expr: ' '}\n")}}, Options{}) {
		if f.Rule == "rule/duplicate" {
			t.Error(describe(f))
		}
	}
}

func TestCanonicalSpelling(t *testing.T) {
	for _, same := range [][]string{
		{`bar > 1`, `bar>1`, "bar # it is\n > 1", `(bar) > (1)`, `(bar > 1.0)`},
		{`bar{a="x",b="y"}`, `bar{b="y", a='x',}`, `((bar{b="y",a="x"}))`},
		{`sum by (a, b) (rate(x[5m]))`, `SUM(rate(x[300s])) by (b, a)`, `sum by(b,a)((rate((x[5m]))))`},
		{`a / on (x, y) group_left (p, q) b`, `a / on(y, x) group_left(q, p) b`},
		{`a and b > 1`, `a and (b > 1)`},
		{`a * b + c`, `(a * b) + c`},
		{`a{b="#"} > 1`, `a{b="#"}>1`},
	} {
		for _, text := range same {
			if got, want := canonical(text), canonical(same[0]); got != want || spelling(text) != spelling(same[0]) {
				t.Errorf("%s is %s, and %s is %s", text, got, same[0], want)
			}
			if got := canonical(canonical(text)); got != canonical(text) {
				t.Errorf("%s changes once more to %s", canonical(text), got)
			}
		}
	}
	for _, other := range [][2]string{
		{`a * (b + c)`, `a * b + c`},
		{`a - (b - c)`, `a - b - c`},
		{`bar > 1`, `bar > 10`},
		{`x[5m]`, `x[5h]`},
		{`a{b="x"}`, `a{b="y"}`},
		{`a / on (x) b`, `a / ignoring (x) b`},
		{`a > 1`, `1 > a`},
		{`-a ^ 2`, `(-a) ^ 2`},
		{`x offset 5m`, `x offset 1h`},
	} {
		if canonical(other[0]) == canonical(other[1]) {
			t.Errorf("%s and %s are %s", other[0], other[1], canonical(other[0]))
		}
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
