// Package exporter generates the exporters of a service's dependencies: manifests for
// Kubernetes, Docker Compose, values for Helm, and scrape configurations. Everything
// that is scraped gets the labels that alerts and dashboards look for. Passwords are
// only ever referred to.
package exporter

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Folder is the folder of the files.
const Folder = "exporters/"

// The formats, as generate.Exporting names them.
const (
	Kubernetes    = "kubernetes"
	DockerCompose = "docker-compose"
	Helm          = "helm"
	Prometheus    = "prometheus"
	MultiTarget   = "prometheus-multi-target"
)

// Formats are all formats, in their order.
func Formats() []string { return []string{Kubernetes, DockerCompose, Helm, Prometheus, MultiTarget} }

// Exporters generates the exporters of a service's dependencies.
type Exporters struct{}

// Kind is exporters.
func (Exporters) Kind() generate.Kind { return generate.Exporters }

// Generate returns the files of the formats that the options name. A dependency that
// serves metrics itself is in the scrape configurations alone.
func (Exporters) Generate(job generate.Job) generate.Result {
	w := writer{job: job}
	uses, findings := job.Dependencies()
	w.out.Findings = findings
	w.place()
	for _, u := range uses {
		if w.wants(u) {
			w.targets = append(w.targets, w.target(u))
		}
	}
	for _, f := range []struct {
		name  string
		write func()
	}{{Kubernetes, w.kubernetes}, {DockerCompose, w.compose}, {Helm, w.helm}, {Prometheus, w.scrapes}, {MultiTarget, w.probes}} {
		if formats := job.Options.Exporters.Formats; len(formats) == 0 || slices.Contains(formats, f.name) {
			f.write()
		}
	}
	return w.out
}

type writer struct {
	job       generate.Job
	namespace string
	targets   []target
	out       generate.Result
}

// wants reports whether something is written for a technology: it has an exporter or
// serves metrics itself, and is no part of the platform.
func (w *writer) wants(u generate.Use) bool {
	only := w.job.Options.Exporters.Technologies
	return u.Name() != "" && (u.Technology.Exporter != nil || u.Technology.Builtin != nil) &&
		(len(only) == 0 || slices.ContainsFunc(only, func(name string) bool {
			t, ok := w.job.Catalog.Lookup(name)
			return ok && t.Name == u.Technology.Name
		}))
}

// place finds the namespace of what is deployed; empty for whichever is current.
func (w *writer) place() {
	n := w.job.Service.Workload.Namespace
	if given := w.job.Options.Exporters.Namespace; given != "" {
		n = spec.Value[string]{V: given, At: w.job.Service.At}
	}
	if n.V != "" && manifest.Identifier(n.V) != n.V {
		w.find(n.At, report.Error, "Kubernetes has no namespaces with names like "+strconv.Quote(n.V)+", and it is left out", "use lower-case letters, digits and hyphens")
		return
	}
	w.namespace = n.V
}

func (w *writer) find(at spec.Origin, severity report.Severity, message, fix string) {
	w.out.Findings = append(w.out.Findings, at.Finding("generate/exporter", severity, w.job.Service.Name.V, message, fix))
}

// file adds a file with the documents, in our folder; without any it is none.
func (w *writer) file(f generate.Artefact, header []string, docs []manifest.Document) {
	f.Kind, f.Path = generate.Exporters, Folder+f.Path
	w.out = manifest.File(w.out, f, slices.Concat(rules.Header(w.job.Service), header), docs)
}

// exporters are the targets that need one.
func (w *writer) exporters() []target {
	return slices.DeleteFunc(slices.Clone(w.targets), func(t target) bool { return t.exporter == nil })
}

// object is a mapping of a document. It is written sorted.
type object = map[string]any

// target is one dependency and what measures it.
type target struct {
	use generate.Use
	// name is that of the exporter: checkout-orders-exporter.
	name string
	// short is the dependency's name as part of a file's.
	short string
	// labels are those that its series must have.
	labels map[string]string
	// exporter is nil for what serves metrics itself.
	exporter *tech.Exporter
	builtin  *tech.Endpoint
	facts    facts
	image    string
	args     []string
}

// target puts together what is known of one dependency.
func (w *writer) target(u generate.Use) target {
	s := w.job.Service
	t := target{
		use: u, name: manifest.Identifier(s.Name.V + "-" + u.Name() + "-exporter"), short: manifest.Identifier(u.Name()),
		labels: map[string]string{}, exporter: u.Technology.Exporter, builtin: u.Technology.Builtin,
	}
	for key, value := range map[string]string{
		w.job.OwnerLabel(u.Technology): s.Name.V, generate.DependencyLabel: u.Name(), "team": s.Team.V, "tier": string(s.Tier.V),
	} {
		if value != "" {
			t.labels[key] = value
		}
	}
	for _, e := range u.Dependency.Selector { // what alerts look for where the file says so
		if !strings.HasPrefix(e.Key, "__") { // those say where to scrape
			t.labels[e.Key] = e.Value.V
		}
	}
	t.facts = w.facts(t)
	if t.exporter != nil {
		t.image = image(t.exporter, u.Dependency.Exporter)
		t.args = w.arguments(t)
	}
	return t
}
