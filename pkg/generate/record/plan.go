package record

import (
	"math/big"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// Plan is an SLO that is recorded, and the alerts on it, for whoever generates
// something that goes with the rules.
type Plan struct {
	SLO       spec.SLO
	Recording slo.Recording
	// Period is the time that the rules look back for the SLO's window.
	Period time.Duration
	// Allowed is the share of bad events that the objective allows, above 0 and
	// below 1.
	Allowed *big.Rat
	// Group is the name of the group that records the SLO.
	Group string
	// Alerts are those on burn rates that are generated for the SLO.
	Alerts []BurnAlert
	o      objective
}

// BurnAlert is an alert on a burn rate: it fires when the share of bad events over
// both windows is above the limit, for the time Wait, and the long window had more
// events than MinEvents.
type BurnAlert struct {
	Name              string
	Long, Short, Wait time.Duration
	Limit             *big.Rat
	// MinEvents is 0 for an SLO that does not count events.
	MinEvents int
}

// Plans returns the SLOs of a job that are recorded, in the order of the file.
func Plans(job generate.Job) []Plan {
	var out []Plan
	for _, s := range job.Service.SLOs {
		o, problem := newObjective(job, s)
		if problem != "" {
			continue
		}
		p := Plan{SLO: s, Recording: o.recording, Period: o.period, Allowed: o.budget, Group: o.groupName(), o: o}
		for _, b := range burns() {
			_, limit, worth := o.limit(b)
			if !worth || limit.Cmp(big.NewRat(1, 1)) >= 0 {
				continue // it is not generated
			}
			a := BurnAlert{Name: b.alert, Long: b.long, Short: b.short, Wait: b.wait, Limit: limit}
			if o.recording.Counts() {
				a.MinEvents = o.minEvents()
			}
			p.Alerts = append(p.Alerts, a)
		}
		out = append(out, p)
	}
	return out
}

// BurnGroup is the name of the group of the alerts on a service's error budgets.
func BurnGroup(job generate.Job) string { return "nthlayer-burnrate-" + job.Service.Name.V }

// Series returns the selector of a recorded series of the SLO.
func (p Plan) Series(name string) string { return p.o.series(name) }

// Labels are those of the alerts that tell the SLO from others, as the server has
// them.
func (p Plan) Labels() map[string]string {
	return map[string]string{slo.ServiceLabel: rules.Plain(p.o.job.Service.Name.V), slo.SLOLabel: rules.Plain(p.SLO.Name.V)}
}

// Matchers pick the recorded series of the SLO.
func (p Plan) Matchers() []*labels.Matcher {
	return []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, slo.ServiceLabel, p.o.job.Service.Name.V),
		labels.MustNewMatcher(labels.MatchEqual, slo.SLOLabel, p.SLO.Name.V),
	}
}

// Windows are those over which the share of bad events is recorded, the period last.
func (p Plan) Windows() []time.Duration {
	return append(slices.DeleteFunc(windows(), func(w time.Duration) bool { return w >= p.Period }), p.Period)
}
