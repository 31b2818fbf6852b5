package render

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/memo"
)

// The section on what has changed names at most so many services one by one, and
// in one line at most so many names.
const (
	maxChanges = 10
	maxNames   = 10
)

// sinceList says what is different from the verdict that the comment told before.
// Where nothing is, there is no such section.
func sinceList(rep *report.Report, opts Options) section {
	if opts.Before == nil {
		return section{}
	}
	d := memo.Compare(*opts.Before, memo.Of(rep, ""))
	s := section{head: "### Since " + code(opts.Before.SHA[:min(len(opts.Before.SHA), shortSHA)]) + "\n\n", foot: "\n"}
	add := func(item string) { s.parts = append(s.parts, part{classDetails, "change", "- " + item + "\n"}) }
	if d.OtherStages {
		add("verdicts and counts are not compared: that run had " + stageNames(d.Before.Stages) + ", this one has " + stageNames(d.Now.Stages))
	}
	if d.Totals() {
		add(icon(d.Now.Verdict) + " all services: " + strings.Join(totalWords(d), "; "))
	}
	for i, c := range mostUrgent(d.Changed) {
		if i == maxChanges {
			add("... and " + count(len(d.Changed)-i, "more changed service"))
			break
		}
		add(icon(c.Is.Verdict) + " " + code(c.Is.Name) + ": " + strings.Join(changeWords(c), "; "))
	}
	if len(d.Added) > 0 {
		add("now included: " + serviceNames(d.Added, true))
	}
	if len(d.Removed) > 0 {
		add("no longer included: " + serviceNames(d.Removed, false))
	}
	return s
}

// shortSHA is how many characters of a commit's id are shown.
const shortSHA = 12

func mostUrgent(changes []memo.Change) []memo.Change {
	return slices.SortedStableFunc(slices.Values(changes), func(a, b memo.Change) int {
		return cmp.Compare(urgency(a.Is.Verdict), urgency(b.Is.Verdict))
	})
}

func totalWords(d memo.Delta) []string {
	return slices.Concat(
		moved("", string(d.Before.Verdict), string(d.Now.Verdict)),
		counted("services", d.Before.Total, d.Now.Total),
		counted("errors", d.Before.Errors, d.Now.Errors),
		counted("warnings", d.Before.Warnings, d.Now.Warnings),
	)
}

// changeWords tells of one service what is different, the verdict first.
func changeWords(c memo.Change) []string {
	out := slices.Concat(
		moved("", string(c.Was.Verdict), string(c.Is.Verdict)),
		moved("tier ", cmp.Or(c.Was.Tier, "none"), cmp.Or(c.Is.Tier, "none")),
	)
	if c.Budget {
		out = append(out, "budget left "+percent(c.Was.Budget)+" → "+percent(c.Is.Budget)+direction(*c.Was.Budget, *c.Is.Budget, " points"))
	}
	for i, o := range c.Objectives {
		if i == maxNames {
			out = append(out, count(len(c.Objectives)-i, "more changed SLO"))
			break
		}
		out = append(out, objectiveWords(o))
	}
	out = slices.Concat(out, counted("errors", c.Was.Errors, c.Is.Errors), counted("warnings", c.Was.Warnings, c.Is.Warnings))
	if len(c.Missing) > 0 {
		out = append(out, "now missing: "+codes(c.Missing))
	}
	if len(c.Found) > 0 {
		out = append(out, "no longer missing: "+codes(c.Found))
	}
	return out
}

func objectiveWords(o memo.ObjectiveChange) string {
	switch {
	case o.Was == nil:
		return "SLO " + code(o.Name) + " added"
	case o.Is == nil:
		return "SLO " + code(o.Name) + " removed"
	}
	return "objective of " + code(o.Name) + " " + exactPercent(o.Was) + " → " + exactPercent(o.Is) + direction(*o.Was, *o.Is, "")
}

// moved tells a change of one word, and nothing where it is the same.
func moved(what, was, is string) []string {
	if was == is {
		return nil
	}
	return []string{what + text(was) + " → " + text(is)}
}

func counted(what string, was, is int) []string {
	if was == is {
		return nil
	}
	return []string{what + " " + grouped(was) + " → " + grouped(is)}
}

// direction says in words which way a figure went, and how far where a unit is
// given.
func direction(was, is float64, unit string) string {
	word := "up"
	if is < was {
		word = "down"
	}
	if unit != "" {
		word += " " + report.Decimal(math.Abs(is-was), 1) + unit
	}
	return " (" + word + ")"
}

func stageNames(stages []string) string {
	if len(stages) == 0 {
		return "no stages"
	}
	return "the stages " + codes(stages)
}

func serviceNames(services []memo.Service, judged bool) string {
	var names []string
	for _, s := range services {
		shown := code(s.Name)
		if judged {
			shown = icon(s.Verdict) + " " + shown
		}
		names = append(names, shown)
	}
	return limited(names)
}

func codes(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = code(n)
	}
	return limited(shown)
}

func limited(names []string) string {
	if len(names) > maxNames {
		return strings.Join(names[:maxNames], ", ") + fmt.Sprintf(" and %s more", grouped(len(names)-maxNames))
	}
	return strings.Join(names, ", ")
}
