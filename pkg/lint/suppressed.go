package lint

import (
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/lint/suppress"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Suppress leaves out the findings that comments in the rule files leave out, adds
// what is wrong with the comments, and says how many were left out. It is asked
// once, about all findings of the files.
func (l *Linted) Suppress(findings []report.Finding, o Options) (kept []report.Finding, suppressed int) {
	return o.suppress(l.comments, findings, false)
}

// SuppressServices is Linted.Suppress for service files, given with all files that
// the services were made of.
func SuppressServices(services []*spec.Service, files []File, findings []report.Finding, o Options) (kept []report.Finding, suppressed int) {
	byName := map[string]*suppress.File{}
	var comments []*suppress.File
	for _, f := range files {
		if c := suppress.Read(f.Name, f.Data); c != nil {
			byName[f.Name] = c
			comments = append(comments, c)
		}
	}
	if len(comments) == 0 {
		return findings, 0
	}
	for _, s := range services {
		for _, t := range expressionsOf(s) {
			byName[t.At().File].Expression(t)
		}
	}
	return o.suppress(comments, findings, true)
}

// expressionsOf returns the PromQL of a service file.
func expressionsOf(s *spec.Service) []rulefile.Text {
	var out []rulefile.Text
	for i := range s.SLOs {
		for _, x := range s.SLOs[i].Indicator.Expressions() {
			out = append(out, textOf(s, x.Text))
		}
	}
	for _, a := range s.Alerts {
		out = append(out, textOf(s, a.Expr))
	}
	for _, x := range s.Expressions {
		out = append(out, textOf(s, x.Text))
	}
	return out
}

func (o Options) suppress(files []*suppress.File, findings []report.Finding, services bool) ([]report.Finding, int) {
	set := suppress.NewSet(suppress.Options{Now: o.Now, Locked: o.Locked, Ran: o.ran(services), Names: o.Names}, files)
	kept := set.Apply(findings)
	problems := o.finish(set.Problems())
	if len(problems) == 0 {
		return kept, set.Suppressed
	}
	return report.Normalise(append(kept, problems...)), set.Suppressed
}

// ran returns what tells whether a rule was looked for. Of the rules that are not
// of this package it is known for those about service files alone.
func (o Options) ran(services bool) func(id string) bool {
	ids := map[string]bool{rulefile.RuleStructure: true}
	for _, c := range append(Checks(o), o.More...) {
		ids[c.Rule().ID] = true
	}
	for _, id := range o.Asked {
		ids[id] = true
	}
	for _, id := range o.Disabled {
		delete(ids, id)
	}
	return func(id string) bool {
		stage, _, _ := strings.Cut(id, "/")
		return ids[id] || services && slices.Contains([]string{"spec", "service"}, stage) && !slices.Contains(o.Disabled, id)
	}
}

// parseRules reads a rule file. Lines that comments of pint hide are often no YAML,
// as those of a template: when the file cannot be read as it is, it is read without
// them.
func parseRules(ctx context.Context, f File) (*rulefile.File, *suppress.File, []report.Finding) {
	comments := suppress.Read(f.Name, f.Data)
	file, problems := rulefile.Parse(ctx, f.Name, f.Data)
	if len(problems) > 0 {
		if blanked, found := suppress.Blanked(f.Data); found {
			file, problems = rulefile.Parse(ctx, f.Name, blanked)
			comments.Blank()
		}
	}
	if comments != nil {
		for _, g := range file.Groups {
			for _, r := range g.Rules {
				comments.Rule(r)
				r.Owner = comments.Owner(r.Name.At().Line)
			}
		}
	}
	return file, comments, problems
}
