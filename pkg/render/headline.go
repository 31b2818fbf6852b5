package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// StatusLength is the most characters a commit status takes; GitHub refuses
// longer ones.
const StatusLength = 140

// Headline is the one sentence that the terminal ends with and that comments and
// statuses begin with: the verdict word, a colon, and what led to it.
func Headline(rep *report.Report) string {
	parts := decisions(rep)
	if n := rep.Summary.Unreadable; n > 0 {
		parts = append(parts, count(n, "input")+" could not be read")
	}
	if n := missingMetrics(rep); n > 0 {
		parts = append(parts, count(n, "required metric")+" missing")
	}
	if p := rep.Portfolio; p != nil && p.Known > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s healthy", p.Healthy, count(p.Known, "known service")))
	}
	if made := madeWords(rep); made != "" {
		parts = append(parts, made)
	}
	if found := foundWords(rep.Summary.Errors, rep.Summary.Warnings); found != "" {
		if rep.Summary.Services+rep.Summary.RuleFiles+rep.Summary.Dashboards > 0 {
			found += " in " + checkedWords(rep.Summary)
		}
		parts = append(parts, found)
	}
	if len(parts) == 0 {
		parts = append(parts, quietWords(rep))
	}
	if n := rep.Summary.Suppressed; n > 0 {
		parts = append(parts, count(n, "finding")+" left out by comments")
	}
	// A report that was not given a verdict is not a pass.
	return string(cmp.Or(rep.Verdict, report.Undecidable)) + ": " + strings.Join(parts, "; ")
}

// decisions says which services a deploy gate stopped, which are out of budget
// without a gate, which could not be decided on, which were warned about, and
// which were let through; the last only when there is nothing worse.
func decisions(rep *report.Report) []string {
	var blocked, exhausted, undecided, warned, approved []string
	for _, s := range rep.Services {
		switch {
		case s.Gate != nil && s.Gate.Decision == report.Blocked:
			blocked = append(blocked, s.Name)
		case s.Gate == nil && slices.ContainsFunc(s.SLOs, isExhausted):
			exhausted = append(exhausted, s.Name)
		case s.Verdict == report.Undecidable, s.Gate != nil && s.Gate.Decision == report.Unknown:
			undecided = append(undecided, s.Name)
		case s.Gate != nil && s.Gate.Decision == report.Warned:
			warned = append(warned, s.Name)
		case s.Gate != nil:
			approved = append(approved, s.Name)
		}
	}
	var out []string
	if len(blocked) > 0 {
		out = append(out, "deploy blocked for "+list(blocked))
	}
	if len(exhausted) > 0 {
		out = append(out, "error budget used up for "+list(exhausted))
	}
	if len(undecided) > 0 {
		out = append(out, "could not decide on "+list(undecided))
	}
	if len(warned) > 0 {
		out = append(out, "error budget low for "+list(warned))
	}
	if len(out) == 0 && len(approved) > 0 {
		out = append(out, "deploy approved for "+list(approved))
	}
	return out
}

func isExhausted(s report.SLO) bool { return s.Status == report.StatusExhausted }

func missingMetrics(rep *report.Report) int {
	n := 0
	for _, s := range rep.Services {
		for _, m := range s.Metrics {
			if metricVerdict(m) == report.Fail {
				n++
			}
		}
	}
	return n
}

// madeWords says what became of generated files, in a run that is about them.
func madeWords(rep *report.Report) string {
	words := map[string]string{
		"create": "created", "update": "updated", "unchanged": "unchanged", "edited": "changed by hand", "obsolete": "obsolete",
		"overwritten": "changed by hand and overwritten", "removed": "removed", "failed": "not written",
	}
	if rep.Command == "plan" {
		words["create"], words["update"] = "to create", "to update"
	} else if rep.Command != "apply" {
		return ""
	}
	counts := map[string]int{}
	for _, s := range rep.Services {
		for _, a := range s.Artifacts {
			counts[a.Action]++
		}
	}
	var parts []string
	for _, action := range []string{"create", "update", "overwritten", "removed", "failed", "unchanged", "edited", "obsolete"} {
		if n := counts[action]; n > 0 {
			parts = append(parts, count(n, "file")+" "+words[action])
		}
	}
	return strings.Join(parts, ", ")
}

// foundWords is empty when there is nothing to report.
func foundWords(errors, warnings int) string {
	var parts []string
	if errors > 0 {
		parts = append(parts, count(errors, "error"))
	}
	if warnings > 0 {
		parts = append(parts, count(warnings, "warning"))
	}
	return strings.Join(parts, " and ")
}

// quietWords is what to say when no stage had anything to say.
func quietWords(rep *report.Report) string {
	switch {
	case rep.Verdict != report.Pass:
		for _, s := range rep.Stages {
			if s.Verdict == rep.Verdict && s.SkippedReason != "" {
				return s.SkippedReason
			}
		}
		return "see the stages of this run"
	case rep.Summary.Services+rep.Summary.RuleFiles+rep.Summary.Dashboards+rep.Summary.Tests == 0:
		return "no service files to check"
	}
	return checkedWords(rep.Summary) + " checked, nothing to report"
}

// checkedWords says what a run looked at: services, and rules and dashboards where
// such files were among the files.
func checkedWords(s report.Summary) string {
	var parts []string
	if s.Services > 0 || s.Tests+s.RuleFiles+s.Dashboards == 0 {
		parts = append(parts, count(s.Services, "service"))
	}
	if s.Tests+s.RuleFiles > 0 {
		rules := count(s.Rules, "rule") + " in " + count(s.RuleFiles, "file")
		if s.Tests > 0 {
			rules = count(s.Tests, "test") + " of " + rules
		}
		parts = append(parts, rules)
	}
	if s.Dashboards > 0 {
		parts = append(parts, count(s.Dashboards, "dashboard"))
	}
	if last := len(parts) - 1; last > 0 {
		return strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	return parts[0]
}

// StatusText is the text of a commit status: one line of at most StatusLength
// characters that begins with the verdict. The stage is the name of one stage of
// the report, or empty for the whole run.
func StatusText(rep *report.Report, stage string) string {
	text := Headline(rep)
	if stage != "" {
		text = stageText(rep, stage)
	}
	return cutRunes(TerminalText(text), StatusLength)
}

func stageText(rep *report.Report, name string) string {
	i := slices.IndexFunc(rep.Stages, func(s report.Stage) bool { return s.Name == name })
	if i < 0 {
		return string(report.Undecidable) + ": " + name + " did not run"
	}
	s := rep.Stages[i]
	text := string(s.Verdict) + ": " + name
	if s.SkippedReason != "" {
		return text + " skipped, " + s.SkippedReason
	}
	if found := foundWords(s.Errors, s.Warnings); found != "" {
		return text + " found " + found + " in " + stageWords(rep, name)
	}
	if s.Verdict == report.Undecidable {
		return text + " could not decide, see the job's log"
	}
	return text + " found nothing in " + stageWords(rep, name)
}

// stageWords says what a stage looked at. Only lint looks at rule files.
func stageWords(rep *report.Report, stage string) string {
	if stage == "lint" {
		return checkedWords(rep.Summary)
	}
	return count(rep.Summary.Services, "service")
}
