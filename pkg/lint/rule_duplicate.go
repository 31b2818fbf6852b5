package lint

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// ruleDuplicate reports two recording rules that write the same series, alerts that
// are repeated word for word, and alerts of different names that fire for the same
// reason with the same labels. One map over all files keeps it linear.
type ruleDuplicate struct{}

func (ruleDuplicate) Rule() Rule {
	return Rule{ID: "rule/duplicate", Severity: report.Warning, Title: "Two rules do the same"}
}

// keptRule is what tells whether a rule repeats another one, and where it is.
type keptRule struct {
	kind  rulefile.Kind
	group *keptGroup
	spot  rulefile.Spot // of the name
	expr  string
	// identity is equal for rules that do the same, but for the expressions of alerts:
	// the series that a recording rule writes, and what an alert fires as, and after
	// how long. condition is equal for alerts that wait as long and are routed alike.
	identity, condition digest
	// sketch is set for an alert without labels and without for:, which is not written
	// out yet.
	sketch bool
	// labels are the names of those that a recording rule sets.
	labels []string
	// place is where the name stands, once somebody asked.
	place string
}

// keptGroup is the group that a rule is in.
type keptGroup struct {
	name     string
	resource bool
}

func (k *keptRule) name() rulefile.Text { return k.spot.Text(k.group.name, k.spot.V, k.kind.String()) }

// where returns the place of the rule, which all that repeat it name.
func (k *keptRule) where() string {
	if k.place == "" {
		k.place = place(k.name())
	}
	return k.place
}

func (ruleDuplicate) Keep(f *rulefile.File, to *Kept) {
	to.alike = make([]keptRule, 0, to.rules)
	for _, g := range f.Groups {
		group := &keptGroup{g.Name.V, g.Resource}
		for _, r := range g.Rules {
			if strings.TrimSpace(r.Expr.V) != "" { // the reader of the file says so
				to.alike = append(to.alike, keptOf(r, group))
			}
		}
	}
}

func keptOf(r *rulefile.Rule, g *keptGroup) keptRule {
	k := keptRule{kind: r.Kind, group: g, spot: r.Name.Spot(), expr: r.Expr.V, identity: identity(r)}
	if r.Kind == rulefile.Alert {
		k.condition, k.sketch = condition(r), len(r.AllLabels()) == 0 && wait(r.For) == ""
		return k
	}
	for _, l := range r.AllLabels() {
		k.labels = append(k.labels, l.Key.V)
	}
	return k
}

// alikeBy is what two rules have in common.
type alikeBy struct {
	digest digest
	expr   string
}

func (c ruleDuplicate) CheckFiles(kept []*Kept) []report.Finding {
	r := c.Rule()
	// Those of resources and those of files are apart: both may be generated from one source.
	first, reasons := map[bool]map[alikeBy]*keptRule{false: {}, true: {}}, map[alikeBy]*keptRule{}
	spelt := spellings(kept)
	var out []report.Finding
	for _, k := range kept {
		for i := range k.alike {
			rule := &k.alike[i]
			resource, key := rule.group.resource, alikeBy{digest: rule.identity}
			if rule.kind == rulefile.Alert {
				key.expr = spelt.form(rule.expr)
			}
			other, ok := first[resource][key]
			if !ok {
				first[resource][key] = rule
				other, ok = first[!resource][key]
			}
			if !ok {
				out = append(out, c.sameReason(reasons, rule, key.expr)...)
				continue
			}
			if other.group.resource != resource && other.group.name == rule.group.name && other.expr == rule.expr {
				continue // the same rule in two formats, of which a server loads one
			}
			if toldApart(other, rule) {
				continue
			}
			message, fix := "the alert "+rule.spot.V+" is the same as the one at "+other.where(), "remove one of the two"
			if rule.kind == rulefile.Record {
				message = "the recording rule at " + other.where() + " writes the same series as " + rule.spot.V
				fix = "remove one of the two, or give them different labels"
			}
			out = append(out, rule.name().Whole(r.ID, r.Severity, message, fix))
		}
	}
	return out
}

