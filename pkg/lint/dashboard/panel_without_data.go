package dashboard

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// panelWithoutData finds panels that can never show anything: all their queries are
// hidden or empty, it needs a variable that the dashboard does not have, or no layout
// shows it. Queries that contradict themselves are found in impossible.go.
func panelWithoutData() rule {
	r := lint.Rule{ID: "dashboard/panel-without-data", Severity: report.Warning, Title: "A panel can never show data"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, p := range b.panels {
			if p.at.get("unplaced") != nil {
				out = append(out, p.of(about(r, p.label(), p.where()+" has no place in the layout: nobody sees it", "name it in an item of the layout, or remove it")))
				continue
			}
			if p.shows() && p.silent() {
				out = append(out, p.of(about(r, p.label(), "all queries of "+p.where()+" are hidden or empty", "show one of them: remove "+b.key("hide")+", or write the query")))
			}
		}
		for _, p := range b.all() {
			if p.seen() {
				out = append(out, p.emptied(r, b)...)
			}
		}
		return out
	}}
}

// seen reports whether a panel may show something as far as layout and queries are
// switched on.
func (p *panel) seen() bool { return p.at.get("unplaced") == nil && (!p.shows() || !p.silent()) }

// emptied finds what a panel asks for in vain because of variables that nobody sets.
func (p *panel) emptied(r lint.Rule, b *board) []found {
	out := p.unknownSources(r, b)
	for _, t := range p.targets {
		for _, u := range t.unset(b) {
			if u.empties {
				out = append(out, t.unknown(r, b, u, ""))
			}
		}
	}
	return out
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
				fix = "add a variable of type datasource below " + b.key("templating")
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

// sample returns what a variable holds in the file, or "" where that is nothing of
// which a query can be made.
func (b *board) sample(name string) string {
	v := b.variable(name)
	if v == nil {
		return ""
	}
	options := v.at.get("options").list()
	for _, at := range append([]*value{v.at.get("current")}, options[:min(len(options), maxSamples)]...) {
		held := at.get("value")
		if list := held.list(); len(list) > 0 {
			held = list[0]
		}
		if s := held.str(); s != "" && !strings.Contains(s, "$") && len(s) <= maxSample {
			return s
		}
	}
	return ""
}

// How many options of a variable are looked at, and how many bytes one may have.
const (
	maxSamples = 10
	maxSample  = 200
)

func (b *board) names() []string {
	var out []string
	for _, v := range b.vars {
		out = append(out, v.name)
	}
	return out
}
