package spec

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

var variable = regexp.MustCompile(`\$?\$\{([^}]*)\}`)

// foreign are placeholders of other tools that are easily taken for ours.
var foreign = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}|\$(service|team|tier|env)\b`)

// variables are the names and values that ${name} stands for.
type variables map[string]string

// variableNames lists what may be written, for messages.
func variableNames() []string {
	return []string{"service", "team", "tier", "type", "env", "support_model", "language", "framework", "owner", "service_label"}
}

// in returns the variables below a key. A selector of dependencies is one for all of
// them, so that its own variable stays until it is known which one is meant.
func (v variables) in(key string) variables {
	if key != "dependency_selector" {
		return v
	}
	out := maps.Clone(v)
	if out == nil {
		out = variables{}
	}
	out["dependency_name"] = "${dependency_name}"
	return out
}

// substitute returns the tree with every ${name} in its texts replaced; $${name}
// gives a literal ${name}. What cannot be resolved is reported and left.
func (l *loader) substitute(n *document.Node, vars variables) *document.Node {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case document.Mapping:
		out := *n
		out.Fields = make([]document.Field, len(n.Fields))
		for i, f := range n.Fields {
			out.Fields[i] = f.With(l.substitute(f.Value, vars.in(f.Key)))
		}
		return &out
	case document.Sequence:
		out := *n
		out.Items = make([]*document.Node, len(n.Items))
		for i, item := range n.Items {
			out.Items[i] = l.substitute(item, vars)
		}
		return &out
	case document.String:
		return l.substituteText(n, vars)
	case document.Null, document.Int, document.Float, document.Bool:
	}
	return n
}

func (l *loader) substituteText(n *document.Node, vars variables) *document.Node {
	if !strings.Contains(n.Text, "${") {
		return n
	}
	text := n.Text
	var segments []document.Segment
	last := 0
	for _, m := range variable.FindAllStringSubmatchIndex(text, -1) {
		start, end, name := m[0], m[1], text[m[2]:m[3]]
		segments = append(segments, document.Segment{Text: text[last:start], Raw: last, RawEnd: start, Literal: true})
		last = end
		if strings.HasPrefix(text[start:], "$$") {
			segments = append(segments, document.Segment{Text: text[start+1 : end], Raw: start, RawEnd: end})
			continue
		}
		value, ok := vars[name]
		if !ok {
			l.unresolved(n, start, end, name)
			value = text[start:end]
		}
		segments = append(segments, document.Segment{Text: value, Raw: start, RawEnd: end})
	}
	if open := strings.Index(text[last:], "${"); open >= 0 {
		l.findings = append(l.findings, l.origin(n).FindingInside(last+open, last+open+2, "spec/unresolved-variable", report.Error, l.service,
			"a variable begins here and does not end", "close it with }, or write $${ for the text itself"))
	}
	segments = append(segments, document.Segment{Text: text[last:], Raw: last, RawEnd: len(text), Literal: true})
	return n.Substituted(segments)
}

// unresolved explains why a variable has no value.
func (l *loader) unresolved(n *document.Node, start, end int, name string) {
	fix := "known variables are " + strings.Join(variableNames(), ", ") + " and metadata.KEY; write $${" + name + "} for the text itself"
	message := "${" + name + "} has no value"
	switch {
	case name == "env":
		message = "${env} has no value without an environment"
		fix = "pass --env NAME"
	case strings.HasPrefix(name, "env:"):
		message = "${" + name + "}: variables of the process are not put into service files, which a pull request can change"
		fix = "use a service field or metadata"
	case slices.Contains(variableNames(), name):
		message = "${" + name + "} has no value because the service has no " + name
		fix = "add " + name + ": to the service"
	default:
		if near := report.Nearest(name, variableNames()); near != "" {
			fix = "did you mean ${" + near + "}?"
		}
	}
	f := l.origin(n).FindingInside(start, end, "spec/unresolved-variable", report.Error, l.service, message, fix)
	l.findings = append(l.findings, f)
}

// foreignVariables reports $service and {{ .service }} in an expression: they
// would be sent to the server as they are.
func (l *loader) foreignVariables(v Value[string]) {
	m := foreign.FindStringSubmatchIndex(v.V)
	if m == nil {
		return
	}
	name := v.V[max(m[2], m[4]):max(m[3], m[5])]
	l.findings = append(l.findings, v.At.FindingInside(m[0], m[1], "spec/unresolved-variable", report.Error, l.service,
		quote(v.V[m[0]:m[1]])+" is not a variable of a service file", "write ${"+name+"}"))
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
