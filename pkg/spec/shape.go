package spec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// draft is one service on its way to a Service: the service mapping and the
// resources of one layer (template, file or environment), in one shape whatever
// shape the file had.
type draft struct {
	shape Shape
	// root is the document.
	root *document.Node
	// service is the mapping of service keys; nil for none.
	service   *document.Node
	resources []*document.Node
	// environments are the inline overrides by name.
	environments []document.Field
}

// serviceKeys are the keys of the service mapping.
func serviceKeys() []string {
	return []string{
		"name", "team", "tier", "type", "language", "framework", "template", "templates", "support_model",
		"description", "owner", "runbook", "runbook_url", "metadata", "pagerduty", "contract", "labels", "annotations", "kubernetes", "oncall", "alerts", "selector",
	}
}

// flatKeys are the keys of a flat service file beside serviceKeys.
func flatKeys() []string {
	return []string{"dependencies", "slos", "resources", "environments", "observability", "gate", "prometheus", "grafana", "apiVersion", "kind", "environment"}
}

// nestedKeys are the top-level keys of a nested service file.
func nestedKeys() []string {
	return []string{"apiVersion", "kind", "service", "resources", "environments", "environment", "prometheus", "grafana"}
}

// looksLikeService reports whether a document found in a folder is a service
// file at all: rule files, dashboards and environment overrides lie beside them.
func looksLikeService(n *document.Node) bool {
	if n.Kind != document.Mapping {
		return false
	}
	if isOpenSRM(n) {
		return true
	}
	if n.Has("environment") && !n.Has("environments") && n.Get("environment").Kind == document.String {
		return false // an override file
	}
	if service := n.Get("service"); service != nil && (service.Kind == document.Mapping || n.Has("resources")) {
		return !valuesOfChart(n, service)
	}
	return n.Has("name") && (n.Has("tier") || n.Has("slos") || n.Has("team"))
}

// valuesOfChart reports whether service: is the one that a Helm chart makes a Service of
// Kubernetes from: it says nothing of who owns it and how critical it is, and has a
// port, or no name and stands beside what no service file has.
func valuesOfChart(n, service *document.Node) bool {
	switch {
	case service.Has("team") || service.Has("tier"):
		return false
	case service.Has("port") || service.Has("ports") || service.Has("targetPort") || service.Has("servicePort"):
		return true
	}
	return !service.Has("name") && slices.ContainsFunc(n.Fields, func(f document.Field) bool { return !slices.Contains(nestedKeys(), f.Key) })
}

// nearlyService reports whether a document lacks only the key that makes a service file
// of it, as when that key is misspelt.
func nearlyService(n *document.Node) bool {
	if n.Kind != document.Mapping || n.Has("environment") || n.Has("kind") {
		return false
	}
	of := func(n *document.Node) int {
		has := 0
		for _, key := range []string{"team", "tier", "slos"} {
			if n.Has(key) {
				has++
			}
		}
		return has
	}
	for _, f := range n.Fields {
		if report.Nearest(f.Key, []string{"service"}) != "" && f.Value.Kind == document.Mapping && f.Value.Has("name") && of(f.Value) > 0 {
			return true
		}
	}
	return !n.Has("name") && of(n) >= 2
}

func isOpenSRM(n *document.Node) bool {
	kind := n.Get("kind")
	if kind != nil && kind.Text == "ServiceReliabilityManifest" {
		return true
	}
	v := n.Get("apiVersion")
	return v != nil && (strings.HasPrefix(v.Text, "srm/") || strings.HasPrefix(v.Text, "opensrm"))
}

// normalise brings a document of any shape into one. Findings say what could not
// be understood; the draft is nil when nothing could.
func (l *loader) normalise(n *document.Node) *draft {
	if n.Kind != document.Mapping {
		if l.holdsRules(n) {
			return nil
		}
		l.add(n, "spec/shape", report.Error, "a service file holds a mapping; this is "+n.Kind.String(),
			"begin with service: and resources:, or with name:, tier: and slos:")
		return nil
	}
	if isOpenSRM(n) {
		return l.normaliseOpenSRM(n)
	}
	service := n.Get("service")
	if service != nil && service.Kind == document.Mapping {
		l.rejectMixed(n)
		l.unknownKeys(n, append(nestedKeys(), mixedKeys()...), "")
		d := &draft{shape: ShapeNested, root: n, service: service}
		d.resources = l.resourceList(n.Get("resources"))
		d.environments = l.environmentFields(n)
		for _, f := range n.Fields {
			if f.Key == "prometheus" || f.Key == "grafana" {
				l.ignoredURL(f)
			}
		}
		return d
	}
	if service != nil {
		l.add(service, "spec/wrong-type", report.Error, "service: must be a mapping; this is "+service.Kind.String(),
			"write name:, team:, tier: and type: below service:")
		return nil
	}
	switch {
	case n.Has("name"):
	case l.resemblesFlat(n):
		l.noName(n)
	default:
		l.noService(n)
		return nil
	}
	return l.normaliseFlat(n)
}

