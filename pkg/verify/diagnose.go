package verify

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/source"
)

// diagnose asks, in one round, what there is in place of the selectors that
// have no series: the metric with other label values, or of other services.
func (r *run) diagnose(ctx context.Context, open []*want) {
	var q inquiry
	for _, w := range open {
		if len(w.names) == 0 {
			continue
		}
		for _, m := range w.own {
			q.addValues(w, m.Name)
		}
		if len(w.own) > 0 {
			q.add(w, "sample", branch{pairs: w.pairs(), sample: true}, takeSample)
		}
		if matchers, ok := relaxed(w.own); ok {
			q.add(w, "relaxed", branch{matchers: matchers, pairs: w.pairs()}, takeRelaxed)
		}
		if w.owner != "" {
			q.add(w, "others", r.othersBranch(w), r.takeOthers)
		}
	}
	q.hand(r.asker.ask(ctx, q.branches), r.o.ServiceLabel)
}

func (q *inquiry) addValues(w *want, label string) {
	q.add(w, "values", branch{pairs: w.pairs(), by: []string{label}}, func(w *want, series []source.Series, doubt error) {
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
		sortValues(w.seen.values[label])
		w.seen.values[label] = slices.Compact(w.seen.values[label])
	})
}

func (w *want) doubt(err error) {
	if err != nil {
		w.seen.unsure = err
	}
}

// sortValues sorts numbers by size, so that bucket boundaries read in order,
// and words after them.
func sortValues(values []string) {
	slices.SortFunc(values, func(a, b string) int {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		switch {
		case errX == nil && errY == nil:
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
		case errX == nil:
			return -1
		case errY == nil:
			return 1
		}
		return cmp.Compare(a, b)
	})
}

// takeSample keeps the label names of a series. It is a hint and no more, so a
// doubt about it changes nothing.
func takeSample(w *want, series []source.Series, _ error) {
	var names []string
	for _, s := range series {
		s.Labels.Range(func(l labels.Label) {
			if l.Name != labels.MetricName && l.Name != tag {
				names = append(names, l.Name)
			}
		})
	}
	slices.Sort(names)
	w.seen.labels = slices.Compact(names)
}

func takeRelaxed(w *want, series []source.Series, doubt error) {
	w.doubt(doubt)
	w.seen.relaxed = len(series) > 0
}

// ownerLabels are labels that often hold a service's name where the service
// label does not.
func ownerLabels() []string { return []string{"app", "job", "service_name"} }

// othersBranch asks for the metric of whatever service, with the labels that
// may name one.
func (r *run) othersBranch(w *want) branch {
	b := branch{by: []string{r.o.ServiceLabel}}
	for _, l := range ownerLabels() {
		if l != r.o.ServiceLabel {
			b.by = append(b.by, l)
		}
	}
	for _, n := range w.names {
		b.pairs = append(b.pairs, pair{name: n})
	}
	return b
}

func (r *run) takeOthers(w *want, series []source.Series, doubt error) {
	w.doubt(doubt)
	for _, s := range series {
		switch owner := s.Labels.Get(r.o.ServiceLabel); owner {
		case w.owner:
			w.seen.alive = true
			// Two replicas of a server may disagree; what one has is there.
			w.seen.live = w.seen.live || len(w.own) == 0
		case "":
			w.seen.unowned = true
		default:
			w.seen.owners = append(w.seen.owners, owner)
		}
		for _, l := range ownerLabels() {
			if l != r.o.ServiceLabel && s.Labels.Get(l) == w.owner && s.Labels.Get(r.o.ServiceLabel) != w.owner {
				w.seen.ownedBy = cmp.Or(w.seen.ownedBy, l)
			}
		}
	}
	slices.Sort(w.seen.owners)
	w.seen.owners = slices.Compact(w.seen.owners)
}
