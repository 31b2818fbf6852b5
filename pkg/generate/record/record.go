// Package record generates the recording rules of SLOs, and the alerts on how fast
// their error budgets burn, which read them.
//
// The names follow level:metric:operations. Every recorded series has the labels
// service and slo; what an SLO is measured by is decided in pkg/slo.
package record

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// The recorded series. RemainingAlias has the meaning that older dashboards give
// that name: what remains of the budget.
const (
	ErrorRatio     = "slo:sli_error:ratio_rate" // with the window behind it: slo:sli_error:ratio_rate1h
	Objective      = "slo:objective:ratio"
	Allowed        = "slo:error_budget_allowed:ratio"
	Days           = "slo:time_period:days"
	CurrentBurn    = "slo:current_burn_rate:ratio"
	PeriodBurn     = "slo:period_burn_rate:ratio"
	Coverage       = "slo:period_coverage:ratio"
	Remaining      = "slo:period_error_budget_remaining:ratio"
	RemainingAlias = "slo:error_budget:ratio"
)

// interval is how often the rules of SLOs are evaluated when nobody says.
const interval = 30 * time.Second

// windows are those over which the error ratio is recorded. A window that is not
// shorter than the SLO's own is left out.
func windows() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, day, 3 * day}
}

// File is the name of the file with the recording rules.
const File = "recording-rules.yaml"

// Rules generates the recording rules of a service's SLOs.
type Rules struct{}

// Kind is recording-rules.
func (Rules) Kind() generate.Kind { return generate.Recording }

// Generate returns one file with a group for every SLO and one on how the service
// is. An SLO that cannot be recorded is a finding.
func (Rules) Generate(job generate.Job) generate.Result {
	var groups []rules.Group
	var out generate.Result
	header := rules.Header(job.Service)
	for _, s := range job.Service.SLOs {
		o, problem := newObjective(job, s)
		if problem != "" {
			out.Findings = append(out.Findings, s.At.Finding("slo/not-recordable", report.Warning, job.Service.Name.V,
				"no rules are generated for the SLO "+s.Name.V+": "+problem, ""))
			continue
		}
		groups = append(groups, o.group())
		header = append(header, o.remarks()...)
	}
	health, found := healthGroup(job)
	out.Findings = append(out.Findings, found...)
	return rules.File(out, generate.Recording, File, header, append(groups, health))
}

// objective is one SLO on its way to rules.
type objective struct {
	job       generate.Job
	slo       spec.SLO
	recording slo.Recording
	// period is the SLO's window; of a calendar window the length that it has at
	// most, because rules look back from now.
	period time.Duration
	// budget is the share of bad events that the objective allows.
	budget *big.Rat
	// matchers pick the recorded series of the SLO.
	matchers string
	// burns are the alerts on burn rates that there are for the SLO, and severities
	// those of all alerts by their names.
	burns      []burn
	severities map[string]string
}

// objectiveOf asks for an SLO of the job's service.
type objectiveOf struct {
	name string
	at   spec.Origin
}

// newObjective returns an SLO, or a sentence on why it gives no rules. It is worked
// out once for all generators of the job.
func newObjective(job generate.Job, s spec.SLO) (objective, string) {
	type answer struct {
		objective objective
		problem   string
	}
	a := memo.Of(job.Shared, objectiveOf{s.Name.V, s.At}, func() answer {
		recording, period, problem := Measured(job, s)
		if problem != "" {
			return answer{problem: problem}
		}
		o := objective{job: job, slo: s, recording: recording, period: period, budget: s.Objective.V.Budget()}
		o.matchers = fmt.Sprintf("{%s,%s=%q}", ownedBy(job.Service), slo.SLOLabel, s.Name.V)
		o.burns = o.possible()
		o.severities = o.told()
		return answer{objective: o}
	})
	return a.objective, a.problem
}

// Measured returns how an SLO is recorded and how long rules look back for it, or a
// sentence on why nothing can be generated for it.
func Measured(job generate.Job, s spec.SLO) (_ slo.Recording, period time.Duration, problem string) {
	period = s.Window.V.Longest()
	switch {
	case s.Broken != "":
		return slo.Recording{}, 0, s.Broken
	case !s.Objective.V.Given():
		return slo.Recording{}, 0, "it has no valid objective; add objective: 99.9"
	case period <= 0:
		return slo.Recording{}, 0, "it has no valid window; add window: 30d"
	}
	recording, err := NewRecording(job, s)
	if err != nil {
		return slo.Recording{}, 0, err.Error()
	}
	return recording, period, ""
}

