package lint

import (
	"regexp/syntax"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// promqlRegexp reports labels that are matched by a part of their value. That is a
// matter of taste, so a policy has to ask for it.
type promqlRegexp struct{ on bool }

func (promqlRegexp) Rule() Rule {
	return Rule{ID: "promql/regexp", Severity: report.Info, Title: "A label is matched by a part of its value"}
}

func (c promqlRegexp) CheckExpr(e *Expr) []report.Finding {
	if !c.on {
		return nil
	}
	var out []report.Finding
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		written := e.matchersOf(vs)
		for _, m := range vs.LabelMatchers {
			if m.Name != model.MetricNameLabel && matchesPart(m) {
				from, to := written.rangeOf(m)
				out = append(out, e.Finding(c.Rule().ID, c.Rule().Severity, from, to, m.String()+" picks series by a part of the value, which breaks when somebody names another one alike",
					"give what is picked here a label of its own, and compare that"))
			}
		}
		return nil
	})
	return out
}

// matchesPart reports whether a regular expression is text with anything in front
// of it or behind it, as foo.+ and .*foo.*. A class of numbers, as 5.*, is none:
// status codes are made to be matched so.
func matchesPart(m *labels.Matcher) bool {
	if m.Type != labels.MatchRegexp && m.Type != labels.MatchNotRegexp {
		return false
	}
	re, err := syntax.Parse(m.Value, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat {
		return false
	}
	text, anything := false, false
	for _, part := range re.Sub {
		switch {
		case isText(part):
			text = text || !isNumber(part)
		case part.Op == syntax.OpStar || part.Op == syntax.OpPlus:
			if of := part.Sub[0].Op; of != syntax.OpAnyChar && of != syntax.OpAnyCharNotNL {
				return false
			}
			anything = true
		case part.Op == syntax.OpBeginText || part.Op == syntax.OpEndText:
		default:
			return false
		}
	}
	return text && anything
}

// isText reports whether a part of a regular expression is a text, or a choice of
// texts.
func isText(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return true
	case syntax.OpCapture:
		return isText(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !isText(s) })
	default:
		return false
	}
}

func isNumber(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && !slices.ContainsFunc(re.Rune, func(r rune) bool { return r < '0' || r > '9' })
}
