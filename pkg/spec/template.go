package spec

import (
	"context"
	"embed"
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

//go:embed templates/*.yaml
var builtinTemplates embed.FS

// Template is a named set of resources that services start from.
type Template struct {
	Name        string
	Description string
	Tier        string
	Type        string
	// BuiltIn is set for a template of the program; File is empty then.
	BuiltIn   bool
	File      string
	tier      *document.Node
	kind      *document.Node
	resources []*document.Node
}

// ResourceKinds returns the kinds of the template's resources, in order.
func (t Template) ResourceKinds() []string {
	var out []string
	for _, r := range t.resources {
		out = append(out, keyOf(r).kind)
	}
	return out
}

// ResourceNames returns the names of the template's resources of a kind, in order.
func (t Template) ResourceNames(kind string) []string {
	var out []string
	for _, r := range t.resources {
		if k := keyOf(r); k.kind == kind {
			out = append(out, k.name)
		}
	}
	return out
}

// templatesDir is where custom templates are kept, below the service file's
// folder or one above it.
const templatesDir = ".nthlayer/templates"

// templateSet holds the templates that one folder's service files may use.
type templateSet map[string]Template

func (s templateSet) names() []string {
	var out []string
	for name := range s {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// builtins reads the embedded templates. They are part of the program; a test
// makes sure that each can be read.
func (l *loader) builtins() templateSet {
	set := templateSet{}
	entries, err := builtinTemplates.ReadDir("templates")
	if err != nil {
		return set
	}
	for _, e := range entries {
		data, err := builtinTemplates.ReadFile("templates/" + e.Name())
		if err != nil {
			continue
		}
		docs, _ := document.Parse(e.Name(), data, document.ServiceLimits())
		for _, d := range docs {
			t := readTemplate(d)
			t.BuiltIn = true
			set[t.Name] = t
		}
	}
	return set
}

func readTemplate(n *document.Node) Template {
	t := Template{tier: n.Get("tier"), kind: n.Get("type")}
	text := func(key string) string {
		if v := n.Get(key); v != nil {
			return v.Text
		}
		return ""
	}
	t.Name, t.Description, t.Tier, t.Type = text("name"), text("description"), text("tier"), text("type")
	if r := n.Get("resources"); r != nil {
		t.resources = r.Items
	}
	return t
}

// templatesFor returns the templates for the service files of a folder: the
// built-in ones and, over them, those of the nearest .nthlayer/templates.
func (l *loader) templatesFor(ctx context.Context, dir string) templateSet {
	if set, ok := l.templates[dir]; ok {
		return set
	}
	set := templateSet{}
	for name, t := range l.builtin {
		set[name] = t
	}
	for _, t := range l.customTemplates(ctx, dir) {
		if other, ok := set[t.Name]; ok && !other.BuiltIn {
			l.findings = append(l.findings, report.At(report.Position{File: t.File, Line: 1, Column: 1}, "spec/template", report.Error,
				"the template "+quote(t.Name)+" is defined in "+other.File+" as well"))
			continue
		}
		set[t.Name] = t
	}
	l.templates[dir] = set
	return set
}

func (l *loader) customTemplates(ctx context.Context, dir string) []Template {
	for at := dir; ctx.Err() == nil; at = path.Dir(at) {
		if found := l.ws.yamlIn(path.Join(at, templatesDir)); len(found) > 0 {
			return l.readTemplates(found)
		}
		if at == "." || at == "/" {
			break
		}
	}
	return nil
}

// readTemplates reads templates. What is wrong with one is no fault of the service that
// they are read for first, which may use another.
func (l *loader) readTemplates(found []Found) []Template {
	service := l.service
	l.service = ""
	defer func() { l.service = service }()
	var out []Template
	for _, f := range found {
		for _, n := range l.parse(f.Path) {
			l.unknownKeys(n, []string{"name", "description", "tier", "type", "resources", "apiVersion", "kind"}, "")
			t := readTemplate(n)
			t.File = f.Path
			if !l.usableTemplate(n, t) {
				continue
			}
			out = append(out, t)
		}
	}
	return out
}

// usableTemplate reports what a custom template lacks. An unusable one is left
// out, so that a service that names it gets an error of its own.
func (l *loader) usableTemplate(n *document.Node, t Template) bool {
	ok := true
	for _, key := range []string{"name", "description", "tier", "type"} {
		if v := n.Get(key); v == nil || v.Text == "" {
			l.add(n, "spec/template", report.Error, "the template has no "+key, "add "+key+":")
			ok = false
		}
	}
	if _, known := ParseTier(t.Tier); t.Tier != "" && !known {
		l.add(n.Get("tier"), "spec/template", report.Error, quote(t.Tier)+" is not a tier", "write "+tierNames())
		ok = false
	}
	for _, r := range l.resourceList(n.Get("resources")) {
		if k := keyOf(r); k.kind == "" || k.name == "" {
			l.add(r, "spec/template", report.Error, "a resource of the template has no kind or no name", "add both")
			ok = false
		}
	}
	return ok
}

// expand merges the templates that a service names, in order. A built-in
// template's values get the place of the word that names it: a finding about
// them must be at a line that somebody can change.
func (l *loader) expand(ctx context.Context, service *document.Node, dir string) (base []*document.Node, tier, kind *document.Node) {
	refs := templateRefs(service)
	if len(refs) == 0 {
		return nil, nil, nil
	}
	set := l.templatesFor(ctx, dir)
	for _, ref := range refs {
		t, ok := set[ref.Text]
		if !ok {
			fix := "available templates: " + strings.Join(set.names(), ", ")
			if question := report.DidYouMean(ref.Text, set.names()); question != "" {
				fix = question + " " + fix
			}
			l.add(ref, "spec/template", report.Error, "unknown template "+quote(ref.Text), fix)
			continue
		}
		resources, tierNode, kindNode := t.resources, t.tier, t.kind
		if t.BuiltIn {
			resources = nil
			for _, r := range t.resources {
				resources = append(resources, r.Moved(ref))
			}
			tierNode, kindNode = tierNode.Moved(ref), kindNode.Moved(ref)
		} else {
			l.inputs[t.File] = true
		}
		base = mergeResources(base, resources)
		tier, kind = tierNode, kindNode
	}
	return base, tier, kind
}

// templateRefs returns the names under template: (a name or a list) and
// templates:.
func templateRefs(service *document.Node) []*document.Node {
	var out []*document.Node
	for _, key := range []string{"template", "templates"} {
		n := service.Get(key)
		switch {
		case n.IsNull():
		case n.Kind == document.Sequence:
			out = append(out, n.Items...)
		default:
			out = append(out, n)
		}
	}
	return out
}
