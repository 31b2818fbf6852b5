package slo

import "time"

// Parts are the expressions that an SLI is made of, for tools that put them together
// themselves. Good or Bad and Total are set for counts of events, Ratio for a share
// of good events that has a value at each moment only, and Metric, Op and Limit for
// a metric that is compared with a limit.
type Parts struct {
	Good, Bad, Total string
	Ratio            string
	Metric, Op       string
	Limit            float64
}

// Parts returns the expressions of the SLI, each with the service's label. Counts
// are per second or over the range that the service file gives.
func (r Recording) Parts() Parts {
	switch i := r.indicator.(type) {
	case counts:
		p := Parts{Total: i.total.String()}
		if i.bad {
			p.Bad = i.num.String()
		} else {
			p.Good = i.num.String()
		}
		return p
	case nativeShare:
		return Parts{Bad: i.badEvents(5 * time.Minute), Total: i.events(5 * time.Minute)}
	case average:
		if i.counts != nil {
			return Parts{Ratio: i.counts.ratio()}
		}
		return Parts{Ratio: vector(i.ratio)}
	case share:
		return Parts{Metric: i.metric.String(), Op: i.op, Limit: i.limit}
	}
	return Parts{}
}
