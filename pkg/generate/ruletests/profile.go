package ruletests

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate/record"
)

const (
	day = 24 * time.Hour
	// fiveMinutes is the shortest window that is recorded.
	fiveMinutes = 5 * time.Minute
	// several is how many bad events are more than one: increase shows one as up to
	// one and a half.
	several = 1.5
	// little is the share of the budget at which somebody is told that it runs out.
	little = 0.1
)

// profile is all of an SLO that decides about its alerts. SLOs with equal profiles
// have the same tests, but for their labels.
type profile struct {
	counts           bool
	allowed          float64
	period, interval time.Duration
	alerts           []record.BurnAlert
	windows          []time.Duration
	counted          map[time.Duration]bool
	has              map[string]bool
}

func newProfile(p record.Plan) profile {
	allowed, _ := p.Allowed.Float64()
	out := profile{
		counts: p.Recording.Counts(), allowed: allowed, period: p.Period, interval: p.Interval, alerts: p.Alerts, windows: p.Windows(),
		counted: map[time.Duration]bool{}, has: map[string]bool{},
	}
	for _, w := range out.windows {
		out.counted[w] = p.Counted(w)
	}
	for _, name := range []string{record.LowAlert, record.ExhaustedAlert, record.AbsentAlert} {
		out.has[name] = p.Has(name)
	}
	return out
}

// likeness is equal for SLOs with equal profiles, and can be a key.
type likeness struct {
	allowed          string
	period, interval time.Duration
	counts           bool
	minEvents        int
	alerts           string
}

func newLikeness(p record.Plan) likeness {
	out := likeness{allowed: p.Allowed.RatString(), period: p.Period, interval: p.Interval, counts: p.Recording.Counts()}
	var names []string
	for _, a := range p.Alerts {
		out.minEvents = a.MinEvents
		names = append(names, a.Name)
	}
	for _, name := range []string{record.LowAlert, record.ExhaustedAlert, record.AbsentAlert} {
		if p.Has(name) {
			names = append(names, name)
		}
	}
	out.alerts = strings.Join(names, " ")
	return out
}

// limit is the share of bad events above which an alert holds.
func limit(a record.BurnAlert) float64 {
	f, _ := a.Limit.Float64()
	return f
}

// moment is what is recorded of an SLO at one evaluation. What is not recorded is not
// in the maps.
type moment struct {
	measured   bool
	ratio      map[time.Duration]float64
	total, bad map[time.Duration]float64
	// remaining is what is left of the budget, where the ratio of the period is known.
	// coverage is the share of the period that was recorded.
	remaining, coverage float64
	budgeted            bool
}

func newMoment() moment {
	return moment{ratio: map[time.Duration]float64{}, total: map[time.Duration]float64{}, bad: map[time.Duration]float64{}}
}

// firing is an alert that fires, and its value.
type firing struct {
	alert string
	value float64
}

// holds returns the alerts whose conditions hold at a moment. It is false for one
// that is so near to a limit that the last digit would decide.
func (f profile) holds(m moment) ([]firing, bool) {
	var out []firing
	sure := true
	above := func(x, y float64) bool {
		sure = sure && math.Abs(x-y) > 1e-9*max(math.Abs(x), math.Abs(y))
		return x > y
	}
	for _, a := range f.alerts {
		long, ok1 := m.ratio[a.Long]
		short, ok2 := m.ratio[a.Short]
		if !ok1 || !ok2 || !above(long, limit(a)) || !above(short, limit(a)) {
			continue
		}
		if f.counts && (a.MinEvents > 0 && !above(m.total[a.Long], float64(a.MinEvents)) || !above(m.bad[a.Long], several)) {
			continue
		}
		out = append(out, firing{a.Name, long})
	}
	spent := m.budgeted && (!f.counts || above(m.bad[f.period], several))
	if spent && !above(m.remaining, 0) && f.has[record.ExhaustedAlert] {
		out = append(out, firing{record.ExhaustedAlert, m.remaining})
	}
	if spent && above(m.remaining, 0) && !above(m.remaining, little) && f.has[record.LowAlert] {
		out = append(out, firing{record.LowAlert, m.remaining})
	}
	if !m.measured && f.has[record.AbsentAlert] {
		out = append(out, firing{record.AbsentAlert, 1})
	}
	return out, sure
}

// wait is how long the condition of an alert must hold.
func (f profile) wait(alert string) time.Duration {
	for _, a := range f.alerts {
		if a.Name == alert {
			return a.Wait
		}
	}
	if alert == record.AbsentAlert {
		return record.AbsentWait
	}
	return record.BudgetWait
}

// foresee returns which alerts fire at each evaluation, sorted by name; false when
// that cannot be said.
func (f profile) foresee(moments []moment, every time.Duration) ([][]firing, bool) {
	since := map[string]int{}
	out := make([][]firing, len(moments))
	for k, m := range moments {
		now, sure := f.holds(m)
		if !sure {
			return nil, false
		}
		began := map[string]int{}
		for _, a := range now {
			if first, ok := since[a.alert]; ok {
				began[a.alert] = first
			} else {
				began[a.alert] = k
			}
			if time.Duration(k-began[a.alert])*every >= f.wait(a.alert) {
				out[k] = append(out[k], a)
			}
		}
		since = began
		slices.SortFunc(out[k], func(a, b firing) int { return cmp.Compare(a.alert, b.alert) })
	}
	return out, true
}
