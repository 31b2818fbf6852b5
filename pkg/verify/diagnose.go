package verify

import (
	"context"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// diagnose asks, in one round, what there is in place of the selectors that
// have no series: the metric with other label values, or of other services.
func (r *run) diagnose(ctx context.Context, open []*want) {
	var questions []presence.Question
	ask := func(b presence.Branch, take func([]source.Series, error)) {
		questions = append(questions, presence.Question{Branch: b, Take: take})
	}
	others := map[string]holders{}
	for _, w := range open {
		if len(w.names) == 0 {
			continue
		}
		for _, m := range w.own {
			ask(presence.Branch{Pairs: w.pairs(), By: []string{m.Name}}, func(series []source.Series, doubt error) { w.takeValues(m.Name, series, doubt) })
		}
		if len(w.own) > 0 {
			ask(presence.Branch{Pairs: w.pairs(), Sample: true}, w.takeSample)
		}
		if matchers, ok := relaxed(w.own); ok {
			ask(presence.Branch{Matchers: matchers, Pairs: w.pairs()}, w.takeRelaxed)
		}
		if w.owner != "" {
			ask(r.othersBranch(w), func(series []source.Series, doubt error) { r.takeOthers(w, others, series, doubt) })
		}
	}
	r.asker.Put(ctx, questions)
}

func (w *want) takeValues(label string, series []source.Series, doubt error) {
	w.doubt(doubt)
	if len(series) == 0 {
		return
	}
	w.seen.alive = true
	if w.seen.values == nil {
		w.seen.values = map[string][]string{}
	}
	for _, s := range series {
		w.seen.values[label] = append(w.seen.values[label], s.Labels.Get(label))
	}
	slices.SortFunc(w.seen.values[label], presence.ByNumber)
	w.seen.values[label] = slices.Compact(w.seen.values[label])
}

func (w *want) doubt(err error) {
	if err != nil {
		w.seen.unsure = err
	}
}

// takeSample keeps the label names of a series. It is a hint and no more, so a
// doubt about it changes nothing.
func (w *want) takeSample(series []source.Series, _ error) {
	var names []string
	for _, s := range series {
		s.Labels.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel && l.Name != presence.Tag {
				names = append(names, l.Name)
			}
		})
	}
	slices.Sort(names)
	w.seen.labels = slices.Compact(names)
}

func (w *want) takeRelaxed(series []source.Series, doubt error) {
	w.doubt(doubt)
	w.seen.relaxed = len(series) > 0
}

// ownerLabels are labels that often hold a service's name where the service
// label does not.
func ownerLabels() []string { return []string{"app", "job", "service_name"} }

// othersBranch asks for the metric of whatever service, with the labels that
// may name one.
func (r *run) othersBranch(w *want) presence.Branch {
	b := presence.Branch{By: []string{r.o.ServiceLabel}}
	for _, l := range ownerLabels() {
		if l != r.o.ServiceLabel {
			b.By = append(b.By, l)
		}
	}
	for _, n := range w.names {
		b.Pairs = append(b.Pairs, presence.Pair{Name: n})
	}
	return b
}

// holders is who has a metric.
type holders struct {
	// owners are the values of the service label, sorted.
	owners []string
	// unowned is set for series without the service label.
	unowned bool
	// elsewhere is the label, other than the service label, that holds a value.
	elsewhere map[string]string
}

// takeOthers takes the series of an othersBranch. Services that lack the same metric
// share what is known about it.
func (r *run) takeOthers(w *want, known map[string]holders, series []source.Series, doubt error) {
	w.doubt(grave(doubt))
	key := strings.Join(w.names, "|")
	h, ok := known[key]
	if !ok {
		h = r.holdersOf(series)
		known[key] = h
	}
	w.seen.owners, w.seen.unowned, w.seen.ownedBy = h.owners, h.unowned, h.elsewhere[w.owner]
	if _, own := slices.BinarySearch(h.owners, w.owner); own {
		w.seen.alive = true
		// Two replicas of a server may disagree; what one has is there.
		w.seen.live = len(w.own) == 0
	}
}

func (r *run) holdersOf(series []source.Series) holders {
	h := holders{elsewhere: map[string]string{}}
	for _, s := range series {
		owner := s.Labels.Get(r.o.ServiceLabel)
		if owner == "" {
			h.unowned = true
		} else {
			h.owners = append(h.owners, owner)
		}
		for _, l := range ownerLabels() {
			if value := s.Labels.Get(l); l != r.o.ServiceLabel && value != "" && h.elsewhere[value] == "" {
				h.elsewhere[value] = l
			}
		}
	}
	slices.Sort(h.owners)
	h.owners = slices.Compact(h.owners)
	return h
}
