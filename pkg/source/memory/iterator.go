package memory

import (
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// milliseconds is a Unix time as storage counts it.
type milliseconds = int64

// iterator walks the samples of a series up to the index hi.
type iterator struct {
	series *series
	i, hi  int
	// moved is set once Next or Seek was called.
	moved bool
}

// Next moves to the next sample.
func (it *iterator) Next() chunkenc.ValueType {
	it.moved = true
	it.i++
	return it.settle()
}

// Seek moves to the first sample at or after a time. It never moves back.
func (it *iterator) Seek(t milliseconds) chunkenc.ValueType {
	if !it.moved {
		it.i++
		it.moved = true
	}
	if it.i < it.hi && it.series.at(it.i) < t {
		if last := it.series.at(it.hi - 1); t > last {
			it.i = it.hi
		} else {
			it.i, _ = it.series.between(t, last)
		}
	}
	return it.settle()
}

// settle passes gaps and says what stands at the index.
func (it *iterator) settle() chunkenc.ValueType {
	for it.i < it.hi && isGap(it.series.values[it.i]) {
		it.i++
	}
	if it.i >= it.hi {
		it.i = it.hi
		return chunkenc.ValNone
	}
	if it.series.histograms[it.i] != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

// At returns the time and the value of the sample.
func (it *iterator) At() (int64, float64) { return it.series.at(it.i), it.series.values[it.i] }

// AtHistogram returns nothing: all histograms here have float counts.
func (it *iterator) AtHistogram(*histogram.Histogram) (int64, *histogram.Histogram) {
	return it.series.at(it.i), nil
}

// AtFloatHistogram returns a copy, which the engine may change.
func (it *iterator) AtFloatHistogram(into *histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	h := it.series.histograms[it.i]
	if into == nil {
		return it.series.at(it.i), h.Copy()
	}
	h.CopyTo(into)
	return it.series.at(it.i), into
}

// AtT returns the time of the sample.
func (it *iterator) AtT() int64 { return it.series.at(it.i) }

// AtST returns 0: the start of a counter is not known.
func (it *iterator) AtST() int64 { return 0 }

// Err returns nil: memory does not fail.
func (it *iterator) Err() error { return nil }
