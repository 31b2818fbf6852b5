package slo

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Recording prints what recording rules and alerts need of one SLI. It agrees with
// Measurement: both read the indicator in one way.
type Recording struct {
	indicator indicator
	notes     []report.Reason
	counts    bool
	bucket    promql.Selector
	// total and bad are the events of an SLI with counters, ratio the share of bad ones.
	total, bad, ratio overAny
}

// RecordingOptions say how an SLI is to be recorded.
type RecordingOptions struct {
	// Label is the label that holds a service's name in its series.
	Label string
	// Boundaries are the values of le that the histogram of a latency SLO has, and
	// how many series have each. nil assumes a boundary at the threshold.
	Boundaries map[string]float64
}

// NewRecording returns how an SLO of a service is recorded. The error is a sentence
// on why it cannot be, with a way out.
func NewRecording(service *spec.Service, s spec.SLO, o RecordingOptions) (Recording, error) {
	p, problem := owner{name: service.Name.V, label: o.Label}.resolve(s.Indicator, service.Type.V)
	if problem == "" && p.histogram != nil {
		boundaries := o.Boundaries
		if boundaries == nil {
			boundaries = map[string]float64{decimal(p.histogram.limit): 1}
		}
		p, problem = p.classic(boundaries)
	}
	if problem != "" {
		return Recording{}, errors.New(string(problem))
	}
	var out Recording
	switch i := p.indicator.(type) {
	case counts:
		i.summed = true // counts of events of one SLO may be added up, whatever labels they have
		out.bucket, i.sure = bucketOf(i)
		p.indicator = i
	case average:
		i.fine = true
		p.indicator = i
	}
	out.indicator, out.notes, out.counts = p.indicator, p.notes, p.events(time.Hour) != ""
	if c, ok := out.indicator.(counts); ok && out.counts {
		held := unused(c.num.String() + c.total.String())
		out.total.text, out.bad.text, out.ratio.text = c.printed(held)
		out.total.held, out.bad.held, out.ratio.held = rangeOf(held), rangeOf(held), rangeOf(held)
	}
	return out, nil
}

// Bucket returns the bucket of a classic histogram that the SLI counts by; false for
// an SLI that counts by none. The buckets of a histogram exist together: where this
// one has no series, the histogram has no such boundary, and there is no SLI. A
// native histogram has an answer for every boundary.
func (r Recording) Bucket() (promql.Selector, bool) { return r.bucket, r.bucket.Name != "" }

// Notes are what a reader has to know about the way in which the SLI is taken.
func (r Recording) Notes() []report.Reason { return r.notes }

// Counts reports whether the SLI counts events. If it does not, Total and Bad print
// nothing.
func (r Recording) Counts() bool { return r.counts }

// Total prints the number of events in the last window: one series, 0 without
// traffic, and none where the metric is absent.
func (r Recording) Total(window time.Duration) string {
	if text, ok := r.total.over(window); ok {
		return text
	}
	return r.indicator.events(window)
}

// Bad prints the number of bad events in the last window. It is never below 0, and
// has a value wherever Total has one and the bucket that it counts by exists.
func (r Recording) Bad(window time.Duration) string {
	if text, ok := r.bad.over(window); ok {
		return text
	}
	switch i := r.indicator.(type) {
	case counts:
		return i.badEvents(window)
	case nativeShare:
		return i.badEvents(window)
	}
	return ""
}

// ErrorRatio prints the share of bad events, or of bad time, in the last window,
// from 0 to 1. Without traffic it has no value, so that nothing is burned.
func (r Recording) ErrorRatio(window time.Duration) string {
	if text, ok := r.ratio.over(window); ok {
		return text
	}
	c, ok := r.indicator.(counts)
	switch {
	case ok && (!c.bad || r.Counts()):
		return c.errorRatio(window)
	case r.Counts():
		return "(" + r.Bad(window) + ") / (" + r.Total(window) + " > 0)"
	}
	return "1 - " + r.indicator.sli(window)
}

// errorRatio prints the share of bad events in a window.
func (c counts) errorRatio(window time.Duration) string {
	_, _, ratio := c.printed(window)
	return ratio
}

// printed prints all events in a window, the bad ones and their share. Of what is not
// good the floor is around all of the share: pint takes a floor around a sum alone for
// something that keeps the labels of what is summed, and says of the division that
// nothing would match.
func (c counts) printed(window time.Duration) (total, bad, ratio string) {
	total = c.events(window)
	w, ok := c.over(window)
	switch {
	case !ok:
		return total, "", ""
	case w.bad:
		bad = w.numerator()
		return total, bad, "(" + bad + ") / (" + total + " > 0)"
	}
	failed := w.failed()
	return total, "clamp_min(" + failed + ", 0)", "clamp_min((" + failed + ") / (" + w.denominator() + " > 0), 0)"
}

// overAny is an expression over windows that differs between them in its ranges alone,
// so that it is printed once for all of them.
type overAny struct{ text, held string }

// unused returns a window that a text does not have.
func unused(text string) time.Duration {
	held := 271828183 * time.Millisecond
	for strings.Contains(text, model.Duration(held).String()) {
		held += time.Millisecond
	}
	return held
}

// over prints the expression over a window; false where there is none.
func (o overAny) over(window time.Duration) (string, bool) {
	if o.text == "" || window < time.Millisecond {
		return "", false
	}
	return strings.ReplaceAll(o.text, o.held, rangeOf(window)), true
}

// rangeOf prints a range as expressions do, to the millisecond.
func rangeOf(window time.Duration) string { return "[" + model.Duration(window).String() + "]" }

// badEvents prints the bad events. Good ones are taken from all; increase
// extrapolates both sides, which may leave a little less than nothing.
func (c counts) badEvents(window time.Duration) string {
	_, bad, _ := c.printed(window)
	return bad
}

// failed prints all events without the good ones.
func (c counts) failed() string {
	if h, ok := c.bucketed(); ok {
		return h.sum("(" + h.all + " - ignoring (" + labels.BucketLabel + ") " + h.bucket + ")")
	}
	return c.denominator() + " - " + c.numerator()
}

// badEvents prints the observations above the limit. The fraction of no
// observations is NaN, which would stay in every sum.
func (n nativeShare) badEvents(window time.Duration) string {
	count := n.events(window)
	return fmt.Sprintf("((1 - %s) * %s >= 0) or %s * 0", n.sli(window), count, count)
}
