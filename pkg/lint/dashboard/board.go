package dashboard

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// Is reports whether a file holds a dashboard of Grafana: a model with a title and
// panels or the version of their schema, bare or inside of what Grafana's HTTP API
// and its resources put around it, or a text that was meant to be one and is no JSON.
// It reads no more than it has to.
func Is(data []byte) bool {
	for _, sign := range []string{`"panels"`, `"rows"`, `"schemaVersion"`, `"elements"`, ownAnnotations, resources} {
		if bytes.Contains(data, []byte(sign)) {
			v, err := parse(newFile("", data))
			return err != nil && looksLike(data) || model(v) != nil || resource(v)
		}
	}
	return false
}

// resources is how the API versions of dashboards begin that are resources.
const resources = "dashboard.grafana.app/"

// resource reports whether a document is a dashboard by what it calls itself.
func resource(v *value) bool {
	return v.get("kind").str() == "Dashboard" && strings.HasPrefix(v.get("apiVersion").str(), resources)
}

// ownAnnotations is what Grafana writes at the begin of every dashboard that it exports.
const ownAnnotations = `"-- Grafana --"`

var (
	begun     = regexp.MustCompile(`\A(\xef\xbb\xbf)?\s*\{\s*"`)
	hasPanels = regexp.MustCompile(`"panels"\s*:\s*\[`)
)

// looksLike reports whether a file that is no JSON was meant to be a dashboard. Where
// it breaks off only its begin tells, and Grafana writes the keys by their names.
func looksLike(data []byte) bool {
	has := func(sign string) bool { return bytes.Contains(data, []byte(sign)) }
	if !begun.Match(data) {
		return false // the source of a template, too
	}
	return has(ownAnnotations) || has(resources) ||
		hasPanels.Match(data) && (has(`"schemaVersion"`) || has(`"title"`) || has(`"gridPos"`) || has(`"targets"`))
}

// model returns the model of a dashboard in a document, or nil.
func model(v *value) *value {
	for _, at := range []*value{v, v.get("dashboard"), v.get("spec")} {
		panels := at.get("panels")
		has := panels != nil || at.get("rows") != nil || at.get("schemaVersion") != nil
		if has && at.get("title").str() != "" && (panels == nil || panels.kind == list) || isV2(at) {
			return at
		}
	}
	return nil
}

// board is a dashboard that was read.
type board struct {
	file   *file
	root   *value
	title  string
	panels []*panel
	// notes are the annotations that a query finds, as panels of one query.
	notes []*panel
	vars  []variable
	// v2 is set for a dashboard of the second schema.
	v2 bool
	// inputs are what Grafana asks for when the dashboard is imported.
	inputs []string
}

// panel is one panel with its queries.
type panel struct {
	at      *value
	title   string
	typ     string
	targets []*target
	source  *value
	// repeats are the variables for each value of which there is a copy of the panel.
	repeats []string
	// note is set for an annotation.
	note bool
}

// target is one query of a panel.
type target struct {
	at    *value
	index int
	panel *panel
	// expr is the query's text, nil where the source takes none.
	expr *value
	kind sourceKind
	// read is the query with something in place of its variables.
	read reading
}

// variable is a template variable.
type variable struct {
	at        *value
	name, typ string
}

// sourceKind is the kind of a data source, as far as we know its queries.
type sourceKind uint8

const (
	otherSource sourceKind = iota
	prometheus
	loki
)

func kindOf(name string) sourceKind {
	switch strings.ToLower(name) {
	case "prometheus", "grafana-amazonprometheus-datasource", "grafana-azureprometheus-datasource":
		return prometheus
	case "loki":
		return loki
	}
	return otherSource
}

// newBoard reads a dashboard out of its model.
func newBoard(f *file, root *value) *board {
	b := &board{file: f, root: root, title: root.get("title").str(), v2: isV2(root)}
	if b.v2 {
		root = classic(root)
		b.root = root
	}
	for _, v := range root.get("templating", "list").list() {
		b.vars = append(b.vars, variable{at: v, name: v.get("name").str(), typ: v.get("type").str()})
	}
	for _, in := range root.get("__inputs").list() {
		b.inputs = append(b.inputs, in.get("name").str())
	}
	for _, row := range root.get("rows").list() { // before version 16 of the schema
		b.add(row.get("panels"), row.get("repeat").str())
	}
	b.add(root.get("panels"), "")
	for _, at := range root.get("annotations", "list").list() {
		if expr := firstText(at, "expr"); expr != nil {
			b.notes = append(b.notes, b.note(at, expr))
		} else if expr := firstText(at.get("target"), "expr"); expr != nil {
			b.notes = append(b.notes, b.note(at, expr))
		}
	}
	return b
}

// note reads an annotation. That its switch is hidden does not keep Grafana from asking.
func (b *board) note(at, expr *value) *panel {
	query := like(at, object)
	query.put("expr", expr)
	p := &panel{at: at, title: at.get("name").str(), source: at.get("datasource"), note: true}
	p.targets = []*target{b.target(p, query, 0)}
	return p
}

