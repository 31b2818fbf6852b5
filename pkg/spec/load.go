package spec

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
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
	return Loaded{Services: l.services, Findings: l.findings, Unreadable: l.unreadable}
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

// parsed is what one file holds: documents, or why it is not sound.
type parsed struct {
	docs       []*document.Node
	unreadable []report.Finding
}

func (w *Workspace) parse(file string) parsed {
	limits := document.ServiceLimits()
	data, err := w.Read(file, limits.Bytes)
	if err != nil {
		return parsed{unreadable: w.unreadable(file, err)}
	}
	docs, findings := document.Parse(file, data, limits)
	if len(findings) > 0 {
		return parsed{unreadable: findings}
	}
	return parsed{docs: docs}
}

// parse reads the YAML documents of a file. It reports each problem and returns
// nothing for a file that is not sound.
func (l *loader) parse(file string) []*document.Node {
	p := l.ws.parse(file)
	l.unreadable = append(l.unreadable, p.unreadable...)
	return p.docs
}

// readAhead is how many files are parsed before they are needed: enough to keep
// the other cores busy, and few enough that memory does not grow with the files.
const readAhead = 64

// parseAhead calls visit with each file in order, while the next ones are parsed.
func (w *Workspace) parseAhead(ctx context.Context, files []Found, visit func(Found, parsed)) {
	results := make(chan chan parsed, readAhead)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(results)
		for _, f := range files {
			result := make(chan parsed, 1)
			select {
			case results <- result:
			case <-ctx.Done():
				return
			}
			go func() { result <- w.parse(f.Path) }()
		}
	}()
	i := 0
	for result := range results {
		visit(files[i], <-result)
		i++
	}
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

func textOf(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// variables gathers what ${name} stands for in one service.
func (l *loader) variables(service *document.Node) variables {
	vars := variables{}
	set := func(name, value string) {
		if value != "" && !strings.Contains(value, "${") {
			vars[name] = value
		}
	}
	set("service", textOf(service.Get("name")))
	set("service_label", l.label)
	set("env", l.environment)
	for _, key := range []string{"team", "support_model", "language", "framework", "owner"} {
		set(key, textOf(service.Get(key)))
	}
	if t, ok := ParseTier(textOf(service.Get("tier"))); ok {
		set("tier", string(t))
	}
	if t, ok := ParseType(textOf(service.Get("type"))); ok {
		set("type", string(t))
	}
	if !service.Has("support_model") {
		set("support_model", defaultSupportModel)
	}
	before := len(l.findings)
	metadata := l.substitute(service.Get("metadata"), vars)
	l.findings = l.findings[:before] // reported once, when the whole is substituted
	for _, e := range flatten("", metadata) {
		set("metadata."+e.key, e.node.Text)
	}
	return vars
}

type flatEntry struct {
	key   string
	keyAt Origin
	node  *document.Node
}

// flatten lists the scalars of a tree by dotted key, in file order.
func flatten(prefix string, n *document.Node) []flatEntry {
	if n == nil {
		return nil
	}
	if n.Kind.Scalar() {
		return []flatEntry{{key: prefix, node: n}}
	}
	var out []flatEntry
	join := func(key string) string {
		if prefix == "" {
			return key
		}
		return prefix + "." + key
	}
	for _, f := range n.Fields {
		entries := flatten(join(f.Key), f.Value)
		if f.Value.Kind.Scalar() {
			entries[0].keyAt = keyValue(f)
		}
		out = append(out, entries...)
	}
	for i, item := range n.Items {
		out = append(out, flatten(join(strconv.Itoa(i)), item)...)
	}
	return out
}

// duplicateResources reports two resources of one file with the same kind and
// name: merging would drop one without a word.
func (l *loader) duplicateResources(resources []*document.Node) {
	first := map[resourceKey]*document.Node{}
	for _, r := range resources {
		k := keyOf(r)
		if other, ok := first[k]; ok && k.name != "" {
			l.add(r, "spec/duplicate-resource", report.Error, fmt.Sprintf("the resource %s is defined at line %d as well", k, other.At.Line), "rename one of the two")
			continue
		}
		first[k] = r
	}
}

// deletesNothing warns about a resource that is to be removed and is not there: a
// misspelt name would otherwise keep what it should remove.
func (l *loader) deletesNothing(base, over []*document.Node) {
	known := make([]string, 0, len(base))
	for _, r := range base {
		known = append(known, keyOf(r).String())
	}
	for _, r := range over {
		name := keyOf(r).String()
		if !removes(r) || slices.Contains(known, name) {
			continue
		}
		fix := "remove this entry"
		if near := report.Nearest(name, known); near != "" {
			fix = "did you mean " + near + "?"
		}
		l.add(r, "spec/value", report.Warning, "there is no "+name+" to delete", fix)
	}
}

// duplicates reports services of the same name and keeps the first of them, so
// that nothing is counted twice. Nothing is generated for it: the finding is one of its
// name, and nobody knows which of them is meant.
func (l *loader) duplicates() {
	first := map[string]*Service{}
	kept := l.services[:0]
	for _, s := range l.services {
		other, ok := first[s.Name.V]
		if !ok {
			first[s.Name.V] = s
			kept = append(kept, s)
			continue
		}
		l.findings = append(l.findings, s.Name.At.Finding("service/duplicate-name", report.Error, s.Name.V,
			"the service "+quote(s.Name.V)+" is defined at "+other.Name.At.String()+" as well: the one that stands here is not looked at, and nothing is generated for either", "rename one, or remove it"))
	}
	l.services = kept
}

// quote shows a piece of a file, which may be long.
func quote(s string) string { return strconv.Quote(report.Clip(s, 80)) }

// readLimited reads a file that should have so many bytes, and at most one more than the
// limit.
func readLimited(r io.Reader, size int64, limit int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(max(0, min(size, int64(limit)))) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(r, int64(limit)+1)); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return b.Bytes(), nil
}

// exists reports whether a file is in the workspace.
func (w *Workspace) exists(name string) bool {
	if data, ok := w.over[path.Clean(name)]; ok {
		return data != nil
	}
	info, err := w.root.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
