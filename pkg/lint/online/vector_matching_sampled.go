package online

import (
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// maxOperations is how many operations of one expression are looked at.
const maxOperations = 32

// vectorMatchingSampled reports operations between vectors whose two sides have
// series, none of which match, because all on one side have a label that none on the
// other has. Values are not compared: which of them there are changes with the hour. It
// also reports those that the source refuses, because several series match one.
type vectorMatchingSampled struct {
	recorded map[string]bool
	// series knows which selectors have no series, once it has asked.
	series *series
	list   []*operation
	byText map[string]*operation
	// told are expressions with an operation that the source refuses, and so all around it.
	told map[*lint.Expr]bool
}

func newVectorMatchingSampled(in Input, known *series) *vectorMatchingSampled {
	c := &vectorMatchingSampled{recorded: map[string]bool{}, series: known, byText: map[string]*operation{}, told: map[*lint.Expr]bool{}}
	for _, name := range in.Recorded {
		c.recorded[name] = true
	}
	return c
}

func (*vectorMatchingSampled) Rule() lint.Rule {
	return lint.Rule{ID: "promql/vector-matching-sampled", Severity: report.Warning, Title: "The series on the two sides of an operation do not match"}
}

// operation is an operation between vectors that several expressions may share, and
// what is known of it.
type operation struct {
	op          string
	left, right side
	// on and labels are those of the matching.
	on     bool
	labels []string
	// evaluated is the operation as it is asked: comparisons have a result for any match.
	evaluated string
	uses      []use
	doubt     error
}

// side is one operand, without what makes it empty while all is well.
type side struct {
	text string
	// selectors are those inside.
	selectors []string
	// some is set when it has series; names are labels of some of them, always those of
	// all that were looked at.
	some          bool
	names, always []string
	// shapes are the different sets of labels that its series have, as far as those
	// that were asked about go: a bit each.
	shapes map[uint]bool
}

// Note takes the operations between vectors.
func (c *vectorMatchingSampled) Note(e *lint.Expr) {
	if e.Rule == nil && variable.MatchString(e.V) {
		return // of a dashboard; nobody knows what stands in its place
	}
	found := false
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		b, ok := n.(*parser.BinaryExpr)
		found = found || ok && matched(b)
		return nil
	})
	if !found {
		return
	}
	ast, err := promql.Parse(e.V) // another copy, which is changed
	if err != nil {
		return
	}
	l := loosener{}
	l.loosen(ast)
	light := &lint.Expr{Text: e.Text}
	for _, b := range l.operations[:min(len(l.operations), maxOperations)] {
		c.note(light, b)
	}
}

// matched reports whether series of the two sides may fail to match, or too many of them
// may match. What is filled in always has a match, and so has a set operation without
// labels.
func matched(b *parser.BinaryExpr) bool {
	m := b.VectorMatching
	if m == nil || m.FillValues.LHS != nil || m.FillValues.RHS != nil {
		return false
	}
	always := b.Op == parser.LAND && m.On && len(m.MatchingLabels) == 0
	return b.Op != parser.LOR && b.Op != parser.LUNLESS && !always
}

func (c *vectorMatchingSampled) note(e *lint.Expr, b loosened) {
	for _, s := range promql.Selectors(b.expr) {
		// What is recorded may be there in another shape; the one that counts is that
		// of the rule in the repository.
		if c.recorded[s.Name] || promql.MadeByAlerts(s.Name) {
			return
		}
	}
	if lint.NeverMatches(b.expr) {
		return
	}
	n := *b.expr
	n.LHS, n.RHS, n.ReturnBool = &parser.ParenExpr{Expr: n.LHS}, &parser.ParenExpr{Expr: n.RHS}, n.Op.IsComparisonOperator()
	text := n.String()
	o, ok := c.byText[text]
	if !ok {
		o = &operation{op: n.Op.String(), left: newSide(n.LHS), right: newSide(n.RHS), on: n.VectorMatching.On, labels: n.VectorMatching.MatchingLabels, evaluated: text}
		c.byText[text] = o
		c.list = append(c.list, o)
	}
	o.uses = append(o.uses, use{expr: e, start: b.start, end: b.end})
}

func newSide(e parser.Expr) side {
	s := side{text: e.String(), shapes: map[uint]bool{}}
	for _, one := range promql.Selectors(e) {
		s.selectors = append(s.selectors, one.String())
	}
	return s
}

// Ask asks for a match first, so that no more is spent while all is well.
func (c *vectorMatchingSampled) Ask(ctx context.Context, a *Asking) []report.Finding {
	open, refused := c.withoutMatch(ctx, a)
	open = append(open, c.refused(ctx, a, refused)...)
	c.sample(ctx, a, open)
	c.shape(ctx, a, open)
	out := c.several(ctx, a, refused)
	for _, o := range c.list {
		if o.doubt != nil {
			for _, u := range o.uses {
				if !c.told[u.expr] {
					a.doubt(o.doubt)
				}
			}
			continue
		}
		message, fix := o.verdict(a.Name())
		if message == "" {
			continue
		}
		for _, u := range o.uses {
			out = append(out, u.expr.Finding(c.Rule().ID, c.Rule().Severity, u.start, u.end, message, fix))
		}
	}
	return out
}

// doubt notes that nothing is known of an operation.
func (a *Asking) doubt(err error) {
	note := a.Miss
	if Refused(err) { // as it is asked here, and so it will be the next time
		note = a.Untold
	}
	note("operation", err)
}

// verdict says why the sides never match; empty where they may.
func (o *operation) verdict(server string) (message, fix string) {
	if len(o.left.shapes) == 0 || len(o.right.shapes) == 0 {
		return "", "" // a side without series, or nothing that was asked about
	}
	for shape := range o.left.shapes {
		if o.right.shapes[shape] {
			return "", ""
		}
	}
	for i, label := range o.candidates() {
		for _, s := range []struct {
			has, lacks         side
			hasName, lacksName string
		}{{o.left, o.right, "left", "right"}, {o.right, o.left, "right", "left"}} {
			if s.has.all(i, true) && s.lacks.all(i, false) {
				message := fmt.Sprintf("the two sides of %s never match: in %s every series on the %s side has the label %s, and none on the %s side has", o.op, server, s.hasName, label, s.lacksName)
				return message, o.fix(label, s.hasName)
			}
		}
	}
	return fmt.Sprintf("the two sides of %s never match: in %s no series on the left side has the same labels as one on the right side", o.op, server), o.fix("", "")
}

// fix proposes labels that both sides have. The side that has a label more may have
// several series for one of the other.
func (o *operation) fix(label, side string) string {
	if o.on && label != "" {
		return "take " + label + " out of on (...), or match by labels that both sides have"
	}
	common := slices.DeleteFunc(slices.Clone(o.left.always), func(name string) bool {
		return !slices.Contains(o.right.always, name) || slices.Contains(o.labels, name)
	})
	group := ""
	if side != "" && o.op != "and" {
		group = " group_" + side + " ()"
	}
	switch {
	case len(common) > 0 && len(common) <= 3:
		return fmt.Sprintf("match by what both sides have, as %s on (%s)%s", o.op, listed(common), group)
	case label != "":
		return fmt.Sprintf("match by labels that both sides have, with on (...) or ignoring (%s)", label)
	}
	return "match by labels that both sides have, with on (...)"
}

// all reports whether every series has, or lacks, the i-th label asked about.
func (s side) all(i int, has bool) bool {
	for shape := range s.shapes {
		if (shape&(1<<i) != 0) != has {
			return false
		}
	}
	return true
}