// all returns the panels and the annotations.
func (b *board) all() []*panel { return slices.Concat(b.panels, b.notes) }

// add adds panels, and those that a closed row holds. Panels behind an open row are in
// it; repeated is the variable of the row.
func (b *board) add(panels *value, repeated string) {
	for _, at := range panels.list() {
		if at.kind != object {
			continue
		}
		if at.get("type").str() == "row" {
			repeated = at.get("repeat").str()
			b.add(at.get("panels"), repeated)
			continue
		}
		b.panels = append(b.panels, b.panel(at, repeated))
	}
}

func (b *board) panel(at *value, repeated string) *panel {
	p := &panel{
		at: at, title: at.get("title").str(), typ: at.get("type").str(), source: at.get("datasource"),
		repeats: []string{repeated, at.get("repeat").str()},
	}
	for _, name := range at.get("repeats").list() {
		p.repeats = append(p.repeats, name.str())
	}
	for i, t := range at.get("targets").list() {
		p.targets = append(p.targets, b.target(p, t, i))
	}
	return p
}

func (b *board) target(p *panel, at *value, index int) *target {
	t := &target{at: at, index: index, panel: p, kind: b.sourceOf(at, p)}
	if e := at.get("expr"); e != nil && e.kind == text {
		t.expr = e
	}
	if t.kind == prometheus && t.expr != nil {
		t.read = b.read(t.expr)
	}
	return t
}

// sourceOf returns what kind of source a query goes to. One that nothing is said
// of is the kind of the panel, or of the only variable for data sources.
func (b *board) sourceOf(t *value, p *panel) sourceKind {
	for _, ref := range []*value{t.get("datasource"), p.source} {
		if name := ref.get("type").str(); name != "" {
			return kindOf(name)
		}
		name := cmp.Or(ref.get("uid").str(), ref.str())
		for _, u := range uses(name) {
			if k, ok := b.kindOfVariable(u.name); ok {
				return k
			}
		}
		if name != "" && !strings.HasPrefix(name, "-- ") {
			return b.bySyntax(t)
		}
	}
	return b.bySyntax(t)
}

// bySyntax tells Loki from Prometheus where only the query can tell.
func (b *board) bySyntax(t *value) sourceKind {
	switch expr := t.get("expr").str(); {
	case expr == "" || logql.Looks(expr):
		return otherSource
	case b.only(prometheus):
		return prometheus
	}
	return otherSource
}

// only reports whether all variables for data sources are of one kind.
func (b *board) only(k sourceKind) bool {
	n := 0
	for _, v := range b.vars {
		if v.typ != "datasource" {
			continue
		}
		if kindOf(v.at.get("query").str()) != k {
			return false
		}
		n++
	}
	return n > 0
}

func (b *board) kindOfVariable(name string) (sourceKind, bool) {
	if v := b.variable(name); v != nil && v.typ == "datasource" {
		return kindOf(v.at.get("query").str()), true
	}
	for _, in := range b.root.get("__inputs").list() {
		if in.get("name").str() == name && in.get("type").str() == "datasource" {
			return kindOf(in.get("pluginId").str()), true
		}
	}
	return otherSource, false
}

// variable returns a template variable, or nil.
func (b *board) variable(name string) *variable {
	for i := range b.vars {
		if b.vars[i].name == name {
			return &b.vars[i]
		}
	}
	return nil
}

// queries returns the queries of PromQL that panels show.
func (b *board) queries() []*target { return shown(b.panels, prometheus) }

// shown returns the queries to one kind of source that are not hidden.
func shown(panels []*panel, k sourceKind) []*target {
	var out []*target
	for _, p := range panels {
		for _, t := range p.targets {
			if t.kind == k && t.expr != nil && !t.at.get("hide").is("true") {
				out = append(out, t)
			}
		}
	}
	return out
}

// where says in words which panel a finding is about.
func (p *panel) where() string {
	switch {
	case p.note && p.title == "":
		return "an annotation without name"
	case p.note:
		return "the annotation " + quote(p.title)
	case p.title == "":
		return "a panel without title"
	}
	return "the panel " + quote(p.title)
}

func quote(s string) string { return `"` + report.Clip(strings.Join(strings.Fields(s), " "), 60) + `"` }

// label returns the text that a finding about a panel points at: its title.
func (p *panel) label() rulefile.Text {
	if t := p.at.get("title"); t != nil && t.kind == text {
		return t.asText()
	}
	return bracket(p.at)
}

// bracket points at the opening bracket of a list or an object, or at a scalar
// that is no string.
func bracket(v *value) rulefile.Text {
	return rulefile.Text{V: " ", Path: v.path(), Place: bracketPlace{v}}
}

type bracketPlace struct{ of *value }

func (p bracketPlace) FindingInside(_, _ int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	end := p.of.start + 1
	if p.of.kind != list && p.of.kind != object {
		end = p.of.end
	}
	return p.of.file.finding(p.of.start, end, report.Finding{
		Rule: rule, Severity: severity, Service: service, Message: message, Suggestion: suggestion, Path: p.of.path(),
	})
}
