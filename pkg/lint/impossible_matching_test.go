package lint

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"pgregory.net/rapid"

	ours "github.com/nthlayer/action/pkg/promql"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestSidesThatNeverMatch(t *testing.T) {
	whole := func(expr string) exprCase { return exprCase{expr + " > 1", []string{expr}} }
	tryExpressions(t, "promql/impossible", organisation.Checks{}, []exprCase{
		// A side has lost a label that on(...) names.
		whole(`sum by (a) (x) / on (b) y`),
		whole(`sum by (a) (x) / on (b) group_left (c) y`),
		whole(`absent(x) / on (a) y`),
		whole(`sum without (a) (x) / on (a) sum by (a) (y)`),
		whole(`sum without (a) (x) * on (a) group_left () sum by (a) (y)`),
		whole(`max_over_time(sum(x)[5m:]) / on (a) y`),
		{`sum by (a) (x) and on (b) y > 1`, []string{`sum by (a) (x) and on (b) y > 1`}},
		{`sum by (a) (x) unless on (b) y > 1`, []string{`sum by (a) (x) unless on (b) y > 1`}},
		{`x unless on (a) sum(y) > 0`, []string{`x unless on (a) sum(y) > 0`}},
		{`absent(x{a="1"}) and on (b) y > 1`, []string{`absent(x{a="1"}) and on (b) y > 1`}},
		{`absent(x{a="1"}) and on (a) y > 1`, nil},
		{`sum by (a) (x) / on (a) y > 1`, nil},
		{`sum(x) / on () y > 1`, nil},
		{`sum(x) / on (a) sum(y) > 1`, nil}, // as if it were on ()
		{`(sum by (a) (x) or vector(0)) / on (a) y > 1`, nil},
		{`(sum(x) or y) / on (a) z > 1`, nil},
		{`sum(x) > on (a) (y or vector(0))`, nil},
		{`(sum by (a) (x) or vector(0)) / sum(y) > 1`, nil},
		{`label_replace(sum(x), "a", "$1", "b", "(.+)") / sum(y) > 1`, nil},
		{`label_replace(sum(x), "a", "b", "", "") / on (a) y > 1`, nil},
		{`label_join(sum(x), "a", "") / on (a) y > 1`, nil},
		{`label_join(sum by (a) (x), "a", "", "b") / sum(y) > 1`, nil}, // b is empty, and so is a
		{`label_replace(x, "a", "", "b", ".*") / on (a) sum(y) > 1`, nil},
		whole(`label_replace(x, "a", "$1", "b", "(.+):.*") / on (a) sum(y)`),
		whole(`label_join(sum by (a, b) (x), "a", "", "c", "b") / sum(y)`),
		{`count_values("a", x) / on (a) y > 1`, nil},
		{`info(x) / on (a) y > 1`, nil},
		{`histogram_quantiles(x, "a", 0.5, 0.9) / on (a) y > 1`, nil},
		{`x{a=""} / on (a) y > 1`, nil}, // series without the label are wanted
		{`x{a=~""} unless on (a) y > 1`, nil},
		{`sum by (a) (x) or on (b) y > 1`, nil},
		// A side groups by what the other has lost.
		whole(`sum without (a) (x) / sum by (a) (y)`),
		whole(`sum by (a, b) (x) / ignoring (c) sum by (a) (y)`),
		{`sum by (a, b) (x) / ignoring (b) sum by (a) (y) > 1`, nil},
		{`sum without (a) (x) / y > 1`, nil},
		{`sum(x) / y > 1`, nil}, // y may be a sum as well
		// Matchers leave no value that both sides have.
		whole(`x{a="1"} - x{a="2"}`),
		{`x{a="1"} and x{a="2"} > 1`, []string{`x{a="1"} and x{a="2"} > 1`}},
		whole(`sum by (a) (x{a="1"}) / sum by (a) (y{a="2"})`),
		whole(`x{a="1"} / on (a) y{a="2"}`),
		whole(`x{a=""} / on (a) y{a="1"}`),
		whole(`x{a=~"1|2"} - x{a="3"}`),
		whole(`x{a=~"1|2"} - x{a=~"3|4"}`),
		whole(`x{a="1"} - x{a!="1"}`),
		whole(`x{a=~".+"} / sum(y)`),
		whole(`x{a!~".+"} / on (a) y{a!=""}`),
		whole(`(x{a="1"} * 2) - abs(rate(x{a="2"}[5m]))`),
		whole(`(x and on (a) y{a="1"}) - on (a) x{a="2"}`),
		whole(`x * on (b) group_left (a) y{a="1"} / on (a, b) x{a="2"}`),
		whole(`(x * on (a) group_left () y{a="1"}) - x{a="2"}`),
		whole(`(x{a="1"} * y) - x{a="2"}`),
		whole(`x_bucket{le="1"} / x_count`),
		whole(`absent(x{a="1"}) / x{a="2"}`),
		{`x_bucket{le="1"} / ignoring (le) x_count > 1`, nil},
		{`x_bucket{le="1"} / r:x_count > 1`, nil},
		{`x{a="1"} / x_bucket{le="1"} > 1`, nil},
		{`x{a="1"} - x{a=~"1|2"} > 1`, nil},
		{`x{a=~"1.*"} - x{a=~"2.*"} > 1`, nil}, // not looked into
		{`x{a="1"} - ignoring (a) x{a="2"} > 1`, nil},
		{`x{a="1"} - on () x{a="2"} > 1`, nil},
		{`sum(x{a="1"}) - sum(x{a="2"}) > 1`, nil},
		{`x{a="1"} - on (b) x{a="2"} > 1`, nil},
		{`x{a="1"} or x{a="2"} > 1`, nil},
		{`(x{a="1"} or x) - x{a="2"} > 1`, nil},
		{`(x{a="1"} or x{a="1",b="2"}) - x{a="2"} > 1`, []string{`(x{a="1"} or x{a="1",b="2"}) - x{a="2"}`}},
		{`label_replace(x{a="1"}, "a", "2", "", "") - x{a="2"} > 1`, nil},
		{`x{a="1"} * on (b) group_left (a) y > 0 and x{a="2"}`, nil},
		{`{__name__="x"} - {__name__="y", a="1"} > 1`, nil},
		{`x{a="1", a="2"} - x{a="3"} > 1`, []string{`x{a="1", a="2"}`}},
	})
}

