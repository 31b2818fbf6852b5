package ruletests

import (
	"math/big"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/generate/record"
)

// scenario is what happens to a service from the beginning of a test to its end.
type scenario struct {
	name string
	// share is the share of bad events, from 0 to 1; nil where there are no events. It
	// goes on from the beginning.
	share *big.Rat
	// rate is how many events there are a minute, before they are told apart.
	rate *big.Rat
	// idle says that the metrics are there and no event happens; absent that the
	// metrics are not there.
	idle, absent bool
	// reset says that all counters begin anew in the middle.
	reset bool

	// good and bad are how many events of each kind there are a minute, nil when
	// the metrics are absent. When no event happens they tell the series apart.
	good, bad *big.Rat
	// early and late are the alerts that fire at these times.
	early, late []string
	// billionths is the share, and millionths what is left of the budget.
	billionths, millionths rounded
}

// objective is all of an SLO that its scenarios depend on: the alerts are those of
// its period, and ask for the same number of events.
type objective struct {
	allowed   string
	period    time.Duration
	minEvents int
	// counts and the names of the alerts tell SLOs apart whose alerts differ.
	counts bool
	fires  string
}

// scenarios are those of an SLO, in the order of the file. SLOs with one objective
// have the same.
func scenarios(job generate.Job, p record.Plan) []scenario {
	key := objective{allowed: p.Allowed.RatString(), period: p.Period, counts: p.Recording.Counts()}
	for _, a := range p.Alerts {
		key.minEvents = a.MinEvents
		key.fires += " " + a.Name
	}
	for _, name := range []string{record.LowAlert, record.ExhaustedAlert, record.AbsentAlert} {
		if p.Has(name) {
			key.fires += " " + name
		}
	}
	return memo.Of(job.Memo, key, func() []scenario {
		all := imagine(p)
		for i := range all {
			all[i].foresee(p)
		}
		return all
	})
}

// imagine returns what may happen to an SLO.
func imagine(p record.Plan) []scenario {
	half := times(big.NewRat(1, 2), p.Allowed)
	all := []scenario{
		{name: "nothing fails", share: new(big.Rat)},
		{name: "half of the budget is used", share: new(big.Rat).Quo(half, p.Covered(late))},
		{name: "little of the budget is left", share: new(big.Rat).Quo(times(big.NewRat(19, 20), p.Allowed), p.Covered(late))},
		{name: "a little more than the budget is used", share: new(big.Rat).Quo(times(big.NewRat(6, 5), p.Allowed), p.Covered(late))},
	}
	for _, b := range burnRates(p) {
		all = append(all, scenario{name: "the budget burns " + decimal(b) + " times too fast", share: times(b, p.Allowed)})
	}
	all = append(all,
		scenario{name: "outage", share: big.NewRat(1, 1)},
		scenario{name: "outage with few events", share: big.NewRat(1, 1), rate: few(p)},
		scenario{name: "no traffic", idle: true},
		scenario{name: "counters are reset", share: half, reset: true},
		scenario{name: "the metric is absent", absent: true},
	)
	for i := range all {
		if s := &all[i]; s.share != nil && s.rate == nil {
			s.rate = enough(p, s.share)
		}
	}
	return slices.DeleteFunc(all, func(s scenario) bool {
		return s.share != nil && (s.rate.Sign() == 0 || s.share.Cmp(big.NewRat(1, 1)) > 0 || s.close(p))
	})
}

func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// burnRates are 2, and one a little above each alert's own, so that each alert is
// seen to fire, and those above it not to. None comes near an alert's: whether a
// number is above one that it is equal to depends on its last digit.
func burnRates(p record.Plan) []*big.Rat {
	out := []*big.Rat{burnOf(p, big.NewRat(2, 1))}
	for _, a := range p.Alerts {
		factor := new(big.Rat).Quo(a.Limit, p.Allowed)
		out = append(out, burnOf(p, factor.Mul(factor, big.NewRat(11, 10))))
	}
	slices.SortFunc(out, (*big.Rat).Cmp)
	return slices.CompactFunc(out, func(a, b *big.Rat) bool { return a.Cmp(b) == 0 })
}

// burnOf is the least of a few burn rates from the given one up that is near to no
// alert's.
func burnOf(p record.Plan, rate *big.Rat) *big.Rat {
	step := times(rate, big.NewRat(1, 20))
	rate = new(big.Rat).Set(rate)
	for slices.ContainsFunc(p.Alerts, func(a record.BurnAlert) bool { return near(times(rate, p.Allowed), a.Limit) }) {
		rate.Add(rate, step)
	}
	return rate
}

