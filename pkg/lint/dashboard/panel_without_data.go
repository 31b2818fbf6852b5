package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// panelWithoutData finds panels that can never show anything: all their queries are
// hidden or empty, a query contradicts itself, or it needs a variable that the
// dashboard does not have.
func panelWithoutData() rule {
	r := lint.Rule{ID: "dashboard/panel-without-data", Severity: report.Warning, Title: "A panel can never show data"}
	return rule{r, func(r lint.Rule, b *board) []found {
		queries := lint.NewQueries(lint.Options{}, "promql/impossible")
		var out []found
		for _, p := range b.panels {
			if p.shows() && p.silent() {
				out = append(out, p.of(about(r, p.label(), "all queries of "+p.where()+" are hidden or empty", "show one of them: remove hide, or write the query")))
				continue
			}
			out = append(out, p.unknownSources(r, b)...)
			for _, t := range p.targets {
				out = append(out, t.unknownVariables(r, b)...)
				if t.kind != prometheus || t.read.ast == nil {
					continue
				}
				for _, f := range t.read.always(queries) {
					f.Rule, f.Severity, f.Message = r.ID, r.Severity, "in "+p.where()+": "+f.Message
					out = append(out, t.of(f))
				}
			}
		}
		return out
	}}
}

// silent reports whether a panel has queries and shows none of them. Expressions
// over other queries are shown while the queries are hidden.
func (p *panel) silent() bool {
	for _, t := range p.targets {
		empty := t.expr != nil && strings.TrimSpace(t.expr.text) == ""
		if !t.at.get("hide").is("true") && !empty {
			return false
		}
	}
	return len(p.targets) > 0
}

// always returns what is found whatever stands in place of the variables.
func (r reading) always(q lint.Queries) []report.Finding {
	found := q.Check(r.text)
	if len(r.uses) == 0 || len(found) == 0 {
		return found
	}
	again := q.Check(r.other)
	return slices.DeleteFunc(found, func(f report.Finding) bool {
		return !slices.ContainsFunc(again, func(g report.Finding) bool { return g.Rule == f.Rule && g.Position() == f.Position() })
	})
}

// unknownVariables finds variables in a query that nobody sets: Grafana leaves their
// names in the query as they stand.
func (t *target) unknownVariables(r lint.Rule, b *board) []found {
	// The groups of a regular expression are written as variables are.
	if t.kind == otherSource || t.expr == nil || strings.Contains(t.expr.text, "label_replace") || strings.Contains(t.expr.text, "label_format") {
		return nil
	}
	var out []found
	for _, u := range uses(t.expr.text) {
		if b.knows(u.name) {
			continue
		}
		message := fmt.Sprintf("a query of %s uses the variable %s, which the dashboard does not have", t.panel.where(), u.name)
		fix := report.DidYouMean(u.name, b.names())
		if fix == "" {
			fix = "add it below templating, or write the value"
		}
		out = append(out, t.of(t.expr.asText().Finding(r.ID, r.Severity, u.start, u.end, message, fix)))
	}
	return out
}

// unknownSources finds data sources that are named by a variable that nobody sets.
func (p *panel) unknownSources(r lint.Rule, b *board) []found {
	var out []found
	for i := -1; i < len(p.targets); i++ {
		ref := p.source
		if i >= 0 {
			ref = p.targets[i].at.get("datasource")
		}
		id := ref.get("uid")
		if ref != nil && ref.kind == text {
			id = ref
		}
		for _, u := range uses(id.str()) {
			if b.knows(u.name) {
				continue
			}
			fix := report.DidYouMean(u.name, b.names())
			if fix == "" {
				fix = "add a variable of type datasource below templating"
			}
			f := id.asText().Finding(r.ID, r.Severity, u.start, u.end, "the data source of "+p.where()+" is the variable "+u.name+", which the dashboard does not have", fix)
			out = append(out, found{f, p, i})
		}
	}
	return out
}

func (b *board) knows(name string) bool {
	return builtin(name) || b.variable(name) != nil || slices.Contains(b.inputs, name)
}

func (b *board) names() []string {
	var out []string
	for _, v := range b.vars {
		out = append(out, v.name)
	}
	return out
}
