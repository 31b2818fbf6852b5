package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleRecordedLabel reports rules that match, group by, select or print a label which
// what they read is recorded without. What an expression says by itself is told by other
// rules. It keeps silent where any of the rules that record a name may write the label.
type ruleRecordedLabel struct{ templates alertTemplate }

func (ruleRecordedLabel) Rule() Rule {
	return Rule{ID: "rule/recorded-label", Severity: report.Warning, Title: "A rule asks for a label that a series is recorded without"}
}

func (c ruleRecordedLabel) CheckRecords(set Records) []report.Finding {
	known := newRecordedLabels(set)
	var out []report.Finding
	for _, u := range set.Uses {
		if !known.tell(u) {
			continue
		}
		e := exprOf(u.Rule, nil)
		look := recordedLook{check: c, recorded: known, e: e, told: map[string]bool{}}
		look.expression()
		look.annotations()
		out = append(out, look.out...)
	}
	return out
}

// recordedLook looks at one rule. Each label of a recorded series is told once, where it
// is asked for first.
type recordedLook struct {
	check    ruleRecordedLabel
	recorded recordedLabels
	e        *Expr
	told     map[string]bool
	out      []report.Finding
}

// operands are the labels of the two sides of an operation, or of what is inside of an
// aggregation or a quantile.
type operands [2]labelSet

// expression compares what is known of each part with what would be known without the
// recording rules.
func (l *recordedLook) expression() {
	alone := map[parser.Node]operands{}
	labelVisitor{
		aggregate: func(n *parser.AggregateExpr, input labelSet) { alone[n] = operands{input} },
		binary:    func(n *parser.BinaryExpr, left, right labelSet) { alone[n] = operands{left, right} },
		quantile:  func(n *parser.Call, input labelSet) { alone[n] = operands{input} },
	}.labelsOf(l.e.AST)
	parser.Inspect(l.e.AST, func(n parser.Node, _ []parser.Node) error {
		if vs, ok := n.(*parser.VectorSelector); ok {
			l.selector(vs)
		}
		return nil
	})
	labelVisitor{
		recorded:  l.recorded.of,
		aggregate: func(n *parser.AggregateExpr, input labelSet) { l.grouping(n, input, alone[n][0]) },
		binary:    func(n *parser.BinaryExpr, left, right labelSet) { l.matching(n, operands{left, right}, alone[n]) },
		quantile:  func(n *parser.Call, input labelSet) { l.quantile(n, input, alone[n][0]) },
	}.labelsOf(l.e.AST)
}

// selector finds a matcher that no series of a name fulfils.
func (l *recordedLook) selector(vs *parser.VectorSelector) {
	for _, m := range vs.LabelMatchers {
		if !m.Matches("") {
			l.tell(vs, m.Name, "so nothing has "+m.String(), "leave the matcher out")
		}
	}
}

func (l *recordedLook) grouping(n *parser.AggregateExpr, input, alone labelSet) {
	if n.Without {
		return
	}
	for _, label := range n.Grouping {
		if input.lost(label) && alone.may(label) {
			l.tell(n.Expr, label, "by which "+n.Op.String()+" groups", "take "+label+" out of by (...)")
		}
	}
}

func (l *recordedLook) matching(n *parser.BinaryExpr, of, alone operands) {
	m := n.VectorMatching
	if n.Op == parser.LOR || m.FillValues.LHS != nil || m.FillValues.RHS != nil || neverMatches(m, alone[0], alone[1]) {
		return
	}
	if u := unmatched(m, of[0], of[1]); u.without != "" {
		side := n.LHS
		if u.without == "right" {
			side = n.RHS
		}
		l.tell(side, u.label, "by which "+n.Op.String()+" matches its sides", "match by labels that both sides have")
		return
	}
	one, at := n.RHS, 1
	if m.Card == parser.CardOneToMany {
		one, at = n.LHS, 0
	}
	for _, label := range m.Include {
		if of[at].lost(label) && alone[at].may(label) {
			l.tell(one, label, "which group_left or group_right asks for", "take it out of the brackets")
		}
	}
}

func (l *recordedLook) quantile(n *parser.Call, input, alone labelSet) {
	if buckets := n.Args[len(n.Args)-1]; input.lost(labels.BucketLabel) && alone.may(labels.BucketLabel) && l.e.readsBuckets(buckets) {
		l.tell(buckets, labels.BucketLabel, "without which "+n.Func.Name+" has no result", "read the buckets themselves")
	}
}

// tell reports that a recorded series inside of an expression has no such label.
func (l *recordedLook) tell(inside parser.Expr, label, why, fix string) {
	vs := l.recorded.lost(inside, label)
	if vs == nil || l.told[label] {
		return
	}
	l.told[label] = true
	f := l.e.about(l.check.Rule(), vs, l.without(vs.Name, label)+", "+why, keeping(label)+", or "+fix)
	f.Severity = l.severity(vs.Name, label)
	l.out = append(l.out, f)
}

// annotations finds labels that a template prints and the recorded series that it is
// about does not have.
func (l *recordedLook) annotations() {
	if l.e.Rule.Kind != rulefile.Alert {
		return
	}
	var of, alone *labelSet
	for _, p := range slices.Concat(l.e.Rule.Labels, l.e.Rule.Annotations) {
		if !strings.Contains(p.Value.V, "abels") {
			continue
		}
		if of == nil {
			with, by := labelVisitor{recorded: l.recorded.of}.labelsOf(l.e.AST), labelVisitor{}.labelsOf(l.e.AST)
			of, alone = &with, &by
		}
		for _, ref := range l.check.templates.read(p).labels {
			if of.lost(ref.label) && alone.may(ref.label) {
				l.printed(p, ref)
			}
		}
	}
}

func (l *recordedLook) printed(p rulefile.Pair, ref labelReference) {
	vs := l.recorded.lost(l.e.AST, ref.label)
	if vs == nil || l.told[ref.label] {
		return
	}
	l.told[ref.label] = true
	start := find(p.Value.V, ref.at, ref.label)
	l.out = append(l.out, p.Value.Finding(l.check.Rule().ID, l.severity(vs.Name, ref.label), start, start+len(ref.label),
		"the template of "+p.Key.V+" prints the label "+ref.label+", and "+l.without(vs.Name, ref.label), keeping(ref.label)+", or remove it from the template"))
}

// severity is milder where a server may add the label on the way from those that record
// the series, as an external label: where these stand in other files. It adds none that
// each target or bucket has.
func (l *recordedLook) severity(name, label string) report.Severity {
	if slices.Contains([]string{model.InstanceLabel, model.JobLabel, labels.BucketLabel}, label) {
		return report.Warning
	}
	for _, r := range l.recorded.records[name] {
		if fileOf(r.Rule) != fileOf(l.e.Rule) {
			return report.Info
		}
	}
	return report.Warning
}

func fileOf(r *rulefile.Rule) string { return r.Name.At().File }

// without says where a series is recorded without a label.
func (l *recordedLook) without(name, label string) string {
	records := l.recorded.records[name]
	at := where(records[0].Rule)
	switch len(records) {
	case 1:
	case 2:
		at += " and " + where(records[1].Rule)
	default:
		at += fmt.Sprintf(" and %d other places", len(records)-1)
	}
	return name + " is recorded at " + at + " without the label " + label
}

func keeping(label string) string {
	return "keep " + label + " in what is recorded"
}
