package lint

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// knowing returns the set with further facts. The lists of sets are shared, so they
// are never changed in place.
func (s labelSet) knowing(facts []*labels.Matcher) labelSet {
	if len(s.facts) == 0 {
		s.facts = slices.Clip(facts)
	} else {
		s.facts = append(slices.Clip(s.facts), facts...)
	}
	return s
}

// doubting returns the set, unsure of what another is unsure of.
func (s labelSet) doubting(o labelSet) labelSet {
	s.anyUnsure = s.anyUnsure || o.anyUnsure
	if len(o.unsure) > 0 {
		s.unsure = append(slices.Clip(s.unsure), o.unsure...)
	}
	return s
}

// maxKnown is how many labels, and how many facts about them, are carried from one part
// of an expression to the next. People write a few; each is compared with each at every
// operation, so that thousands would cost minutes.
const maxKnown = 64

// bounded returns the set without long lists: it knows less then, and nothing wrong.
func (s labelSet) bounded() labelSet {
	s.facts = s.facts[:min(len(s.facts), maxKnown)]
	if len(s.names) > maxKnown || len(s.gone) > maxKnown || len(s.unsure) > maxKnown {
		return labelSet{anyUnsure: true, facts: s.facts}
	}
	return s
}

// sure reports whether the result may have the label, and no part of it has lost it.
func (s labelSet) sure(name string) bool {
	return s.may(name) && !s.anyUnsure && !slices.Contains(s.unsure, name)
}

// empty reports whether a matcher wants the label to be empty, which is to be absent.
func (s labelSet) empty(name string) bool {
	return slices.ContainsFunc(s.facts, func(m *labels.Matcher) bool { return m.Name == name && wantsEmpty(m) })
}

// wantsEmpty reports whether a matcher takes series without its label and no others.
func wantsEmpty(m *labels.Matcher) bool {
	switch m.Type {
	case labels.MatchEqual, labels.MatchRegexp:
		return m.Value == ""
	case labels.MatchNotRegexp:
		return m.Value == ".+"
	case labels.MatchNotEqual:
	}
	return false
}

func namesLabel(matchers []*labels.Matcher, name string) bool {
	return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == name })
}

// factsOf returns what is known about some labels.
func (s labelSet) factsOf(names []string) []*labels.Matcher {
	return factsWhere(s.facts, func(m *labels.Matcher) bool { return slices.Contains(names, m.Name) })
}

func factsWithout(facts []*labels.Matcher, name string) []*labels.Matcher {
	if !namesLabel(facts, name) {
		return facts
	}
	return factsWhere(facts, func(m *labels.Matcher) bool { return m.Name != name })
}

func factsWhere(facts []*labels.Matcher, keep func(m *labels.Matcher) bool) []*labels.Matcher {
	var out []*labels.Matcher
	for _, m := range facts {
		if keep(m) {
			out = append(out, m)
		}
	}
	return out
}

// matchedFacts returns what is known about the labels that an operation matches a side
// by, and so about those of the other side.
func matchedFacts(m *parser.VectorMatching, of labelSet) []*labels.Matcher {
	return factsWhere(of.facts, func(f *labels.Matcher) bool { return matches(m, f.Name) })
}

// matches reports whether an operation matches its sides by a label.
func matches(m *parser.VectorMatching, label string) bool {
	return slices.Contains(m.MatchingLabels, label) == m.On && label != model.MetricNameLabel
}

// shared returns the facts of either set that hold for both.
func (s labelSet) shared(o labelSet) []*labels.Matcher {
	out := factsWhere(s.facts, o.holds)
	return append(out, factsWhere(o.facts, func(m *labels.Matcher) bool { return !namesMatcher(s.facts, m) && s.holds(m) })...)
}

// holds reports whether every series of the result fulfils a matcher for sure.
func (s labelSet) holds(m *labels.Matcher) bool {
	if namesMatcher(s.facts, m) {
		return true
	}
	values, ok := s.values(m.Name)
	return ok && !slices.ContainsFunc(values, func(v string) bool { return !m.Matches(v) })
}

func namesMatcher(list []*labels.Matcher, m *labels.Matcher) bool {
	return slices.ContainsFunc(list, func(o *labels.Matcher) bool { return o.Type == m.Type && o.Name == m.Name && o.Value == m.Value })
}

// values returns all values that a label can have, where these are few and known; ""
// stands for a label that is not there. There are none when the facts contradict each
// other.
func (s labelSet) values(name string) (values []string, known bool) {
	if !s.may(name) {
		return factValues(s.facts, name, []string{""}), true
	}
	for _, m := range s.facts {
		if m.Name != name {
			continue
		}
		if list := only(m); list != nil {
			return factValues(s.facts, name, list), true
		}
	}
	return nil, false
}

// only returns the values that a matcher takes, if it lists them, or nil.
func only(m *labels.Matcher) []string {
	switch {
	case wantsEmpty(m):
		return []string{""}
	case m.Type == labels.MatchEqual:
		return []string{m.Value}
	case m.Type == labels.MatchRegexp && strings.IndexByte(m.Value, '*') < 0: // most of what has a star lists nothing
		return m.SetMatches()
	}
	return nil
}

// factValues returns the values that all facts about a label take.
func factValues(facts []*labels.Matcher, name string, values []string) []string {
	return slices.DeleteFunc(values, func(v string) bool {
		return slices.ContainsFunc(facts, func(m *labels.Matcher) bool { return m.Name == name && !m.Matches(v) })
	})
}

// takes reports whether the label can have a value; "" is to be absent.
func (s labelSet) takes(name, value string) bool {
	if value != "" && !s.may(name) {
		return false
	}
	return len(factValues(s.facts, name, []string{value})) > 0
}

// apart reports whether a label has no value that two results can share. Of a set that
// contradicts itself nothing is said: that has been told.
func (s labelSet) apart(o labelSet, name string) bool {
	refused := func(values []string, by labelSet) bool {
		return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return by.takes(name, v) })
	}
	mine, known := s.values(name)
	theirs, knownToo := o.values(name)
	if known && len(mine) == 0 || knownToo && len(theirs) == 0 {
		return false
	}
	return known && refused(mine, o) || knownToo && refused(theirs, s)
}
