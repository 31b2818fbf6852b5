package promql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/promql"
)

// forServices makes one member of the template for each service.
func forServices(t testing.TB, template string, services ...string) []promql.Member {
	t.Helper()
	var out []promql.Member
	for _, s := range services {
		text := strings.ReplaceAll(template, "$s", s)
		out = append(out, promql.Member{ID: s, Expr: mustParse(t, text), LabelValue: s})
	}
	return out
}

func queries(merged []promql.Merged) []string {
	var out []string
	for _, m := range merged {
		out = append(out, m.Query)
	}
	return out
}

func TestMergeAsksTogetherWhatIsExact(t *testing.T) {
	tests := map[string]struct {
		text, want string
		keeps      bool
	}{
		"sum": {text: `sum(rate(x{service="$s"}[5m]))`, want: `sum by (service) (rate(x{service=~"a|b"}[5m]))`},
		"ratio": {
			text: `sum(rate(x{service="$s",code!~"5.."}[5m])) / sum(rate(x{service="$s"}[5m]))`,
			want: `sum by (service) (rate(x{code!~"5..",service=~"a|b"}[5m])) / sum by (service) (rate(x{service=~"a|b"}[5m]))`,
		},
		"not aggregated": {text: `x{service="$s"} > 5`, want: `x{service=~"a|b"} > 5`, keeps: true},
		"grouped by the label": {
			text: `sum by (service, pod) (x{service="$s"})`, want: `sum by (service, pod) (x{service=~"a|b"})`, keeps: true,
		},
		"grouped by another": {text: `max by (pod) (x{service="$s"})`, want: `max by (pod, service) (x{service=~"a|b"})`},
		"without another":    {text: `sum without (pod) (x{service="$s"})`, want: `sum without (pod) (x{service=~"a|b"})`, keeps: true},
		"without the label":  {text: `sum without (service) (x{service="$s"})`, want: `sum without () (x{service=~"a|b"})`},
		"grouped by the label it lost": {
			text: `sum by (service) (sum(x{service="$s"}))`, want: `sum by (service) (sum by (service) (x{service=~"a|b"}))`,
		},
		"on": {
			text: `x{service="$s"} / on (pod) y{service="$s"}`, want: `x{service=~"a|b"} / on (pod, service) y{service=~"a|b"}`,
		},
		"on the label": {
			text: `x{service="$s"} / on (service) y{service="$s"}`, want: `x{service=~"a|b"} / on (service) y{service=~"a|b"}`, keeps: true,
		},
		"ignoring the label": {
			text: `x{service="$s"} / ignoring (service, code) y{service="$s"}`, want: `x{service=~"a|b"} / ignoring (code) y{service=~"a|b"}`,
		},
		"on, a side without the label": {
			text: `x{service="$s"} > on () sum(y{service="$s"})`, want: `x{service=~"a|b"} > on (service) sum by (service) (y{service=~"a|b"})`,
		},
		"group_left": {
			text: `x{service="$s"} * on (pod) group_left (team) y{service="$s"}`,
			want: `x{service=~"a|b"} * on (pod, service) group_left (team) y{service=~"a|b"}`, keeps: true,
		},
		"group_right": {
			text: `sum(x{service="$s"}) * on () group_right () y{service="$s"}`,
			want: `sum by (service) (x{service=~"a|b"}) * on (service) group_right () y{service=~"a|b"}`, keeps: true,
		},
		"or":       {text: `x{service="$s"} or y{service="$s"}`, want: `x{service=~"a|b"} or y{service=~"a|b"}`, keeps: true},
		"and on":   {text: `sum(x{service="$s"}) and on () y{service="$s"}`, want: `sum by (service) (x{service=~"a|b"}) and on (service) y{service=~"a|b"}`},
		"quantile": {text: `histogram_quantile(0.9, sum by (le) (rate(x{service="$s"}[5m])))`, want: `histogram_quantile(0.9, sum by (le, service) (rate(x{service=~"a|b"}[5m])))`},
		"subquery": {text: `max_over_time(sum(rate(x{service="$s"}[5m]))[1h:5m])`, want: `max_over_time(sum by (service) (rate(x{service=~"a|b"}[5m]))[1h:5m])`},
		"numbers":  {text: `-(time() - x{service="$s"} offset 5m * 2)`, want: `-(time() - x{service=~"a|b"} offset 5m * 2)`, keeps: true},
		"other labels replaced": {
			text: `label_replace(x{service="$s"}, "team", "$1", "pod", "(.*)")`,
			want: `label_replace(x{service=~"a|b"}, "team", "$1", "pod", "(.*)")`, keeps: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := promql.Merge(forServices(t, tt.text, "a", "b"), "service", 0)
			if diff := cmp.Diff([]string{tt.want}, queries(got)); diff != "" {
				t.Fatalf("queries (-want +got):\n%s", diff)
			}
			if got[0].Label != "service" || len(got[0].Parts) != 2 || got[0].Parts[0].Keeps != tt.keeps {
				t.Errorf("Merged = %+v, want two parts split by service, Keeps %t", got[0], tt.keeps)
			}
		})
	}
}

