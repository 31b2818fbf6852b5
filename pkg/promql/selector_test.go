package promql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

func TestMetricNames(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"compared":                   {`up == 0`, []string{"up"}},
		"inside an aggregation":      {`max(kafka_consumer_lag_seconds) > 5`, []string{"kafka_consumer_lag_seconds"}},
		"inside absent":              {`absent(foo_metric)`, []string{"foo_metric"}},
		"both sides":                 {`a + b`, []string{"a", "b"}},
		"offset is no metric":        {`http_requests_total offset 5m`, []string{"http_requests_total"}},
		"name as a matcher":          {`{__name__="foo_total"}`, []string{"foo_total"}},
		"braces in a label value":    {`sum(rate(m{path="metric_in_label{x}"}[5m]))`, []string{"m"}},
		"brackets in a label value":  {`x{a="b[1]"}`, []string{"x"}},
		"a comment":                  {"foo # comment{a}\n+ bar{a=\"b\"}", []string{"bar", "foo"}},
		"named as a function":        {`avg{a="b"}`, []string{"avg"}},
		"recording rule":             {`job:foo:rate5m{service="a"}`, []string{"job:foo:rate5m"}},
		"buckets":                    {`histogram_quantile(0.95, sum by (le) (rate(x_bucket{service="a"}[5m])))`, []string{"x_bucket"}},
		"quoted name":                {`{"http.requests", service="a"}`, []string{"http.requests"}},
		"name by regular expression": {`{__name__=~"foo_.+"} + bar`, []string{"bar"}},
		"each once":                  {`x / (x + x)`, []string{"x"}},
		"no selector":                {`vector(1) + time()`, nil},
		"aggregation parameter":      {`topk(scalar(k), x)`, []string{"k", "x"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := promql.MetricNames(mustParse(t, tt.text))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("MetricNames(%s) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// seen is what the tests compare of a Selector.
type seen struct {
	Text, String, Func string
	Range, Offset      time.Duration
	At, Subquery       bool
}

func see(t testing.TB, text string) []seen {
	t.Helper()
	var out []seen
	for _, s := range promql.Selectors(mustParse(t, text)) {
		out = append(out, seen{
			Text: text[s.Start:s.End], String: s.String(), Func: s.Func,
			Range: s.Range, Offset: s.Offset, At: s.At, Subquery: s.Subquery,
		})
	}
	return out
}

func TestSelectors(t *testing.T) {
	tests := map[string]struct {
		text string
		want []seen
	}{
		"range selector and its function": {
			`sum by (le) (rate(x_bucket{service="a", le=~".+"}[5m] offset 1h))`,
			[]seen{{Text: `x_bucket{service="a", le=~".+"}`, String: `x_bucket{le=~".+",service="a"}`, Func: "rate", Range: 5 * time.Minute, Offset: time.Hour}},
		},
		"instant selector in an aggregation": {
			`sum(up)`, []seen{{Text: "up", String: "up"}},
		},
		"instant selector in a function": {
			`histogram_quantile(0.9, sum by (le) (x:rate5m))`,
			[]seen{{Text: "x:rate5m", String: "x:rate5m", Func: "histogram_quantile"}},
		},
		"order of the text": {
			`topk(scalar(k), b) / c`,
			[]seen{{Text: "k", String: "k", Func: "scalar"}, {Text: "b", String: "b"}, {Text: "c", String: "c"}},
		},
		"subquery": {
			`max_over_time(rate(x[5m])[1h:1m] @ 100)`,
			[]seen{{Text: "x", String: "x", Func: "rate", Range: 5 * time.Minute, At: true, Subquery: true}},
		},
		"fixed in time": {
			`x @ start()`, []seen{{Text: "x @ start()", String: "x", At: true}},
		},
		"bytes, not characters": {
			`a{l="é"} + b`,
			[]seen{{Text: `a{l="é"}`, String: `a{l="é"}`}, {Text: "b", String: "b"}},
		},
		"name in the braces": {
			`{__name__="foo",b!="c"}`, []seen{{Text: `{__name__="foo",b!="c"}`, String: `foo{b!="c"}`}},
		},
		"no name": {
			`{job="x"}`, []seen{{Text: `{job="x"}`, String: `{job="x"}`}},
		},
		"two names": {
			`{__name__="a",__name__!="b"}`, []seen{{Text: `{__name__="a",__name__!="b"}`, String: `a{__name__!="b"}`}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, see(t, tt.text)); diff != "" {
				t.Errorf("Selectors(%s) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestSelectorStringReadsBackWithEveryName(t *testing.T) {
	for _, name := range []string{"up", "a:b", "Inf", "nan", "by", "on", "offset", "avg", "start", "bool", "http.requests", "é", "1x", `a"b`, "x-y"} {
		t.Run(name, func(t *testing.T) {
			s := promql.Selector{Name: name, Matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "l.x", "v")}}
			for _, s := range []promql.Selector{s, {Name: name}} {
				back := promql.Selectors(mustParse(t, s.String()))
				if len(back) != 1 || back[0].Name != name || len(back[0].Matchers) != len(s.Matchers) {
					t.Errorf("%s reads back as %+v", s, back)
				}
			}
		})
	}
}

func TestSelectorMatcher(t *testing.T) {
	s := promql.Selectors(mustParse(t, `x{service="a",code=~"5.."}`))[0]
	if m := s.Matcher("code"); m == nil || m.Value != "5.." {
		t.Errorf(`Matcher("code") = %v`, m)
	}
	if m := s.Matcher("job"); m != nil {
		t.Errorf(`Matcher("job") = %v, want none`, m)
	}
}

func TestMatchers(t *testing.T) {
	service := labels.MustNewMatcher(labels.MatchEqual, "service", "new")
	code := labels.MustNewMatcher(labels.MatchRegexp, "code", "5..")
	name := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "named")
	tests := map[string]struct {
		text                     string
		with, replaced, stripped string
	}{
		"added to every selector": {
			text:     `sum(rate(a[5m])) / b{job="j"}`,
			with:     `sum(rate(a{code=~"5..",service="new"}[5m])) / b{code=~"5..",job="j",service="new"}`,
			replaced: `sum(rate(a{code=~"5..",service="new"}[5m])) / b{code=~"5..",job="j",service="new"}`,
			stripped: `sum(rate(a[5m])) / b{job="j"}`,
		},
		"own matchers stay unless replaced": {
			text:     `a{service=~"x|y"} offset 5m`,
			with:     `a{code=~"5..",service=~"x|y"} offset 5m`,
			replaced: `a{code=~"5..",service="new"} offset 5m`,
			stripped: `a offset 5m`,
		},
		"nothing left": {
			text:     `{service="old"}`,
			with:     `{code=~"5..",service="old"}`,
			replaced: `{code=~"5..",service="new"}`,
			stripped: `{__name__=~".+"}`,
		},
	}
	for what, tt := range tests {
		t.Run(what, func(t *testing.T) {
			expr := mustParse(t, tt.text)
			before := expr.String()
			got := []string{
				promql.WithMatchers(expr, service, code).String(),
				promql.ReplaceMatchers(expr, service, code).String(),
				promql.DropMatchers(expr, "service", "code").String(),
			}
			if diff := cmp.Diff([]string{tt.with, tt.replaced, tt.stripped}, got); diff != "" {
				t.Errorf("rewritten (-want +got):\n%s", diff)
			}
			if expr.String() != before {
				t.Errorf("the expression was changed to %s", expr)
			}
		})
	}
	renamed := promql.ReplaceMatchers(mustParse(t, `old{a="b"}`), name)
	if got, want := renamed.String(), `{__name__="named",a="b"}`; got != want {
		t.Errorf("ReplaceMatchers of the name = %s, want %s", got, want)
	}
}

func TestHasMatcher(t *testing.T) {
	expr := mustParse(t, `a{service="x"} / b`)
	if !promql.HasMatcher(expr, "service") || promql.HasMatcher(expr, "job") {
		t.Errorf("HasMatcher(service) = %t, HasMatcher(job) = %t, want true, false",
			promql.HasMatcher(expr, "service"), promql.HasMatcher(expr, "job"))
	}
}

// TestPlainNamesAreThoseThatTheParserReads tries every word of the language, and
// names like them.
func TestPlainNamesAreThoseThatTheParserReads(t *testing.T) {
	words := []string{"Inf", "nan", "inf", "x", "x:y", ":x", "_", "sum_total", "by2", "E", "e5", "start_", "rate"}
	for _, word := range parser.ItemTypeStr {
		words = append(words, word, strings.ToUpper(word), word+"_x")
	}
	plain := 0
	for _, word := range words {
		expr, err := promql.Parse(word)
		vs, ok := expr.(*parser.VectorSelector)
		want := err == nil && ok && vs.Name == word && !strings.ContainsAny(word, "{}\"' ")
		if got := (promql.Selector{Name: word}).String(); (got == word) != want {
			t.Errorf("%q is printed as %s; by itself it is a selector: %v", word, got, want)
		}
		if want {
			plain++
		}
	}
	if plain < 50 || plain == len(words) {
		t.Errorf("%d of %d words are names", plain, len(words))
	}
}
