package record

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// BurnFile is the name of the file with the alerts on error budgets.
const BurnFile = "burn-rate-alerts.yaml"

// defaultMinEvents is how many events the long window of an alert must have had.
// With less, one failure is a burn rate.
const defaultMinEvents = 30

// The alerts on what remains of the budget, and how long they wait.
const (
	LowAlert       = "SLOErrorBudgetLow"
	ExhaustedAlert = "SLOErrorBudgetExhausted"
	BudgetWait     = 5 * time.Minute
)

// AbsentAlert fires when an SLO is not measured for the time AbsentWait.
const (
	AbsentAlert = "SLOMetricsAbsent"
	AbsentWait  = 10 * time.Minute
)

// burn is one alert on a burn rate: it fires when the budget burns that fast over
// the long window, and still does over the short one. The pairs of windows and the
// shares of the budget are those of the SRE workbook (chapter 5, alerting on SLOs).
type burn struct {
	alert string
	pages bool
	long  time.Duration
	short time.Duration
	// percent is the share of the budget that is used up when the alert fires.
	percent int64
	wait    time.Duration
}

func burns() []burn {
	const day = 24 * time.Hour
	return []burn{
		{"SLOErrorBudgetBurnFast", true, time.Hour, 5 * time.Minute, 2, 2 * time.Minute},
		{"SLOErrorBudgetBurnHigh", true, 6 * time.Hour, 30 * time.Minute, 5, 15 * time.Minute},
		{"SLOErrorBudgetBurnMedium", false, day, 2 * time.Hour, 10, time.Hour},
		{"SLOErrorBudgetBurnSlow", false, 3 * day, 6 * time.Hour, 10, 3 * time.Hour},
	}
}

// factor is the burn rate at which the long window uses up its share of the budget
// of a period: share * period / long.
func (b burn) factor(period time.Duration) *big.Rat {
	return big.NewRat(b.percent*int64(period), 100*int64(b.long))
}

// Factor is the burn rate at which the alert with a long window fires, for an SLO
// over a period, as 14.4 for an hour of 30 days; false when there is no such alert.
func Factor(long, period time.Duration) (float64, bool) {
	for _, b := range burns() {
		if b.long == long && b.worth(period) {
			f, err := strconv.ParseFloat(exact(b.factor(period)), 64)
			return f, err == nil
		}
	}
	return 0, false
}

// worth reports whether an alert tells more than what remains of the budget would.
func (b burn) worth(period time.Duration) bool {
	return b.long < period && b.percent*int64(period) >= 100*int64(b.long)
}

// BurnRate generates the alerts on the error budgets of a service's SLOs.
type BurnRate struct{}

// Kind is burn-rate-alerts.
func (BurnRate) Kind() generate.Kind { return generate.BurnRate }

// Generate returns one file with one group. An alert that could never fire is left
// out with a finding, and so are those that a window is too short for.
func (BurnRate) Generate(job generate.Job) generate.Result {
	group := rules.Group{Name: BurnGroup(job), Interval: job.Options.Interval}
	var out generate.Result
	left := map[string]int{}
	for _, s := range job.Service.SLOs {
		o, problem := newObjective(job, s)
		if problem != "" {
			continue // the recording rules say so
		}
		out.Findings = append(out.Findings, o.missing()...)
		for _, r := range o.alerts() {
			if why := o.unwanted(r.Labels["severity"]); why != "" {
				left[why]++
				continue
			}
			group.Rules = append(group.Rules, r)
		}
	}
	out.LeftOut = alert.LeftOut(left)
	return rules.File(out, generate.BurnRate, BurnFile, rules.Header(job.Service), []rules.Group{group})
}

// unwanted says why an alert is left out in the service's environment. Whom a tier
// tells is in the severities already.
func (o objective) unwanted(severity string) string {
	return alert.Elsewhere(o.job.Service, tech.Severity(severity))
}

// told are the severities of all alerts on the SLO, by their names.
func (o objective) told() map[string]string {
	out := map[string]string{LowAlert: "warning", ExhaustedAlert: "warning", AbsentAlert: "warning"}
	switch o.job.Service.Tier.V {
	case spec.TierCritical:
		out[ExhaustedAlert], out[AbsentAlert] = "critical", "critical"
	case spec.TierHigh:
		out[AbsentAlert] = "critical"
	case spec.TierStandard, spec.TierLow:
	}
	for _, b := range o.burns {
		out[b.alert] = o.severity(b)
	}
	return out
}