func TestMergeAsksAloneWhatIsNotExact(t *testing.T) {
	for name, template := range map[string]string{
		"topk":                      `topk(1, x{service="$s"})`,
		"bottomk":                   `bottomk(1, x{service="$s"})`,
		"quantile over series":      `quantile(0.9, x{service="$s"})`,
		"count_values":              `count_values("v", x{service="$s"})`,
		"absent":                    `absent(x{service="$s"})`,
		"absent_over_time":          `absent_over_time(x{service="$s"}[5m])`,
		"scalar":                    `y{service="$s"} / scalar(x{service="$s"})`,
		"vector":                    `sum(x{service="$s"}) or vector(0)`,
		"hour without argument":     `x{service="$s"} * on () hour()`,
		"label_replace writes it":   `label_replace(x{service="$s"}, "service", "z", "pod", ".*")`,
		"label_replace reads it":    `label_replace(x{service="$s"}, "z", "$1", "service", "(.*)")`,
		"label_join reads it":       `label_join(x{service="$s"}, "z", "-", "pod", "service")`,
		"group_left brings it":      `x{service="$s"} * on (pod) group_left (service) y{service="$s"}`,
		"a selector without it":     `x{service="$s"} / on (pod) y`,
		"two values":                `x{service="$s"} / on (pod) y{service="other"}`,
		"matched twice":             `x{service="$s",service!="c"}`,
		"regular expression":        `x{service=~"$s"}`,
		"inequality":                `x{service!="$s"}`,
		"one side of or lost it":    `sum(x{service="$s"}) or x{service="$s"}`,
		"one side of minus lost it": `sum by (service) (x{service="$s"}) - sum(y{service="$s"})`,
		"on it, one side lost it":   `x{service="$s"} - on (service) sum(y{service="$s"})`,
		"one side of or on lost it": `sum(x{service="$s"}) or on () y{service="$s"}`,
		"sorted":                    `sort(x{service="$s"})`,
	} {
		t.Run(name, func(t *testing.T) {
			members := forServices(t, template, "a", "b")
			var want []string
			for _, m := range members {
				want = append(want, m.Expr.String())
			}
			got := promql.Merge(members, "service", 0)
			if diff := cmp.Diff(want, queries(got)); diff != "" {
				t.Errorf("queries (-want +got):\n%s", diff)
			}
			for _, m := range got {
				if m.Label != "" || m.Split() != nil {
					t.Errorf("%s is split by %q, or splits on into %v", m.Query, m.Label, m.Split())
				}
			}
		})
	}
}

func TestMergeOfLabelsWithAMeaningOfTheirOwn(t *testing.T) {
	for _, label := range []string{"", "le", "__name__"} {
		var members []promql.Member
		for _, v := range []string{"a", "b"} {
			text := fmt.Sprintf(`x{%s="%s"}`, label, v)
			if label == "" {
				text = fmt.Sprintf(`x{service="%s"}`, v)
			}
			if label == "__name__" {
				text = fmt.Sprintf(`{__name__="%s"}`, v)
			}
			members = append(members, promql.Member{ID: v, Expr: mustParse(t, text), LabelValue: v})
		}
		if got := promql.Merge(members, label, 0); len(got) != 2 {
			t.Errorf("label %q merged into %v", label, queries(got))
		}
	}
}

