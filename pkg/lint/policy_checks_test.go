package lint

import (
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/policy/organisation"
)

// checksOf decodes the section lint: of a policy.
func checksOf(t *testing.T, text string) organisation.Checks {
	t.Helper()
	p, problems := organisation.Decode("policy.yaml", []byte("version: 1\nlint: "+text+"\n"), rules.IDs())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p.Lint.Checks
}

func TestChecksLookForNothingWithoutAPolicy(t *testing.T) {
	for _, id := range []string{"promql/aggregate", "promql/selector", "promql/offset", "promql/regexp"} {
		tryExpressions(t, id, organisation.Checks{}, []exprCase{{`sum without (job) (rate(a{b=~"c.+"}[5m] offset 5w)) > 1`, nil}})
	}
}

func TestLabelsThatAggregationsKeep(t *testing.T) {
	tryExpressions(t, "promql/aggregate", checksOf(t, "{aggregate: [{keep: [job], rules: A|B}]}"), []exprCase{
		{`sum(a) > 1`, []string{`sum(a)`}},
		{`max without (job) (a) > 1`, []string{`max without (job) (a)`}},
		{`sum by (x) (sum by (job) (a)) > 1`, []string{`sum by (x) (sum by (job) (a))`}},
		{`sum(count by (x) (a)) > 1`, []string{`count by (x) (a)`}}, // the outer one has nothing left to lose
		{`sum by (x, job) (a) > 1`, nil},
		{`topk(3, a) > 1`, nil},
		{`min without (x) (a) > 1`, nil},
		{`a > 1`, nil},
	})
	tryExpressions(t, "promql/aggregate", checksOf(t, "{aggregate: [{keep: [job], rules: B.*}]}"), []exprCase{{`sum(a) > 1`, nil}})
	tryRules(t, "promql/aggregate", checksOf(t, "{aggregate: [{keep: [job]}]}"), "groups:\n- name: a\n  labels: {job: x}\n  rules:\n  - {record: 'a:b', expr: sum(a)}\n", nil)
}

func TestLabelsThatAggregationsStrip(t *testing.T) {
	tryExpressions(t, "promql/aggregate", checksOf(t, "{aggregate: [{strip: [instance]}]}"), []exprCase{
		{`sum by (job, instance) (a) > 1`, []string{`sum by (job, instance) (a)`}},
		{`sum without (job) (a) > 1`, []string{`sum without (job) (a)`}},
		{`sum by (job) (max by (job, instance) (a)) > 1`, nil}, // the result has lost it
		{`sum without (instance) (a) > 1`, nil},
		{`sum(a) > 1`, nil},
		{`a > 1`, nil},
	})
}

func TestLabelsThatSelectorsMatch(t *testing.T) {
	tryExpressions(t, "promql/selector", checksOf(t, "{selector: [{labels: [job], function: absent}, {labels: [a, b], metrics: 'x_.+'}]}"), []exprCase{
		{`absent(up) == 1`, []string{`up`}},
		{`absent(up{job=~".*"}) == 1`, []string{`up{job=~".*"}`}},
		{`absent(up{job=""}) == 1`, nil}, // it leaves most series out
		{`up == 1`, nil},
		{`x_y{b="c"} == 1`, []string{`x_y{b="c"}`}},
		{`x_y == 1`, []string{`x_y`, `x_y`}},
		{`xx_y == 1`, nil},
	})
}

func TestOffsetsBeyondTheLimit(t *testing.T) {
	tryExpressions(t, "promql/offset", organisation.Checks{MaxOffset: time.Hour}, []exprCase{
		{`a offset 61m > 1`, []string{`a offset 61m`}},
		{`rate(a[5m] offset -2h) > 1`, []string{`a`}},
		{`a offset 1h > 1`, nil},
		{`a > 1`, nil},
	})
}

func TestPartsOfValues(t *testing.T) {
	tryExpressions(t, "promql/regexp", organisation.Checks{SmellyRegexp: true}, []exprCase{
		{`a{b=~"c.+"} > 1`, []string{`b=~"c.+"`}},
		{`a{b!~".*c.*",d="e"} > 1`, []string{`b!~".*c.*"`}},
		{`a{b=~"^c.*d$"} > 1`, []string{`b=~"^c.*d$"`}},
		{`a{b=~"c|d"} > 1`, nil},
		{`a{b=~"5.."} > 1`, nil},
		{`a{b=~"5[0-9]+"} > 1`, nil},
		{`a{b=~".+"} > 1`, nil},
		{`a{b=~"(cc|dd)/.+"} > 1`, []string{`b=~"(cc|dd)/.+"`}},
		{`a{b=~"5.*"} > 1`, nil},
		{`a{b=~"c.+|d"} > 1`, nil},
		{`{__name__=~"c.+"} > 1`, nil},
	})
}

