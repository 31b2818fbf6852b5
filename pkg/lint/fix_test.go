package lint

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint/fix"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/spec/document"
)

// fixAll fixes a rule file until nothing is left to fix.
func fixAll(t *testing.T, text string) string {
	t.Helper()
	for range 10 {
		found := RuleFiles(context.Background(), []File{{Name: "r.yaml", Data: []byte(text)}}, Options{})
		out := fix.File(t.Context(), "r.yaml", []byte(text), found, document.RuleLimits())
		if len(out.Refused) > 0 {
			t.Fatalf("%v in\n%s", out.Refused[0].Err, text)
		}
		if len(out.Fixed) == 0 {
			return text
		}
		text = string(out.Data)
	}
	t.Fatalf("fixing does not come to an end:\n%s", text)
	return ""
}

const quantile = `histogram_quantile(0.9, `

func TestWhatIsCertainIsFixed(t *testing.T) {
	for _, c := range []struct{ name, expr, want string }{
		{"a regexp without a pattern", `up{a=~"b"} == 0`, `up{a="b"} == 0`},
		{"another quote, with blanks", `up { a =~ 'b' } == 0`, `up { a = 'b' } == 0`},
		{"not matching", `up{a!~"b", c="d"} == 0`, `up{a!="b", c="d"} == 0`},
		{"escaped letters", `up{a=~"b\\.c"} == 0`, `up{a="b.c"} == 0`},
		{"anchors around text", `up{a=~"^b$"} == 0`, `up{a="b"} == 0`},
		{"anchors around a pattern", `up{a=~"^b.*$"} == 0`, `up{a=~"b.*"} == 0`},
		{"two in one selector", `up{a=~"b",c=~"^d.+"} == 0`, `up{a="b",c=~"d.+"} == 0`},
		{"the same twice", `up{a=~"b",a=~"b"} == 0`, `up{a=~"b",a=~"b"} == 0`},
		{"the same in two selectors", `up{a=~"b"} == on (x) down{a=~"b"} * 3`, `up{a="b"} == on (x) down{a="b"} * 3`},
		{"a quote that needs an escape", `up{a=~"b\"c"} == 0`, `up{a="b\"c"} == 0`},
		{"the other quote", `up{a=~'b"c'} == 0`, `up{a='b"c'} == 0`},
		{"a label in quotes", `up{"b.c"=~"^d$","e"=~"^f$"} == 0`, `up{"b.c"="d","e"="f"} == 0`},
		{"anchors behind flags", `up{a=~"(?i)^ab$"} == 0`, `up{a=~"(?i)ab"} == 0`},
		{"what may be meant as a beginning", `up{a=~"^b"} == 0`, `up{a=~"^b"} == 0`},
		{"what may be meant as an end", `up{a!~"[bc]$"} == 0`, `up{a!~"[bc]$"} == 0`},
		{"anchors twice", `up{a=~"^^b$$", c=~"^^d.+$$"} == 0`, `up{a="b", c=~"d.+"} == 0`},
		{"one label twice", `up{a=~"^b.+$", a=~"^.+c$"} == 0`, `up{a=~"b.+", a=~".+c"} == 0`},
		{"a repeated anchor", `up{a=~"^*b"} == 0`, `up{a=~"^*b"} == 0`},
		{"a choice", `up{a=~"^b|c$"} == 0`, `up{a=~"^b|c$"} == 0`},
		{"anchors around a choice in brackets", `up{a!~"^(b.*|c)$"} == 0`, `up{a!~"(b.*|c)"} == 0`},
		{"anchors around two choices", `up{a=~"^(b|c)|(d|e)$"} == 0`, `up{a=~"^(b|c)|(d|e)$"} == 0`},
		{"a bracket in a class", `up{a=~"^[(]b|c[)]$"} == 0`, `up{a=~"^[(]b|c[)]$"} == 0`},
		{"noise beside a whole number", `up >= 99.99999999999999`, `up >= 99.99999999999999`},
		{"noise beside a whole number in brackets", `up > -(99.99999999999999)`, `up > -(99.99999999999999)`},
		{"noise in an operand", `up * 99.99999999999999 > 1`, `up * 100 > 1`},
		{"noise", `up > 0.30000000000000004`, `up > 0.3`},
		{"noise of a difference", `up > 0.0010000000000000009`, `up > 0.001`},
		{"noise beside an equality", `clamp_max(up, 0.30000000000000004) == 0.1 + 0.2`, `clamp_max(up, 0.30000000000000004) == 0.1 + 0.2`},
		{"noise beside an inequality", `up != (0.06999999999999999)`, `up != (0.06999999999999999)`},
		{"many digits that are meant", `up == 3.141592653589793`, `up == 3.141592653589793`},
		{"a sum by", quantile + `sum by (job) (rate(x_bucket[5m]))) > 1`, quantile + `sum by (le, job) (rate(x_bucket[5m]))) > 1`},
		{"a sum with by behind", quantile + `sum(rate(x_bucket[5m])) by (job)) > 1`, quantile + `sum(rate(x_bucket[5m])) by (le, job)) > 1`},
		{"a sum of everything", quantile + `sum(rate(x_bucket[5m]))) > 1`, quantile + `sum by (le) (rate(x_bucket[5m]))) > 1`},
		{"a sum with a blank behind it", quantile + `SUM (rate(x_bucket[5m]))) > 1`, quantile + `SUM by (le) (rate(x_bucket[5m]))) > 1`},
		{"a sum of sums by le", quantile + `sum(count(rate(x_bucket[5m])) by (le))) > 1`, quantile + `sum by (le) (count(rate(x_bucket[5m])) by (le))) > 1`},
		{"a sum by nothing", quantile + `(sum by () (rate(x_bucket[5m])))) > 1`, quantile + `(sum by (le) (rate(x_bucket[5m])))) > 1`},
		{"a maximum", quantile + `max by (job) (rate(x_bucket[5m]))) > 1`, quantile + `max by (job) (rate(x_bucket[5m]))) > 1`},
		{"a sum without", quantile + `sum without (le) (rate(x_bucket[5m]))) > 1`, quantile + `sum without (le) (rate(x_bucket[5m]))) > 1`},
		{"a sum of a sum", quantile + `sum(sum by (a) (rate(x_bucket[5m])))) > 1`, quantile + `sum(sum by (a) (rate(x_bucket[5m])))) > 1`},
	} {
		for _, style := range []struct {
			name  string
			write func(expr string) string
		}{
			{"plain", func(e string) string { return e }},
			{"single quotes", func(e string) string { return "'" + strings.ReplaceAll(e, "'", "''") + "'" }},
			{"double quotes", func(e string) string {
				return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e) + `"`
			}},
			{"literal", func(e string) string { return "|\n        " + e }},
			{"folded", func(e string) string { return ">- # why\n        " + strings.ReplaceAll(e, " > ", "\n        > ") }},
		} {
			write := func(expr string) string {
				return "# head\ngroups:\n- name: a\n  rules:\n    - alert: A # the name\n      expr:   " + style.write(expr) + "\n      # above for\n      for: 5m\n"
			}
			if style.name == "plain" && strings.Contains(c.expr, "#") {
				continue
			}
			if diff := cmp.Diff(write(c.want), fixAll(t, write(c.expr))); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", c.name, style.name, diff)
			}
		}
	}
}

