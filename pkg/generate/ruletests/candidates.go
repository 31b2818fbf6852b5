package ruletests

import (
	"maps"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
)

// candidate is a series that may be counted, and how: what one increment of it adds
// to both sides.
type candidate struct {
	// spellings are the label sets that mean the same, as le="1" and le="1.0",
	// between which the increments are split.
	spellings  []labels.Labels
	num, total float64
}

// vocabulary are the values that labels of an outcome usually have, what is well
// first.
func vocabulary() []string {
	return []string{"200", "404", "500", "503", "2xx", "4xx", "5xx", "ok", "error", "success", "failed", "failure", "OK", "Unavailable", "Internal", "true", "false", "0", "1"}
}

// maxCandidates bounds the label sets of one metric that are tried.
const maxCandidates = 10_000

// candidates returns series that the terms count differently, one for each way to be
// counted.
func candidates(c slo.Counters) ([]candidate, string) {
	byName := map[string][]promql.Selector{}
	for _, t := range slices.Concat(c.Num, c.Total) {
		byName[t.Selector.Name] = append(byName[t.Selector.Name], t.Selector)
	}
	var out []candidate
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		sets, ok := labelSets(name, byName[name])
		if !ok {
			return nil, "its queries have so many matchers that not all series that they may mean can be tried"
		}
		for _, lset := range sets {
			one := candidate{spellings: []labels.Labels{lset}, num: weight(c.Num, lset), total: weight(c.Total, lset)}
			if one.num == 0 && one.total == 0 {
				continue
			}
			out = merge(out, one)
		}
	}
	return out, ""
}

// merge adds a candidate unless there is one of the metric that counts the same. Of
// the bounds of a bucket every spelling is kept.
func merge(all []candidate, one candidate) []candidate {
	lset := one.spellings[0]
	for i, c := range all {
		other := c.spellings[0]
		if c.num != one.num || c.total != one.total || other.Get(model.MetricNameLabel) != lset.Get(model.MetricNameLabel) {
			continue
		}
		if areOne(lset, other) {
			all[i].spellings = append(all[i].spellings, lset)
		}
		return all
	}
	return append(all, one)
}

// areOne reports whether two series differ by the bound of a bucket alone, or by the
// status of a response.
func areOne(a, b labels.Labels) bool {
	differ := ""
	n := 0
	a.Range(func(l labels.Label) {
		if b.Get(l.Name) != l.Value {
			differ, n = l.Name, n+1
		}
	})
	codes := slices.Concat(statuses(), []string{"200", "500"})
	return n == 1 && (differ == model.BucketLabel || slices.Contains(codes, a.Get(differ)) && slices.Contains(codes, b.Get(differ)))
}

// statuses are those that are counted beside 200 and 500, so that a rule that knows
// these two alone, or that takes the mean of series in place of their sum, is found.
func statuses() []string { return []string{"404", "503"} }

// weight is what one increment of a series adds to a side.
func weight(terms []slo.Term, lset labels.Labels) float64 {
	sum := 0.0
	for _, t := range terms {
		if t.Selector.Name == lset.Get(model.MetricNameLabel) && matches(t.Selector, lset) {
			sum += t.Factor
		}
	}
	return sum
}

func matches(s promql.Selector, lset labels.Labels) bool {
	return !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return !m.Matches(lset.Get(m.Name)) })
}

// assign returns labels that a selector matches.
func assign(s promql.Selector) (labels.Labels, bool) {
	if s.Name == "" {
		return labels.EmptyLabels(), false
	}
	sets, _ := labelSets(s.Name, []promql.Selector{s})
	i := slices.IndexFunc(sets, func(lset labels.Labels) bool { return matches(s, lset) })
	if i < 0 {
		return labels.EmptyLabels(), false
	}
	return sets[i], true
}

// labelSets returns label sets of a metric that the selectors tell apart, in every
// combination; false when there would be too many.
func labelSets(name string, selectors []promql.Selector) ([]labels.Labels, bool) {
	byLabel := map[string][]*labels.Matcher{}
	for _, s := range selectors {
		for _, m := range s.Matchers {
			byLabel[m.Name] = append(byLabel[m.Name], m)
		}
	}
	sets := []labels.Labels{labels.FromStrings(model.MetricNameLabel, name)}
	for _, label := range slices.Sorted(maps.Keys(byLabel)) {
		if label == model.MetricNameLabel {
			return nil, true // two matchers on the name: no name is known
		}
		var next []labels.Labels
		for _, value := range values(label, byLabel[label]) {
			for _, lset := range sets {
				next = append(next, labels.NewBuilder(lset).Set(label, value).Labels())
			}
		}
		if sets = next; len(sets) > maxCandidates {
			return nil, false
		}
	}
	return sets, true
}

// values returns values of a label, one for each way in which the matchers answer.
// Of the bounds of a bucket all that a matcher names are kept, and statuses where the
// matchers tell success and failure by them.
func values(label string, matchers []*labels.Matcher) []string {
	tried := vocabulary()
	for _, m := range matchers {
		tried = append(tried, spoken(m)...)
	}
	if label == model.BucketLabel {
		tried = tried[len(vocabulary()):]
	}
	answers := func(v string) string {
		answer := make([]byte, len(matchers))
		for i, m := range matchers {
			if m.Matches(v) {
				answer[i] = 1
			}
		}
		return string(answer)
	}
	telling := answers("200") != answers("500")
	seen := map[string]bool{}
	var out []string
	for _, v := range append(tried, "") {
		key := answers(v)
		if label == model.BucketLabel || telling && slices.Contains(statuses(), v) {
			key += v
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out
}

// spoken returns values that a matcher speaks of.
func spoken(m *labels.Matcher) []string {
	switch m.Type {
	case labels.MatchEqual, labels.MatchNotEqual:
		return []string{m.Value}
	case labels.MatchRegexp, labels.MatchNotRegexp:
	}
	if set := m.SetMatches(); len(set) > 0 {
		return set
	}
	re, err := syntax.Parse(m.Value, syntax.Perl)
	if err != nil {
		return nil
	}
	var out []string
	branches := []*syntax.Regexp{re}
	if re.Op == syntax.OpAlternate {
		branches = re.Sub
	}
	for _, b := range branches {
		out = append(out, instance(b))
	}
	return out
}

// instance returns a text that a regular expression matches, as long as it asks for
// no more than characters one after another.
func instance(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			return string(re.Rune[0])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpCapture, syntax.OpPlus, syntax.OpAlternate:
		return instance(re.Sub[0])
	case syntax.OpRepeat:
		return strings.Repeat(instance(re.Sub[0]), min(re.Min, 100))
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(instance(sub))
		}
		return b.String()
	default: // all others match nothing, or the place between two characters
	}
	return ""
}
