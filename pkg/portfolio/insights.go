package portfolio

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The types of insights. They are stable: people filter on them.
const (
	NoSLO            = "no_slo"            // the service has no SLO
	Unrealistic      = "unrealistic"       // an objective too high for the tier
	Promotion        = "promotion"         // objectives of a higher tier
	Exhaustion       = "exhaustion"        // the budget is, or soon will be, used up
	NeverMet         = "never_met"         // below the objective over the whole window
	OverAchieving    = "over_achieving"    // hardly any budget used
	MissingData      = "missing_data"      // a source was asked and could not say
	NoOwner          = "no_owner"          // neither team nor owner
	BelowTier        = "below_tier"        // a critical service that promises little
	WeakDependency   = "weak_dependency"   // needs a service that promises less
	DuplicateService = "duplicate_service" // several files define one name
	ParseFailures    = "parse_failures"    // files that could not be read
)

// The bounds of the insights, in percent of the objective or the budget.
const (
	unrealisticFrom  = 99.99
	promotionFrom    = 99.9
	criticalAtLeast  = 99.9
	exhaustionFrom   = 80
	overAchieving    = 10
	exhaustionWithin = 7 * 24 * time.Hour
)

// tolerance is by how much two percentages may differ and still be equal.
const tolerance = 1e-9

// subject is one service as its file describes it and as it was measured.
type subject struct {
	report.Service
	tier spec.Tier
	// spec is nil when the file is not known.
	spec *spec.Service
}

// insights returns what stands out, about the whole first, then the critical
// tier first, within it by severity, service and type.
func insights(in Input, services []report.Service) []report.Insight {
	specs := map[[2]string]*spec.Service{}
	for _, s := range in.Specs {
		specs[[2]string{s.Name.V, s.File}] = s
	}
	subjects := map[string]subject{}
	for _, s := range services {
		subjects[s.Name] = subject{Service: s, tier: tierOf(s), spec: specs[[2]string{s.Name, s.File}]}
	}
	out := append([]report.Insight{}, duplicates(in.Services)...)
	if in.ParseFailures > 0 {
		out = append(out, report.Insight{
			Type: ParseFailures, Severity: report.Warning,
			Message: fmt.Sprintf("files that could not be read: %d; their services are missing here", in.ParseFailures),
		})
	}
	for _, s := range subjects {
		for _, found := range [][]report.Insight{
			objectives(s), budgets(s, in.At), overAchievers(s), missingData(s), ownership(s), weakDependencies(s, subjects),
		} {
			out = append(out, found...)
		}
	}
	sortInsights(out, subjects)
	return out
}

func sortInsights(all []report.Insight, subjects map[string]subject) {
	rank := func(i report.Insight) int {
		if i.Service == "" {
			return -1
		}
		return subjects[i.Service].tier.Rank()
	}
	slices.SortFunc(all, func(a, b report.Insight) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
			strings.Compare(a.Service, b.Service),
			strings.Compare(a.Type, b.Type),
			strings.Compare(a.Message, b.Message),
		)
	})
}

func (s subject) insight(kind string, severity report.Severity, format string, args ...any) report.Insight {
	return report.Insight{Type: kind, Severity: severity, Service: s.Name, Message: fmt.Sprintf(format, args...)}
}

func duplicates(services []report.Service) []report.Insight {
	files := map[string][]string{}
	for _, s := range services {
		files[s.Name] = append(files[s.Name], s.File)
	}
	var out []report.Insight
	for name, in := range files {
		if len(in) < 2 {
			continue
		}
		slices.Sort(in)
		out = append(out, report.Insight{
			Type: DuplicateService, Severity: report.Warning, Service: name,
			Message: "several files define the service: " + strings.Join(in, ", ") + "; only the first counts",
		})
	}
	return out
}

// objectives compares what is promised with the tier.
func objectives(s subject) []report.Insight {
	if len(s.SLOs) == 0 {
		return []report.Insight{s.insight(NoSLO, report.Warning, "there are no SLOs: add one so that deploys can be gated")}
	}
	var out []report.Insight
	lower := s.tier == spec.TierStandard || s.tier == spec.TierLow
	high := 0
	for _, slo := range s.SLOs {
		if slo.Objective == nil {
			continue
		}
		if *slo.Objective >= promotionFrom-tolerance {
			high++
		}
		if lower && *slo.Objective >= unrealisticFrom-tolerance {
			out = append(out, s.insight(Unrealistic, report.Info,
				"SLO %s (%s) may be too ambitious for tier %s", slo.Name, percent(*slo.Objective), s.tier))
		}
	}
	if lower && len(s.SLOs) >= 2 && high == len(s.SLOs) {
		out = append(out, s.insight(Promotion, report.Info,
			"every SLO is at %s or above, which is much for tier %s: consider a higher tier", percent(promotionFrom), s.tier))
	}
	if a := s.availability(); s.tier == spec.TierCritical && a > 0 && a < criticalAtLeast-tolerance {
		out = append(out, s.insight(BelowTier, report.Warning,
			"the service is of tier critical and promises only %s", percent(a)))
	}
	return out
}

