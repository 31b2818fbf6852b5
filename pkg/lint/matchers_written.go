package lint

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/strutil"
)

// writtenMatchers are the matchers of one selector as they are written.
type writtenMatchers struct {
	selector *parser.VectorSelector
	// by has the label, the operator and the value of each; none for what is there
	// several times.
	by map[writtenMatcher][]parser.Item
}

type writtenMatcher struct {
	name     string
	operator parser.ItemType
	value    string
}

// matchersOf reads the matchers of a selector from the text.
func (e *Expr) matchersOf(vs *parser.VectorSelector) writtenMatchers {
	w := writtenMatchers{vs, map[writtenMatcher][]parser.Item{}}
	tokens := e.tokens(vs)
	for i := 0; i+2 < len(tokens); i++ {
		if tokens[i+2].Typ != parser.STRING {
			continue
		}
		value, err := strutil.Unquote(tokens[i+2].Val)
		if err != nil {
			continue
		}
		key := writtenMatcher{nameIn(tokens[i]), tokens[i+1].Typ, value}
		if _, again := w.by[key]; again {
			w.by[key] = nil
			continue
		}
		w.by[key] = tokens[i : i+3]
	}
	return w
}

// tokens returns the label, the operator and the value of a matcher; none where the
// selector does not have it once, in so many words.
func (w writtenMatchers) tokens(m *labels.Matcher) []parser.Item {
	operator := map[labels.MatchType]parser.ItemType{
		labels.MatchEqual: parser.EQL, labels.MatchNotEqual: parser.NEQ,
		labels.MatchRegexp: parser.EQL_REGEX, labels.MatchNotRegexp: parser.NEQ_REGEX,
	}[m.Type]
	return w.by[writtenMatcher{m.Name, operator, m.Value}]
}

// rangeOf returns the bytes of a matcher, or those of its selector where the place of
// the matcher is not sure.
func (w writtenMatchers) rangeOf(m *labels.Matcher) (from, to int) {
	if tokens := w.tokens(m); tokens != nil {
		return int(tokens[0].Pos), behind(tokens[2])
	}
	at := w.selector.PositionRange()
	return int(at.Start), int(at.End)
}

// nameIn returns the label that a token names, in quotes or without.
func nameIn(token parser.Item) string {
	if token.Typ == parser.STRING {
		if name, err := strutil.Unquote(token.Val); err == nil {
			return name
		}
	}
	return token.Val
}
