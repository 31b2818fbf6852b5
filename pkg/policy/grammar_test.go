package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// formula is a condition over the hour in two forms: as text, with parentheses
// only where the grammar needs them, and as what it means.
type formula struct {
	text string
	// binds is how tight the text's outermost operator binds: 0 for OR, 1 for
	// AND, 2 for NOT, 3 for a comparison.
	binds int
	holds func(hour int) bool
}

func (f formula) within(binds int) string {
	if f.binds < binds {
		return "(" + f.text + ")"
	}
	return f.text
}

func drawFormula(t *rapid.T, depth int) formula {
	shape := rapid.IntRange(0, 3).Draw(t, "shape")
	if depth == 0 {
		shape = 3
	}
	switch shape {
	case 0:
		l, r := drawFormula(t, depth-1), drawFormula(t, depth-1)
		word := rapid.SampledFrom([]string{"OR", "or", "||"}).Draw(t, "or")
		return formula{
			l.within(0) + " " + word + " " + r.within(0), 0,
			func(h int) bool { return l.holds(h) || r.holds(h) },
		}
	case 1:
		l, r := drawFormula(t, depth-1), drawFormula(t, depth-1)
		word := rapid.SampledFrom([]string{"AND", "and", "&&"}).Draw(t, "and")
		return formula{
			l.within(1) + " " + word + " " + r.within(1), 1,
			func(h int) bool { return l.holds(h) && r.holds(h) },
		}
	case 2:
		o := drawFormula(t, depth-1)
		word := rapid.SampledFrom([]string{"NOT ", "not ", "!"}).Draw(t, "not")
		return formula{word + o.within(2), 2, func(h int) bool { return !o.holds(h) }}
	}
	limit := rapid.IntRange(0, 23).Draw(t, "limit")
	if rapid.Bool().Draw(t, "in") {
		return formula{fmt.Sprintf("hour NOT IN [%d]", limit), 3, func(h int) bool { return h != limit }}
	}
	return formula{fmt.Sprintf("hour >= %d", limit), 3, func(h int) bool { return h >= limit }}
}

func TestGroupingIsThatOfTheGrammar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFormula(t, 4)
		compiled, err := Compile(f.text, nil)
		if err != nil {
			t.Fatalf("Compile(%s): %v", f.text, err)
		}
		for hour := range 24 {
			got, err := compiled.Eval(Context{Now: time.Date(2024, 12, 25, hour, 0, 0, 0, time.UTC)})
			if err != nil || got != f.holds(hour) {
				t.Fatalf("%s at %d: got %v, %v", f.text, hour, got, err)
			}
		}
	})
}

// FuzzCompile checks that a text is either refused with a place inside it or
// evaluates, twice the same, to a boolean or to a value that is not known.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`NOT freeze_period('2024-12-20', '2025-01-02') AND tier == 'critical'`,
		`business_hours(9, 18, 'Europe/Dublin') OR slo('latency').remaining < 25.5`,
		`hour NOT IN [1, 2] && !(label("a") =~ 'x\.y') || 'web' IN consumers`,
		`metadata.a.b == "it's" and between('22:00', '06:00') or day('fri', 'sat')`,
		"((true)) == false != `", `hour = 10`, `'`, `-1 < -hour`, `[`, `a(b(`, "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, condition string) {
		compiled, err := Compile(condition, nil)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("Compile returned %T", err)
			}
			if refused.Start < 0 || refused.Start > refused.End || refused.End > len(condition) {
				t.Fatalf("the error is about %d to %d of %d bytes", refused.Start, refused.End, len(condition))
			}
			if strings.Contains(refused.Message, "cannot be evaluated") {
				t.Fatalf("the translation is not an expression: %v", err)
			}
			return
		}
		for _, c := range []Context{{}, christmas()} {
			first, err := compiled.Eval(c)
			var unknown *UnknownError
			if err != nil && !errors.As(err, &unknown) {
				t.Fatalf("Eval: %v", err)
			}
			second, again := compiled.Eval(c)
			if first != second || (err == nil) != (again == nil) {
				t.Fatalf("two evaluations differ: %v, %v and %v, %v", first, err, second, again)
			}
		}
	})
}
