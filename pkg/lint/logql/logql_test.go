package logql

import (
	"testing"
)

// verdict says in short what became of a query.
func verdict(text string) string {
	q := Parse(text)
	switch {
	case q.Fault != nil:
		return "fault " + text[q.Fault.Start:q.Fault.End]
	case q.Outside != nil:
		return "outside " + text[q.Outside.Start:q.Outside.End]
	case q.Lines:
		return "lines"
	}
	return "numbers"
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`{app="a"}`: "lines",
		`{app="a", env!=""} |= "x" != "y" |~ "z.*" !~ ` + "`\\d`":                         "lines",
		`{app="a"} |= "x" or "y"`:                                                         "lines",
		`{app="a"} | json | level="error" and status>=500`:                                "lines",
		`{app="a"} | logfmt --strict msg="message" | drop __error__, x="y"`:               "lines",
		`sum by (app) (count_over_time({app="a"} |= "x" [5m])) > 0`:                       "numbers",
		`sum(rate({app="a"}[5m] |= "x")) by (app) / sum(rate({app="a"}[5m]))`:             "numbers",
		`topk(5, sum by (app) (rate({app="a"} | json | unwrap bytes [1h30m] offset 5m)))`: "numbers",
		`quantile_over_time(0.99, {app="a"} | logfmt | unwrap ms [5m]) by (app) > bool 1`: "numbers",
		`absent_over_time({app="a"}[1h]) or vector(0)`:                                    "numbers",
		"# why\nsum(rate({app=\"a\"}[1m])) # more":                                        "numbers",
		`sum(rate({app="a"} | label_format a=b [5m]))`:                                    "outside label_format",
		`sum(rate({app="a"} |= ip("10.0.0.0/8") [5m]))`:                                   "outside ip",
		`sum(later_function({app="a"}[5m]))`:                                              "outside later_function",
		`count_over_time(({app="a"})[5m])`:                                                "outside (",
		`label_replace(rate({app="a"}[5m]), "a", "$1", "b", "(.*)")`:                      "outside label_replace",
		`rate({app="a"} | unwrap duration(x) [5m])`:                                       "outside unwrap",
		`{app=~".*"}`:                `fault {app=~".*"}`,
		`{}`:                         "fault {}",
		`{app!="a"}`:                 `fault {app!="a"}`,
		`{app=a}`:                    "fault a",
		`{app="a"`:                   "fault {",
		`{app="a"} |= "x`:            `fault "`,
		`{app="a"} |~ "("`:           `fault "("`,
		`{app=~"("}`:                 `fault "("`,
		`sum(rate({app="a"}))`:       `fault rate({app="a"})`,
		`sum(rate({app="a"}[5]))`:    "fault 5",
		`sum(rate({app="a"}[5m])) >`: "fault >",
		`sum({app="a"})`:             "fault {",
		`sum(rate({app="a"}[5m])))`:  "fault )",
		``:                           "fault ",
	} {
		if got := verdict(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`sum by (app) (count_over_time({app="a"} | json | a="b" |~ "x" [5m])) > 0`)
	f.Add(`topk(5, -(rate({a=~"b"}[1h] offset -5m))) unless on (a) vector(1)`)
	f.Fuzz(func(t *testing.T, text string) {
		q := Parse(text)
		for _, s := range []*Span{q.Outside, q.Fault.span()} {
			if s != nil && (s.Start < 0 || s.Start > s.End || s.End > len(text)) {
				t.Errorf("%q: the place %v is outside of the text", text, *s)
			}
		}
	})
}

func (f *Fault) span() *Span {
	if f == nil {
		return nil
	}
	return &f.Span
}