// TestSidesThatAreFilledInHaveResultsOfOneSide reads the fill modifiers, which a server
// has to switch on.
func TestSidesThatAreFilledInHaveResultsOfOneSide(t *testing.T) {
	for _, text := range []string{`sum by (a) (x) / on (b) fill (0) y`, `x{a="1"} - fill_left (0) x{a="2"}`, `(x{a="1"} * fill (0) y) - x{a="2"}`} {
		ast, err := parser.NewParser(parser.Options{EnableBinopFillModifiers: true}).ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range (promqlImpossible{}).CheckExpr(&Expr{Text: rulefile.Text{V: text}, AST: ast}) {
			t.Errorf("%s: %s", text, f.Message)
		}
	}
}

func TestSidesAreToldApart(t *testing.T) {
	for expr, want := range map[string]string{
		`sum by (a) (x) / on (b) y`:               "the two sides of / never match by b: the left side has no label b; keep b in what the left side computes, or remove b from on (...)",
		`x unless on (a) sum(y)`:                  "unless on (a) removes no series with the label a: the right side has no label a; keep a in what the right side computes, or remove a from on (...)",
		`x{a="1"} unless x{a="2"}`:                `unless never removes anything: the left side has only series with a="1", and the right side with a="2"; select the same a on both sides, or match with ignoring (a)`,
		`x_bucket{le="1"} / ignoring (c) x_count`: "the two sides of / never match: the right side has no label le; match with ignoring (c, le)",
		`x{a=""} / on (a) y{a="1"}`:               `the two sides of / never match: the left side has only series with a="", and the right side with a="1"; select the same a on both sides, or remove a from on (...)`,
		`x * on (a) group_left (b) y{b=""}`:       "group_left or group_right asks for the label b, which the right side does not have; keep b in what the right side computes, or take it out of the brackets",
	} {
		found := promqlImpossible{}.CheckExpr(exprFrom(t, expr))
		if len(found) != 1 || found[0].Message+"; "+found[0].Suggestion != want {
			t.Errorf("%s: %+v, want %q", expr, found, want)
		}
	}
}

func TestOneMistakeIsOneFinding(t *testing.T) {
	for _, expr := range []string{
		`sum(x) by (a) / on (b) sum(y) by (b)`, `sum(x) by (a) / on (b) y`, `x * on (a) group_left (b) sum(y)`, `sum by (a, b) (x{a="1"}) / on (a) y{a="2"}`,
	} {
		e := exprFrom(t, expr)
		found := append(promqlImpossible{}.CheckExpr(e), promqlVectorMatching{}.CheckExpr(e)...)
		if len(found) != 1 || found[0].Rule != "promql/impossible" {
			t.Errorf("%s: %+v", expr, found)
		}
	}
}

