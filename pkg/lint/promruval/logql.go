package promruval

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// word is one token of LogQL. Of the language only the form is read: brackets,
// strings, selectors, stages and the names of functions.
type word struct {
	text       string
	start, end int
}

// token matches a comment, a string, a name, a number, an operator or any other
// character.
var token = regexp.MustCompile("^(?:#[^\n]*|\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`]*`|[A-Za-z_][\\w:.]*|[0-9][\\w.]*|\\|=|\\|~|\\|>|!=|!~|!>|=~|[=<>]=|\\S)")

func words(text string) []word {
	var out []word
	for at := 0; at < len(text); {
		if strings.IndexByte(" \t\r\n", text[at]) >= 0 {
			at++
			continue
		}
		n := max(1, len(token.FindString(text[at:])))
		if text[at] != '#' {
			out = append(out, word{text[at : at+n], at, at + n})
		}
		at += n
	}
	return out
}

func (w word) name() bool {
	c := w.text[0]
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// quoted reports whether the token is a whole string.
func (w word) quoted() bool {
	return len(w.text) > 1 && (w.text[0] == '"' || w.text[0] == '`')
}

func logFault(e rulefile.Text, w word, message, fix string) []fault {
	return []fault{{e, w.start, w.end, message, fix}}
}

func isValidLogQL(*params) check {
	return func(t target) []fault {
		e := t.rule.Expr
		all := words(e.V)
		if f := unbalanced(e, all); f != nil {
			return f
		}
		selectors := 0
		for i, w := range all {
			switch w.text {
			case "'", `"`, "`":
				return logFault(e, w, "a string of LogQL stands in closed double quotes or backticks", "write it as \"...\"")
			case "{":
				selectors++
				if i > 0 && all[i-1].name() && !slices.Contains(joining(), all[i-1].text) {
					return logFault(e, all[i-1], "LogQL knows no metrics, and "+all[i-1].text+" stands before a selector", "select streams by their labels, as in {app=\"checkout\"}")
				}
				if f := selector(e, all[i:]); f != nil {
					return f
				}
			}
		}
		if selectors == 0 {
			return whole(e, "the expression is no LogQL: it selects no streams", "begin with a selector, as in {app=\"checkout\"}")
		}
		return nil
	}
}

// joining are the words that stand before a selector without being a metric.
func joining() []string {
	return []string{"and", "or", "unless", "on", "ignoring", "group_left", "group_right", "bool", "by", "without"}
}

// unbalanced tells the first bracket that is not closed, or closes nothing.
func unbalanced(e rulefile.Text, all []word) []fault {
	var open []word
	closing := map[string]string{")": "(", "]": "[", "}": "{"}
	for _, w := range all {
		switch w.text {
		case "(", "[", "{":
			open = append(open, w)
		case ")", "]", "}":
			if len(open) == 0 || open[len(open)-1].text != closing[w.text] {
				return logFault(e, w, w.text+" closes nothing", "remove it, or open the bracket")
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return logFault(e, open[len(open)-1], open[len(open)-1].text+" is not closed", "close it")
	}
	return nil
}

// selector tells what is wrong with the matchers of a selector, which ends before
// its }.
func selector(e rulefile.Text, all []word) []fault {
	end := slices.IndexFunc(all, func(w word) bool { return w.text == "}" })
	in := all[1:end]
	if len(in) == 0 {
		return logFault(e, all[0], "the selector matches every stream", "name at least one label, as in {app=\"checkout\"}")
	}
	for i := 0; i < len(in); i += 4 {
		ok := i+2 < len(in) && in[i].name() && slices.Contains([]string{"=", "!=", "=~", "!~"}, in[i+1].text) && in[i+2].quoted()
		if !ok || i+3 < len(in) && in[i+3].text != "," {
			return logFault(e, in[i], "the selector has a matcher that cannot be read", "write label=\"value\", with commas between matchers")
		}
	}
	return nil
}

func usesRangeAggregation(*params) check {
	return func(t target) []fault {
		all := words(t.rule.Expr.V)
		for i, w := range all[:max(0, len(all)-1)] {
			if all[i+1].text == "(" && slices.Contains(rangeAggregations(), w.text) {
				return nil
			}
		}
		return whole(t.rule.Expr, "the expression returns lines, and a rule needs numbers", "count the lines: sum(count_over_time({...}[5m])) > 0")
	}
}

// rangeAggregations are those of Loki 3.
func rangeAggregations() []string {
	return []string{
		"rate", "rate_counter", "count_over_time", "bytes_rate", "bytes_over_time", "absent_over_time", "sum_over_time", "avg_over_time",
		"max_over_time", "min_over_time", "first_over_time", "last_over_time", "stdvar_over_time", "stddev_over_time", "quantile_over_time",
	}
}

func usesFiltersFirst(*params) check {
	return func(t target) []fault {
		var out []fault
		all := words(t.rule.Expr.V)
		parsed, inside := false, false
		for i, w := range all {
			switch {
			case w.text == "{":
				parsed, inside = false, true
			case w.text == "}":
				inside = false
			case inside:
			case w.text == "|":
				parsed = true
			case parsed && lineFilter(all, i):
				out = append(out, logFault(t.rule.Expr, w, "the filter of lines stands behind another stage, which runs for every line", "move it before the other stages")...)
			}
		}
		return out
	}
}

// lineFilter reports whether a token begins a filter of lines. != and !~ also
// compare labels: then the name of the label stands before them.
func lineFilter(all []word, i int) bool {
	switch all[i].text {
	case "|=", "|~", "|>", "!>":
		return true
	case "!=", "!~":
		return i > 0 && (!all[i-1].name() || slices.Contains([]string{"json", "logfmt", "unpack", "decolorize"}, all[i-1].text))
	}
	return false
}