func TestWhatIsCertainOfAFileIsFixed(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{
			"a duration of nothing, and keys",
			"groups:\n- name: a\n  ruels:\n  - alert: A\n    expr: up == 0 # why\n    for: 0s\n    labls: {a: b}\n    keep_firing_for: '0s'\n",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0 # why\n    labels: {a: b}\n",
		},
		{
			"a duration with a comment, the first key, and one in brackets",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n    for: 0s # at once\n  - for: 0s\n    alert: B\n    expr: up == 1\n  - {alert: C, expr: up == 2, for: 0s}\n",
			"",
		},
		{
			"a duration with a key in quotes",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n    \"for\": '0s'\n",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n",
		},
		{
			"a duration in the last line, which does not end",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n    for: 0s",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n",
		},
		{
			"a duration below a comment, which would stand at the next key",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    # nthlayer disable promql/counter-without-rate (boot counter)\n    for: 0s\n    expr: foo_total > 5\n",
			"",
		},
		{
			"a duration below a comment of the expression",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: |\n      foo > 5\n      # why\n    for: 0s\n",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: |\n      foo > 5\n      # why\n",
		},
		{
			"a file with lines for another program",
			"{% set x = 1 %} # pint ignore/line\ngroups:\n- name: a\n  rules:\n  - alert: A\n    expr: up{job=~\"^x$\"} == 0\n    for: 0s\n",
			"{% set x = 1 %} # pint ignore/line\ngroups:\n- name: a\n  rules:\n  - alert: A\n    expr: up{job=\"x\"} == 0\n",
		},
		{
			"a duration over another one",
			"a: &a {for: 5m}\ngroups:\n- name: a\n  rules:\n  - <<: *a\n    alert: A\n    expr: up == 0\n    for: 0s\n",
			"",
		},
		{
			"two keys for one",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    exp: up == 0\n    fro: 5m\n    For: 5m\n",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n    fro: 5m\n    For: 5m\n",
		},
		{
			"escapes and lines that go on",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: \"up{a=~\\\"^\\u00fc$\\\",\\\n      b=~\\\"c\\u002ed\\\"} \\\n      == 0.1\"\n",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: \"up{a=\\\"\\u00fc\\\",\\\n      b=~\\\"c\\u002ed\\\"} \\\n      == 0.1\"\n",
		},
		{
			"an escape in what would be replaced",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: \"up{a=~\\\"b\\\\\\\\.\\u00fc\\\"} == 0.1\"\n",
			"",
		},
		{
			"a key that is there already",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n    exprs: up == 1\n",
			"",
		},
		{
			"what an anchor repeats",
			"groups:\n- name: a\n  rules:\n  - &a\n    alert: A\n    expr: up{a=~\"b\"} == 0\n  - <<: *a\n    for: 5m\n",
			"",
		},
		{
			"behind a byte order mark, with CR LF",
			"\xef\xbb\xbfgroups:\r\n- name: é\r\n  rules:\r\n  - alert: A\r\n    expr: |\r\n      up{b=~\"é\"}\r\n        == 0\r\n    for: 0s\r\n",
			"\xef\xbb\xbfgroups:\r\n- name: é\r\n  rules:\r\n  - alert: A\r\n    expr: |\r\n      up{b=\"é\"}\r\n        == 0\r\n",
		},
		{
			"what a comment leaves out",
			"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up{a=~\"b\"} == 0 # nthlayer disable promql/regexp-without-pattern (so be it)\n    for: 5m\n",
			"",
		},
	} {
		if c.want == "" {
			c.want = c.text
		}
		if diff := cmp.Diff(c.want, fixAll(t, c.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A fix is tried out before it is offered: it must parse and leave less to find, and
// what does not hinders none of the others.
func TestFixesAreTriedOut(t *testing.T) {
	e := newExpr(rulefile.Text{V: `up{a=~"b",c=~"d"} == 0`})
	check := promqlRegexpWithoutPattern{}
	at := func(from int, changes ...change) proposal {
		return proposal{from: from, to: from + 6, changes: changes}
	}
	fine := at(10, change{11, 13, "="})
	for text, want := range map[string][]bool{`=`: {false, false}, `=~`: {true, false}, `==`: {true, true}, `!~`: {true, false}} {
		if diff := cmp.Diff(want, e.tryOut(check, []proposal{at(3, change{4, 6, text}), fine})); diff != "" {
			t.Errorf("which findings stay with a%s\"b\" (-want +got):\n%s", text, diff)
		}
	}
	twice := at(3, change{4, 6, "="}, change{5, 6, "="})
	if diff := cmp.Diff([]bool{true, true}, e.tryOut(check, []proposal{twice, fine})); diff != "" {
		t.Errorf("with changes that overlap (-want +got):\n%s", diff)
	}
	worse := at(3, change{4, 9, `="b",x=~"y",z=~"y"`})
	if diff := cmp.Diff([]bool{true}, e.tryOut(check, []proposal{worse})); diff != "" {
		t.Errorf("with more findings than before (-want +got):\n%s", diff)
	}
}
