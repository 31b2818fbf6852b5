package lint

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// recordedLabels knows which labels recorded series can have, from all rules that
// record a name.
type recordedLabels struct {
	records map[string][]Record
	known   map[string]labelSet
}

func newRecordedLabels(set Records) recordedLabels {
	return recordedLabels{records: set.ByName, known: map[string]labelSet{}}
}

// maxWritten is how many labels are followed that the rules of one name keep or lose.
// People write a few; each is compared with each of the next rule.
const maxWritten = 64

// of returns the labels of the series of a name: those that any of its rules may write.
// Of a name that nobody records, and of a circle on the way through it, nothing is known.
func (l recordedLabels) of(name string) labelSet {
	if set, ok := l.known[name]; ok {
		return set
	}
	l.known[name] = anyLabels()
	records := l.records[name]
	if len(records) == 0 {
		return anyLabels()
	}
	out := l.written(records[0])
	for _, r := range records[1:] {
		out = out.either(l.written(r))
		out.unsure = sortedOnce(out.unsure)
		if len(out.names)+len(out.gone) > maxWritten {
			out = anyLabels()
		}
		if !out.closed && len(out.gone) == 0 {
			out.anyUnsure = true
			break
		}
	}
	l.known[name] = out
	return out
}

// written returns the labels of what one rule writes: those of its expression, and its
// own, of which an empty one takes the label away.
func (l recordedLabels) written(r Record) labelSet {
	out := r.labels
	if r.reads {
		out = labelVisitor{recorded: l.of}.labelsOf(newExpr(r.Rule.Expr).AST)
		out.facts = nil
	}
	for _, p := range r.Rule.AllLabels() {
		if p.Value.V == "" {
			out = out.without(p.Key.V)
			continue
		}
		out = out.with(p.Key.V)
	}
	return out
}

// lost returns a selector inside of an expression that reads what is recorded without a
// label, or nil. Labels of two underscores are the business of servers.
func (l recordedLabels) lost(n parser.Expr, label string) *parser.VectorSelector {
	if strings.HasPrefix(label, model.ReservedLabelPrefix) {
		return nil
	}
	var out *parser.VectorSelector
	parser.Inspect(n, func(n parser.Node, _ []parser.Node) error {
		if vs, ok := n.(*parser.VectorSelector); ok && out == nil && len(l.records[vs.Name]) > 0 && l.of(vs.Name).lost(label) {
			out = vs
		}
		return nil
	})
	return out
}

// tell reports whether any of the selectors of a rule reads what is recorded without
// some label.
func (l recordedLabels) tell(u Use) bool {
	for _, s := range u.Selectors {
		if set := l.of(s.Name); set.closed || len(set.gone) > 0 {
			return true
		}
	}
	return false
}