// availability is the highest objective among the SLOs that count successes; 0
// when there is none. Latency and threshold SLOs promise something else.
func (s subject) availability() float64 {
	if s.spec == nil {
		return 0
	}
	highest := 0.0
	for _, slo := range s.spec.SLOs {
		switch slo.Indicator.Kind {
		case spec.IndicatorEvents, spec.IndicatorRatio, spec.IndicatorNone:
			highest = max(highest, slo.Objective.V.Percent())
		case spec.IndicatorLatency, spec.IndicatorThreshold:
		}
	}
	return highest
}

// budgets finds the error budgets that are used up or soon will be.
func budgets(s subject, at time.Time) []report.Insight {
	var out []report.Insight
	for _, slo := range s.SLOs {
		if statusOf(slo) == report.StatusUnknown {
			continue
		}
		consumed := 0.0
		if slo.Budget.ConsumedPercent != nil {
			consumed = *slo.Budget.ConsumedPercent
		}
		switch {
		case consumed > 100+tolerance:
			out = append(out, s.insight(NeverMet, report.Warning,
				"SLO %s was not met over its window of %s: %s of the error budget is used", slo.Name, slo.Window, used(consumed)))
		case consumed >= exhaustionFrom-tolerance:
			out = append(out, s.insight(Exhaustion, report.Warning,
				"SLO %s has used %s of its error budget", slo.Name, used(consumed)))
		case slo.ExhaustsAt != nil && !slo.ExhaustsAt.After(at.Add(exhaustionWithin)):
			out = append(out, s.insight(Exhaustion, report.Warning,
				"SLO %s will have used up its error budget on %s at the present rate", slo.Name, slo.ExhaustsAt.UTC().Format(time.DateOnly)))
		}
	}
	return out
}

// overAchievers finds services that were measured and use hardly any budget.
// SLOs without traffic say nothing about it.
func overAchievers(s subject) []report.Insight {
	var names []string
	for _, slo := range s.SLOs {
		if slo.State != report.StateOK || slo.Budget.ConsumedPercent == nil || *slo.Budget.ConsumedPercent >= overAchieving-tolerance {
			return nil
		}
		names = append(names, slo.Name)
	}
	if len(names) == 0 {
		return nil
	}
	return []report.Insight{s.insight(OverAchieving, report.Info,
		"less than %s of the error budget is used (%s): there is room for higher objectives or more changes", percent(overAchieving), strings.Join(names, ", "))}
}

func missingData(s subject) []report.Insight {
	var missing []string
	for _, slo := range s.SLOs {
		if unanswered(slo) {
			why := strings.ReplaceAll(string(slo.State), "_", " ")
			if partial(slo) {
				why = "partial answer"
			}
			missing = append(missing, slo.Name+" ("+why+")")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return []report.Insight{s.insight(MissingData, report.Warning, "the health is not known for SLO %s", strings.Join(missing, ", "))}
}

func ownership(s subject) []report.Insight {
	if s.Team != "" || s.spec != nil && (s.spec.Team.V != "" || s.spec.Owner.V != "") {
		return nil
	}
	return []report.Insight{s.insight(NoOwner, report.Warning, "nobody owns the service: add team: or owner:")}
}

// weakDependencies finds services that cannot work without one of a lower tier
// or with a lower availability objective: they cannot keep what they promise.
func weakDependencies(s subject, all map[string]subject) []report.Insight {
	if s.spec == nil {
		return nil
	}
	severity := report.Info
	if s.tier == spec.TierCritical {
		severity = report.Warning
	}
	var out []report.Insight
	seen := map[string]bool{s.Name: true}
	for _, d := range s.spec.Dependencies {
		name := d.Name.V
		needed, ok := all[name]
		if !ok || seen[name] || !d.OnService() || !d.Critical() {
			continue
		}
		seen[name] = true
		var weak []string
		if needed.tier.Rank() > s.tier.Rank() {
			weak = append(weak, fmt.Sprintf("is of tier %s and not %s", needed.tier, s.tier))
		}
		if own, theirs := s.availability(), needed.availability(); theirs > 0 && theirs < own-tolerance {
			weak = append(weak, fmt.Sprintf("promises %s and not %s", percent(theirs), percent(own)))
		}
		if len(weak) > 0 {
			out = append(out, s.insight(WeakDependency, severity,
				"the service cannot work without %s, which %s", name, strings.Join(weak, " and ")))
		}
	}
	return out
}

// used prints a measured share of a budget to one decimal, rounded up: 99.96 %
// must not read as all of it left over, nor 100.01 % as just met.
func used(v float64) string {
	return report.Percent(math.Ceil(v*10-1e-6)/10, 1)
}

// percent shows a percentage with at most four decimals, which objectives need.
func percent(v float64) string {
	return report.Percent(v, 4)
}
