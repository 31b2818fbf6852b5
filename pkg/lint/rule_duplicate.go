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

func (c ruleDuplicate) CheckFiles(files []*rulefile.File) []report.Finding {
	r := c.Rule()
	// Those of resources and those of files are apart: both may be generated from one source.
	first, reasons := map[bool]map[digest]inGroup{false: {}, true: {}}, map[digest]*rulefile.Rule{}
	spelt := spellings(files)
	var out []report.Finding
	for _, f := range files {
		for _, g := range f.Groups {
			for _, rule := range g.Rules {
				if strings.TrimSpace(rule.Expr.V) == "" { // the reader of the file says so
					continue
				}
				key := spelt.identity(rule)
				other, ok := first[g.Resource][key]
				if !ok {
					first[g.Resource][key] = inGroup{rule, g.Name.V, g.Resource}
					other, ok = first[!g.Resource][key]
				}
				if !ok {
					out = append(out, c.sameReason(spelt, reasons, rule)...)
					continue
				}
				if other.resource != g.Resource && other.group == g.Name.V && other.Expr.V == rule.Expr.V {
					continue // the same rule in two formats, of which a server loads one
				}
				if toldApart(other.Rule, rule) {
					continue
				}
				message, fix := "the alert "+rule.Name.V+" is the same as the one at "+where(other.Rule), "remove one of the two"
				if rule.Kind == rulefile.Record {
					message = "the recording rule at " + where(other.Rule) + " writes the same series as " + rule.Name.V
					fix = "remove one of the two, or give them different labels"
				}
				out = append(out, rule.Name.Whole(r.ID, r.Severity, message, fix))
			}
		}
	}
	return out
}

// toldApart reports whether two recording rules of one name and the same labels write
// different series all the same: each reads other values of a label, and keeps it.
func toldApart(a, b *rulefile.Rule) bool {
	if a.Kind != rulefile.Record || a.Expr.V == b.Expr.V {
		return false
	}
	one, two := newExpr(a.Expr), newExpr(b.Expr)
	if one.AST == nil || two.AST == nil {
		return false
	}
	writes, writesToo := labelVisitor{}.labelsOf(one.AST), labelVisitor{}.labelsOf(two.AST)
	for label, values := range matched(one.Selectors) {
		others := matched(two.Selectors)[label]
		if len(others) > 0 && writes.may(label) && writesToo.may(label) && !a.Has(label) && !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(others, v) }) {
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

// inGroup is a rule and where it is.
type inGroup struct {
	*rulefile.Rule
	group    string
	resource bool
}

// sameReason finds an alert that fires whenever another one does and is routed as
// that one is. Those on vector(1) are meant to fire all the time, and those without
// labels and without for: are not written out yet.
func (c ruleDuplicate) sameReason(spelt spelt, reasons map[digest]*rulefile.Rule, rule *rulefile.Rule) []report.Finding {
	sketch := len(rule.AllLabels()) == 0 && wait(rule.For) == ""
	if rule.Kind != rulefile.Alert || sketch || strings.HasPrefix(rule.Expr.V, "vector(") {
		return nil
	}
	key := spelt.condition(rule)
	other, ok := reasons[key]
	if !ok {
		reasons[key] = rule
		return nil
	}
	return one(rule.Name.Whole(c.Rule().ID, c.Rule().Severity,
		"the alert "+rule.Name.V+" fires whenever "+other.Name.V+" at "+where(other)+" does: condition, for: and labels are the same", "remove one of the two, or tell them apart by severity or for:"))
}

// digest stands for a text that would take much memory to keep.
type digest [sha256.Size]byte

// spelt has an expression of the alerts for each spelling; "" where there are several.
// Only those are brought into one form, since that takes parsing them once more.
type spelt map[uint64]string

func spellings(files []*rulefile.File) spelt {
	s := spelt{}
	for _, f := range files {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if r.Kind != rulefile.Alert {
					continue
				}
				key := spelling(r.Expr.V)
				if other, ok := s[key]; !ok {
					s[key] = r.Expr.V
				} else if other != r.Expr.V {
					s[key] = ""
				}
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

// condition is what decides when an alert fires and where it goes.
func (s spelt) condition(r *rulefile.Rule) digest {
	text := append(append(make([]byte, 0, 512), s.form(r.Expr.V)...), 0)
	text = append(append(append(text, wait(r.For)...), 0), wait(r.KeepFiringFor)...)
	return sha256.Sum256(appendLabels(text, r))
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

func where(r *rulefile.Rule) string { return r.Name.Whole("", "", "", "").Position().String() }

// identity is equal for rules that do the same: the series that a recording rule
// writes, and everything that decides when an alert fires and as what.
func (s spelt) identity(r *rulefile.Rule) digest {
	text := append(append(make([]byte, 0, 512), byte(r.Kind)), r.Name.V...)
	text = appendLabels(text, r)
	if r.Kind == rulefile.Alert {
		text = append(append(append(text, 0, 0), s.form(r.Expr.V)...), 0)
		text = append(text, wait(r.For)...)
	}
	return sha256.Sum256(text)
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