// alertsOn asks for the alerts on an SLO of the job's service.
type alertsOn struct {
	name string
	at   spec.Origin
}

// alerts are all alerts on the SLO, worked out once for all generators of the job.
func (o objective) alerts() []rules.Rule {
	return memo.Of(o.job.Shared, alertsOn{o.slo.Name.V, o.slo.At}, func() []rules.Rule {
		var out []rules.Rule
		for _, b := range o.burns {
			out = append(out, o.burnRule(b))
		}
		return append(out, o.budgetRules()...)
	})
}

// possible returns the alerts that there are for the SLO: they tell more than the
// budget, and can fire at all, for a share of bad events is at most 1.
func (o objective) possible() []burn {
	return slices.DeleteFunc(burns(), func(b burn) bool { return !b.worth(o.period) || o.limit(b).Cmp(big.NewRat(1, 1)) >= 0 })
}

// alertOver reports whether there is an alert with a long window.
func (o objective) alertOver(window time.Duration) bool {
	return slices.ContainsFunc(o.burns, func(b burn) bool { return b.long == window })
}

// limit returns the share of bad events at which an alert fires.
func (o objective) limit(b burn) *big.Rat { return new(big.Rat).Mul(b.factor(o.period), o.budget) }

// missing are the findings on burn rates that no alert watches.
func (o objective) missing() []report.Finding {
	service, name := o.job.Service.Name.V, o.slo.Name.V
	var out []report.Finding
	var short []string
	severity := report.Info
	for _, b := range burns() {
		switch {
		case !b.worth(o.period):
			short = append(short, b.alert)
			if b.pages {
				severity = report.Warning
			}
		case !slices.Contains(o.burns, b):
			out = append(out, o.slo.Objective.At.Finding("slo/burn-rate-unreachable", report.Warning, service,
				fmt.Sprintf("the alert %s of the SLO %s can never fire: it needs %s times the budget of %s, and no more than all events can fail", b.alert, name, exact(b.factor(o.period)), exact(o.budget)),
				"raise the objective, or shorten the window, and look at what remains of the budget until then"))
		}
	}
	if len(short) == 0 {
		return out
	}
	at := o.slo.Window.At
	if at == (spec.Origin{}) {
		at = o.slo.At
	}
	watch := "what burns slower is told by " + LowAlert + " and " + ExhaustedAlert
	if len(short) == len(burns()) {
		watch = "only " + LowAlert + " and " + ExhaustedAlert + " watch it"
	}
	return append(out, at.Finding("slo/burn-rate-window", severity, service,
		fmt.Sprintf("the SLO %s has no alert %s, as its window of %s is too short for it: %s", name, strings.Join(short, ", "), promql.Duration(o.period), watch),
		"set window: 30d for all alerts, or look at what remains of the budget"))
}

// burnRule returns the alert on a burn rate.
func (o objective) burnRule(b burn) rules.Rule {
	factor := exact(b.factor(o.period))
	threshold := "(" + factor + " * " + exact(o.budget) + ")"
	conditions := []string{o.series(ratioOver(b.long)) + " > " + threshold, o.series(ratioOver(b.short)) + " > " + threshold}
	if o.recording.Counts() {
		if least := o.minEvents(); least > 0 {
			conditions = append(conditions, fmt.Sprintf("%s > %d", o.series(eventsOver(slo.TotalEvents, b.long)), least))
		}
		conditions = append(conditions, o.severalBad(b.long))
	}
	fast := "more than " + factor + " times as fast as it lasts for " + promql.Duration(o.period)
	if factor == "1" {
		fast = "exactly as fast as it lasts for " + promql.Duration(o.period) + ", or faster"
	}
	rule := o.alert(b.alert, o.all(conditions...), b.wait, fmt.Sprintf("%s of %s burns its error budget %s", o.slo.Name.V, o.job.Service.Name.V, fast),
		fmt.Sprintf("{{ $value | humanizePercentage }} of the last %s were bad; the objective allows %s. At this rate at least %d %% of the budget of %s is gone in that time.",
			promql.Duration(b.long), report.Percent(percent(o.budget), 4), b.percent, promql.Duration(o.period)))
	rule.Labels["burn_rate_window"] = promql.Duration(b.long)
	return rule
}

