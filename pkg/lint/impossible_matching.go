package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// deadMatching finds two sides that never share a series, and labels that a join asks
// for in vain. Where nothing matches, the join is not looked at: one mistake is one
// finding.
func deadMatching(add addFunc, n *parser.BinaryExpr, left, right labelSet) {
	m := n.VectorMatching
	if n.Op == parser.LOR || m.FillValues.LHS != nil || m.FillValues.RHS != nil {
		return
	}
	if u := unmatched(m, left, right); u.label != "" {
		add(n, u.message(n, left, right), u.fix(m, left, right))
		return
	}
	one, other, side := n.RHS, right, "right"
	if m.Card == parser.CardOneToMany {
		one, other, side = n.LHS, left, "left"
	}
	for _, label := range m.Include {
		if !other.may(label) || label == model.MetricNameLabel && losesName(one) {
			add(n, fmt.Sprintf("group_left or group_right asks for the label %s, which the %s side does not have", label, side),
				"keep "+label+" in what the "+side+" side computes, or take it out of the brackets")
		}
	}
}

// NeverMatches reports whether the two sides of an operation between vectors can
// never match, whatever the server holds: promql/impossible tells them.
func NeverMatches(n *parser.BinaryExpr) bool {
	return neverMatches(n.VectorMatching, labelVisitor{}.labelsOf(n.LHS), labelVisitor{}.labelsOf(n.RHS))
}

func neverMatches(m *parser.VectorMatching, left, right labelSet) bool {
	return unmatched(m, left, right).label != ""
}

// mismatch is a label by which two sides are matched and on which they do not agree.
type mismatch struct {
	label string
	// without is the side that has lost the label, or "".
	without string
	// some is set where series of the other side may match that do not have the label
	// either, although the operation names it.
	some bool
}

// unmatched returns the mismatch of two sides, if there is one. Matchers on both sides
// may contradict each other. Otherwise a label is taken to be there where a side groups
// by it or on(...) names it, and the other side must have lost it on the way: who asks
// for series without the label, as in x{a=""}, knows what they do.
func unmatched(m *parser.VectorMatching, left, right labelSet) mismatch {
	for _, facts := range [][]*labels.Matcher{left.facts, right.facts} {
		for _, f := range facts {
			if matches(m, f.Name) && left.apart(right, f.Name) {
				return mismatch{label: f.Name, without: whoLost(left, right, f.Name)}
			}
		}
	}
	for _, of := range []labelSet{left, right} {
		for _, label := range of.names {
			if without := whoLost(left, right, label); without != "" && matches(m, label) && of.sure(label) {
				return mismatch{label: label, without: without}
			}
		}
	}
	if !m.On {
		return mismatch{}
	}
	for _, label := range m.MatchingLabels {
		if without := whoLost(left, right, label); without != "" && matches(m, label) && (left.sure(label) || right.sure(label)) {
			return mismatch{label: label, without: without, some: true}
		}
	}
	return mismatch{}
}

// whoLost returns the one side that has lost a label, or "".
func whoLost(left, right labelSet, label string) string {
	switch l, r := left.lost(label), right.lost(label); {
	case l && !r:
		return "left"
	case r && !l:
		return "right"
	}
	return ""
}

func (u mismatch) message(n *parser.BinaryExpr, left, right labelSet) string {
	why := fmt.Sprintf("the %s side has no label %s", u.without, u.label)
	if u.without == "" {
		why = fmt.Sprintf("the left side has only series with %s, and the right side with %s", wants(left, u.label), wants(right, u.label))
	}
	switch {
	case n.Op == parser.LUNLESS && u.some:
		return fmt.Sprintf("unless on (%s) removes no series with the label %s: %s", u.label, u.label, why)
	case n.Op == parser.LUNLESS:
		return "unless never removes anything: " + why
	case u.some:
		return fmt.Sprintf("the two sides of %s never match by %s: %s", n.Op, u.label, why)
	}
	return fmt.Sprintf("the two sides of %s never match: %s", n.Op, why)
}

// wants prints what a side wants of a label.
func wants(s labelSet, label string) string {
	var list []string
	for _, m := range s.factsOf([]string{label}) {
		list = append(list, m.String())
	}
	if len(list) == 0 {
		return "no label " + label
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " and ")
}

func (u mismatch) fix(m *parser.VectorMatching, left, right labelSet) string {
	ignore := "match with ignoring (" + strings.Join(append(slices.Clone(m.MatchingLabels), u.label), ", ") + ")"
	if m.On {
		ignore = "remove " + u.label + " from on (...)"
	}
	lost := map[string]labelSet{"left": left, "right": right}[u.without]
	if u.without == "" {
		return "select the same " + u.label + " on both sides, or " + ignore
	}
	if !lost.closed && !slices.Contains(lost.gone, u.label) || u.label == labels.BucketLabel {
		return ignore
	}
	return "keep " + u.label + " in what the " + u.without + " side computes, or " + ignore
}