// recordingOf asks how an SLO of the job's service is recorded.
type recordingOf struct {
	name string
	at   spec.Origin
}

// NewRecording returns how an SLO of a job's service is recorded, worked out once for
// all generators of the job. The error is a sentence on why it cannot be.
func NewRecording(job generate.Job, s spec.SLO) (slo.Recording, error) {
	type answer struct {
		recording slo.Recording
		err       error
	}
	a := memo.Of(job.Shared, recordingOf{s.Name.V, s.At}, func() answer {
		r, err := slo.NewRecording(job.Service, s, slo.RecordingOptions{Label: job.Options.Label()})
		return answer{r, err}
	})
	return a.recording, a.err
}

func (o objective) remarks() []string {
	var out []string
	if o.slo.Window.V.Calendar != spec.NoCalendar {
		out = append(out, fmt.Sprintf("%s: rules look back %s for the %s, which the gate counts from its first day.", o.slo.Name.V, promql.Duration(o.period), o.slo.Window.V.Text))
	}
	for _, n := range o.recording.Notes() {
		out = append(out, o.slo.Name.V+": "+n.Text)
	}
	return out
}

// labels are those of everything recorded for the SLO.
func (o objective) labels() map[string]string {
	s := o.job.Service
	out := owner(s)
	out[slo.SLOLabel], out["nthlayer_id"] = o.slo.Name.V, identity(s, o.slo.Name.V)
	return out
}

// identity joins the names that tell a service, or an SLO of one, from all others.
// None of them has a colon: shop and api-avail are not shop-api and avail.
func identity(s *spec.Service, slo ...string) string {
	parts := append([]string{s.Name.V}, slo...)
	if s.Environment != "" {
		parts = append(parts, s.Environment)
	}
	return strings.Join(parts, ":")
}

// owner are the labels that say whose a recorded series is.
func owner(s *spec.Service) map[string]string {
	out := map[string]string{slo.ServiceLabel: s.Name.V}
	for _, l := range [][2]string{{"team", s.Team.V}, {"tier", string(s.Tier.V)}, {slo.EnvironmentLabel, s.Environment}} {
		if l[1] != "" {
			out[l[0]] = l[1]
		}
	}
	return out
}

// series prints the selector of a recorded series of this SLO. With an environment
// it names that too: one Prometheus may have the records of two.
func (o objective) series(name string) string {
	return name + o.matchers
}

// ownedBy prints the matchers of what is recorded for a service.
func ownedBy(s *spec.Service) string {
	service := fmt.Sprintf("%s=%q", slo.ServiceLabel, s.Name.V)
	if s.Environment == "" {
		return service
	}
	return fmt.Sprintf("%s=%q,%s", slo.EnvironmentLabel, s.Environment, service)
}

func (o objective) group() rules.Group {
	g := rules.Group{Name: o.groupName(), Interval: o.interval()}
	labels := o.labels()
	add := func(record, expr string) {
		g.Rules = append(g.Rules, rules.Rule{Record: record, Expr: expr, Labels: labels, Origin: o.slo.At})
	}
	if o.recording.Counts() {
		add(slo.TotalEvents, o.recording.Total(5*time.Minute))
		add(slo.BadEvents, o.recording.Bad(5*time.Minute))
	}
	for _, w := range windows() {
		if w >= o.period {
			continue
		}
		if o.recording.Counts() && o.alertOver(w) {
			add(eventsOver(slo.TotalEvents, w), o.recording.Total(w))
			add(eventsOver(slo.BadEvents, w), o.recording.Bad(w))
		}
		add(ratioOver(w), o.ratio(w))
	}
	if o.recording.Counts() {
		add(eventsOver(slo.TotalEvents, o.period), o.periodEvents(slo.TotalEvents))
		add(eventsOver(slo.BadEvents, o.period), o.periodEvents(slo.BadEvents))
	}
	add(ratioOver(o.period), o.periodRatio())
	add(Coverage, o.coverage())
	allowed := exact(o.budget)
	target := exact(new(big.Rat).Sub(big.NewRat(1, 1), o.budget))
	add(Objective, "vector("+target+")")
	add(Allowed, "vector("+allowed+")")
	add(Days, "vector("+exact(big.NewRat(int64(o.period), int64(24*time.Hour)))+")")
	add(CurrentBurn, o.series(ratioOver(5*time.Minute))+" / "+allowed)
	add(PeriodBurn, o.series(ratioOver(o.period))+" / "+allowed)
	add(Remaining, "1 - "+o.series(PeriodBurn)+" * "+o.series(Coverage))
	add(RemainingAlias, o.series(Remaining))
	return g
}