// near reports whether two numbers differ by less than 2 %.
func near(a, b *big.Rat) bool {
	d := new(big.Rat).Sub(a, b)
	return d.Abs(d).Cmp(times(b, big.NewRat(1, 50))) < 0
}

// enough is a number of events a minute that makes whole numbers of good and bad
// ones, and is far above what the alerts ask for.
func enough(p record.Plan, share *big.Rat) *big.Rat {
	least := int64(1000)
	for _, a := range p.Alerts {
		least = max(least, int64(a.MinEvents))
	}
	step := new(big.Rat).SetInt(share.Denom())
	rate := new(big.Rat).Set(step)
	for rate.Cmp(big.NewRat(least, 1)) < 0 {
		rate.Mul(rate, big.NewRat(10, 1))
	}
	return rate
}

// few is a number of events a minute that comes to a quarter of what the alerts ask
// for until the end; 0 when they ask for none.
func few(p record.Plan) *big.Rat {
	for _, a := range p.Alerts {
		if a.MinEvents > 0 {
			return big.NewRat(int64(a.MinEvents), 4*int64(late/time.Minute))
		}
	}
	return new(big.Rat)
}

// close reports whether the budget is so near to a limit at a time that is asked
// about, or an evaluation before, that the last digit would decide.
func (s scenario) close(p record.Plan) bool {
	for _, at := range []time.Duration{early, late} {
		for _, before := range []time.Duration{0, record.BudgetWait} {
			used := s.used(p, at-before)
			if near(used, big.NewRat(1, 1)) || near(used, big.NewRat(9, 10)) {
				return true
			}
		}
	}
	return false
}

// foresee works out what is to be expected of a scenario.
func (s *scenario) foresee(p record.Plan) {
	s.early, s.late = s.firing(p, early), s.firing(p, late)
	switch {
	case s.share != nil:
		s.bad = times(s.rate, s.share)
		s.good = new(big.Rat).Sub(s.rate, s.bad)
		s.billionths, s.millionths = round(s.share, 1e9), round(s.remaining(p, late), 1e6)
	case s.idle:
		s.good, s.bad = big.NewRat(1, 1), big.NewRat(1, 1)
	}
}

// firing returns the alerts that fire at a time of a scenario, sorted. What goes on
// from the beginning holds from the first evaluation that sees two samples on.
func (s scenario) firing(p record.Plan, at time.Duration) []string {
	lasts := at - evaluation
	var out []string
	fires := func(name string, holds bool, wait time.Duration) {
		if holds && lasts >= wait && p.Has(name) {
			out = append(out, name)
		}
	}
	fires(record.AbsentAlert, s.absent, record.AbsentWait)
	if s.share == nil {
		return out
	}
	for _, a := range p.Alerts {
		events := times(s.rate, big.NewRat(int64(min(a.Long, at)/time.Minute), 1))
		fires(a.Name, s.share.Cmp(a.Limit) > 0 && (a.MinEvents == 0 || events.Cmp(big.NewRat(int64(a.MinEvents), 1)) > 0), a.Wait)
	}
	before, left := s.remaining(p, at-record.BudgetWait), s.remaining(p, at)
	several := s.several(p, at-record.BudgetWait)
	fires(record.ExhaustedAlert, several && before.Sign() < 0, record.BudgetWait)
	fires(record.LowAlert, several && left.Sign() >= 0 && before.Cmp(big.NewRat(1, 10)) < 0, record.BudgetWait)
	slices.Sort(out)
	return out
}

// several reports whether more than one bad event is recorded of the SLO's window. A
// count of 5 minutes stands for the time between two evaluations of the rules; a test
// evaluates them less often.
func (s scenario) several(p record.Plan, at time.Duration) bool {
	if !p.Recording.Counts() {
		return true
	}
	recorded := times(times(s.rate, s.share), big.NewRat(int64(min(at, p.Period)/evaluation), int64(time.Minute)))
	return recorded.Mul(recorded, big.NewRat(int64(p.Interval), 1)).Cmp(big.NewRat(3, 2)) > 0
}

// used is the share of the budget that is used at a time. Time before the samples
// began counts as good.
func (s scenario) used(p record.Plan, at time.Duration) *big.Rat {
	return times(new(big.Rat).Quo(s.share, p.Allowed), p.Covered(at))
}

// remaining is the share of the budget that is left: negative when more is used than
// there was.
func (s scenario) remaining(p record.Plan, at time.Duration) *big.Rat {
	return new(big.Rat).Sub(big.NewRat(1, 1), s.used(p, at))
}
