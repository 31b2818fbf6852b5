package render

import (
	"time"

	"github.com/nthlayer/action/pkg/report"
)

// The three reports that the golden files are made from, and what the other tests
// start from.

func at(hour int) time.Time { return time.Date(2026, 11, 22, hour, 0, 0, 0, time.UTC) }

func later(hour int) *time.Time {
	t := at(hour)
	return &t
}

func num(v float64) report.Number { return report.Num(v) }

// finish counts and fingerprints as a run does.
func finish(rep report.Report) *report.Report {
	rep.SchemaVersion = report.SchemaVersion
	rep.Tool = report.Tool{Name: "nthlayer", Version: "1.2.3"}
	rep.EvaluatedAt = at(3)
	rep.Findings = report.Normalise(rep.Findings)
	s := &rep.Summary
	s.Services = len(rep.Services)
	s.Errors, s.Warnings, s.Infos = report.Count(rep.Findings)
	for _, service := range rep.Services {
		if service.Verdict == report.Undecidable {
			s.Unknown++
		}
	}
	return &rep
}

func samples() map[string]*report.Report {
	return map[string]*report.Report{"mixed": mixed(), "green": green(), "hostile": hostile()}
}

func green() *report.Report {
	return finish(report.Report{
		Command: "ci", Environment: "prod", Source: "http://prometheus:9090", Verdict: report.Pass,
		Stages: []report.Stage{{Name: "lint", Verdict: report.Pass}, {Name: "verify", Verdict: report.Pass}, {Name: "gate", Verdict: report.Pass}},
		Services: []report.Service{
			healthy("search", "high"), healthy("checkout", "critical"),
		},
		Portfolio: &report.Portfolio{
			Score: num(100), HealthyPercent: num(100), Healthy: 2, Known: 2, Total: 2,
			ByTier: []report.Tier{
				{Tier: "high", Healthy: 1, Known: 1, Total: 1, HealthyPercent: num(100)},
				{Tier: "critical", Healthy: 1, Known: 1, Total: 1, HealthyPercent: num(100)},
			},
		},
	})
}

func healthy(name, tier string) report.Service {
	return report.Service{
		Name: name, File: "services/" + name + ".yaml", Tier: tier, Team: "shop", Type: "api", Verdict: report.Pass,
		SLOs: []report.SLO{{
			Name: "availability", Objective: report.Num(99.9), Window: "30d", SLI: num(0.99983), State: report.StateOK, Status: report.StatusHealthy,
			Method: "events", Query: `sum(increase(http_requests_total{service="` + name + `",code!~"5.."}[30d]))`, EvaluatedAt: at(3), Line: 12,
			Budget:   report.Budget{TotalMinutes: num(43.2), BurnedMinutes: num(7.344), ConsumedPercent: num(17), RemainingPercent: num(83)},
			BurnRate: report.BurnRate{Hour1: num(0.2), Hour6: num(0.3), Day3: num(0.2)},
		}},
		Metrics: []report.Metric{{
			Name: "http_requests_total", Selector: `http_requests_total{service="` + name + `"}`, Required: true, State: report.MetricOK, Line: 14,
			Sources: []report.MetricSource{{Kind: "SLO", Resource: "availability", Field: "spec.indicator.query", Line: 14}},
		}},
		Gate: &report.Gate{
			Decision: report.Approved, WorstSLO: "availability", RemainingPercent: num(83),
			Thresholds: report.Thresholds{Warning: num(20), Blocking: num(10), Source: "tier " + tier + ", environment prod"},
			Reasons:    []report.Reason{{Code: "budget-ok", Text: "SLO availability has the least error budget: 83 % remains"}},
		},
	}
}

// mixed has a healthy service, one that is out of budget, one with a metric that
// is not there, and one that nobody can tell about.
func mixed() *report.Report {
	return finish(report.Report{
		Command: "ci", Environment: "prod", Source: "http://prometheus:9090", Verdict: report.Fail, ExitCode: 2,
		Stages: []report.Stage{
			{Name: "lint", Verdict: report.Fail, Errors: 1, Warnings: 1},
			{Name: "verify", Verdict: report.Fail, Errors: 1},
			{Name: "gate", Verdict: report.Fail, Errors: 1},
			{Name: "portfolio", Verdict: report.Pass, SkippedReason: "a single service was asked for"},
		},
		Services:  []report.Service{exhausted(), healthy("checkout", "critical"), missing(), undecidable()},
		Portfolio: mixedPortfolio(),
		Findings:  mixedFindings(),
	})
}

