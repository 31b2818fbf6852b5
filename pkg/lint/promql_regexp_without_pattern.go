package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// promqlRegexpWithoutPattern reports regular expressions that say no more than a
// plain comparison, and anchors that Prometheus adds by itself.
type promqlRegexpWithoutPattern struct{}

func (promqlRegexpWithoutPattern) Rule() Rule {
	return Rule{ID: "promql/regexp-without-pattern", Severity: report.Info, Title: "A regular expression without a pattern"}
}

func (c promqlRegexpWithoutPattern) CheckExpr(e *Expr) []report.Finding {
	var out []proposal
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		written := e.matchersOf(vs)
		for _, m := range vs.LabelMatchers {
			message, fix, better := needlessRegexp(m)
			if message == "" {
				continue
			}
			from, to := written.rangeOf(m)
			p := e.propose(c.Rule(), from, to, message, fix, e.replaceMatcher(written.tokens(m), better)...)
			if _, sides := withoutAnchors(m.Value); len(p.changes) == 0 && sides == 1 {
				p.Fix = &report.Fix{Why: "with one anchor alone, more than the whole value may be meant to match"}
			}
			out = append(out, p)
		}
		return nil
	})
	return e.settle(c, out)
}

// needlessRegexp says what is wrong with a matcher, and which one says the same.
func needlessRegexp(m *labels.Matcher) (message, fix string, better *labels.Matcher) {
	plain := labels.MatchEqual
	switch m.Type {
	case labels.MatchRegexp:
	case labels.MatchNotRegexp:
		plain = labels.MatchNotEqual
	case labels.MatchEqual, labels.MatchNotEqual:
		return "", "", nil
	}
	trimmed, sides := withoutAnchors(m.Value)
	text, literal := unescape(trimmed)
	switch {
	case trimmed == ".+" && m.Type == labels.MatchNotRegexp:
		better = labels.MustNewMatcher(labels.MatchEqual, m.Name, "")
		return m.String() + " takes only series without the label", "write " + better.String(), better
	case trimmed == ".*" && m.Type == labels.MatchRegexp:
		return m.String() + " holds for every series, with the label and without it", "leave it out, or write " + m.Name + `!="" for series that have the label`, nil
	case sides == 1 && literal:
		return m.String() + " matches only exactly " + text + ": Prometheus adds both anchors, and not just this one",
			"write " + labels.MustNewMatcher(plain, m.Name, text).String() + ", or add .* where more may stand", nil
	case literal:
		better = labels.MustNewMatcher(plain, m.Name, text)
		return m.String() + " is a regular expression without a pattern", "write " + better.String(), better
	case trimmed != m.Value && !choosesAtTop(trimmed):
		better := labels.MustNewMatcher(labels.MatchEqual, m.Name, trimmed)
		fix := "write " + m.Name + m.Type.String() + strings.TrimPrefix(better.String(), m.Name+"=")
		better, err := labels.NewMatcher(m.Type, m.Name, trimmed)
		if err != nil || sides == 1 && !open(trimmed) { // what repeated the anchor would repeat nothing; or more was meant to match
			better = nil
		}
		return m.String() + " has anchors that Prometheus adds by itself", fix, better
	}
	return "", "", nil
}

// flags are set for all of a regular expression that they begin.
var flags = regexp.MustCompile(`^\(\?[a-zA-Z]+\)`)

// withoutAnchors returns a regular expression without those at its ends, and at how
// many ends it had one.
func withoutAnchors(re string) (trimmed string, sides int) {
	head := flags.FindString(re)
	whole := re[len(head):]
	trimmed = strings.TrimLeft(whole, "^")
	if trimmed != whole {
		sides++
	}
	before := trimmed
	for strings.HasSuffix(trimmed, "$") && !strings.HasSuffix(trimmed, `\$`) {
		trimmed = strings.TrimSuffix(trimmed, "$")
	}
	if trimmed != before {
		sides++
	}
	return head + trimmed, sides
}

// open reports whether a regular expression lets anything stand at one of its ends.
func open(re string) bool {
	for _, anything := range []string{".*", ".+"} {
		if strings.HasPrefix(re, anything) || strings.HasSuffix(re, anything) {
			return true
		}
	}
	return false
}

// replaceMatcher returns the changes that write a matcher as another one of the
// same label.
func (e *Expr) replaceMatcher(tokens []parser.Item, better *labels.Matcher) []change {
	if better == nil || tokens == nil {
		return nil
	}
	operator, value := tokens[1], tokens[2]
	text, ok := quotedAs(value.Val, better.Value)
	if !ok {
		return nil
	}
	changes := append([]change{{int(operator.Pos), behind(operator), better.Type.String()}}, narrowed(int(value.Pos), value.Val, text)...)
	return slices.DeleteFunc(changes, func(c change) bool { return e.V[c.from:c.to] == c.text })
}

// unescape returns the text that a regular expression stands for, if it stands
// for one text only.
func unescape(re string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		if re[i] != '\\' {
			if strings.IndexByte(`.*+?()|[]{}^$`, re[i]) >= 0 {
				return "", false
			}
			b.WriteByte(re[i])
			continue
		}
		i++
		if i == len(re) || strings.IndexByte(`.*+?()|[]{}^$\-/:@_ `, re[i]) < 0 {
			return "", false
		}
		b.WriteByte(re[i])
	}
	return b.String(), true
}

// choosesAtTop reports whether a regular expression has a choice outside of all
// brackets, of which an anchor would be part of one side. Where brackets are not
// sure, as behind a backslash, it has.
func choosesAtTop(re string) bool {
	if strings.ContainsAny(re, `\\[`) {
		return strings.Contains(re, "|")
	}
	depth := 0
	for _, c := range re {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}
