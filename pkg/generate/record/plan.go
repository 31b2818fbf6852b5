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
	// Interval is how often the SLO is recorded.
	Interval time.Duration
	// fires are the names of all alerts on the SLO that are generated.
	fires map[string]bool
	o     objective
}

// BurnAlert is an alert on a burn rate: it fires when the share of bad events over
// both windows is above the limit, for the time Wait, and the long window had more
// events than MinEvents and more than one bad event.
type BurnAlert struct {
	Name              string
	Long, Short, Wait time.Duration
	Limit             *big.Rat
	// MinEvents is 0 where any number will do.
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
		p := Plan{SLO: s, Recording: o.recording, Period: o.period, Allowed: o.budget, Group: o.groupName(), Interval: o.interval(), fires: map[string]bool{}, o: o}
		for alert, severity := range o.severities {
			p.fires[alert] = o.unwanted(severity) == ""
		}
		for _, b := range burns() {
			if !p.fires[b.alert] {
				continue // it is not generated
			}
			a := BurnAlert{Name: b.alert, Long: b.long, Short: b.short, Wait: b.wait, Limit: o.limit(b)}
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
func BurnGroup(job generate.Job) string { return "nthlayer-burnrate-" + identity(job.Service) }

// Has reports whether an alert is generated for the SLO: some are left out in some
// environments.
func (p Plan) Has(alert string) bool { return p.fires[alert] }

// Alerting reports whether any alert is generated for the SLO.
func (p Plan) Alerting() bool {
	for _, there := range p.fires {
		if there {
			return true
		}
	}
	return false
}

// Covered is the share of the SLO's window that counts as recorded at a time after
// the beginning of the samples, which is at a full 5 minutes. Counts take two samples
// and begin a step later than a value.
func (p Plan) Covered(since time.Duration) *big.Rat {
	const step = 5 * time.Minute
	steps := int64(since / step)
	if !p.Recording.Counts() {
		steps++
	}
	share := big.NewRat(steps*int64(step), int64(p.Period))
	if one := big.NewRat(1, 1); share.Cmp(one) > 0 {
		return one
	}
	return share
}

// Series returns the selector of a recorded series of the SLO.
func (p Plan) Series(name string) string { return p.o.series(name) }

// Labels are those of the alerts that tell the SLO from others, as the server has
// them.
func (p Plan) Labels() map[string]string {
	out := map[string]string{slo.ServiceLabel: rules.Plain(p.o.job.Service.Name.V), slo.SLOLabel: rules.Plain(p.SLO.Name.V)}
	if env := p.o.job.Service.Environment; env != "" {
		out[slo.EnvironmentLabel] = rules.Plain(env)
	}
	return out
}

// Matchers pick the recorded series of the SLO.
func (p Plan) Matchers() []*labels.Matcher {
	out := []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, slo.ServiceLabel, p.o.job.Service.Name.V),
		labels.MustNewMatcher(labels.MatchEqual, slo.SLOLabel, p.SLO.Name.V),
	}
	if env := p.o.job.Service.Environment; env != "" {
		out = append(out, labels.MustNewMatcher(labels.MatchEqual, slo.EnvironmentLabel, env))
	}
	return out
}

// Windows are those over which the share of bad events is recorded, the period last.
func (p Plan) Windows() []time.Duration {
	return append(slices.DeleteFunc(windows(), func(w time.Duration) bool { return w >= p.Period }), p.Period)
}
