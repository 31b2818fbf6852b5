package memo

import (
	"math"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// BudgetStep is the least move of an error budget that is told, in points of
// percent. Every budget moves a little from run to run.
const BudgetStep = 5

// Delta is what is different between two verdicts.
type Delta struct {
	Before, Now Verdict
	// OtherStages says that the runs had different stages. Before has the verdict
	// and the counts of Now then, and so has Was of each service: a run without a
	// gate passes what the gate blocked before, and nothing has become better.
	OtherStages bool
	// Added are services that only Now has, Removed those that only Before has.
	Added, Removed []Service
	// Changed are the others of which something has to be told, by name.
	Changed []Change
}

// Change is what became of one service.
type Change struct {
	Was, Is Service
	// Budget says that the budget moved by BudgetStep or more.
	Budget bool
	// Objectives are those that are different, by the name of the SLO.
	Objectives []ObjectiveChange
	// Missing are metrics that were there, Found those that were not.
	Missing, Found []string
}

// ObjectiveChange is the objective of one SLO in percent, nil on the side that
// does not have the SLO.
type ObjectiveChange struct {
	Name    string
	Was, Is report.Number
}

// Totals reports whether verdict or counts of the whole run are different.
func (d Delta) Totals() bool {
	return d.Before.Verdict != d.Now.Verdict || d.Before.Total != d.Now.Total ||
		d.Before.Errors != d.Now.Errors || d.Before.Warnings != d.Now.Warnings
}

// Compare returns what is different. Now is complete; what was left out of before
// is not told about, because nobody knows it.
func Compare(before, now Verdict) Delta {
	d := Delta{Before: before, Now: now, OtherStages: !slices.Equal(before.Stages, now.Stages)}
	if d.OtherStages {
		d.Before.Verdict, d.Before.Errors, d.Before.Warnings = now.Verdict, now.Errors, now.Warnings
	}
	if before.Cut >= CutServices {
		return d
	}
	withSLOs := before.Cut < CutObjectives && before.hasObjectives() && now.hasObjectives()
	was := make(map[string]Service, len(before.Services))
	for _, s := range before.Services {
		was[s.Name] = s
	}
	is := make(map[string]bool, len(now.Services))
	for _, s := range now.Services {
		is[s.Name] = true
		old, ok := was[s.Name]
		if !ok {
			if before.Cut < CutPassing {
				d.Added = append(d.Added, s)
			}
			continue
		}
		if d.OtherStages {
			old.Verdict, old.Errors, old.Warnings = s.Verdict, s.Errors, s.Warnings
		}
		if c := change(old, s, withSLOs); c.told() {
			d.Changed = append(d.Changed, c)
		}
	}
	for _, s := range before.Services {
		if !is[s.Name] {
			d.Removed = append(d.Removed, s)
		}
	}
	return d
}

// hasObjectives is false of a run whose stages do not look at SLOs.
func (v Verdict) hasObjectives() bool {
	return slices.ContainsFunc(v.Services, func(s Service) bool { return len(s.Objectives) > 0 })
}

func change(was, is Service, withSLOs bool) Change {
	c := Change{Was: was, Is: is}
	c.Budget = was.Budget != nil && is.Budget != nil && math.Abs(*is.Budget-*was.Budget) >= BudgetStep
	if withSLOs {
		c.Objectives = objectives(was.Objectives, is.Objectives)
	}
	if was.Checked && is.Checked {
		c.Missing, c.Found = without(is.Missing, was.Missing), without(was.Missing, is.Missing)
	}
	return c
}

// told reports whether anything is different that a reader has to know.
func (c Change) told() bool {
	return c.Was.Verdict != c.Is.Verdict || c.Was.Tier != c.Is.Tier || c.Was.Errors != c.Is.Errors || c.Was.Warnings != c.Is.Warnings ||
		c.Budget || len(c.Objectives)+len(c.Missing)+len(c.Found) > 0
}

func objectives(was, is []Objective) []ObjectiveChange {
	var out []ObjectiveChange
	before := make(map[string]float64, len(was))
	for _, o := range was {
		before[o.Name] = o.Percent
	}
	for _, o := range is {
		old, ok := before[o.Name]
		delete(before, o.Name)
		switch {
		case !ok:
			out = append(out, ObjectiveChange{Name: o.Name, Is: &o.Percent})
		case old != o.Percent:
			out = append(out, ObjectiveChange{o.Name, &old, &o.Percent})
		}
	}
	for name, percent := range before {
		out = append(out, ObjectiveChange{Name: name, Was: &percent})
	}
	slices.SortFunc(out, func(a, b ObjectiveChange) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// without returns what is in all and not in some.
func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}
