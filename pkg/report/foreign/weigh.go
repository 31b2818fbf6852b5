package foreign

import (
	"fmt"
	"slices"

	"github.com/nthlayer/action/pkg/report"
)

// Stage is the name of the stage that is added to a report whose parts say worse
// than its stages.
const Stage = "report"

// weigh counts a report anew and gives it the worst verdict that any part of it
// says. It returns a sentence when that is another one than the file's own.
func weigh(rep *report.Report) []string {
	said := rep.Verdict
	recount(rep)
	stages := report.Pass
	for i := range rep.Stages {
		s := &rep.Stages[i]
		s.Verdict = report.Worst(s.Verdict, counted(s.Errors, s.Warnings))
		stages = report.Worst(stages, s.Verdict)
	}
	rep.Verdict = report.Worst(said, stages, counted(rep.Summary.Errors, rep.Summary.Warnings), unreadable(rep), ofServices(rep))
	if rep.Verdict != stages {
		rep.Stages = append(rep.Stages, report.Stage{Name: Stage, Verdict: rep.Verdict})
	}
	if rep.Verdict == said {
		return nil
	}
	return []string{fmt.Sprintf("the report gives its own verdict as %s, but what is in it amounts to %s, which counts", said, rep.Verdict)}
}

// recount makes the counts of the summary at least those of the lists.
func recount(rep *report.Report) {
	s := &rep.Summary
	errors, warnings, infos := report.Count(rep.Findings)
	s.Errors, s.Warnings, s.Infos = max(s.Errors, errors), max(s.Warnings, warnings), max(s.Infos, infos)
	unknown := 0
	for _, service := range rep.Services {
		if service.Verdict == report.Undecidable {
			unknown++
		}
	}
	s.Services, s.Unknown = len(rep.Services), max(s.Unknown, unknown)
}

func counted(errors, warnings int) report.Verdict {
	switch {
	case errors > 0:
		return report.Fail
	case warnings > 0:
		return report.Warn
	}
	return report.Pass
}

// unreadable is the verdict on inputs that could not be read.
func unreadable(rep *report.Report) report.Verdict { return counted(rep.Summary.Unreadable, 0) }

// ofServices is the worst verdict on a service and decision of a gate. Where the
// portfolio ran without a gate it judges the services, and is only advice: there
// the verdicts on them count for nothing.
func ofServices(rep *report.Report) report.Verdict {
	ran := func(name string) bool {
		return slices.ContainsFunc(rep.Stages, func(s report.Stage) bool { return s.Name == name })
	}
	advice := ran("portfolio") && !ran("gate")
	worst := report.Pass
	for _, s := range rep.Services {
		if !advice {
			worst = report.Worst(worst, s.Verdict)
		}
		if s.Gate != nil {
			worst = report.Worst(worst, s.Gate.Decision.Verdict())
		}
	}
	return worst
}