// mixedKeys are keys of the flat form that are never meant beside service:.
func mixedKeys() []string {
	return []string{"name", "team", "tier", "type", "slos", "dependencies", "template", "pagerduty"}
}

// noName reports a document in which no service is found, with the key that was
// meant to begin one.
func (l *loader) noName(n *document.Node) {
	fix := "write a service: section with a name, or name: at the top of a flat file"
	for _, f := range n.Fields {
		if near := report.Nearest(f.Key, []string{"name", "service"}); near != "" {
			fix = "did you mean " + near + ": in line " + strconv.Itoa(f.KeyAt.Line) + "?"
		}
	}
	l.add(n, "spec/required-field", report.Error, "no service name found", fix)
}

// noService reports a document that looks like no service file. Rule files are
// read beside those, so it may have been meant to be one.
func (l *loader) noService(n *document.Node) {
	if kind := textOf(n.Get("kind")); n.Has("groups") || kind == "PrometheusRule" || kind == "PrometheusRuleList" {
		l.add(n, "spec/shape", report.Error, "this is a Prometheus rule file, and only service files are read here", "name service files, and check this file with nthlayer lint")
		return
	}
	if l.holdsRules(n) {
		return
	}
	fix := "begin a service file with service: or name:, and a rule file with groups:"
	for _, f := range n.Fields {
		if near := report.Nearest(f.Key, []string{"groups", "name", "service"}); near != "" {
			fix = "did you mean " + near + ": in line " + strconv.Itoa(f.KeyAt.Line) + "?"
			break
		}
	}
	l.add(n, "spec/shape", report.Error, "this is neither a service file, which has service: or name:, nor a Prometheus rule file, which has groups:", fix)
}

// resemblesFlat reports whether most keys of a document are those of a flat
// service file, or nearly: then everything else that is wrong with it is worth
// saying.
func (l *loader) resemblesFlat(n *document.Node) bool {
	known := append(serviceKeys(), flatKeys()...)
	near := 0
	for _, f := range n.Fields {
		if f.Key != "kind" && f.Key != "apiVersion" && f.Key != "metadata" && (slices.Contains(known, f.Key) || report.Nearest(f.Key, known) != "") {
			near++
		}
	}
	return near*2 > len(n.Fields)
}

// rejectMixed reports flat keys beside a service: section, which would otherwise
// be ignored without a word.
func (l *loader) rejectMixed(n *document.Node) {
	for _, key := range mixedKeys() {
		if v := n.Get(key); v != nil {
			l.add(v, "spec/mixed-shapes", report.Error, key+": stands beside service:, which is the flat form and the nested form at once",
				"move "+key+" below service: or into a resource")
		}
	}
}

func (l *loader) resourceList(n *document.Node) []*document.Node {
	if n.IsNull() {
		return nil
	}
	if n.Kind != document.Sequence {
		l.add(n, "spec/wrong-type", report.Error, "resources: must be a list; this is "+n.Kind.String(), "write each resource as - kind: ...")
		return nil
	}
	var out []*document.Node
	for i, item := range n.Items {
		if item.Kind != document.Mapping {
			l.add(item, "spec/wrong-type", report.Error, "resource "+strconv.Itoa(i+1)+" must be a mapping; this is "+item.Kind.String(),
				"write kind:, name: and spec:")
			continue
		}
		out = append(out, item)
	}
	return out
}

func (l *loader) environmentFields(n *document.Node) []document.Field {
	env := n.Get("environments")
	if env.IsNull() {
		return nil
	}
	if env.Kind != document.Mapping {
		l.add(env, "spec/wrong-type", report.Error, "environments: must be a mapping of names to overrides; this is "+env.Kind.String(), "")
		return nil
	}
	return env.Fields
}

// normaliseFlat turns the flat form into a service mapping and resources.
func (l *loader) normaliseFlat(n *document.Node) *draft {
	l.unknownKeys(n, append(serviceKeys(), flatKeys()...), "")
	d := &draft{shape: ShapeFlat, root: n, environments: l.environmentFields(n)}
	d.service, d.resources = l.flatParts(n)
	return d
}