func TestTextsThatAreForbidden(t *testing.T) {
	const text = "groups:\n- name: a\n  rules:\n  - {alert: Old, expr: up == 0, for: 5m, labels: {old: new, a: old}, annotations: {b: old, c: old one}}\n"
	for policy, want := range map[string][]string{
		"{reject: [{pattern: '(?i)old'}]}":                              {"old", "old", "old"},
		"{reject: [{pattern: '(?i)old', in: labels}]}":                  {"old", "old"},
		"{reject: [{pattern: '(?i)old', in: [annotations]}]}":           {"old"},
		"{reject: [{pattern: '(?i)old', in: [names]}]}":                 {"Old"},
		"{reject: [{pattern: old one}, {pattern: nowhere, in: names}]}": {"old one"},
	} {
		t.Run(policy, func(t *testing.T) { tryRules(t, "rule/reject", checksOf(t, policy), text, want) })
	}
	const group = "groups:\n- name: old\n  labels: {a: old}\n  rules:\n  - {record: 'a:b', expr: up}\n  - {record: 'a:c', expr: up}\n"
	tryRules(t, "rule/reject", checksOf(t, "{reject: [{pattern: old, in: [names, labels]}]}"), group, []string{"old"})
}

func TestRulesThatThePolicyHasANoteAbout(t *testing.T) {
	const text = "groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: up}\n  - {record: 'a:bc', expr: up}\n"
	tryRules(t, "rule/report", checksOf(t, "{report: [{rules: 'a:b', message: mine}]}"), text, []string{"a:b"})
}

// What a policy asks of rules does not depend on the language of their expressions.
func TestRulesForLokiAreHeldToThePolicy(t *testing.T) {
	const text = "groups:\n- name: a\n  rules:\n  - {alert: Old, expr: 'sum(rate({app=\"a\"} |= \"x\" [5m])) > 1', labels: {a: b}}\n"
	tryRules(t, "rule/owner", checksOf(t, "{owner: {label: team}}"), text, []string{"Old"})
	tryRules(t, "rule/reject", checksOf(t, "{reject: [{pattern: b}]}"), text, []string{"b"})
	tryRules(t, "rule/report", checksOf(t, "{report: [{rules: Old, message: mine}]}"), text, []string{"Old"})
}

// Labels of a group are labels of its rules, and are told once. A record may drop one on
// purpose.
func TestEmptyLabelsOfGroups(t *testing.T) {
	const records, alerts = "  - {record: 'a:b', expr: up}\n  - {record: 'a:c', expr: up}\n", "  - {alert: A, expr: up == 0, for: 5m}\n"
	for _, c := range []struct{ labels, rules, want string }{
		{"{a: ''}", records, "info a"},
		{"{a: ''}", records + alerts, "warning a"},
		{"{a: ' '}", records, "warning a"},
		{"{a: x}", alerts, ""},
	} {
		got := ""
		for _, f := range RuleFiles(t.Context(), []File{{Name: "a.yaml", Data: []byte("groups:\n- name: g\n  labels: " + c.labels + "\n  rules:\n" + c.rules)}}, Options{}) {
			if f.Rule == "rule/empty-label" {
				got += string(f.Severity) + " " + markedBy(f)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.labels, got, c.want)
		}
	}
}

func TestOwners(t *testing.T) {
	head := "groups:\n- name: a\n  rules:\n"
	labelled := head + "  - {alert: A, expr: up == 0, for: 5m, labels: {team: web}}\n  - {alert: B, expr: up < 1, for: 5m, labels: {team: ''}}\n"
	commented := head + "  # pint rule/owner web\n  - alert: A\n    expr: up == 0\n  - alert: B\n    # pint rule/owner data # since May\n    expr: up < 1\n  - alert: C\n    expr: up != 1\n"
	for _, c := range []struct {
		policy, text string
		want         []string
	}{
		{"{owner: {label: team}}", labelled, []string{"B"}},
		{"{owner: {label: team, allowed: [data]}}", labelled, []string{"web", "B"}},
		{"{owner: {label: team}}", strings.Replace(labelled, "team: web", `team: '{{ $labels.team }}'`, 1), []string{"B"}},
		{"{owner: {label: team, allowed: [data]}}", strings.Replace(labelled, "team: web", `team: '{{ $labels.team }}'`, 1), []string{"B"}},
		{"{owner: {comments: true}}", commented, []string{"C"}},
		{"{owner: {comments: true, allowed: [web]}}", commented, []string{"B", "C"}},
		{"{owner: {comments: true}}", "# pint file/owner all\n" + commented, nil},
		{"{owner: {comments: true, allowed: [web, data]}}", "# pint file/owner all\n" + commented, []string{"C"}},
		{"{owner: {label: team}}", "# pint file/owner all\n" + commented, []string{"A", "B", "C"}},
	} {
		t.Run(c.policy, func(t *testing.T) { tryRules(t, "rule/owner", checksOf(t, c.policy), c.text, c.want) })
	}
}