// toldApart reports whether two recording rules of one name and the same labels write
// different series all the same: each reads other values of a label, and keeps it.
func toldApart(a, b *keptRule) bool {
	if a.kind != rulefile.Record || a.expr == b.expr {
		return false
	}
	one, two := newExpr(rulefile.Text{V: a.expr}), newExpr(rulefile.Text{V: b.expr})
	if one.AST == nil || two.AST == nil {
		return false
	}
	writes, writesToo := labelVisitor{}.labelsOf(one.AST), labelVisitor{}.labelsOf(two.AST)
	for label, values := range matched(one.Selectors) {
		others := matched(two.Selectors)[label]
		if len(others) > 0 && writes.may(label) && writesToo.may(label) && !slices.Contains(a.labels, label) && !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(others, v) }) {
			return true
		}
	}
	return false
}

// matched returns the values, or their patterns, that selectors pick by label. A label
// that one of them does not pick by is none.
func matched(selectors []promql.Selector) map[string][]string {
	out := map[string][]string{}
	for i, s := range selectors {
		for _, m := range s.Matchers {
			if positive := m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp; positive && len(out[m.Name]) == i {
				out[m.Name] = append(out[m.Name], m.Value)
			}
		}
	}
	for label, values := range out {
		if len(values) < len(selectors) {
			delete(out, label)
		}
	}
	return out
}

// sameReason finds an alert that fires whenever another one does and is routed as
// that one is. Those on vector(1) are meant to fire all the time.
func (c ruleDuplicate) sameReason(reasons map[alikeBy]*keptRule, rule *keptRule, form string) []report.Finding {
	if rule.kind != rulefile.Alert || rule.sketch || strings.HasPrefix(rule.expr, "vector(") {
		return nil
	}
	key := alikeBy{rule.condition, form}
	other, ok := reasons[key]
	if !ok {
		reasons[key] = rule
		return nil
	}
	return one(rule.name().Whole(c.Rule().ID, c.Rule().Severity,
		"the alert "+rule.spot.V+" fires whenever "+other.spot.V+" at "+other.where()+" does: condition, for: and labels are the same", "remove one of the two, or tell them apart by severity or for:"))
}

// digest stands for a text that would take much memory to keep.
type digest [16]byte

func sum(text []byte) digest {
	whole := sha256.Sum256(text)
	return digest(whole[:])
}

// spelt has an expression of the alerts for each spelling; "" where there are several.
// Only those are brought into one form, since that takes parsing them once more.
type spelt map[uint64]string

func spellings(kept []*Kept) spelt {
	s := spelt{}
	for _, k := range kept {
		for _, r := range k.alike {
			if r.kind != rulefile.Alert {
				continue
			}
			key := spelling(r.expr)
			if other, ok := s[key]; !ok {
				s[key] = r.expr
			} else if other != r.expr {
				s[key] = ""
			}
		}
	}
	return s
}

// form returns an expression as it is compared with others.
func (s spelt) form(expr string) string {
	if s[spelling(expr)] == expr {
		return expr
	}
	return canonical(expr)
}

// condition stands for how long an alert waits and where it goes.
func condition(r *rulefile.Rule) digest {
	text := append(append(make([]byte, 0, 512), wait(r.For)...), 0)
	return sum(appendLabels(append(text, wait(r.KeepFiringFor)...), r))
}

// wait returns a duration in one spelling: 300s is 5m, and 0s is none.
func wait(t rulefile.Text) string {
	d, err := model.ParseDuration(t.V)
	switch {
	case err != nil:
		return t.V
	case d == 0:
		return ""
	}
	return d.String()
}

func where(r *rulefile.Rule) string { return place(r.Name) }

func place(name rulefile.Text) string { return name.At().String() }

func identity(r *rulefile.Rule) digest {
	text := append(append(make([]byte, 0, 512), byte(r.Kind)), r.Name.V...)
	text = appendLabels(text, r)
	if r.Kind == rulefile.Alert {
		text = append(append(text, 0, 0), wait(r.For)...)
	}
	return sum(text)
}

// appendLabels appends the labels of a rule. One without a value is none.
func appendLabels(text []byte, r *rulefile.Rule) []byte {
	for _, l := range r.AllLabels() {
		if l.Value.V != "" {
			text = append(append(append(append(text, 0), l.Key.V...), 0), l.Value.V...)
		}
	}
	return text
}
