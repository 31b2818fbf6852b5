// Package dashboard generates the Grafana dashboard of a service: its objectives,
// its own requests, and one row for each technology that it depends on.
//
// A panel's id comes from what the panel is and not from where it stands, so that
// links to it and Grafana's annotations survive a panel that is added elsewhere.
package dashboard

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// File is the name of the file with the dashboard.
const File = "dashboard.json"

// maxOpenRows is how many rows of dependencies are open. Grafana asks for the
// panels of an open row at once, and of a closed one when somebody opens it.
const maxOpenRows = 4

// Dashboard generates the dashboard of a service.
type Dashboard struct{}

// Kind is dashboard.
func (Dashboard) Kind() generate.Kind { return generate.Dashboard }

// Generate returns one file with the dashboard; none for a service that gives
// nothing to show.
func (Dashboard) Generate(job generate.Job) generate.Result {
	b := newBuilder(job)
	rows := b.rows()
	if len(rows) == 0 {
		return b.result()
	}
	rows = place(rows)
	data, trace, err := write(job, b.model(rows), rows)
	if err != nil {
		b.find(job.Service.At, "generate/expression", report.Error, File+" could not be written: "+err.Error(), "")
		return b.result()
	}
	b.out.Artefacts = []generate.Artefact{{Kind: generate.Dashboard, Path: File, Bytes: data, Count: len(trace), Unit: "panels", Trace: trace}}
	return b.result()
}

// builder collects what becomes the dashboard of one service.
type builder struct {
	job   generate.Job
	uses  []generate.Use
	print printer
	// assumed resolves as if nobody had been asked: what a panel would read, were
	// its metrics there.
	assumed *intent.Resolution
	out     generate.Result
	left    map[string]int
}

func newBuilder(job generate.Job) *builder {
	b := &builder{job: job, print: newPrinter(job), assumed: intent.Offline(job.Service).Remembering(job.Memo), left: map[string]int{}}
	b.uses, b.out.Findings = job.Dependencies()
	return b
}

func (b *builder) find(at spec.Origin, rule string, severity report.Severity, message, fix string) {
	b.out.Findings = append(b.out.Findings, at.Finding(rule, severity, b.job.Service.Name.V, message, fix))
}

func (b *builder) result() generate.Result {
	for why, n := range b.left {
		b.out.LeftOut = append(b.out.LeftOut, generate.LeftOut{Why: why, Count: n})
	}
	slices.SortFunc(b.out.LeftOut, func(x, y generate.LeftOut) int { return strings.Compare(x.Why, y.Why) })
	return b.out
}

// row is a row of the dashboard. Rows without panels are left out.
type row struct {
	// key says what the row is, the same in every run.
	key       string
	title     string
	collapsed bool
	panels    []panel
	id, y     uint32
}

// rows returns all rows from top to bottom.
func (b *builder) rows() []row {
	rows := []row{b.sloRow()}
	if own, ok := b.job.Own(); ok {
		rows = append(rows, b.useRow(own))
	}
	dependencies := b.dependencyRows()
	for i := range dependencies {
		dependencies[i].collapsed = len(dependencies) > maxOpenRows
	}
	return slices.DeleteFunc(append(rows, dependencies...), func(r row) bool { return len(r.panels) == 0 })
}

// dependencyRows returns one row for each dependency, with the platform last.
func (b *builder) dependencyRows() []row {
	var rows, platform []row
	for _, u := range b.uses {
		r := b.useRow(u)
		switch {
		case len(r.panels) == 0:
		case u.Technology.Workload:
			platform = append(platform, r)
		default:
			rows = append(rows, r)
		}
	}
	for _, u := range b.job.UnknownTechnologies() {
		rows = append(rows, b.unknownRow(u))
	}
	return append(rows, platform...)
}

// useRow returns the row of a technology as the service uses it.
func (b *builder) useRow(u generate.Use) row {
	r := row{key: "use/" + u.Name() + "/" + u.Technology.Name, title: rowTitle(u)}
	for _, p := range u.Technology.Panels {
		if !p.Overview && !b.job.Options.Full {
			b.left["not part of the overview"]++
			continue
		}
		made, ok := b.technologyPanel(u, p)
		if !ok {
			continue
		}
		made.key = r.key + "/" + p.Title
		if u.Name() != "" {
			made.titles = append(made.titles, p.Title+" ("+u.Name()+")", p.Title+" ("+u.Technology.Title+" "+u.Name()+")")
		}
		r.panels = append(r.panels, made)
	}
	if u.Guessed && len(r.panels) > 0 {
		b.out.Findings = append(b.out.Findings, b.job.Guess(u))
	}
	return r
}

func rowTitle(u generate.Use) string {
	switch {
	case u.Name() == "" && !u.Technology.Workload:
		return "Service Health"
	case u.Name() == "", strings.EqualFold(u.Name(), u.Technology.Title), u.Name() == u.Technology.Name:
		return u.Technology.Title
	}
	return u.Technology.Title + " (" + u.Name() + ")"
}

// origin is where a technology comes into the service file: its dependency, or
// the type. A type that nobody wrote down came with the service.
func (b *builder) origin(u generate.Use) spec.Origin {
	if u.Origin.Written() {
		return u.Origin
	}
	return b.job.Service.At
}

// unknownRow says why there is nothing to see of a dependency.
func (b *builder) unknownRow(u generate.UnknownTechnology) row {
	name, technology := u.Dependency.Name.V, u.Technology
	text := "There are no panels for **" + markdown(name) + "**: nothing is known of the technology **" + markdown(technology) + "**."
	if s := b.job.Catalog.Suggest(u.Technology); s != "" {
		text += " " + markdown(strings.ToUpper(s[:1])+s[1:])
	}
	text += "\n\nThe row stays here so that the dependency is not forgotten. It goes when `type:` of the dependency names a technology of the catalogue."
	p := textPanel("Nothing is known of "+technology, "Why this dependency has no panels.", text)
	p.key, p.origin = "unknown/"+name+"/"+technology, u.Dependency.At
	p.titles = append(p.titles, p.titles[0]+" ("+name+")")
	return row{key: p.key, title: technology + " (" + name + ")", panels: []panel{p}}
}
