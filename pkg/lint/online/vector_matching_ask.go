package online

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

const (
	// maxCandidates is how many labels are asked about in which two sides may differ.
	maxCandidates = 8
	// samples is of how many series of a side the labels are looked at.
	samples = 10
	// shapePrefix begins the labels that say which labels a series has.
	shapePrefix = "nthlayer_has_"
)

// withoutMatch returns the operations whose sides have no match now, and those that
// share a query which is refused.
func (c *vectorMatchingSampled) withoutMatch(ctx context.Context, a *Asking) (open, refused []*operation) {
	var texts []string
	for _, o := range c.list {
		if !c.empty(o.left) && !c.empty(o.right) {
			texts = append(texts, o.evaluated)
		}
	}
	m := &meter{source: a.source, at: a.At}
	a.each(ctx, texts, counted, m.atOnce, func(text, _ string, found []source.Series, err error) {
		o := c.byText[text]
		switch {
		case errors.Is(err, errRefused):
			refused = append(refused, o)
		case err != nil:
			o.doubt = err
		case len(found) == 0:
			open = append(open, o)
		}
	})
	return open, refused
}

func counted(text string) string { return "count(" + text + ")" }

// empty reports whether a side is known to have no series.
func (c *vectorMatchingSampled) empty(s side) bool {
	alive := func(selector string) bool {
		w := c.series.byText[selector]
		return w == nil || w.live || w.doubt != nil
	}
	return len(s.selectors) > 0 && !slices.ContainsFunc(s.selectors, alive)
}

// sample looks at a few series of each side, for the labels in which they may differ.
// Those of on (...) are known.
func (c *vectorMatchingSampled) sample(ctx context.Context, a *Asking, open []*operation) {
	bySide := map[string][]*side{}
	doubts := map[*side]*operation{}
	for _, o := range open {
		if !o.on {
			for _, s := range []*side{&o.left, &o.right} {
				bySide[s.text] = append(bySide[s.text], s)
				doubts[s] = o
			}
		}
	}
	m := &meter{source: a.source, at: a.At}
	a.each(ctx, sorted(bySide), func(text string) string { return fmt.Sprintf("topk(%d, %s)", samples, text) }, m.query, func(text, _ string, found []source.Series, err error) {
		for _, s := range bySide[text] {
			if err != nil {
				doubts[s].doubt = err
			}
			s.sampled(found)
		}
	})
}

// sampled takes the labels of some series.
func (s *side) sampled(found []source.Series) {
	number := map[string]int{}
	for _, f := range found {
		f.Labels.Range(func(l labels.Label) {
			if l.Name != presence.Tag && l.Name != model.MetricNameLabel {
				number[l.Name]++
			}
		})
	}
	s.some = len(found) > 0
	for _, name := range sorted(number) {
		s.names = append(s.names, name)
		if number[name] == len(found) {
			s.always = append(s.always, name)
		}
	}
}

// candidates are the labels in which the sides may differ, and which are matched by.
func (o *operation) candidates() []string {
	if o.on {
		return o.labels[:min(len(o.labels), maxCandidates)]
	}
	if !o.left.some || !o.right.some {
		return nil
	}
	names := slices.Concat(o.left.names, o.right.names)
	slices.Sort(names)
	out := slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		return slices.Contains(o.left.always, name) && slices.Contains(o.right.always, name) || slices.Contains(o.labels, name)
	})
	return out[:min(len(out), maxCandidates)]
}

// shape asks which of these labels the series of each side have, all of them: that
// one series has a label says nothing about the next.
func (c *vectorMatchingSampled) shape(ctx context.Context, a *Asking, open []*operation) {
	askers := map[string][]func([]source.Series, error){}
	for _, o := range open {
		candidates := o.candidates()
		if len(candidates) == 0 {
			continue
		}
		for _, s := range []*side{&o.left, &o.right} {
			query := shapeQuery(s.text, candidates)
			askers[query] = append(askers[query], func(found []source.Series, err error) {
				if err != nil {
					o.doubt = err
				}
				for _, f := range found {
					s.shapes[shapeOf(f.Labels, len(candidates))] = true
				}
			})
		}
	}
	m := &meter{source: a.source, at: a.At}
	a.each(ctx, sorted(askers), func(query string) string { return query }, m.query, func(query, _ string, found []source.Series, err error) {
		for _, take := range askers[query] {
			take(found, err)
		}
	})
}

func shapeQuery(text string, candidates []string) string {
	var by []string
	for i, label := range candidates {
		has := shapePrefix + strconv.Itoa(i)
		text = fmt.Sprintf(`label_replace(%s, %q, "yes", %q, ".+")`, text, has, label)
		by = append(by, has)
	}
	return "count by (" + strings.Join(by, ", ") + ") (" + text + ")"
}

func shapeOf(l labels.Labels, candidates int) uint {
	shape := uint(0)
	for i := range candidates {
		if l.Get(shapePrefix+strconv.Itoa(i)) != "" {
			shape |= 1 << i
		}
	}
	return shape
}

// sorted returns the keys in an order that does not change from run to run.
func sorted[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for key := range m {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

func listed(names []string) string { return strings.Join(names, ", ") }

// loosened is an operation whose sides have more series than as it was written, and
// where it stood.
type loosened struct {
	expr       *parser.BinaryExpr
	start, end int
}

// loosener takes out of an expression what makes it empty while all is well:
// comparisons with numbers, and what has to be there or not to be there beside it.
// What is left has all series of the original, with the same labels.
type loosener struct{ operations []loosened }

// loosen changes an expression and returns what stands in its place. The operations
// inside are noted, innermost first.
func (l *loosener) loosen(e parser.Expr) parser.Expr {
	switch e := e.(type) {
	case *parser.ParenExpr:
		e.Expr = l.loosen(e.Expr)
	case *parser.UnaryExpr:
		e.Expr = l.loosen(e.Expr)
	case *parser.SubqueryExpr:
		e.Expr = l.loosen(e.Expr)
	case *parser.AggregateExpr:
		e.Expr = l.loosen(e.Expr)
	case *parser.Call:
		for i, arg := range e.Args {
			e.Args[i] = l.loosen(arg)
		}
	case *parser.BinaryExpr:
		return l.binary(e)
	}
	return e
}

func (l *loosener) binary(e *parser.BinaryExpr) parser.Expr {
	at := e.PositionRange()
	e.LHS, e.RHS = l.loosen(e.LHS), l.loosen(e.RHS)
	if matched(e) {
		l.operations = append(l.operations, loosened{e, int(at.Start), int(at.End)})
	}
	switch {
	case e.Op == parser.LAND || e.Op == parser.LUNLESS:
		return e.LHS
	case !e.Op.IsComparisonOperator() || e.ReturnBool:
	case e.RHS.Type() == parser.ValueTypeScalar:
		return e.LHS
	case e.LHS.Type() == parser.ValueTypeScalar:
		return e.RHS
	}
	return e
}
