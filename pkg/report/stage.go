package report

import "slices"

// WithStage returns the report with the result of one more stage, which ran after it
// was built. A skipped stage says why.
func (r *Report) WithStage(name string, findings []Finding, skipped string) *Report {
	out := *r
	errors, warnings, _ := Count(findings)
	stage := Stage{Name: name, Verdict: VerdictOf(findings), Errors: errors, Warnings: warnings, SkippedReason: skipped}
	out.Stages = append(slices.Clone(r.Stages), stage)
	out.Findings = Normalise(append(slices.Clone(r.Findings), findings...))
	out.Summary.Errors, out.Summary.Warnings, out.Summary.Infos = Count(out.Findings)
	out.Verdict = Worst(r.Verdict, stage.Verdict)
	out.Services = slices.Clone(r.Services)
	for i := range out.Services {
		for _, f := range findings {
			if f.Service == out.Services[i].Name {
				out.Services[i].Verdict = Worst(out.Services[i].Verdict, VerdictOf([]Finding{f}))
			}
		}
	}
	return &out
}

// Undecided returns the report whose last stage could not see everything that it had
// to decide on.
func (r *Report) Undecided() *Report {
	out := *r
	out.Stages = slices.Clone(r.Stages)
	if n := len(out.Stages); n > 0 {
		out.Stages[n-1].Verdict = Worst(out.Stages[n-1].Verdict, Undecidable)
	}
	out.Verdict = Worst(r.Verdict, Undecidable)
	return &out
}
