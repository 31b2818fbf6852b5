package dashboard

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// contradiction says what a finding of promql/impossible means: where the whole query
// returns nothing because of it, the panel is without data; where a part of it is in
// vain, that is information under its own name.
func (t *target) contradiction(h hit) []found {
	f := h.Finding
	switch t.read.effectOf(h) {
	case unknown:
		return nil
	case inVain:
		f.Severity, f.Message = report.Info, "in "+t.panel.where()+": "+f.Message
	case empty:
		r := panelWithoutData()
		f.Rule, f.Severity, f.Message = r.ID, r.Severity, "a query of "+t.panel.where()+" never returns anything: "+f.Message
	}
	return []found{t.of(f)}
}

// effect is what a contradiction in a query does to its result.
type effect uint8

const (
	// unknown is a contradiction that a value of a variable may solve.
	unknown effect = iota
	inVain
	empty
)

// effectOf says what a finding of promql/impossible means for the whole query.
func (r reading) effectOf(h hit) effect {
	out := inVain
	parser.Inspect(r.ast, func(n parser.Node, path []parser.Node) error {
		if n == nil { // on the way back up
			return nil
		}
		if at := n.PositionRange(); int(at.Start) != h.start || int(at.End) != h.end {
			return nil
		}
		switch n := n.(type) {
		case *parser.VectorSelector:
			if !contradicts(n.LabelMatchers) {
				out = unknown
				return nil
			}
		case *parser.BinaryExpr:
			if h.names || r.valueIn(h) {
				out = unknown
				return nil
			}
			// Of unless and of group_left only a part is in vain.
			if n.Op == parser.LOR || n.Op == parser.LUNLESS || n.VectorMatching != nil && len(n.VectorMatching.Include) > 0 {
				return nil
			}
		default:
			return nil
		}
		if !answersWithout(path, n) {
			out = empty
		}
		return nil
	})
	return out
}

// valueIn reports whether a variable stands for a number or for a part of the query
// there, of which nobody knows what it does.
func (r reading) valueIn(h hit) bool {
	return slices.ContainsFunc(r.variablesIn(h.start, h.end), func(i int) bool {
		return !slices.Contains([]setting{inQuotes, asValue, asDuration, asNumber}, r.where[i])
	})
}

// contradicts reports whether matchers exclude each other whatever the variables hold.
func contradicts(ms []*labels.Matcher) bool {
	for _, equal := range ms {
		if equal.Type != labels.MatchEqual || standsIn.MatchString(equal.Value) {
			continue
		}
		for _, m := range ms {
			if m == equal || m.Name != equal.Name || m.Matches(equal.Value) {
				continue
			}
			// With text around the variable a value is never empty.
			around := m.Type == labels.MatchEqual && equal.Value == "" && standsIn.ReplaceAllString(m.Value, "") != ""
			if around || !standsIn.MatchString(m.Value) {
				return true
			}
		}
	}
	return false
}

// answersWithout reports whether one of the expressions around a node returns
// something without it.
func answersWithout(path []parser.Node, n parser.Node) bool {
	at := n.PositionRange().Start
	return slices.ContainsFunc(path, func(p parser.Node) bool {
		switch p := p.(type) {
		case *parser.BinaryExpr:
			m := p.VectorMatching
			fills := m != nil && (m.FillValues.LHS != nil || m.FillValues.RHS != nil)
			return fills || p.Op == parser.LOR || p.Op == parser.LUNLESS && at >= p.RHS.PositionRange().Start
		case *parser.Call:
			return slices.Contains([]string{"absent", "absent_over_time", "scalar"}, p.Func.Name)
		}
		return false
	})
}
