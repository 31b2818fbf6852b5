package lint

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// shapes are rule files of a few kilobytes that say one thing very often, as a change
// from outside may bring them along.
func shapes() map[string]func(n int) string {
	repeat := func(n int, between, each string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(each, "@", fmt.Sprint(i))
		}
		return strings.Join(parts, between)
	}
	expr := func(text string) string {
		return "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
	}
	rules := func(head, each string) func(n int) string {
		return func(n int) string {
			return repeat(n, "", head) + "groups:\n- name: g\n  rules:\n" + repeat(n, "", each)
		}
	}
	annotated := func(text string) string {
		return expr("sum by (b) (x) > 1") + "    annotations:\n      a: '" + text + "'\n"
	}
	around := func(open, inside, end string) func(n int) string {
		return func(n int) string { return expr(strings.Repeat(open, n) + inside + strings.Repeat(end, n) + " > 1") }
	}
	joined := func(between, each string) func(n int) string {
		return func(n int) string { return expr(repeat(n, between, each) + " > 1") }
	}
	const alert = "  - alert: A@\n    expr: x{a=~\"b\"} > 1\n"
	return map[string]func(n int) string{
		"anchored matchers":       func(n int) string { return expr("x{" + repeat(n, ",", `a@=~"^v@$"`) + "} > 1") },
		"matchers of one label":   func(n int) string { return expr("x{" + repeat(n, ",", `a=~"^v@"`) + "} > 1") },
		"regexps in lines":        joined(" +\n", `x{a=~"^v@$"}`),
		"sums of other series":    joined(" + ", `x{a="@"}`),
		"and":                     joined(" and ", `(x{a="@"} > @)`),
		"unless":                  joined(" unless ", `x{a="@"}`),
		"groupings":               joined(" + ", "sum by (l@) (x)"),
		"quantiles":               joined(" + ", "histogram_quantile(0.9, sum(rate(x@_bucket[5m])))"),
		"noise":                   joined(" + ", "x@ * 0.30000000000000004"),
		"broken functions":        joined(" + ", "foo@(x)"),
		"comments that leave out": joined("\n", "# nthlayer disable promql/impossible (x@)\nx +"),
		"labels in by": func(n int) string {
			return expr("sum by (" + repeat(n, ",", "l@") + ") (x)" + strings.Repeat(" + y", n))
		},
		"one choice": func(n int) string { return expr(`x{a=~"` + repeat(n, "|", "v@.*") + `"} > 1`) },
		"brackets":   around("(", "x", ")"),
		"brackets in a regexp": func(n int) string {
			return expr(`x{a=~"` + strings.Repeat("(", n/4) + "b" + strings.Repeat(")", n/4) + `"} > 1`)
		},
		"quantiles of quantiles":    around("histogram_quantile(0.9, sum(", "x_bucket", "))"),
		"labels of a template":      func(n int) string { return annotated(repeat(n, " ", "{{ $labels.a }}")) },
		"rules of one name":         rules("", "  - alert: A\n    expr: x > @\n"),
		"records of one name":       rules("", "  - record: a:b:c\n    expr: x@\n"),
		"comments":                  rules("# comment @\n", alert),
		"suppressions":              rules("", "  # nthlayer disable promql/regexp-without-pattern (x)\n"+alert),
		"suppressions of a file":    rules("# pint file/disable promql/regexp(m@)\n", alert),
		"suppressions above a rule": rules("# nthlayer disable promql/impossible (x@)\n", alert),
		"labels of a group": func(n int) string {
			return "groups:\n- name: g\n  labels: {a: b, " + repeat(20, ", ", "l@: a") + "}\n  rules:\n" + repeat(n, "", alert)
		},
		"rules in one line": func(n int) string {
			return "groups: [{name: g, rules: [" + repeat(n, ",", `{alert: A@, expr: "x{a=~'b'} > 1"}`) + "]}]\n"
		},
	}
}

func shaped(text string) []File { return []File{{Name: "r.yaml", Data: []byte(text)}} }

// What is said very often takes as much memory as it is long, and no more: each of
// these once took the square of its length or worse, in memory and in time.
func TestWhatIsSaidVeryOftenTakesItsLength(t *testing.T) {
	const n = 500
	for name, text := range shapes() {
		allocated := func(n int) float64 {
			files := shaped(text(n))
			RuleFiles(t.Context(), files, Options{}) // what is made once is made
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			RuleFiles(t.Context(), files, Options{})
			runtime.ReadMemStats(&after)
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
		if ratio := allocated(2*n) / allocated(n); ratio > 2.8 {
			t.Errorf("%s: twice the text takes %.1f times the memory", name, ratio)
		}
	}
}

// Each operation compares the facts of both sides with each other, so that they must
// not add up.
func TestFactsDoNotAddUp(t *testing.T) {
	for _, name := range []string{"sums of other series", "labels in by", "anchored matchers", "and"} {
		for e := range Files(shaped(shapes()[name](1000))).Exprs(t.Context()) {
			labelVisitor{
				binary: func(_ *parser.BinaryExpr, left, right labelSet) {
					for _, s := range []labelSet{left, right} {
						if n := max(len(s.facts), len(s.names), len(s.gone), len(s.unsure)); n > maxKnown {
							t.Fatalf("%s: %d labels or facts are carried along", name, n)
						}
					}
				},
				aggregate: nil,
			}.labelsOf(e.AST)
		}
	}
}

// BenchmarkShapes reports how long a file takes that says one thing 2,000 times, and how
// much longer than one that says it half as often: 2 is linear.
func BenchmarkShapes(b *testing.B) {
	for name, text := range shapes() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			half, whole := shaped(text(1000)), shaped(text(2000))
			var first, second time.Duration
			for b.Loop() {
				first += took(half)
				second += took(whole)
			}
			b.ReportMetric(float64(second)/float64(first), "x")
			b.ReportMetric(float64(second.Milliseconds())/float64(b.N), "ms/2000")
		})
	}
}
