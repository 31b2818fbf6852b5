package render

import "github.com/nthlayer/action/pkg/report"

// injected is text that does something in at least one sink when it is not
// escaped for it.
func injected() []string {
	return []string{
		"::error file=x,line=1::injected",
		"\n::set-output name=verdict::pass",
		"\r\n  ::add-mask::a",
		"##[set-env name=PATH]/tmp/evil",
		"##\u00ad[error]soft hyphen",
		"x <script>alert(1)</script> <!-- nthlayer --> </details>",
		"| a | b |\n|---|---|\n| c | d |",
		"```\nfence\n```\n# heading",
		"@everyone please look, see #1, !2, GH-3 and octo/repo#4",
		"/close\n/merge",
		"https://evil.example/?a=b www.evil.example [link](https://evil.example) ![img](https://evil.example/x.png)",
		"\x1b[31mred\x1b[0m \x1b]0;title\x07 \u202eesrever\u202c\x00\x9b31m",
		"=HYPERLINK(\"https://evil.example\")",
		"$a^2$ *bold* _em_ ~~gone~~ a\\|b `tick`",
		"]]> & ' \" <![CDATA[ \xff\xfe %25 100%",
		"ghadelimiter\nname=value\nEOF",
	}
}

// hostile puts every injected string into every place that takes text.
func hostile() *report.Report {
	rep := report.Report{
		Command: "ci", Environment: injected()[0], Source: injected()[6], Verdict: report.Fail, ExitCode: 2,
		Portfolio: &report.Portfolio{Score: num(0), HealthyPercent: num(0), Known: 1, Total: 1},
	}
	for _, bad := range injected() {
		rep.Stages = append(rep.Stages, report.Stage{Name: bad, Verdict: report.Fail, SkippedReason: bad})
		rep.Services = append(rep.Services, hostileService(bad))
		rep.Portfolio.ByTier = append(rep.Portfolio.ByTier, report.Tier{Tier: bad, Total: 1})
		rep.Portfolio.Insights = append(rep.Portfolio.Insights, report.Insight{Type: bad, Severity: report.Warning, Service: bad, Message: bad})
		f := report.At(report.Position{File: bad, Line: 3, Column: 2, EndLine: 3, EndColumn: 5}, bad, report.Error, bad)
		f.Service, f.Suggestion, f.Snippet, f.Path = bad, bad, bad, bad
		rep.Findings = append(rep.Findings, f)
	}
	return finish(rep)
}

func hostileService(bad string) report.Service {
	return report.Service{
		Name: bad, File: bad, Tier: bad, Team: bad, Type: bad, Verdict: report.Fail,
		SLOs: []report.SLO{{
			Name: bad, Objective: report.Num(99.9), Window: bad, State: report.StateError, Status: report.StatusUnknown,
			Detail: bad, Method: bad, Query: bad, EvaluatedAt: at(3), ExhaustsAt: later(4),
		}},
		Metrics: []report.Metric{{
			Name: bad, Selector: bad, Required: true, State: report.MetricMissing, File: bad, Line: 1, Suggestion: bad,
			Sources: []report.MetricSource{{Kind: bad, Resource: bad, Field: bad, Line: 1}},
		}},
		Gate: &report.Gate{
			Decision: report.Blocked, WorstSLO: bad, RemainingPercent: num(-1), Thresholds: report.Thresholds{Source: bad},
			Conditions: []report.GateCondition{{Name: bad, When: bad, Matched: true}, {Name: bad, When: bad, Error: bad}},
			Exceptions: []report.GateException{{Who: bad, Allow: bad, Until: bad, Reason: bad, Applied: true}},
			Reasons:    []report.Reason{{Code: bad, Text: bad}},
			BlastRadius: &report.BlastRadius{
				Direct: []report.Dependent{{Name: bad, Tier: bad, Criticality: bad, Depth: 1}},
			},
		},
		Artifacts: []report.Artifact{{Path: bad, Action: bad, SHA256: bad, Count: 1, Unit: bad}},
	}
}
