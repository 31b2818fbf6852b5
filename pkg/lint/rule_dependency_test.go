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
		{"itself", group("name: a", "  - {record: 'a:b', expr: 'a:b + 1'}\n"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tryRules(t, "rule/dependency", organisation.Checks{}, "groups:\n"+c.groups, c.want)
		})
	}
}
