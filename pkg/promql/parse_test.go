package promql_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
)

// mustParse parses text that the test relies on.
func mustParse(t testing.TB, text string) parser.Expr {
	t.Helper()
	expr, err := promql.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return expr
}

func TestParseSaysWhereTheExpressionIsWrong(t *testing.T) {
	tests := map[string]struct {
		text string
		want promql.SyntaxError
	}{
		"missing parenthesis": {
			text: "sum(rate(x[5m])",
			want: promql.SyntaxError{Message: "unclosed left parenthesis", Start: 15, End: 15},
		},
		"second line": {
			text: "sum(x)\n+ * y",
			want: promql.SyntaxError{Message: "unexpected <op:*>", Start: 9, End: 10},
		},
		"bytes, not characters": {
			text: `x{a="é"} ++ `,
			want: promql.SyntaxError{Message: "unexpected end of input", Start: 13, End: 13},
		},
		"wrong type": {
			text: "rate(x)",
			want: promql.SyntaxError{Message: "expected type range vector in call to function \"rate\", got instant vector", Start: 5, End: 6},
		},
		"unknown function": {
			text: "ratee(x[5m])",
			want: promql.SyntaxError{Message: "unknown function with name \"ratee\"", Start: 0, End: 5},
		},
		"empty": {
			text: "",
			want: promql.SyntaxError{Message: "no expression found in input"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			expr, err := promql.Parse(tt.text)
			if expr != nil {
				t.Errorf("Parse(%q) returned an expression along with an error", tt.text)
			}
			var got *promql.SyntaxError
			if !errors.As(err, &got) {
				t.Fatalf("Parse(%q) = %v, want a *SyntaxError", tt.text, err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParseAllNamesEveryError(t *testing.T) {
	_, errs := promql.ParseAll("rate(x) + increase(y)")
	var at []int
	for _, e := range errs {
		at = append(at, e.Start)
	}
	if diff := cmp.Diff([]int{5, 19}, at); diff != "" {
		t.Errorf("positions of errors (-want +got):\n%s", diff)
	}
}

func TestParseRefusesEndlessText(t *testing.T) {
	code, operators := promql.MaxCodeBytes, promql.MaxOperators
	for name, c := range map[string]struct{ text, of string }{
		"string":           {`x{a="` + strings.Repeat("b", promql.MaxExprBytes) + `"}`, "bytes long"},
		"code":             {"sum by (" + strings.Repeat("a,", code/2) + "b) (x)", "without its strings"},
		"behind a string":  {`x{a="\""} + y{` + strings.Repeat("a='',", code/4) + "}", "without its strings"},
		"backslash in ``":  {"x{a=`\\`}" + strings.Repeat("*1", operators) + "*x{b=`c`}", "operators"},
		"signs":            {strings.Repeat("-", operators) + "-x", "operators"},
		"powers":           {"x" + strings.Repeat("^1", operators) + "^1", "operators"},
		"or":               {"x" + strings.Repeat(" or x", operators) + " OR x", "operators"},
		"other words":      {"x" + strings.Repeat(" and(x)or(x)", operators/4) + strings.Repeat("unless x\natan2 x ", operators/8) + strings.Repeat("+x", operators/4) + "or x", "operators"},
		"parentheses":      {strings.Repeat("(", operators) + "(x)" + strings.Repeat(")", operators), "operators"},
		"subqueries":       {"x" + strings.Repeat("[1m:]", operators) + "[1m:]", "operators"},
		"quote in comment": {"# don't\n" + strings.Repeat("-", operators) + "-x # can't", "operators"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := promql.ParseAll(c.text)
			if len(errs) != 1 || errs[0].Kind != promql.TooLong || !strings.Contains(errs[0].Message, c.of) {
				t.Errorf("%d bytes gave %v, want an error about %s", len(c.text), errs, c.of)
			}
		})
	}
}

// TestParseReadsWhatPeopleWrite holds expressions that are long and not deep.
func TestParseReadsWhatPeopleWrite(t *testing.T) {
	for _, text := range []string{
		`x{a=~"` + strings.Repeat("name|", promql.MaxCodeBytes/4) + `"}`,
		"foo" + strings.Repeat(" or foo", 44_000/len(" or foo")),
		"0" + strings.Repeat(` + sum(rate(http_requests_total{job="a",code=~"5.."}[5m]))`, 1000),
		"x{" + strings.Repeat("a!='',", promql.MaxOperators) + "}",
		"x" + strings.Repeat(" or (y)", promql.MaxOperators-2),
	} {
		if _, err := promql.Parse(text); err != nil {
			t.Errorf("%d bytes, %.20s: %v", len(text), text, err)
		}
	}
}

// TestExperimentalSyntaxIsToldFromMistakes takes the words of the parser itself.
func TestExperimentalSyntaxIsToldFromMistakes(t *testing.T) {
	for text, want := range map[string]promql.ErrorKind{
		"rate(x[5m * 2])":                     promql.Experimental,
		"x offset (1h + 5m)":                  promql.Experimental,
		"rate(x[5m] anchored)":                promql.Experimental,
		"x smoothed":                          promql.Experimental,
		"x + fill(0) y":                       promql.Experimental,
		`x{a="experimental and not enabled"`:  promql.Invalid,
		`experimental_is_not_enabled(x)`:      promql.Invalid,
		`sum(rate(x[5m * 2]) by (a`:           promql.Invalid,
		`sum by ("experimental not enabled" `: promql.Invalid,
	} {
		_, errs := promql.ParseAll(text)
		if len(errs) == 0 || errs[len(errs)-1].Kind != want {
			t.Errorf("%s gave %v, want the kind %q", text, errs, want)
		}
	}
	for _, text := range []string{"mad_over_time(x[5m])", `sort_by_label(x, "a")`, "info(x)", `info(x, {a="b"})`, "limitk(2, x)", "limit_ratio(0.5, x)"} {
		if got := promql.Selectors(mustParse(t, text)); len(got) != 1 || got[0].Name != "x" {
			t.Errorf("%s has the selectors %v, want x", text, got)
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{30 * 24 * time.Hour, "30d"},
		{28 * 24 * time.Hour, "28d"},
		{90 * time.Minute, "1h30m"},
		{90 * time.Second, "90s"},
		{time.Minute, "1m"},
		{5 * time.Minute, "5m"},
		{150 * time.Second, "2m30s"},
		{1500 * time.Millisecond, "1s500ms"},
		{36*time.Hour + 10*time.Millisecond, "1d12h10ms"},
		{0, "0s"},
		{-5 * time.Minute, "-5m"},
		{time.Duration(-1 << 63), "-106751d23h47m16s854ms"},
	}
	for _, tt := range tests {
		if got := promql.Duration(tt.d); got != tt.want {
			t.Errorf("Duration(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestDurationReadsBackAsItself(t *testing.T) {
	for _, d := range []time.Duration{time.Millisecond, 90 * time.Second, 119 * time.Second, 31*24*time.Hour + 61*time.Second} {
		expr := mustParse(t, "x["+promql.Duration(d)+"]")
		if got := expr.(*parser.MatrixSelector).Range; got != d {
			t.Errorf("x[%s] has range %v, want %v", promql.Duration(d), got, d)
		}
	}
}