// severalBad prints the condition that a window had more than one bad event: one is
// no trend, however few events there are. Between samples increase shows one event as
// up to one and a half.
func (o objective) severalBad(window time.Duration) string {
	return o.series(eventsOver(slo.BadEvents, window)) + " > 1.5"
}

// all prints that the first condition holds, and for the same SLO all others.
func (o objective) all(conditions ...string) string {
	same := slo.ServiceLabel + ", " + slo.SLOLabel
	if o.job.Service.Environment != "" {
		same = slo.EnvironmentLabel + ", " + same
	}
	return strings.Join(conditions, "\nand on ("+same+")\n")
}

func percent(r *big.Rat) float64 {
	f, _ := new(big.Rat).Mul(r, big.NewRat(100, 1)).Float64()
	return f
}

// minEvents is how many events the long window of an alert must have had, 0 for any
// number. A batch job has a few runs a day, of which two that fail are many.
func (o objective) minEvents() int {
	if o.job.Options.MinEvents == 0 && o.job.Service.Type.V == spec.TypeBatch {
		return 0
	}
	return cmp.Or(o.job.Options.MinEvents, defaultMinEvents)
}

// severity says who is told: a tier standard is paged for the fastest alert only,
// a tier low never.
func (o objective) severity(b burn) string {
	page := b.pages
	switch o.job.Service.Tier.V {
	case spec.TierCritical, spec.TierHigh:
	case spec.TierStandard:
		page = b.pages && b.long == time.Hour
	case spec.TierLow:
		page = false
	}
	if page {
		return "critical"
	}
	return "warning"
}

// budgetRules are the alerts on what remains of the budget, and on the absence of
// the metrics that it is worked out from: without them no other alert can fire.
func (o objective) budgetRules() []rules.Rule {
	name, service := o.slo.Name.V, o.job.Service.Name.V
	remaining, period := o.series(Remaining), promql.Duration(o.period)
	return []rules.Rule{
		o.alert(LowAlert, o.spent(remaining+" >= 0 < 0.1"), BudgetWait, fmt.Sprintf("%s of %s has little error budget left", name, service),
			"{{ $value | humanizePercentage }} of the error budget of "+period+" remains. Hold back risky changes until it has recovered."),
		o.alert(ExhaustedAlert, o.spent(remaining+" < 0"), BudgetWait, fmt.Sprintf("%s of %s has no error budget left", name, service),
			"More failed in the last "+period+" than the objective allows in such a time. Time in which nothing was recorded counts as good. The gate blocks deploys where it is set up to."),
		o.absentRule(),
	}
}

// spent prints a condition on the budget. One bad event is not what it was spent on.
func (o objective) spent(condition string) string {
	if !o.recording.Counts() {
		return condition
	}
	return o.all(condition, o.severalBad(o.period))
}

// absentRule is the alert that an SLO is not measured, as when a service is gone for
// good and no scrape finds it: a page where an outage is one.
func (o objective) absentRule() rules.Rule {
	series, what := slo.BadEvents, "The metrics of the SLO are gone"
	if !o.recording.Counts() {
		series, what = ratioOver(5*time.Minute), "The query of the SLO gives no value"
	}
	text := what + ", so that no alert on its budget can fire. Look whether the service runs and is scraped, and whether its metrics have other names now."
	if bucket, ok := o.recording.Bucket(); ok {
		text += " It counts by one bucket boundary: if " + bucket.String() + " has no series while the histogram has others, set the threshold to a boundary that it has."
	}
	return o.alert(AbsentAlert, "absent("+o.series(series)+")", AbsentWait, fmt.Sprintf("%s of %s is not measured", o.slo.Name.V, o.job.Service.Name.V), rules.Plain(text))
}

// alert returns an alert with the labels and links that all of them have.
func (o objective) alert(name, expr string, wait time.Duration, summary, description string) rules.Rule {
	s := o.job.Service
	labels := o.labels()
	labels["severity"], labels["managed_by"] = o.severities[name], "nthlayer"
	if s.SupportModel.Set() {
		labels["routing"] = s.SupportModel.V
	}
	for key, value := range labels {
		labels[key] = rules.Plain(value)
	}
	annotations := map[string]string{"summary": rules.Plain(summary), "description": description}
	if link := rules.Runbook(o.job, name); link != "" {
		annotations["runbook_url"] = link
	}
	return rules.Rule{Alert: name, Expr: expr, For: wait, Labels: labels, Annotations: annotations, Origin: o.slo.At}
}