func (o objective) groupName() string {
	return "nthlayer-slo-" + identity(o.job.Service, o.slo.Name.V)
}

func (o objective) interval() time.Duration {
	if o.job.Options.Interval > 0 {
		return o.job.Options.Interval
	}
	return interval
}

func ratioOver(w time.Duration) string { return ErrorRatio + promql.Duration(w) }

// eventsOver is the name of recorded counts over another window than 5 minutes.
func eventsOver(name string, w time.Duration) string {
	return strings.TrimSuffix(name, "5m") + promql.Duration(w)
}

// ratio prints the share of bad events in a window. What has a value at each moment
// only is averaged from the shortest window, which costs less than asking again.
// So does a share of events that are counted for the alerts.
func (o objective) ratio(w time.Duration) string {
	switch {
	case !o.recording.Counts() && w > 5*time.Minute:
		return o.mean(w)
	case o.recording.Counts() && o.alertOver(w):
		return o.share(w)
	}
	return o.recording.ErrorRatio(w)
}

// share prints the share of bad events from the counts that are recorded of a
// window. The sums go over series that differ in their other labels, as after a
// change of team.
func (o objective) share(w time.Duration) string {
	return fmt.Sprintf("sum(%s) / (sum(%s) > 0)", o.series(eventsOver(slo.BadEvents, w)), o.series(eventsOver(slo.TotalEvents, w)))
}

func (o objective) mean(w time.Duration) string {
	return fmt.Sprintf("avg(avg_over_time(%s[%s]))", o.series(ratioOver(5*time.Minute)), promql.Duration(w))
}

// periodEvents prints the number of events over the SLO's window, from the counts of
// 5 minutes: evaluated every 30 seconds, they have each event ten times. Gaps make it
// smaller. After a change of the interval it is off by the ratio of both for as long
// as the window, which cancels out in the share.
func (o objective) periodEvents(name string) string {
	times := big.NewRat(int64(5*time.Minute), int64(o.interval()))
	return fmt.Sprintf("sum(sum_over_time(%s[%s])) / %s", o.series(name), promql.Duration(o.period), exact(times))
}

// periodRatio prints the share of bad events over the SLO's window: all bad events
// by all events, so that a busy hour weighs more than a quiet one.
func (o objective) periodRatio() string {
	if o.recording.Counts() {
		return o.share(o.period)
	}
	return o.mean(o.period)
}

// coverage prints the share of the SLO's window in which the SLO was recorded: how
// many of its steps of 5 minutes. Steps do not depend on how often the rules run.
func (o objective) coverage() string {
	over := o.series(ratioOver(5 * time.Minute))
	if o.recording.Counts() {
		over = o.series(slo.BadEvents) // which is 0 and not absent without traffic
	}
	steps := exact(big.NewRat(int64(o.period), int64(5*time.Minute)))
	return fmt.Sprintf("clamp_max(sum(count_over_time(%s[%s:5m])) / %s, 1)", over, promql.Duration(o.period), steps)
}

// exact prints a number in decimal: 1/1000 is 0.001. 1 - 0.999 in PromQL would be
// 0.0010000000000000009. One with no end, as 31/30, has 6 digits.
func exact(r *big.Rat) string {
	digits, ends := r.FloatPrec()
	if ends {
		return r.FloatString(digits)
	}
	f, _ := r.Float64()
	text := strconv.FormatFloat(f, 'g', 6, 64)
	rounded, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
