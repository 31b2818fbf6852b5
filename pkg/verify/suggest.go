package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// suggestion says in one sentence what to do about a want, or why nothing has to
// be done.
func (r *run) suggestion(w *want, st report.MetricState) string {
	switch st {
	case report.MetricOK:
		return ""
	case report.MetricError:
		return w.seen.unsure.Error()
	case report.MetricNoErrorsYet:
		return "nothing has failed so far; the series appear with the first failure"
	case report.MetricWrongLabels:
		return r.labelHint(w)
	case report.MetricStale:
		return "check that the target is up and still scraped, or drop the metric from the service file"
	case report.MetricOtherService:
		return r.ownerHint(w)
	case report.MetricRecorded:
		return "wait for the first evaluation of the rule; if there still is no sample then, its expression gives nothing for this service"
	case report.MetricMissing:
		return r.nameHint(w)
	}
	return ""
}

func (r *run) nameHint(w *want) string {
	var hints []string
	switch {
	case w.seen.nearOwned:
		hints = append(hints, fmt.Sprintf("did you mean %s, which %s has?", w.seen.near, w.owner))
	case w.seen.near != "":
		hints = append(hints, "did you mean "+w.seen.near+"?")
	}
	if len(w.names) > 0 {
		if e := exporterOf(w.names[0]); e != "" {
			hints = append(hints, "metrics of this kind come from "+e+": check that it runs and is scraped")
		}
	}
	if len(hints) == 0 && w.defaultOf != "" {
		hints = append(hints, "write the queries of this SLO yourself, with the metrics that the service has")
	}
	if len(hints) == 0 {
		hints = append(hints, "correct the name, or make the service export it; a counter appears with its first event")
	}
	return strings.Join(hints, " ")
}

// ownerHint names who has the metric, and how to make it found.
func (r *run) ownerHint(w *want) string {
	label := r.o.ServiceLabel
	if w.seen.ownedBy != "" {
		own := labels.MustNewMatcher(labels.MatchEqual, w.seen.ownedBy, w.owner)
		return fmt.Sprintf("there are series with %s: set the label %s on them, or run with --service-label %s", own, label, w.seen.ownedBy)
	}
	if len(w.seen.owners) == 0 {
		return fmt.Sprintf("no series of it has a label %s: set it on the target, or run with the --service-label that the series have", label)
	}
	return fmt.Sprintf("the label %s has %s: correct the name of the service, or the label on its target", label, someOf(w.seen.owners[:min(3, len(w.seen.owners))], len(w.seen.owners)))
}

// labelHint names the first matcher that no series satisfies, with the values
// that there are.
func (r *run) labelHint(w *want) string {
	for _, m := range w.own {
		values := w.seen.values[m.Name]
		excludes := promql.KeepsGood(m) && !slices.ContainsFunc(values, func(v string) bool { return v != "" })
		if !excludes && slices.ContainsFunc(values, m.Matches) && (!promql.PicksFailures(m) || promql.SameVocabulary(m, values)) {
			continue
		}
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
		if len(values) > 0 {
			return fmt.Sprintf("the label %s has %s: correct %s", m.Name, someOf(nearest(m, values, 5), len(values)), m)
		}
		hint := fmt.Sprintf("no series of it has a label %s", m.Name)
		if excludes {
			hint += fmt.Sprintf(", so %s excludes nothing", m)
		}
		if len(w.seen.labels) > 0 {
			hint += "; its labels are " + strings.Join(w.seen.labels, ", ")
		}
		return hint
	}
	return "each of these labels exists, but no series has all of them at once"
}

// someOf lists values, in order, and how many more there are.
func someOf(shown []string, all int) string {
	noun := "the values "
	if all == 1 {
		noun = "the value "
	}
	text := noun + strings.Join(shown, ", ")
	if more := all - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// nearest returns up to n of the sorted values, in order: around the number
// that a matcher asks for, so that a wrong bucket boundary meets its neighbours,
// else the first.
func nearest(m *labels.Matcher, values []string, n int) []string {
	want, err := strconv.ParseFloat(m.Value, 64)
	if err != nil || len(values) <= n {
		return values[:min(n, len(values))]
	}
	at := slices.IndexFunc(values, func(v string) bool {
		have, err := strconv.ParseFloat(v, 64)
		return err != nil || have >= want
	})
	if at < 0 {
		at = len(values)
	}
	start := min(max(0, at-n/2), len(values)-n)
	return values[start : start+n]
}
