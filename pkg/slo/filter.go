package slo

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// filter is a matcher that tells the good or the bad events of a metric from the
// others. On a label that the metric does not have it tells nothing: status!~"5.."
// then takes every failure for a success, and status=~"5.." finds none.
type filter struct {
	// base is the selector without the filter.
	base promql.Selector
	*labels.Matcher
}

// filters returns the matchers by which the parts of a ratio differ.
func (o owner) filters(c counts) []filter {
	byName := map[string][]promql.Selector{}
	var names []string
	num := map[string]bool{}
	add := func(s promql.Selector) {
		if _, seen := byName[s.Name]; !seen {
			names = append(names, s.Name)
		}
		byName[s.Name] = append(byName[s.Name], s)
	}
	for _, s := range promql.Selectors(c.num) {
		num[s.Name] = true
		add(s)
	}
	for _, s := range promql.Selectors(c.total) {
		add(s)
	}
	var out []filter
	for _, name := range names {
		all := byName[name]
		alone := len(all) == 1
		if name == "" || alone && !num[name] && len(terms(c.total)) == 1 {
			continue // the total is there, or there is no SLI
		}
		shared := slices.DeleteFunc(slices.Clone(all[0].Matchers), func(m *labels.Matcher) bool {
			return alone && m.Name != o.label || slices.ContainsFunc(all, func(s promql.Selector) bool { return !hasMatcher(s, m) })
		})
		for _, s := range all {
			for _, m := range s.Matchers {
				if m.Name != o.label && separates(m) && !slices.ContainsFunc(shared, same(m)) {
					out = append(out, filter{promql.Selector{Name: name, Matchers: shared}, m})
				}
			}
		}
	}
	key := func(f filter) string { return f.base.String() + " " + f.String() }
	slices.SortFunc(out, func(a, b filter) int { return strings.Compare(key(a), key(b)) })
	out = slices.CompactFunc(out, func(a, b filter) bool { return key(a) == key(b) })
	return out[:min(len(out), maxFilledTerms)]
}

func hasMatcher(s promql.Selector, m *labels.Matcher) bool {
	return slices.ContainsFunc(s.Matchers, same(m))
}

func same(m *labels.Matcher) func(*labels.Matcher) bool {
	return func(o *labels.Matcher) bool { return o.String() == m.String() }
}

// separates reports whether a matcher needs its label to exist. One that takes
// series without the label by intention does not, nor does one on a label that
// only failures carry.
func separates(m *labels.Matcher) bool {
	positive := m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp
	return m.Name != labels.BucketLabel && m.Name != model.MetricNameLabel && !promql.OnFailuresOnly(m.Name) && (!positive || !m.Matches(""))
}

// outcomeLabels are the labels that usually hold an outcome, to name the one
// that was meant.
func outcomeLabels() []string {
	return []string{"code", "http_response_status_code", "http_status", "outcome", "response_code", "result", "status", "status_code"}
}

// question prints the question which values the label has in the look-back, and
// those of other labels beside it.
func (f filter) question(look time.Duration, beside ...string) string {
	by := []string{labelText(f.Name)}
	for _, l := range beside {
		if l != f.Name {
			by = append(by, labelText(l))
		}
	}
	return fmt.Sprintf("group by (%s) (present_over_time(%s[%s]))", strings.Join(by, ", "), f.base, promql.Duration(look))
}

var plainLabel = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// labelText returns a label's name as PromQL wants it.
func labelText(name string) string {
	if plainLabel.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

// values returns the values of a label among samples, sorted.
func values(samples []Sample, label string) []string {
	var out []string
	for _, s := range samples {
		if v := s.Labels.Get(label); v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// tells reports whether the filter tells anything of a label with the values.
func (f filter) tells(found []string) bool {
	return len(found) > 0 && (!promql.SaysOutcome(f.Name) || promql.SameVocabulary(f.Matcher, found))
}

// doubtFilters asks whether the filters tell anything. The last hour nearly
// always says so; only if it does not the whole window is asked.
func (m *Measurement) doubtFilters() []doubt {
	var out []doubt
	for i, f := range m.plan.filters {
		id := "filter/" + strconv.Itoa(i)
		look := min(time.Hour, m.window)
		q := m.question(id, f.question(look))
		out = append(out, doubt{[]Question{q}, func(answers map[string]Answer) ([]doubt, bool) {
			a := answers[id]
			switch {
			case a.Err != nil:
				m.finish(report.StateError, a.Err.Error())
				return nil, false
			case f.tells(values(a.Samples, f.Name)):
				return nil, true
			case len(a.Samples) == 0 && m.plan.method == methodRecorded:
				return nil, true // the server that has the counts need not have the metric
			}
			return []doubt{m.doubtFilter(id, f)}, true
		}})
	}
	return out
}

// doubtFilter asks about one filter over the whole window.
func (m *Measurement) doubtFilter(id string, f filter) doubt {
	q := m.question(id, f.question(m.window, outcomeLabels()...))
	return doubt{[]Question{q}, func(answers map[string]Answer) ([]doubt, bool) {
		a := answers[id]
		found := values(a.Samples, f.Name)
		switch {
		case a.Err != nil:
			m.finish(report.StateError, a.Err.Error())
		case f.tells(found):
			return nil, true
		case len(a.Warnings) > 0:
			m.finish(report.StateNoData, partial(a))
		default:
			m.finish(report.StateNoData, f.problem(found, a.Samples, m.window))
		}
		return nil, false
	}}
}

// problem is the sentence about a filter that tells nothing.
func (f filter) problem(found []string, samples []Sample, window time.Duration) string {
	if len(found) > 0 {
		return fmt.Sprintf("%s never takes values of the kind that the label %s of %s has (%s), so failures cannot be told from successes: correct the value in the SLO's query",
			f.Matcher, f.Name, f.base, strings.Join(found[:min(len(found), 5)], ", "))
	}
	text := fmt.Sprintf("no series of %s had the label %s in the last %s, so %s cannot tell failures from successes: correct the label in the SLO's query",
		f.base, f.Name, promql.Duration(window), f.Matcher)
	for _, l := range outcomeLabels() {
		if other := values(samples, l); len(other) > 0 {
			return text + fmt.Sprintf("; the series have the label %s (%s)", l, strings.Join(other[:min(len(other), 5)], ", "))
		}
	}
	return text
}
