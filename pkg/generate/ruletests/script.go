package ruletests

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
)

// script is what is recorded of an SLO in a test, without its metrics, and which
// alerts fire at each evaluation.
type script struct {
	leaves  []leaf
	moments []moment
	firing  [][]firing
}

// leaf is a series that is given to a test as if it were recorded.
type leaf struct{ name, values string }

// eventsOver is the name of recorded counts over another window than 5 minutes.
func eventsOver(name string, w time.Duration) string {
	return strings.TrimSuffix(name, "5m") + promql.Duration(w)
}

// round is a group of alerts that read no window in common, so that each can be
// brought to its limit without a thought for the others.
func (f profile) rounds() [][]record.BurnAlert {
	var out [][]record.BurnAlert
	for _, a := range f.alerts {
		i := slices.IndexFunc(out, func(round []record.BurnAlert) bool {
			return !slices.ContainsFunc(round, func(b record.BurnAlert) bool {
				return a.Long == b.Long || a.Long == b.Short || a.Short == b.Long || a.Short == b.Short
			})
		})
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	return out
}

// The places of a share of bad events beside its limit. They are near enough to it to
// tell that somebody changed it by 2 %.
const below, just, far = 0.98, 1.02, 3

// over is a share of bad events that is so many times a limit.
func over(limit, times float64) float64 { return rough(min(limit*times, 1)) }

// enough are the events of a window when their number is not the question.
const enough = 1_000_000

// brink brings an alert to the edge of firing, in one of several ways: the i-th of
// those that are brought there at once.
type brink func(a record.BurnAlert, i int) (long, short, events float64)

func brinks(counts bool) []brink {
	out := []brink{
		func(a record.BurnAlert, _ int) (float64, float64, float64) {
			return over(limit(a), below), over(limit(a), far), enough
		},
		func(a record.BurnAlert, _ int) (float64, float64, float64) {
			return over(limit(a), just), over(limit(a), far), enough
		},
		func(a record.BurnAlert, _ int) (float64, float64, float64) {
			return over(limit(a), far), over(limit(a), below), enough
		},
		func(a record.BurnAlert, _ int) (float64, float64, float64) {
			return over(limit(a), far), over(limit(a), just), enough
		},
	}
	if !counts {
		return out
	}
	for _, times := range []float64{below, just} {
		out = append(out, func(a record.BurnAlert, _ int) (float64, float64, float64) {
			share := over(limit(a), 1.5)
			return share, share, rough(several * times / share)
		})
		// Alerts take turns, so that each is seen to count the events of its own window.
		for turn := range 2 {
			out = append(out, func(a record.BurnAlert, i int) (float64, float64, float64) {
				if i%2 != turn {
					return 1, 1, enough
				}
				return 1, 1, rough(float64(a.MinEvents) * times)
			})
		}
	}
	return out
}

// burnScript has two evaluations for each way in which an alert may come close to
// firing: at the second it fires or does not. Only SLOs that count events have every
// window to themselves.
func burnScript(f profile) (script, bool) {
	total, bad, ratio := map[time.Duration]*sequence{}, map[time.Duration]*sequence{}, map[time.Duration]*sequence{}
	read := f.read()
	for w := range read {
		total[w], bad[w], ratio[w] = &sequence{}, &sequence{}, &sequence{}
		for _, s := range []*sequence{total[w], bad[w], ratio[w]} {
			s.add(math.NaN(), 1)
		}
	}
	moments := []moment{newMoment()}
	for _, round := range f.rounds() {
		for _, b := range brinks(true) {
			m := f.brink(round, b)
			for w := range read {
				total[w].add(m.total[w], 2)
				bad[w].add(m.bad[w], 2)
				ratio[w].add(m.ratio[w], 2)
			}
			moments = append(moments, m, m)
		}
	}
	var all, none sequence
	all.add(math.NaN(), 1)
	none.add(math.NaN(), 1)
	all.add(enough, len(moments)-1)
	none.add(0, len(moments)-1)
	out := script{leaves: []leaf{{slo.TotalEvents, all.text()}, {slo.BadEvents, none.text()}}}
	for _, w := range f.windows {
		switch {
		case !read[w]:
		case f.counted[w]:
			out.leaves = append(out.leaves, leaf{eventsOver(slo.TotalEvents, w), total[w].text()}, leaf{eventsOver(slo.BadEvents, w), bad[w].text()})
		default:
			out.leaves = append(out.leaves, leaf{record.ErrorRatio + promql.Duration(w), ratio[w].text()})
		}
	}
	var ok bool
	out.firing, ok = f.foresee(moments, day)
	return out, ok
}

// read are the windows that alerts read.
func (f profile) read() map[time.Duration]bool {
	out := map[time.Duration]bool{}
	for _, a := range f.alerts {
		out[a.Long], out[a.Short] = true, true
	}
	return out
}

// brink is a moment at which some alerts are on the edge, and nothing fails in the
// windows that they do not read.
func (f profile) brink(round []record.BurnAlert, b brink) moment {
	m := newMoment()
	m.measured, m.budgeted, m.remaining = true, true, 1
	set := func(w time.Duration, share, events float64) {
		m.total[w], m.bad[w], m.ratio[w] = events, rough(share*events), share
		if f.counted[w] {
			m.ratio[w] = m.bad[w] / events
		}
	}
	for w := range f.read() {
		set(w, 0, enough)
	}
	for i, a := range round {
		long, short, events := b(a, i)
		if events == 0 {
			events = 1
		}
		set(a.Long, long, events)
		set(a.Short, short, enough)
	}
	return m
}

// often is how often rules are evaluated in the test of how long alerts wait. An
// evaluation a minute would tell 2 minutes from 5, and take promtool five times as
// long.
const often = 5 * time.Minute

// The evaluations of that test.
const (
	// begins is when everything fails, and little of the budget is left.
	begins = 3
	// spent is when nothing of it is left.
	spent = 6
	// one and twice are when no more than one bad event used it up, and when more did.
	one, twice = 9, 11
	// recovers is when the short windows are clean.
	recovers, ends = 41, 42
)

// waitScript has alerts that all hold from one moment on.
func waitScript(f profile) (script, bool) {
	if !f.counts {
		return f.waitOfShares()
	}
	var out script
	moments := make([]moment, ends+1)
	for k := range moments {
		moments[k] = f.during(k)
	}
	give := func(name string, value func(moment) (float64, bool)) {
		var s sequence
		for _, m := range moments {
			v, ok := value(m)
			if !ok {
				v = math.NaN()
			}
			s.add(v, 1)
		}
		out.leaves = append(out.leaves, leaf{name, s.text()})
	}
	for _, w := range f.windows {
		if f.counted[w] || w == f.period {
			give(eventsOver(slo.BadEvents, w), func(m moment) (float64, bool) { v, ok := m.bad[w]; return v, ok })
		}
		switch {
		case f.counted[w]:
			give(eventsOver(slo.TotalEvents, w), func(m moment) (float64, bool) { v, ok := m.total[w]; return v, ok })
		case f.read()[w]:
			give(record.ErrorRatio+promql.Duration(w), func(m moment) (float64, bool) { v, ok := m.ratio[w]; return v, ok })
		}
	}
	give(record.Remaining, func(m moment) (float64, bool) { return m.remaining, m.budgeted })
	var ok bool
	out.firing, ok = f.foresee(moments, often)
	return out, ok
}

// during is what is recorded at an evaluation of the test of how long alerts wait.
func (f profile) during(k int) moment {
	m := newMoment()
	if k < begins {
		return m
	}
	for w := range f.read() {
		m.total[w], m.bad[w], m.ratio[w] = enough, enough, 1
	}
	if k >= recovers {
		for _, a := range f.alerts {
			m.bad[a.Short], m.ratio[a.Short] = 0, 0
		}
	}
	m.budgeted, m.remaining, m.bad[f.period] = true, little/2, 10
	if k >= spent {
		m.remaining = -0.5
	}
	if k >= one {
		m.bad[f.period] = several * below
	}
	if k >= twice {
		m.bad[f.period] = several * just
	}
	if k >= recovers {
		m.remaining = 0.5
	}
	return m
}

// waitOfShares is the same for an SLO that does not count events: all that is
// recorded follows from the share of 5 minutes.
func (f profile) waitOfShares() (script, bool) {
	h := &history{step: often}
	for k := range ends + 1 {
		switch {
		case k < begins:
			h.gap()
		case k < recovers:
			h.add(1, 1, 1)
		default:
			h.add(1, 0, 1)
		}
	}
	return f.fromHistory(h, often)
}
