package dashboard

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// unknownVariable finds variables in queries that nobody sets, where the query may
// return something all the same. Where it returns nothing the panel is without data,
// which panelWithoutData tells.
func unknownVariable() rule {
	r := lint.Rule{ID: "dashboard/unknown-variable", Severity: report.Warning, Title: "A query uses a variable that the dashboard does not have"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, p := range b.all() {
			if !p.seen() {
				continue
			}
			for _, t := range p.targets {
				for _, u := range t.unset(b) {
					if !u.empties {
						out = append(out, t.unknown(r, b, u, ": it asks for the text "+t.expr.text[u.start:u.end]))
					}
				}
			}
		}
		return out
	}}
}

// unknown returns a finding about a variable that nobody sets.
func (t *target) unknown(r lint.Rule, b *board, u unset, meaning string) found {
	message := fmt.Sprintf("a query of %s uses the variable %s, which the dashboard does not have%s", t.panel.where(), u.name, meaning)
	fix := report.DidYouMean(u.name, b.names())
	if fix == "" {
		fix = "add it below " + b.key("templating") + ", or write the value"
	}
	return t.of(t.expr.asText().Finding(r.ID, r.Severity, u.start, u.end, message, fix))
}

// unset is a variable in a query that nobody sets: Grafana leaves its name in the
// query as it stands.
type unset struct {
	use
	// empties is set where the query returns nothing because of it.
	empties bool
}

// unset returns the variables of a query that nobody sets.
func (t *target) unset(b *board) []unset {
	// The groups of a regular expression are written as variables are.
	if t.kind == otherSource || t.expr == nil || strings.Contains(t.expr.text, "label_replace") || strings.Contains(t.expr.text, "label_format") {
		return nil
	}
	q := t.expr.text
	s := scan{q: q}
	var out []unset
	for _, u := range uses(q) {
		in := s.to(u.start)
		// Behind a backslash it is the end of a text in a regular expression.
		if in.quote == comment || b.knows(u.name) || u.start > 0 && q[u.start-1] == '\\' {
			continue
		}
		name := q[u.start:u.end]
		switch {
		case in.quote == 0: // the source refuses the query
			out = append(out, unset{u, true})
		case t.kind == loki:
			out = append(out, unset{u, emptiesLogs(q, s.opened, name)})
		default:
			out = append(out, unset{u, t.read.emptiedBy(name)})
		}
	}
	return out
}

// emptiedBy reports whether a query returns nothing because the text of a variable
// stands in it.
func (r reading) emptiedBy(name string) bool {
	return r.ast != nil && !shows(r.ast, func(s *parser.VectorSelector) bool {
		return !slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool {
			return m.Type == labels.MatchEqual && strings.Contains(m.Value, name) || m.Type == labels.MatchRegexp && requires(m.Value, name)
		})
	})
}

var (
	inside = regexp.MustCompile("\"(\\\\.|[^\"\\\\])*\"|`[^`]*`")
	// answering matches what returns something in LogQL although a part is empty.
	answering = regexp.MustCompile(`\b(or|unless|vector|absent_over_time)\b`)
	// keeping matches the operators that keep what equals or matches.
	keeping = regexp.MustCompile(`(\|>|[^!]=|(=~|\|~))\s*$`)
)

// emptiesLogs reports whether a query of LogQL returns nothing because the text of a
// variable stands in the quotes that open there.
func emptiesLogs(q string, opened int, name string) bool {
	m := keeping.FindStringSubmatch(q[:opened])
	if m == nil || answering.MatchString(inside.ReplaceAllString(q, `""`)) {
		return false
	}
	pattern := m[2] != ""
	return !pattern || requires(strings.Trim(inside.FindString(q[opened:]), "\"`"), name)
}

// requires reports whether all that a regular expression matches has a text in it.
// In place of the text the expression is read with a word that nobody writes, because
// a dollar means something there.
func requires(pattern, name string) bool {
	re, err := syntax.Parse(strings.ReplaceAll(pattern, name, unsetWord), syntax.Perl)
	return err == nil && needsWord(re)
}

const unsetWord = "nobodysetsthis"

func needsWord(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return strings.Contains(string(re.Rune), unsetWord)
	case syntax.OpConcat:
		return slices.ContainsFunc(re.Sub, needsWord)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !needsWord(s) })
	case syntax.OpCapture, syntax.OpPlus:
		return needsWord(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && needsWord(re.Sub[0])
	default:
		return false
	}
}
