package ruler

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// What a storage refuses, in the words of Prometheus.
var (
	errDuplicate  = errors.New("duplicate sample for timestamp")
	errOutOfOrder = errors.New("out of order sample")
)

// point is one sample: a number, or a histogram where there is one.
type point struct {
	t int64
	v float64
	h *histogram.FloatHistogram
}

func (p *point) T() int64                      { return p.t }
func (p *point) ST() int64                     { return 0 }
func (p *point) F() float64                    { return p.v }
func (p *point) H() *histogram.Histogram       { return nil }
func (p *point) FH() *histogram.FloatHistogram { return p.h }

func (p *point) Type() chunkenc.ValueType {
	if p.h != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

func (p *point) Copy() chunks.Sample {
	c := *p
	if p.h != nil {
		c.h = p.h.Copy()
	}
	return &c
}

// points are the samples of one series, sorted by time.
type points []point

func (p points) Get(i int) chunks.Sample { return &p[i] }
func (p points) Len() int                { return len(p) }

// between returns the samples between two times, both included.
func (p points) between(mint, maxt int64) points {
	lo := sort.Search(len(p), func(i int) bool { return p[i].t >= mint })
	hi := sort.Search(len(p), func(i int) bool { return p[i].t > maxt })
	return p[lo:max(lo, hi)]
}

// series is what a store keeps of one label set.
type series struct {
	labels labels.Labels
	points points
}

// store holds series in memory. It grows at the end of each series only, and is
// not safe for concurrent use.
type store struct {
	byName map[string][]*series
	byKey  map[string]*series
	buffer []byte
}

func newStore() *store { return &store{byName: map[string][]*series{}, byKey: map[string]*series{}} }

// of returns the series with the labels, which is made when there is none.
func (s *store) of(lset labels.Labels) *series {
	s.buffer = lset.Bytes(s.buffer)
	if one, ok := s.byKey[string(s.buffer)]; ok {
		return one
	}
	one := &series{labels: lset}
	s.byKey[string(s.buffer)] = one
	name := lset.Get(model.MetricNameLabel)
	s.byName[name] = append(s.byName[name], one)
	return one
}

// append adds a sample to the end of a series. The same sample twice is one.
func (s *series) append(p point) error {
	if n := len(s.points); n > 0 {
		switch last := s.points[n-1]; {
		case p.t < last.t:
			return errOutOfOrder
		case p.t == last.t && p.h == nil && last.h == nil && math.Float64bits(p.v) == math.Float64bits(last.v):
			return nil
		case p.t == last.t && p.h != nil && last.h != nil && p.h.Equals(last.h):
			return nil
		case p.t == last.t:
			return errDuplicate
		}
	}
	s.hint(&p)
	s.points = append(s.points, p)
	return nil
}

// hint marks a histogram as the database of Prometheus does when it is read back:
// whether the counts went on from those before.
func (s *series) hint(p *point) {
	if p.h == nil || p.h.CounterResetHint == histogram.GaugeType {
		return
	}
	h := p.h.Copy()
	h.CounterResetHint = histogram.UnknownCounterReset
	if n := len(s.points); n > 0 && s.points[n-1].h != nil {
		// A hint is believed and not looked into, so it is set last.
		reset := p.h.CounterResetHint == histogram.CounterReset || h.DetectReset(s.points[n-1].h)
		h.CounterResetHint = histogram.NotCounterReset
		if reset {
			h.CounterResetHint = histogram.CounterReset
		}
	}
	p.h = h
}

// Querier returns a querier for the times between mint and maxt, both included.
func (s *store) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{store: s, mint: mint, maxt: maxt}, nil
}

type querier struct {
	store      *store
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
		if !matchesAll(one.labels, matchers) {
			continue
		}
		if p := one.points.between(mint, maxt); len(p) > 0 {
			set.series = append(set.series, series{one.labels, p})
		}
	}
	slices.SortFunc(set.series, func(a, b series) int { return labels.Compare(a.labels, b.labels) })
	return set
}

// candidates returns the series of the name that the matchers ask for, or all.
func (s *store) candidates(matchers []*labels.Matcher) []*series {
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return s.byName[m.Value]
		}
	}
	var all []*series
	for _, named := range s.byName {
		all = append(all, named...)
	}
	return all
}

func matchesAll(lset labels.Labels, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if !m.Matches(lset.Get(m.Name)) {
			return false
		}
	}
	return true
}

// LabelValues returns none: the engine never asks for them.
func (q *querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// LabelNames returns none: the engine never asks for them.
func (q *querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

type seriesSet struct {
	series []series
	next   int
}

func (s *seriesSet) Next() bool {
	s.next++
	return s.next < len(s.series)
}

func (s *seriesSet) At() storage.Series                { return &s.series[s.next] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

func (s *series) Labels() labels.Labels { return s.labels }

// Iterator returns an iterator that gives away copies of histograms, which the
// engine may change.
func (s *series) Iterator(old chunkenc.Iterator) chunkenc.Iterator {
	if it, ok := old.(interface {
		chunkenc.Iterator
		Reset(samples storage.Samples)
	}); ok {
		it.Reset(s.points)
		return it
	}
	return storage.NewListSeriesIteratorWithCopy(s.points)
}
