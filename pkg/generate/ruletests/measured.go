package ruletests

import "time"

// measuredBy is what is recorded of an SLO at the end of a course, with an evaluation
// a day.
func (f profile) measuredBy(metrics imitation, c course) moment {
	h := history{step: day, counts: f.counts}
	const minutes = int(day / time.Minute)
	for at := 0; at <= c.minutes(); at += minutes {
		if total, bad, ok := metrics.recorded(c, at, fiveMinutes); ok {
			h.add(total, bad, 1)
		} else {
			h.gap()
		}
	}
	m := f.at(&h, time.Duration(c.minutes())*time.Minute)
	if !f.counts {
		return m
	}
	for _, w := range f.windows {
		if w == f.period {
			continue
		}
		total, bad, ok := metrics.recorded(c, c.minutes(), w)
		if !ok {
			continue
		}
		m.total[w], m.bad[w] = total, bad
		if total > 0 {
			m.ratio[w] = bad / total
		}
	}
	return m
}