func TestMergeAsksEqualExpressionsOnce(t *testing.T) {
	members := []promql.Member{
		{ID: "1", Expr: mustParse(t, `sum( up )`)},
		{ID: "2", Expr: mustParse(t, `sum(up)`)},
		{ID: "3", Expr: mustParse(t, `sum(x{service="a"})`), LabelValue: "a"},
		{ID: "4", Expr: mustParse(t, `sum(x{ service="a" })`), LabelValue: "a"},
		{ID: "5", Expr: mustParse(t, `sum(y{service="a"})`), LabelValue: "b"},
		{ID: "6", Expr: nil, LabelValue: "b"},
	}
	got := promql.Merge(members, "service", 0)
	want := []string{`sum(up)`, `sum(x{service="a"})`, `sum(y{service="a"})`, ""}
	if diff := cmp.Diff(want, queries(got)); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
	if len(got[0].Parts) != 2 || len(got[1].Parts) != 2 || got[1].Label != "" {
		t.Errorf("equal expressions are not asked once and unsplit: %+v", got)
	}
}

func TestMergeSharesAQueryBetweenSpellingsOfAShape(t *testing.T) {
	members := []promql.Member{
		{ID: "dropped", Expr: mustParse(t, `sum(x{service="a"})`), LabelValue: "a"},
		{ID: "kept", Expr: mustParse(t, `sum by (service) (x{service="a"})`), LabelValue: "a"},
	}
	got := promql.Merge(members, "service", 0)
	if diff := cmp.Diff([]string{`sum by (service) (x{service="a"})`}, queries(got)); diff != "" {
		t.Fatalf("queries (-want +got):\n%s", diff)
	}
	want := []promql.Part{
		{ID: "dropped", Value: "a", Alone: `sum(x{service="a"})`},
		{ID: "kept", Value: "a", Alone: `sum by (service) (x{service="a"})`, Keeps: true},
	}
	if diff := cmp.Diff(want, got[0].Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestMergeQuotesValues(t *testing.T) {
	members := forServices(t, `sum(x{service='$s'})`, "a.b", `c"|d`, "é+")
	members = append(members, promql.Member{ID: "backslash", Expr: mustParse(t, `sum(x{service="\\"})`), LabelValue: `\`})
	got := promql.Merge(members, "service", 0)
	if len(got) != 1 {
		t.Fatalf("queries = %q, want one", queries(got))
	}
	m := promql.Selectors(mustParse(t, got[0].Query))[0].Matcher("service")
	for value, want := range map[string]bool{"a.b": true, "axb": false, `c"|d`: true, `c"`: false, "é+": true, "éé": false, `\`: true, `\\`: false} {
		if m.Matches(value) != want {
			t.Errorf("%s matches %q: %t, want %t", m, value, !want, want)
		}
	}
}

func TestMergeKeepsQueriesBelowTheLimit(t *testing.T) {
	var services []string
	for i := range 100 {
		services = append(services, fmt.Sprintf("service.%03d", i))
	}
	const limit = 1000
	got := promql.Merge(forServices(t, `sum(x{service="$s"}) / sum(y{service="$s"})`, services...), "service", limit)
	seen := 0
	for _, m := range got {
		if len(m.Query) > limit {
			t.Errorf("a query is %d bytes long, want at most %d", len(m.Query), limit)
		}
		seen += len(m.Parts)
	}
	if seen != len(services) {
		t.Errorf("%d members are asked, want %d", seen, len(services))
	}
	// A value costs 14 bytes in each of two selectors, and the rest of the query
	// 71 bytes, so that 33 services fit.
	if len(got) != 4 {
		t.Errorf("%d queries, want 4", len(got))
	}
	if alone := promql.Merge(forServices(t, `sum(x{service="$s"})`, "a", "b"), "service", 1); len(alone) != 2 {
		t.Errorf("queries that are too long by themselves = %q, want both alone", queries(alone))
	}
}

func TestSplitEndsAtEachExpression(t *testing.T) {
	pending := promql.Merge(forServices(t, `sum(x{service="$s"})`, "a", "b", "c", "d", "e"), "service", 0)
	var leaves []string
	for len(pending) > 0 {
		m := pending[0]
		pending = pending[1:]
		halves := m.Split()
		if halves == nil {
			leaves = append(leaves, m.Query)
		}
		parts := 0
		for _, h := range halves {
			parts += len(h.Parts)
		}
		if halves != nil && parts != len(m.Parts) {
			t.Errorf("%s of %d parts splits into %q of %d", m.Query, len(m.Parts), queries(halves), parts)
		}
		pending = append(pending, halves...)
	}
	if len(leaves) != 5 {
		t.Errorf("leaves = %q, want the five expressions", leaves)
	}
	for _, q := range leaves {
		if strings.Contains(q, "by") {
			t.Errorf("%s is no expression of its own", q)
		}
	}
}
