package spec

import (
	"cmp"
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// DefaultServiceLabel is the label that carries a service's name where nobody says
// otherwise.
const DefaultServiceLabel = "service"

// Options say how service files are resolved.
type Options struct {
	// Environment is the environment to apply, as a person writes it; empty for
	// none.
	Environment string
	// ServiceLabel is the label that carries the service's name in default
	// queries; empty means DefaultServiceLabel.
	ServiceLabel string
}

// Loaded is what service files hold.
type Loaded struct {
	// Services are in the order of their files, and of the documents in a file.
	Services []*Service
	// Duplicates are those whose name an earlier one has.
	Duplicates []*Service
	// Findings are about the content of the files.
	Findings []report.Finding
	// Unreadable are about files that could not be read as YAML at all; no
	// service of such a file is in Services.
	Unreadable []report.Finding
}

// Load reads service files of any shape and resolves templates, environments,
// variables and defaults. It collects every problem and never stops at the
// first. Files that were found rather than named and hold no service are passed
// over; what is nearly one is reported, for nobody would look at it otherwise.
func Load(ctx context.Context, ws *Workspace, files []Found, o Options) Loaded {
	l := &loader{ws: ws, templates: map[string]templateSet{}, label: cmp.Or(o.ServiceLabel, DefaultServiceLabel)}
	if !l.setEnvironment(o.Environment) {
		return Loaded{Unreadable: l.unreadable}
	}
	l.builtin = l.builtins()
	ws.parseAhead(ctx, files, func(f Found, p parsed) { l.load(ctx, f, p) })
	l.duplicates()
	return Loaded{Services: l.services, Duplicates: l.duplicate, Findings: l.findings, Unreadable: l.unreadable}
}

// Templates returns the templates that service files of a folder may use, by
// name.
func Templates(ctx context.Context, ws *Workspace, dir string) ([]Template, []report.Finding) {
	l := &loader{ws: ws, templates: map[string]templateSet{}}
	l.builtin = l.builtins()
	set := l.templatesFor(ctx, path.Clean(dir))
	var out []Template
	for _, name := range set.names() {
		out = append(out, set[name])
	}
	return out, append(l.unreadable, l.findings...)
}

// loader carries what one Load gathers.
type loader struct {
	ws          *Workspace
	environment string
	label       string
	builtin     templateSet
	templates   map[string]templateSet
	// service is the name of the service that is being read, for findings.
	service string
	// inputs are the files that the service being read is made of.
	inputs     map[string]bool
	services   []*Service
	duplicate  []*Service
	findings   []report.Finding
	unreadable []report.Finding
	// known are the environments of each service; nil when nobody asks.
	known map[string][]string
}

func (l *loader) setEnvironment(name string) bool {
	if strings.TrimSpace(name) == "" {
		return true
	}
	l.environment = NormaliseEnvironment(name)
	if environmentName.MatchString(l.environment) {
		return true
	}
	f := report.Finding{Rule: "spec/unknown-environment", Severity: report.Error, Message: quote(name) + " is not a name of an environment", Suggestion: "use letters, digits and hyphens"}
	l.unreadable = append(l.unreadable, f)
	return false
}

// add reports something about a value.
func (l *loader) add(n *document.Node, rule string, severity report.Severity, message, fix string) {
	l.findings = append(l.findings, l.origin(n).Finding(rule, severity, l.service, message, fix))
}

func (l *loader) load(ctx context.Context, f Found, p parsed) {
	docs := p.docs
	l.unreadable = append(l.unreadable, l.explained(f, p.unreadable)...)
	if len(docs) == 0 && f.Named && len(p.unreadable) == 0 {
		finding := report.At(report.Position{File: f.Path, Line: 1, Column: 1}, "spec/empty", report.Error, "the file holds nothing: no service and no rules")
		finding.Suggestion = "begin a service file with service: and name:, team:, tier: and type: below it, and a rule file with groups:, or do not name the file"
		l.unreadable = append(l.unreadable, finding)
	}
	for _, n := range docs {
		if !f.Named && !looksLikeService(n) && (IsLayer(f.Path) || !nearlyService(n)) {
			continue
		}
		l.loadDocument(ctx, f.Path, n)
	}
}

// loadDocument resolves one document: template, file, environment files, inline
// environment, variables, and then the typed model.
func (l *loader) loadDocument(ctx context.Context, file string, n *document.Node) {
	name := nameOf(n)
	l.service, l.inputs = name, map[string]bool{file: true}
	d := l.normalise(n)
	if d == nil {
		return
	}
	if l.known != nil {
		l.known[name] = l.knownEnvironments(d, file, name)
	}
	layers := l.overrides(ctx, d, file, name)
	service := d.service
	for _, o := range layers {
		service = merge(service, o.service)
	}
	l.unknownKeys(service, serviceKeys(), "service")
	base, tier, kind := l.expand(ctx, service, path.Dir(file))
	l.duplicateResources(d.resources)
	resources := mergeResources(base, d.resources)
	for _, o := range layers {
		l.deletesNothing(resources, o.resources)
		resources = mergeResources(resources, o.resources)
	}
	service = withDefault(withDefault(service, "tier", tier), "type", kind)
	vars := l.variables(service)
	service = l.substitute(service, vars)
	for i, r := range resources {
		resources[i] = l.substitute(r, vars)
	}
	// A service without a name cannot be asked about; the name was reported.
	if s := l.decode(file, d, service, resources); s.Name.V != "" {
		if l.environment != "" {
			s.Environments = normalised(l.knownEnvironments(d, file, name))
		}
		l.services = append(l.services, s)
	}
	l.service = ""
}

// nameOf returns the service's name as it is written in a document of any shape,
// so that findings of the first look at it already belong to the service.
func nameOf(n *document.Node) string {
	for _, section := range []*document.Node{n.Get("service"), n.Get("metadata"), n} {
		if name := section.Get("name"); name != nil {
			return name.Text
		}
	}
	return ""
}

func withDefault(n *document.Node, key string, value *document.Node) *document.Node {
	if value == nil || !n.Get(key).IsNull() {
		return n
	}
	out := *n
	out.Fields = append(append([]document.Field(nil), n.Fields...), field(key, value))
	return &out
}

// quote shows a piece of a file, which may be long.
func quote(s string) string { return strconv.Quote(report.Clip(s, 80)) }
