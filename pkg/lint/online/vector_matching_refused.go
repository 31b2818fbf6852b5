package online

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// errRefused stands for a refusal that is not looked into by asking in halves: which of
// the operations is refused is asked in another way.
var errRefused = errors.New("the query is refused")

// atOnce is query without halves of what is refused.
func (m *meter) atOnce(ctx context.Context, query string) (source.Answer, error) {
	answer, err := m.query(ctx, query)
	if Refused(err) {
		return answer, errRefused
	}
	return answer, err
}

// refused returns which of the operations have no match now, by set operations: these
// take any number of matches.
func (c *vectorMatchingSampled) refused(ctx context.Context, a *Asking, list []*operation) []*operation {
	byText := map[string][]*operation{}
	for _, o := range list {
		text := setOperation(o.evaluated)
		byText[text] = append(byText[text], o)
	}
	m := &meter{source: a.source, at: a.At}
	var open []*operation
	a.each(ctx, sorted(byText), counted, m.query, func(text, _ string, found []source.Series, err error) {
		for _, o := range byText[text] {
			if o.doubt = err; err == nil && len(found) == 0 {
				open = append(open, o)
			}
		}
	})
	return open
}

// setOperation returns an operation with and in place of its operator.
func setOperation(text string) string {
	n, ok := binary(text)
	if !ok {
		return text
	}
	n.Op, n.ReturnBool = parser.LAND, false
	n.VectorMatching = &parser.VectorMatching{Card: parser.CardManyToMany, On: n.VectorMatching.On, MatchingLabels: n.VectorMatching.MatchingLabels}
	return n.String()
}

// binary reads an operation between vectors.
func binary(text string) (*parser.BinaryExpr, bool) {
	expr, err := promql.Parse(text)
	n, ok := expr.(*parser.BinaryExpr)
	return n, err == nil && ok && n.VectorMatching != nil
}

// crowd is a side of an operation with several series where one may match, as it is
// written.
type crowd struct {
	use
	op *parser.BinaryExpr
	// side is left or right, and group the largest of its groups.
	side  string
	group source.Series
}

// several reports the operations that the source refuses, because several series of a
// side that may have one match a series of the other. What the expressions tell without a
// source is left to promql/vector-matching.
func (c *vectorMatchingSampled) several(ctx context.Context, a *Asking, list []*operation) []report.Finding {
	byText := map[string][]crowd{}
	for _, o := range list {
		if o.doubt != nil { // a side of it is refused
			continue
		}
		for _, u := range o.uses {
			n, ok := binary(u.expr.V[u.start:u.end])
			if !ok || lint.SeveralMatch(n) {
				continue
			}
			for _, side := range single(n) {
				text := crowdQuery(n, side)
				byText[text] = append(byText[text], crowd{use: u, op: n, side: side})
			}
		}
	}
	m := &meter{source: a.source, at: a.At}
	found := map[use][]crowd{}
	a.each(ctx, sorted(byText), func(text string) string { return text }, m.query, func(text, _ string, groups []source.Series, err error) {
		for _, w := range byText[text] {
			switch {
			case err != nil:
				a.doubt(err)
			case len(groups) > 0:
				w.group, c.told[w.expr] = largest(groups), true
				found[w.use] = append(found[w.use], w)
			}
		}
	})
	var out []report.Finding
	for _, sides := range found {
		out = append(out, slices.MaxFunc(sides, bySide).finding(c.Rule(), a.Name(), len(sides) == 1))
	}
	return out
}

// bySide puts the left side before the right one.
func bySide(a, b crowd) int { return strings.Compare(a.side, b.side) }

// single returns the sides of an operation that may have one series for each of the
// other. Of a comparison a server may look at the series for which it is true alone.
func single(n *parser.BinaryExpr) []string {
	switch n.VectorMatching.Card {
	case parser.CardOneToOne:
		if n.Op.IsComparisonOperator() && !n.ReturnBool {
			return []string{"right"}
		}
		return []string{"right", "left"}
	case parser.CardManyToOne:
		return []string{"right"}
	case parser.CardOneToMany:
		return []string{"left"}
	case parser.CardManyToMany:
	}
	return nil
}

// crowdQuery asks for the groups of several series of a side that match one of the other.
func crowdQuery(n *parser.BinaryExpr, side string) string {
	of, other, m := n.RHS, n.LHS, n.VectorMatching
	if side == "left" {
		of, other = n.LHS, n.RHS
	}
	groups := &parser.AggregateExpr{Op: parser.COUNT, Expr: of, Grouping: m.MatchingLabels, Without: !m.On}
	several := &parser.BinaryExpr{
		Op: parser.LAND, LHS: &parser.ParenExpr{Expr: &parser.BinaryExpr{Op: parser.GTR, LHS: groups, RHS: &parser.NumberLiteral{Val: 1}}}, RHS: &parser.ParenExpr{Expr: other},
		VectorMatching: &parser.VectorMatching{Card: parser.CardManyToMany, On: m.On, MatchingLabels: m.MatchingLabels},
	}
	return fmt.Sprintf("topk(%d, %s)", samples, several)
}

// largest returns the group of the most series, of equal ones the first by its labels.
func largest(found []source.Series) source.Series {
	return slices.MaxFunc(found, func(a, b source.Series) int {
		return cmp.Or(cmp.Compare(most([]source.Series{a}), most([]source.Series{b})), labels.Compare(b.Labels, a.Labels))
	})
}

// finding tells the crowd. Alone says that the other side has none.
func (w crowd) finding(r lint.Rule, server string, alone bool) report.Finding {
	crowded := fmt.Sprintf("%.0f series on the %s side of %s", most([]source.Series{w.group}), w.side, w.op.Op)
	if have := w.shared(w.group.Labels); len(have) > 0 {
		crowded += " have " + report.Clip(strings.Join(have, " and "), 120)
	}
	fix := "match by a label that tells them apart, or aggregate the " + w.side + " side to one series each"
	if alone && w.op.VectorMatching.Card == parser.CardOneToOne {
		fix += ", or write group_" + w.side + " () if each of them is meant"
	}
	return w.expr.Finding(r.ID, r.Severity, w.start, w.end,
		server+" answers this with an error, so that the rule has no result: "+crowded+", and one at most may match", fix)
}

// shared prints the labels that the series of a group have in common and are matched by.
func (w crowd) shared(group labels.Labels) []string {
	var out []string
	if w.op.VectorMatching.On {
		for _, name := range w.op.VectorMatching.MatchingLabels {
			out = append(out, fmt.Sprintf("%s=%q", name, group.Get(name)))
		}
		return out
	}
	group.Range(func(l labels.Label) {
		if l.Name != presence.Tag {
			out = append(out, fmt.Sprintf("%s=%q", l.Name, l.Value))
		}
	})
	return out
}
