// Package rulefile reads Prometheus rule files, and PrometheusRule resources of
// Kubernetes, into typed rules in which every value knows its place in the file.
package rulefile

import (
	"errors"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// Place makes findings about a range of bytes of a text, with the position and
// the line of the file that the text was read from. spec.Origin is a Place.
type Place interface {
	FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding
}

// Text is one scalar. The zero Text is a value that nobody wrote.
type Text struct {
	V string
	// Path names the value in words that do not change when rules are added
	// above it: checkout/HighErrorRate/expr. Empty means the place's own path.
	Path string
	// Service is the owner of the value, empty in a rule file.
	Service string
	Place   Place
}

// Set reports whether somebody wrote the value.
func (t Text) Set() bool { return t.Place != nil }

// Finding returns a finding about the bytes start to end of the text.
func (t Text) Finding(rule string, severity report.Severity, start, end int, message, suggestion string) report.Finding {
	if t.Place == nil {
		t.Place = nowhere{}
	}
	f := t.Place.FindingInside(start, end, rule, severity, t.Service, message, suggestion)
	if t.Path != "" {
		f.Path = t.Path
	}
	return f
}

// At returns the place of the whole text, without a line where nobody wrote it.
func (t Text) At() report.Position { return t.Inside(0, len(t.V)) }

// Inside returns the place of the bytes start to end of the text.
func (t Text) Inside(start, end int) report.Position {
	if p, ok := t.Place.(interface {
		Inside(start, end int) report.Position
	}); ok {
		return p.Inside(start, end)
	}
	return t.Finding("", "", start, end, "", "").Position()
}

// With returns the text with another value in the same place.
func (t Text) With(v string) Text {
	t.V = v
	return t
}

// Edit returns the change of the file that puts replacement in place of the bytes
// start to end of the text, where that is possible and changes nothing else.
func (t Text) Edit(start, end int, replacement string) (report.Edit, bool) {
	if p, ok := t.Place.(interface {
		Edit(start, end int, text string) (report.Edit, bool)
	}); ok {
		return p.Edit(start, end, replacement)
	}
	return report.Edit{}, false
}

// RemoveLine returns the change of the file that removes the value with its key,
// or why it cannot be made.
func (t Text) RemoveLine() (report.Edit, error) {
	switch p := t.Place.(type) {
	case *valuePlace:
		return p.node().RemoveLine()
	case interface{ RemoveLine() (report.Edit, error) }:
		return p.RemoveLine()
	}
	return report.Edit{}, errors.New("the value stands in no file")
}

// Covers reports whether the value stands over another one that << would bring.
func (t Text) Covers() bool {
	p, ok := t.Place.(*valuePlace)
	return ok && p.node().Covers()
}

// nowhere is the place of a text that nobody wrote.
type nowhere struct{}

func (nowhere) FindingInside(_, _ int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	return report.Finding{Rule: rule, Severity: severity, Service: service, Message: message, Suggestion: suggestion}
}

// Whole returns a finding about the whole text.
func (t Text) Whole(rule string, severity report.Severity, message, suggestion string) report.Finding {
	return t.Finding(rule, severity, 0, len(t.V), message, suggestion)
}

// Pair is one label or annotation. Key is a Text of its own, since a name can be
// wrong as well as a value.
type Pair struct {
	Key   Text
	Value Text
}

// File is what one rule file holds. A PrometheusRule resource counts as a file
// of its own where group names must not repeat.
type File struct {
	Name string
	// Groups are in the order of the file.
	Groups []*Group
}

// Group is a list of rules that are evaluated one after the other.
type Group struct {
	Name Text
	// Document counts the resources of a file from 0.
	Document int
	// Resource says that the group is in a PrometheusRule resource.
	Resource    bool
	Interval    Text
	QueryOffset Text
	Limit       Text
	// PartialResponseStrategy is for Thanos, SourceTenants are for Mimir.
	PartialResponseStrategy Text
	SourceTenants           []Text
	// Labels are sorted by name.
	Labels []Pair
	Rules  []*Rule
}

// Kind says what a rule produces.
type Kind uint8

// The kinds of rules.
const (
	Alert Kind = iota
	Record
)

// String returns the key that begins a rule of the kind.
func (k Kind) String() string {
	switch k {
	case Alert:
		return "alert"
	case Record:
		return "record"
	}
	return "rule"
}

// Rule is one alerting or recording rule. Recording rules have no For,
// KeepFiringFor and Annotations.
type Rule struct {
	Kind          Kind
	Name          Text
	Expr          Text
	For           Text
	KeepFiringFor Text
	Labels        []Pair
	Annotations   []Pair
	// Owner is whom a comment of pint names as the owner, empty for nobody.
	Owner string
	// Group is nil for an alert of a service file. Index is the rule's place in the
	// group, from 0.
	Group *Group
	Index int
}

// AllLabels returns the labels that the rule adds to its result: its own and
// those of its group that it does not set itself, sorted by name. They are not to be
// changed: most rules have them in this order already.
func (r *Rule) AllLabels() []Pair {
	own := sortedByName(r.Labels)
	if r.Group == nil || len(r.Group.Labels) == 0 {
		return own
	}
	group := sortedByName(r.Group.Labels)
	if len(own) == 0 {
		return group // as of most rules, of which there may be thousands
	}
	out := make([]Pair, 0, len(own)+len(group))
	for _, p := range own {
		for len(group) > 0 && group[0].Key.V <= p.Key.V {
			if group[0].Key.V < p.Key.V {
				out = append(out, group[0])
			}
			group = group[1:]
		}
		out = append(out, p)
	}
	return append(out, group...)
}

// sortedByName returns pairs sorted by name: the same where they are already.
func sortedByName(pairs []Pair) []Pair {
	byName := func(a, b Pair) int { return strings.Compare(a.Key.V, b.Key.V) }
	if slices.IsSortedFunc(pairs, byName) {
		return slices.Clip(pairs)
	}
	return slices.SortedStableFunc(slices.Values(pairs), byName)
}

// Has reports whether the rule, or its group, sets a label.
func (r *Rule) Has(label string) bool {
	named := func(p Pair) bool { return p.Key.V == label }
	return slices.ContainsFunc(r.Labels, named) || r.Group != nil && slices.ContainsFunc(r.Group.Labels, named)
}
