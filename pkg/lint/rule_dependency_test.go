package lint

import (
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestRecordedSeriesThatAreReadTooEarly(t *testing.T) {
	const record = "  - {record: 'a:b', expr: up}\n"
	const alert = "  - {alert: A, expr: 'a:b > 1 and a:b < 9', for: 5m}\n"
	group := func(head string, rules string) string { return "- " + head + "\n  rules:\n" + rules }
	for _, c := range []struct {
		name, groups string
		want         []string
	}{
		{"above", group("name: a", record+alert), nil},
		{"below", group("name: a", alert+record), []string{"a:b", "a:b"}},
		{"another group", group("name: a", alert) + group("name: b", record), nil},
		{"an equal interval", group("name: a\n  interval: 1m", record) + group("name: b\n  interval: 60s", alert), nil},
		{"more seldom", group("name: a\n  interval: 5m", record) + group("name: b\n  interval: 1m", alert), []string{"a:b", "a:b"}},
		{"more often", group("name: a\n  interval: 30s", record) + group("name: b\n  interval: 1m", alert), nil},
		{"of the server", group("name: a\n  interval: 5m", record) + group("name: b", alert), nil},
		{"twice", group("name: a", alert+record+"  - {record: 'a:b', expr: up, labels: {x: y}}\n"), nil},
		{"a circle", group("name: a", "  - {record: 'a:b', expr: 'x + a:c'}\n") + group("name: b", "  - {record: 'a:c', expr: 'a:b + a:b'}\n"), []string{"a:c"}},
		{"a circle in a group", group("name: a", "  - {record: 'a:b', expr: 'x + a:c'}\n  - {record: 'a:c', expr: 'a:d'}\n  - {record: 'a:d', expr: 'a:b'}\n"+alert), []string{"a:c"}},
		{"two circles", group("name: a", "  - {record: 'a:b', expr: 'a:c'}\n  - {record: 'a:c', expr: 'a:b'}\n") + group("name: b", "  - {record: 'a:d', expr: 'a:e + a:b'}\n  - {record: 'a:e', expr: 'a:d'}\n"), []string{"a:c", "a:e"}},
		{"no circle", group("name: a", "  - {record: 'a:e', expr: up}\n  - {record: 'a:b', expr: 'a:e'}\n  - {record: 'a:c', expr: 'a:b + a:e'}\n"), nil},
		{"the past", group("name: a", "  - {record: 'a:b', expr: 'a:c offset 5m'}\n") + group("name: b", "  - {record: 'a:c', expr: 'a:b'}\n"), nil},
		{"an alert in between", group("name: a", "  - {record: 'a:b', expr: x}\n  - {alert: B, expr: 'a:b > 1', for: 5m}\n"), nil},
		{"itself", group("name: a", "  - {record: 'a:b', expr: 'a:b + 1'}\n"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tryRules(t, "rule/dependency", organisation.Checks{}, "groups:\n"+c.groups, c.want)
		})
	}
}
