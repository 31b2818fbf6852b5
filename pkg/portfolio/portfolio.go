// Package portfolio looks at many services together: how healthy they are,
// weighted by tier, and what stands out. It is pure and reads no clock.
package portfolio

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Input is what a portfolio is built from.
type Input struct {
	// Services are the results of a run, with the measurements of their SLOs.
	Services []report.Service
	// Specs are the services as their files describe them.
	Specs []*spec.Service
	// ParseFailures is the number of files that could not be read. Their
	// services are missing from the others.
	ParseFailures int
	// At is the evaluation time.
	At time.Time
}

// Build returns the portfolio. A name that several files define counts once, by
// the first file in the order of their paths.
func Build(in Input) *report.Portfolio {
	services := firstOfEachName(in.Services)
	p := &report.Portfolio{Total: len(services), ByTier: byTier(services), Insights: insights(in, services)}
	var weighted, weights float64
	for _, s := range services {
		health := Health(s)
		if health == report.StatusUnknown {
			continue
		}
		p.Known++
		if health == report.StatusHealthy {
			p.Healthy++
		}
		weight := tierOf(s).Facts().Weight
		weighted += weight * worth(health)
		weights += weight
	}
	p.HealthyPercent = share(p.Healthy, p.Known)
	if weights > 0 {
		p.Score = report.Num(weighted / weights * 100)
	}
	return p
}

// firstOfEachName returns the services sorted by name, one for each.
func firstOfEachName(services []report.Service) []report.Service {
	sorted := slices.Clone(services)
	slices.SortFunc(sorted, func(a, b report.Service) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.File, b.File))
	})
	return slices.CompactFunc(sorted, func(a, b report.Service) bool { return a.Name == b.Name })
}

// share returns a percentage, and nothing of nothing.
func share(part, whole int) report.Number {
	if whole == 0 {
		return nil
	}
	return report.Num(float64(part) / float64(whole) * 100)
}

// worth is how much a status counts towards the score.
func worth(status report.SLOStatus) float64 {
	switch status {
	case report.StatusHealthy:
		return 1
	case report.StatusWarning:
		return 0.75
	case report.StatusCritical:
		return 0.25
	case report.StatusExhausted, report.StatusUnknown:
		return 0
	}
	return 0
}

// badness orders statuses. Unknown is worse than healthy, since a service is
// healthy only when all of its SLOs are, and milder than all that is known to be
// bad.
func badness(status report.SLOStatus) int {
	switch status {
	case report.StatusHealthy:
		return 0
	case report.StatusUnknown:
		return 1
	case report.StatusWarning:
		return 2
	case report.StatusCritical:
		return 3
	case report.StatusExhausted:
		return 4
	}
	return 1
}

// Health returns the worst status of a service's SLOs; unknown for a service
// without any.
func Health(s report.Service) report.SLOStatus {
	if len(s.SLOs) == 0 {
		return report.StatusUnknown
	}
	worst := report.StatusHealthy
	for _, slo := range s.SLOs {
		if status := statusOf(slo); badness(status) > badness(worst) {
			worst = status
		}
	}
	return worst
}

// statusOf returns the status of an SLO, which only a measurement can give.
func statusOf(slo report.SLO) report.SLOStatus {
	switch slo.State {
	case report.StateOK, report.StateNoTraffic:
		if slo.Status == "" || slo.Status == report.StatusHealthy && partial(slo) {
			return report.StatusUnknown
		}
		return slo.Status
	case report.StateNoData, report.StateNotComputable, report.StateError, report.StateNotMeasured:
	}
	return report.StatusUnknown
}

// partial reports whether the measurement came from an answer that may lack data:
// what is bad in it is bad, what looks well may not be.
func partial(slo report.SLO) bool {
	return slices.ContainsFunc(slo.Notes, func(n report.Reason) bool { return n.Code == report.NotePartial })
}

func tierOf(s report.Service) spec.Tier {
	if tier, ok := spec.ParseTier(s.Tier); ok {
		return tier
	}
	return spec.Tier(s.Tier)
}

// byTier counts the services of each tier that has any, critical first and
// tiers that are none last.
func byTier(services []report.Service) []report.Tier {
	rows := map[spec.Tier]*report.Tier{}
	var order []spec.Tier
	for _, s := range services {
		tier := tierOf(s)
		if rows[tier] == nil {
			rows[tier] = &report.Tier{Tier: string(tier)}
			order = append(order, tier)
		}
		row := rows[tier]
		row.Total++
		switch Health(s) {
		case report.StatusUnknown:
		case report.StatusHealthy:
			row.Healthy++
			row.Known++
		case report.StatusWarning, report.StatusCritical, report.StatusExhausted:
			row.Known++
		}
	}
	slices.SortFunc(order, func(a, b spec.Tier) int {
		return cmp.Or(cmp.Compare(a.Rank(), b.Rank()), strings.Compare(string(a), string(b)))
	})
	table := []report.Tier{}
	for _, tier := range order {
		row := rows[tier]
		row.HealthyPercent = share(row.Healthy, row.Known)
		table = append(table, *row)
	}
	return table
}

// ServiceVerdict is fail for a critical or exhausted service, warn for one that
// burns, and unknown for one whose SLOs a source was asked about without being
// able to say. A service without SLOs passes, and so does one that nobody asked
// about.
func ServiceVerdict(s report.Service) report.Verdict {
	switch Health(s) {
	case report.StatusCritical, report.StatusExhausted:
		return report.Fail
	case report.StatusWarning:
		return report.Warn
	case report.StatusHealthy:
		return report.Pass
	case report.StatusUnknown:
	}
	if slices.ContainsFunc(s.SLOs, unanswered) {
		return report.Undecidable
	}
	return report.Pass
}

// unanswered reports whether a source was asked about an SLO in vain.
func unanswered(slo report.SLO) bool {
	return slo.State != report.StateNotMeasured && statusOf(slo) == report.StatusUnknown
}

// Verdict is the verdict on all services together. Fail: one of them fails.
// Else unknown: the source failed to answer for one of them, or nothing that was
// asked could be decided. Else warn: one of them burns, or a file could not be
// read. A service without data among others that are known does not make the
// whole unknown; it is an insight.
func Verdict(in Input) report.Verdict {
	var failed, burning, sourceError, unknown, known bool
	for _, s := range in.Services {
		switch ServiceVerdict(s) {
		case report.Fail:
			failed = true
		case report.Warn:
			burning = true
		case report.Undecidable:
			unknown = true
		case report.Pass:
		}
		known = known || Health(s) != report.StatusUnknown
		sourceError = sourceError || slices.ContainsFunc(s.SLOs, func(slo report.SLO) bool { return slo.State == report.StateError })
	}
	switch {
	case failed:
		return report.Fail
	case sourceError, unknown && !known:
		return report.Undecidable
	case burning, in.ParseFailures > 0:
		return report.Warn
	}
	return report.Pass
}
