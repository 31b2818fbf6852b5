// Package memory keeps series in memory for the embedded engine: those of a
// snapshot, which step evenly, and those of a page of metrics, which have one
// sample each.
package memory

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"
)

// gap stands in the values where a series has no sample. It is a NaN that is
// neither the ordinary one nor the mark of a stale series; isGap compares bits.
const gapBits uint64 = 0x7ff8_0000_006e_6174

func gap() float64 { return math.Float64frombits(gapBits) }

func isGap(v float64) bool { return math.Float64bits(v) == gapBits }

// series holds samples at start, start+step, start+2*step and so on, in
// milliseconds. A time costs nothing and a sample eight bytes.
type series struct {
	labels      labels.Labels
	start, step int64
	values      []float64
	// histograms holds the native histograms by index; their values are 0.
	histograms map[int]*histogram.FloatHistogram
}

func (s *series) at(i int) int64 { return s.start + int64(i)*s.step }

// between returns the half-open range of indexes whose times lie between two
// times, both included.
func (s *series) between(mint, maxt int64) (lo, hi int) {
	if len(s.values) == 0 || maxt < s.start || mint > s.at(len(s.values)-1) {
		return 0, 0
	}
	if mint > s.start {
		lo = int((mint - s.start + s.step - 1) / s.step)
	}
	hi = len(s.values)
	if maxt < s.at(len(s.values)-1) {
		hi = int((maxt-s.start)/s.step) + 1
	}
	return lo, max(lo, hi)
}

// alive reports whether the series has a sample in the range that is no mark of
// staleness.
func (s *series) alive(mint, maxt int64) bool {
	lo, hi := s.between(mint, maxt)
	for i := lo; i < hi; i++ {
		if v := s.values[i]; !isGap(v) && !value.IsStaleNaN(v) {
			return true
		}
	}
	return false
}

// Store is a set of series. It implements storage.Queryable, never changes and
// is safe for concurrent use.
type Store struct {
	all    []*series
	byName map[string][]*series
}

func newStore(all []*series) *Store {
	slices.SortFunc(all, func(a, b *series) int { return labels.Compare(a.labels, b.labels) })
	s := &Store{all: all, byName: map[string][]*series{}}
	for _, one := range all {
		name := one.labels.Get(model.MetricNameLabel)
		s.byName[name] = append(s.byName[name], one)
	}
	return s
}

// Series returns the number of series.
func (s *Store) Series() int { return len(s.all) }

// Names returns the sorted names of the metrics that have a sample between two
// times in milliseconds, both included, in a series that matches one of the
// selectors, or in any series when there are none.
func (s *Store) Names(selectors [][]*labels.Matcher, mint, maxt int64) []string {
	if len(selectors) == 0 {
		selectors = [][]*labels.Matcher{nil}
	}
	found := map[string]bool{}
	for _, matchers := range selectors {
		for _, one := range s.candidates(matchers) {
			name := one.labels.Get(model.MetricNameLabel)
			if name != "" && !found[name] && matches(one, matchers) && one.alive(mint, maxt) {
				found[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// candidates returns the series of the name that the matchers ask for, or all.
func (s *Store) candidates(matchers []*labels.Matcher) []*series {
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return s.byName[m.Value]
		}
	}
	return s.all
}

func matches(s *series, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if !m.Matches(s.labels.Get(m.Name)) {
			return false
		}
	}
	return true
}

// Querier returns a querier for the times between mint and maxt, both included.
func (s *Store) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{store: s, mint: mint, maxt: maxt}, nil
}

type querier struct {
	store      *Store
	mint, maxt int64
}

func (q *querier) Close() error { return nil }

func (q *querier) Select(_ context.Context, _ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	mint, maxt := q.mint, q.maxt
	if hints != nil {
		mint, maxt = hints.Start, hints.End
	}
	set := &seriesSet{next: -1}
	for _, one := range q.store.candidates(matchers) {
		if !matches(one, matchers) {
			continue
		}
		if lo, hi := one.between(mint, maxt); lo < hi {
			set.selected = append(set.selected, selected{series: one, lo: lo, hi: hi})
		}
	}
	return set
}

func (q *querier) LabelValues(_ context.Context, name string, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return q.collect(hints, matchers, func(l labels.Labels, add func(string)) {
		if v := l.Get(name); v != "" {
			add(v)
		}
	}), nil, nil
}

func (q *querier) LabelNames(_ context.Context, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return q.collect(hints, matchers, func(l labels.Labels, add func(string)) {
		l.Range(func(one labels.Label) { add(one.Name) })
	}), nil, nil
}

// collect gathers a sorted set of strings from the labels of the series that
// have a sample in the querier's range.
func (q *querier) collect(hints *storage.LabelHints, matchers []*labels.Matcher, from func(labels.Labels, func(string))) []string {
	found := map[string]bool{}
	for _, one := range q.store.candidates(matchers) {
		if matches(one, matchers) && one.alive(q.mint, q.maxt) {
			from(one.labels, func(s string) { found[s] = true })
		}
	}
	out := slices.Sorted(maps.Keys(found))
	if hints != nil && hints.Limit > 0 && len(out) > hints.Limit {
		out = out[:hints.Limit]
	}
	return out
}

// selected is the part of a series that a query may see.
type selected struct {
	*series
	lo, hi int
}

func (s selected) Labels() labels.Labels { return s.labels }

func (s selected) Iterator(old chunkenc.Iterator) chunkenc.Iterator {
	it, ok := old.(*iterator)
	if !ok {
		it = &iterator{}
	}
	*it = iterator{series: s.series, i: s.lo - 1, hi: s.hi}
	return it
}

type seriesSet struct {
	selected []selected
	next     int
}

func (s *seriesSet) Next() bool {
	s.next++
	return s.next < len(s.selected)
}

func (s *seriesSet) At() storage.Series { return s.selected[s.next] }

func (s *seriesSet) Err() error { return nil }

func (s *seriesSet) Warnings() annotations.Annotations { return nil }