func exhausted() report.Service {
	s := healthy("payment-api", "critical")
	s.Verdict = report.Fail
	s.SLOs[0].SLI, s.SLOs[0].Status = num(0.998432), report.StatusExhausted
	s.SLOs[0].Budget = report.Budget{TotalMinutes: num(43.2), BurnedMinutes: num(67.7376), ConsumedPercent: num(156.8), RemainingPercent: num(-56.8)}
	s.SLOs[0].BurnRate = report.BurnRate{Hour1: num(14.44), Hour6: num(6.1), Day3: num(2)}
	s.SLOs = append(s.SLOs, report.SLO{
		Name: "latency", Objective: report.Num(99), Window: "30d", SLI: num(0.9975), State: report.StateOK, Status: report.StatusHealthy, EvaluatedAt: at(3),
		Budget:   report.Budget{TotalMinutes: num(432), BurnedMinutes: num(108), ConsumedPercent: num(25), RemainingPercent: num(75)},
		BurnRate: report.BurnRate{Hour1: num(0.9)}, ExhaustsAt: later(23), Line: 31,
	})
	s.Gate = &report.Gate{
		Decision: report.Blocked, WorstSLO: "availability", RemainingPercent: num(-56.8),
		Thresholds: report.Thresholds{Warning: num(20), Blocking: num(10), Source: "tier critical, environment prod"},
		Conditions: []report.GateCondition{
			{Name: "night", When: "hour() < 6", Matched: true, Blocking: num(30)},
			{Name: "freeze", When: "is_freeze()", Error: "is_freeze is not a function"},
		},
		Exceptions: []report.GateException{{Who: "team platform", Allow: "always", Until: "2026-10-01", Reason: "migration", Expired: true}},
		Reasons:    []report.Reason{{Code: "gate/budget-exhausted", Text: "The error budget of availability is used up."}},
		BlastRadius: &report.BlastRadius{
			Direct:     []report.Dependent{{Name: "checkout", Tier: "critical", Criticality: "critical", Depth: 1}, {Name: "invoices", Tier: "low", Criticality: "low", Depth: 1}},
			Transitive: []report.Dependent{{Name: "shop-web", Tier: "critical", Criticality: "high", Depth: 2}},
			Critical:   2,
		},
	}
	s.Artifacts = []report.Artifact{
		{Path: "generated/payment-api/alerts.yaml", Action: "update", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Count: 12, Unit: "rules"},
		{Path: "generated/payment-api/dashboard.json", Action: "unchanged", SHA256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", Count: 1, Unit: "dashboard"},
	}
	return s
}

func missing() report.Service {
	s := healthy("search", "standard")
	s.Verdict = report.Fail
	s.Metrics = []report.Metric{
		{
			Name: "http_requests_totl", Selector: `http_requests_totl{service="search"}`, Required: true, State: report.MetricMissing,
			File: "services/search.yaml", Line: 14, Suggestion: "Did you mean http_requests_total?",
			Sources: []report.MetricSource{{Kind: "SLO", Resource: "availability", Field: "spec.indicator.query", Line: 14}},
		},
		{Name: "cache_hits_total", Selector: "cache_hits_total", State: report.MetricStale, Line: 40, LastSeen: later(1)},
		{Name: "http_errors_total", Selector: `http_errors_total{code=~"5..|429"}`, Required: true, State: report.MetricNoErrorsYet, Line: 15},
	}
	return s
}

func undecidable() report.Service {
	s := healthy("ledger", "high")
	s.Verdict = report.Undecidable
	s.SLOs[0].SLI, s.SLOs[0].State, s.SLOs[0].Status = nil, report.StateNoData, report.StatusUnknown
	s.SLOs[0].Detail = "the query gave no series for the last 30d"
	s.SLOs[0].Budget, s.SLOs[0].BurnRate = report.Budget{TotalMinutes: num(43.2)}, report.BurnRate{}
	s.Metrics = nil
	s.Gate = &report.Gate{
		Decision:   report.Unknown,
		Thresholds: report.Thresholds{Warning: num(20), Blocking: num(5), Source: "tier high, environment prod"},
		Reasons:    []report.Reason{{Code: "gate/no-data", Text: "No SLO of this service could be measured."}},
	}
	return s
}

func mixedPortfolio() *report.Portfolio {
	p := &report.Portfolio{
		Score: num(66.66666), HealthyPercent: num(66.66666), Healthy: 2, Known: 3, Total: 4,
		ByTier: []report.Tier{
			{Tier: "standard", Healthy: 1, Known: 1, Total: 1, HealthyPercent: num(100)},
			{Tier: "high", Known: 0, Total: 1},
			{Tier: "critical", Healthy: 1, Known: 2, Total: 2, HealthyPercent: num(50)},
		},
	}
	for range 11 {
		p.Insights = append(p.Insights, report.Insight{Type: "promotion", Severity: report.Info, Service: "search", Message: "Meets the objective of the tier above."})
	}
	p.Insights[0] = report.Insight{Type: "exhaustion", Severity: report.Warning, Service: "payment-api", Message: "The budget of latency is used up within a day."}
	return p
}

func mixedFindings() []report.Finding {
	metric := report.At(report.Position{File: "services/search.yaml", Line: 14, Column: 20, EndLine: 14, EndColumn: 38},
		"verify/metric-missing", report.Error, `The metric http_requests_totl does not exist on the source.`)
	metric.Service, metric.Path = "search", "resources[0].spec.indicator.query"
	metric.Suggestion = "Use http_requests_total, which exists for this service."
	metric.Snippet = "        query: sum(http_requests_totl{service=\"search\"})"

	field := report.At(report.Position{File: "services/payment-api.yaml", Line: 9, Column: 2, EndLine: 9, EndColumn: 10},
		"spec/unknown-field", report.Error, `There is no field "objectiv" in an SLO.`)
	field.Service, field.Suggestion, field.Snippet = "payment-api", `Write "objective".`, "\tobjectiv: 99.9 # 目標"

	budget := report.At(report.Position{File: "services/payment-api.yaml", Line: 12}, "gate/budget-exhausted", report.Error,
		"The error budget of availability is used up: -56.8 % left.")
	budget.Service = "payment-api"

	le := report.At(report.Position{File: "rules/ledger.yaml", Line: 3, Column: 5, EndLine: 6, EndColumn: 2}, "promql/quantile-without-le", report.Warning,
		"histogram_quantile() needs the label le, and sum by (job) drops it.")
	le.Suggestion, le.Snippet = "Add le to the by clause.", "    histogram_quantile(0.99,"

	owner := report.At(report.Position{File: "services/ledger.yaml"}, "spec/no-runbook", report.Info, "No runbook is named.")
	owner.Service = "ledger"
	return []report.Finding{metric, field, budget, le, owner}
}
