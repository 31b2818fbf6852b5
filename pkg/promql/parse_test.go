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
	for name, text := range map[string]string{
		"string":           `x{a="` + strings.Repeat("b", promql.MaxExprBytes) + `"}`,
		"nesting":          strings.Repeat("-", promql.MaxCodeBytes) + "x",
		"after a string":   `x{a="\""} ` + strings.Repeat("*1", promql.MaxCodeBytes/2),
		"quote in comment": "# don't\n" + strings.Repeat("-", promql.MaxCodeBytes) + "x # can't",
		"backslash in ``":  "x{a=`\\`}" + strings.Repeat("*1", promql.MaxCodeBytes/2) + "*x{b=`c`}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := promql.Parse(text)
			if err == nil || !strings.Contains(err.Error(), "bytes long") {
				t.Errorf("Parse of %d bytes = %v, want an error about the length", len(text), err)
			}
		})
	}
	mustParse(t, `x{a=~"`+strings.Repeat("name|", promql.MaxCodeBytes)+`"}`)
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
