package record

import (
	"cmp"
	"fmt"
	"math/big"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
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
	return new(big.Rat).Mul(big.NewRat(b.percent, 100), big.NewRat(int64(period), int64(b.long)))
}

// Factor is the burn rate at which the alert with a long window fires, for an SLO
// over a period, as 14.4 for an hour of 30 days; false when there is no such alert.
func Factor(long, period time.Duration) (float64, bool) {
	for _, b := range burns() {
		factor := b.factor(period)
		if b.long == long && long < period && factor.Cmp(big.NewRat(1, 1)) >= 0 {
			f, _ := factor.Float64()
			return f, true
		}
	}
	return 0, false
}

// BurnRate generates the alerts on the error budgets of a service's SLOs.
type BurnRate struct{}

// Kind is burn-rate-alerts.
func (BurnRate) Kind() generate.Kind { return generate.BurnRate }

// Generate returns one file with one group. An alert that could never fire is left
// out with a finding.
func (BurnRate) Generate(job generate.Job) generate.Result {
	group := rules.Group{Name: BurnGroup(job), Interval: job.Options.Interval}
	var out generate.Result
	for _, s := range job.Service.SLOs {
		o, problem := newObjective(job, s)
		if problem != "" {
			continue // the recording rules say so
		}
		for _, b := range burns() {
			rule, never := o.burnRule(b)
			switch {
			case never != "":
				out.Findings = append(out.Findings, s.Objective.At.Finding("slo/burn-rate-unreachable", report.Warning, job.Service.Name.V, never,
					"raise the objective, or shorten the window, and look at what remains of the budget until then"))
			case rule.Alert != "":
				group.Rules = append(group.Rules, rule)
			}
		}
		group.Rules = append(group.Rules, o.budgetRules()...)
	}
	return rules.File(out, generate.BurnRate, BurnFile, rules.Header(job.Service), []rules.Group{group})
}

// burnRule returns the alert, nothing for one that says less than the budget
// itself would, or why it can never fire: a share of bad events is at most 1.
func (o objective) burnRule(b burn) (rules.Rule, string) {
	factor, limit, worth := o.limit(b)
	switch {
	case !worth:
		return rules.Rule{}, ""
	case limit.Cmp(big.NewRat(1, 1)) >= 0:
		return rules.Rule{}, fmt.Sprintf("the alert %s of the SLO %s can never fire: it needs %s times the budget of %s, and no more than all events can fail",
			b.alert, o.slo.Name.V, exact(factor), exact(o.budget))
	}
	threshold := "(" + exact(factor) + " * " + exact(o.budget) + ")"
	expr := fmt.Sprintf("%s > %s\nand on (service, slo)\n%s > %s",
		o.series(ratioOver(b.long)), threshold, o.series(ratioOver(b.short)), threshold)
	if o.recording.Counts() {
		expr += fmt.Sprintf("\nand on (service, slo)\n%s", o.enough(b.long))
	}
	rule := o.alert(b.alert, expr, b.wait, o.severity(b), fmt.Sprintf("%s of %s burns its error budget %s times too fast", o.slo.Name.V, o.job.Service.Name.V, exact(factor)),
		fmt.Sprintf("{{ $value | humanizePercentage }} of the last %s were bad; the objective allows %s. At this rate %d %% of the budget of %s is gone in that time.",
			promql.Duration(b.long), report.Percent(percent(o.budget), 4), b.percent, promql.Duration(o.period)))
	rule.Labels["burn_rate_window"] = promql.Duration(b.long)
	return rule, ""
}

// limit returns the burn rate of an alert, and the share of bad events that it is;
// false for an alert that says less than the budget itself would.
func (o objective) limit(b burn) (factor, limit *big.Rat, worth bool) {
	factor = b.factor(o.period)
	return factor, new(big.Rat).Mul(factor, o.budget), factor.Cmp(big.NewRat(1, 1)) >= 0 && b.long < o.period
}

func percent(r *big.Rat) float64 {
	f, _ := new(big.Rat).Mul(r, big.NewRat(100, 1)).Float64()
	return f
}

// enough prints the condition that a window had enough events to speak of a rate.
// The mean of the 5-minute counts, times their number, is free of how often the
// rules run.
func (o objective) enough(window time.Duration) string {
	return fmt.Sprintf("avg_over_time(%s[%s]) * %d > %d", o.series(slo.TotalEvents), promql.Duration(window), window/(5*time.Minute), o.minEvents())
}

func (o objective) minEvents() int { return cmp.Or(o.job.Options.MinEvents, defaultMinEvents) }

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
	exhausted := "warning"
	if o.job.Service.Tier.V == spec.TierCritical {
		exhausted = "critical"
	}
	remaining := o.series(Remaining)
	out := []rules.Rule{
		o.alert(LowAlert, remaining+" >= 0 < 0.1", BudgetWait, "warning", fmt.Sprintf("%s of %s has little error budget left", name, service),
			"{{ $value | humanizePercentage }} of the error budget remains. Hold back risky changes until it has recovered."),
		o.alert(ExhaustedAlert, remaining+" < 0", BudgetWait, exhausted, fmt.Sprintf("%s of %s has no error budget left", name, service),
			"The objective is missed over "+promql.Duration(o.period)+". The gate blocks deploys where it is set up to."),
	}
	if !o.recording.Counts() {
		return append(out, o.alert(AbsentAlert, "absent("+o.series(ratioOver(5*time.Minute))+")", AbsentWait, "warning",
			fmt.Sprintf("%s of %s is not measured", name, service), "The query of the SLO gives no value, so that no alert on its budget can fire. Look whether the service is scraped and whether its metrics have other names now."))
	}
	return append(out, o.alert(AbsentAlert, "absent("+o.series(slo.TotalEvents)+")", AbsentWait, "warning",
		fmt.Sprintf("%s of %s is not measured", name, service), "The metrics of the SLO are gone, so that no alert on its budget can fire. Look whether the service is scraped and whether its metrics have other names now."))
}

// alert returns an alert with the labels and links that all of them have.
func (o objective) alert(name, expr string, wait time.Duration, severity, summary, description string) rules.Rule {
	s := o.job.Service
	labels := o.labels()
	labels["severity"], labels["managed_by"] = severity, "nthlayer"
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