func exprFrom(t *testing.T, text string) *Expr {
	t.Helper()
	e := newExpr(rulefile.Text{V: text})
	if e.AST == nil {
		t.Fatalf("%s: %v", text, e.Errors)
	}
	return e
}

// TestNothingMatchesWhatIsCalledUnmatched makes up operations and asks Prometheus's
// own engine for a series of each that is called impossible.
func TestNothingMatchesWhatIsCalledUnmatched(t *testing.T) {
	engine := newEngine()
	full, sparse := promqltest.LoadedStorage(t, labelled("1", "2")), promqltest.LoadedStorage(t, labelled("", "1", "2"))
	told, returned := 0, 0
	check := func(rt *rapid.T, text string) {
		ast, err := ours.Parse(text)
		if err != nil {
			return
		}
		n := ast.(*parser.BinaryExpr)
		u := unmatched(n.VectorMatching, labelVisitor{}.labelsOf(n.LHS), labelVisitor{}.labelsOf(n.RHS))
		if u.label == "" {
			returned += min(1, len(answer(t, engine, full, text)))
			return
		}
		told++
		if result := answer(t, engine, full, text); len(result) > 0 {
			rt.Errorf("%s is called impossible (%+v) and returns %v", text, u, result)
		}
		if result := answer(t, engine, sparse, text); u.without == "" && len(result) > 0 {
			rt.Errorf("%s is called impossible (%+v) and returns %v of series without labels", text, u, result)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		for range 20 {
			check(rt, matchingOperation(rt))
		}
	})
	if told < 100 || returned < 20 {
		t.Errorf("of 2,000 operations %d were called impossible and %d returned something: the test says little", told, returned)
	}
}

// labelled returns series of two metrics with all combinations of values of the
// labels a, b and c.
func labelled(values ...string) string {
	var b strings.Builder
	b.WriteString("load 1m\n")
	for _, name := range []string{"x", "y"} {
		for i := range len(values) * len(values) * len(values) {
			of := func(place int) string { return values[i/place%len(values)] }
			fmt.Fprintf(&b, "  %s{a=%q, b=%q, c=%q} 0+%dx60\n", name, of(1), of(len(values)), of(len(values)*len(values)), 1+i%9)
		}
	}
	return b.String()
}

// answer returns the result of an expression, none where it fails.
func answer(t *testing.T, engine promql.QueryEngine, data queryable, text string) promql.Vector {
	t.Helper()
	q, err := engine.NewInstantQuery(context.Background(), data, nil, text, time.Unix(0, 0).Add(30*time.Minute))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer q.Close()
	v, _ := q.Exec(context.Background()).Vector() // several series that match one are an error
	return v
}

// matchingOperation makes up an operation between two sides.
func matchingOperation(t *rapid.T) string {
	some := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "some") }
	names := func() string { return some("", "a", "b", "a, b", "b, c") }
	selector := func() string {
		matcher := func() string {
			return some("a", "b", "c") + some(`="1"`, `="2"`, `=""`, `!="1"`, `!=""`, `=~"1|2"`, `=~"1|3"`, `!~"1|2"`, `=~".+"`, `!~".+"`, `=~""`)
		}
		return some("x", "y") + some("", "{"+matcher()+"}", "{"+matcher()+", "+matcher()+"}")
	}
	var side func(depth int) string
	side = func(depth int) string {
		if depth == 0 {
			return selector()
		}
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			return some("sum", "max", "count") + some(" by (", " without (") + names() + ") (" + side(depth-1) + ")"
		case 1:
			return some("abs", "-", "2 * ", "sort") + "(" + side(depth-1) + ")"
		case 2:
			return `label_replace(` + side(depth-1) + `, "` + some("a", "b") + `", "` + some("1", "2") + `", "c", ".*")`
		case 3:
			return "(" + side(depth-1) + some(" and ", " unless ", " or ", " / ") + some("", "on ("+names()+") ", "ignoring ("+names()+") ") + side(depth-1) + ")"
		case 4:
			return "(" + side(depth-1) + " * on (" + some("a", "b") + ") group_left (" + some("", "c") + ") max by (a, b, c) (" + selector() + "))"
		case 5:
			return some("absent", "max_over_time", "rate") + "(" + selector() + "[5m:1m])"
		}
		return selector()
	}
	top := func() string {
		return some("%s", "%s", `label_replace(%s, "a", "$1", "c", "(1|2)")`, `label_join(%s, "a", "", "b")`)
	}
	return fmt.Sprintf(top(), side(2)) + some(" and ", " / ", " - ") + some("", "on ("+names()+") ", "ignoring ("+names()+") ") + fmt.Sprintf(top(), side(2))
}