// flatParts splits the keys of a flat mapping, a whole file or an override.
func (l *loader) flatParts(n *document.Node) (service *document.Node, resources []*document.Node) {
	var fields []document.Field
	known := make(map[string]bool)
	for _, k := range serviceKeys() {
		known[k] = true
	}
	for _, f := range n.Fields {
		switch {
		case f.Key == "pagerduty":
			if r := l.flatPagerDuty(f.Value); r != nil {
				resources = append(resources, r)
			}
			if m := f.Value.Get("support_model"); m != nil && !n.Has("support_model") {
				fields = append(fields, document.Field{Key: "support_model", KeyAt: m.At, Value: m})
			}
		case known[f.Key]:
			fields = append(fields, f)
		case f.Key == "dependencies":
			resources = append(resources, l.flatDependencies(f.Value)...)
		case f.Key == "slos" || f.Key == "slo":
			resources = append(resources, l.flatSLOs(f.Value)...)
		case f.Key == "observability":
			resources = append(resources, resource(f.Value, "Observability", "observability", f.Value))
		case f.Key == "gate" && f.Value.IsNull(): // null removes a key
		case f.Key == "gate":
			resources = append(resources, resource(f.Value, "DeploymentGate", "gate", f.Value))
		case f.Key == "resources":
			resources = append(resources, l.resourceList(f.Value)...)
		case f.Key == "prometheus" || f.Key == "grafana":
			l.ignoredURL(f)
		}
	}
	return document.NewMapping(n, fields...), resources
}

// ignoredURL says that a URL in a service file is not used: whoever may change
// the file must not choose where credentials are sent.
func (l *loader) ignoredURL(f document.Field) {
	l.add(f.Value, "spec/url-ignored", report.Info, f.Key+": in a service file is not used, so that a pull request cannot choose where credentials are sent",
		"give prometheus-url (the flag --prometheus-url, or the input), or set NTHLAYER_PROMETHEUS_URL")
}

// resource makes a resource that stands for a part of a flat file.
func resource(at *document.Node, kind, name string, spec *document.Node) *document.Node {
	return document.NewMapping(at,
		field("kind", document.NewScalar(at, document.String, kind)),
		field("name", document.NewScalar(at, document.String, name)),
		field("spec", spec),
	)
}

func field(key string, value *document.Node) document.Field {
	return document.Field{Key: key, KeyAt: value.At, Value: value}
}

// flatPagerDuty turns pagerduty: into a resource, unless it is switched off.
func (l *loader) flatPagerDuty(n *document.Node) *document.Node {
	if n.IsNull() {
		return nil
	}
	if n.Kind != document.Mapping {
		l.add(n, "spec/wrong-type", report.Error, "pagerduty: must be a mapping; this is "+n.Kind.String(), "write enabled: true below it")
		return nil
	}
	if e := n.Get("enabled"); e != nil {
		on, ok := l.boolean(e, "pagerduty.enabled")
		if ok && !on {
			return nil
		}
	}
	return resource(n, "PagerDuty", "primary", n)
}

// flatDependencies turns a list of names, or a mapping of categories, into one
// Dependencies resource.
func (l *loader) flatDependencies(n *document.Node) []*document.Node {
	switch {
	case n.IsNull():
		return nil
	case n.Kind == document.Mapping:
		return []*document.Node{resource(n, "Dependencies", "dependencies", n)}
	case n.Kind != document.Sequence:
		l.add(n, "spec/wrong-type", report.Error, "dependencies: must be a list or a mapping; this is "+n.Kind.String(), "write [postgresql, redis]")
		return nil
	}
	asIs := func(item *document.Node) *document.Node { return item }
	return []*document.Node{categorised(n, flatCategory, asIs)}
}

// categorised turns a list of dependencies into a Dependencies resource: the items,
// converted, by category, with the categories in the order in which they appear.
func categorised(list *document.Node, category func(*document.Node) string, convert func(*document.Node) *document.Node) *document.Node {
	items := map[string][]*document.Node{}
	var order []string
	for _, item := range list.Items {
		c := category(item)
		if _, ok := items[c]; !ok {
			order = append(order, c)
		}
		items[c] = append(items[c], convert(item))
	}
	var fields []document.Field
	for _, c := range order {
		fields = append(fields, field(c, document.NewSequence(list, items[c]...)))
	}
	return resource(list, "Dependencies", "dependencies", document.NewMapping(list, fields...))
}

// flatCategory sorts a dependency of a flat list: a known technology goes to its
// category, everything else is another service.
func flatCategory(item *document.Node) string {
	name := item.Text
	if item.Kind == document.Mapping {
		if t := item.Get("type"); t != nil {
			name = t.Text
		} else if t := item.Get("name"); t != nil {
			name = t.Text
		}
	}
	if c := technologyCategory(name); c != "" {
		return c
	}
	return "services"
}
