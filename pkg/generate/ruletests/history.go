package ruletests

import (
	"math"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/slo"
)

// history is what is recorded of an SLO over the last 5 minutes, a sample a step: the
// events and the bad ones, or the share of bad time of 1.
type history struct {
	step   time.Duration
	counts bool
	// total and bad are sums up to each sample, n how many samples there were, and at
	// how many full 5 minutes.
	total, bad []float64
	n, full    []int
	all, part  sequence
}

func (h *history) add(total, bad float64, times int) {
	h.all.add(total, times)
	h.part.add(bad, times)
	for range times {
		var t, b float64
		n, full := 0, 0
		if k := len(h.n); k > 0 {
			t, b, n, full = h.total[k-1], h.bad[k-1], h.n[k-1], h.full[k-1]
		}
		if !math.IsNaN(total) {
			t, b, n = t+total, b+bad, n+1
			if time.Duration(len(h.n))*h.step%fiveMinutes == 0 {
				full++
			}
		}
		h.total, h.bad, h.n, h.full = append(h.total, t), append(h.bad, b), append(h.n, n), append(h.full, full)
	}
}

// gap is a step without a sample.
func (h *history) gap() { h.add(math.NaN(), math.NaN(), 1) }

// window is what the samples of a window before a time add up to.
func (h *history) window(at, w time.Duration) (total, bad float64, n, full int) {
	last := min(int(at/h.step), len(h.n)-1)
	total, bad, n, full = h.total[last], h.bad[last], h.n[last], h.full[last]
	if before := at - w; before >= 0 {
		k := min(int(before/h.step), len(h.n)-1)
		total, bad, n, full = total-h.total[k], bad-h.bad[k], n-h.n[k], full-h.full[k]
	}
	return total, bad, n, full
}

// at is what the rules make of the history at a time.
func (f profile) at(h *history, at time.Duration) moment {
	m := newMoment()
	now, failed, n, _ := h.window(at, fiveMinutes)
	m.measured = n > 0
	if h.counts && m.measured {
		m.total[fiveMinutes], m.bad[fiveMinutes] = now, failed
	}
	for _, w := range f.windows {
		back := w
		if w == fiveMinutes {
			back = min(back, h.step) // it is recorded as it is
		}
		total, bad, n, full := h.window(at, back)
		if n == 0 || h.counts && w != f.period {
			continue
		}
		if w == f.period {
			times := float64(fiveMinutes) / float64(f.interval)
			m.total[w], m.bad[w], m.coverage = total/times, bad/times, f.coverage(full)
		}
		if total == 0 {
			continue
		}
		m.ratio[w] = bad / total
		if w == f.period {
			m.budgeted, m.remaining = true, 1-m.ratio[w]/f.allowed*m.coverage
		}
	}
	return m
}

// coverage is the share of the period in which so many steps of 5 minutes were
// recorded.
func (f profile) coverage(steps int) float64 {
	return min(float64(steps)/float64(f.period/fiveMinutes), 1)
}

// fromHistory is the script of a history.
func (f profile) fromHistory(h *history, every time.Duration) (script, bool) {
	var moments []moment
	for at := time.Duration(0); at <= time.Duration(len(h.n)-1)*h.step; at += every {
		moments = append(moments, f.at(h, at))
	}
	out := script{moments: moments, leaves: []leaf{{record.ErrorRatio + "5m", h.part.text()}}}
	if h.counts {
		out.leaves = []leaf{{slo.TotalEvents, h.all.text()}, {slo.BadEvents, h.part.text()}}
	}
	var ok bool
	out.firing, ok = f.foresee(moments, every)
	return out, ok
}

// mostSamples is how many samples a history may have in a period, so that promtool
// takes queries over all of it.
const mostSamples = 3000

// pace is how far apart the samples of a period are: full steps of 5 minutes, of which
// a day has a whole number.
func (f profile) pace() time.Duration {
	step := fiveMinutes
	for min(f.period, longest)/step > mostSamples || day%step != 0 {
		step += fiveMinutes
	}
	return step
}

// longest is the longest period of which a test has a whole history.
const longest = 100 * day

// budgetScript is a history that is a little longer than the period, and then days on
// which the budget comes close to what the alerts on it ask for.
func budgetScript(f profile) (script, bool) {
	h := &history{step: f.pace(), counts: f.counts}
	perDay := int(day / h.step)
	n := 1.0
	if f.counts {
		n = math.Pow10(int(math.Ceil(math.Log10(1000 / f.allowed))))
	}
	h.add(n, n, 1+perDay) // an outage that is over before the period begins
	days := f.days()
	for d := range days {
		share := f.allowed / 2
		if d >= days/2 {
			share /= 2
			if f.counts && d == days/2 {
				n *= 3
			}
		}
		h.add(n, rough(n*share), perDay)
	}
	for _, used := range []float64{0.895, 0.895, 0.905, 0.905, 0.995, 0.995, 1.005, 1.005, 0.5} {
		f.spend(h, n, used)
	}
	return f.fromHistory(h, day)
}

// days is how many full days a history has to have.
func (f profile) days() int {
	return max(1, int((min(f.period, longest)+day-1)/day))
}

// spend adds a day after which a share of the budget is used.
func (f profile) spend(h *history, n, used float64) {
	tail := min(f.period, day)
	total, bad, _, _ := h.window(time.Duration(len(h.n)-1)*h.step, f.period-tail)
	if f.period <= tail {
		total, bad = 0, 0
	}
	k := float64(tail / h.step)
	steps := int(min(float64(f.period), float64(len(h.n)-1)*float64(h.step)+float64(day)) / float64(h.step))
	each := (used*f.allowed/f.coverage(steps)*(total+n*k) - bad) / k
	h.add(n, rough(min(max(each, 0), n)), int(day/h.step))
}

// shareScript has two days for each way in which an alert may come close to firing,
// or as many as its long window has and one. It is for SLOs that do not count
// events: the windows follow from one another.
func shareScript(f profile, step time.Duration, alerts []record.BurnAlert) (script, bool) {
	h := &history{step: step}
	h.add(1, 0, 1)
	for _, a := range alerts {
		for _, b := range brinks(false) {
			long, short, _ := b(a, 0)
			samples := int(min(a.Long, day) / step)
			recent := int(a.Short / step)
			before := (long*float64(samples) - short*float64(recent)) / float64(samples-recent)
			for range max(2, int(a.Long/day)+1) {
				h.add(math.NaN(), math.NaN(), int(day/step)-samples)
				h.add(1, rough(min(max(before, 0), 1)), samples-recent)
				h.add(1, short, recent)
			}
		}
	}
	return f.fromHistory(h, day)
}

// hoursScript has the alerts whose long window is shorter than a day, daysScript the
// others.
func hoursScript(f profile) (script, bool) {
	return shareScript(f, fiveMinutes, slices.DeleteFunc(slices.Clone(f.alerts), func(a record.BurnAlert) bool { return a.Long >= day }))
}

func daysScript(f profile) (script, bool) {
	return shareScript(f, 3*fiveMinutes, slices.DeleteFunc(slices.Clone(f.alerts), func(a record.BurnAlert) bool { return a.Long < day }))
}
