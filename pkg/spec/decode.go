package spec

import (
	"cmp"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// ValidName reports whether a service may have the name.
func ValidName(name string) bool { return serviceName.MatchString(name) }

// serviceName is what a service may be called: it becomes a label value, a file
// name and part of a host name elsewhere.
var serviceName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// resourceName is what a resource may be called: it becomes part of a rule's, a
// dashboard's and a file's name.
var resourceName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)

func sortEntries(e []Entry) {
	slices.SortStableFunc(e, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
}

// decode builds the typed model of one service.
func (l *loader) decode(file string, d *draft, service *document.Node, resources []*document.Node) *Service {
	s := &Service{File: file, Shape: d.shape, Inputs: slices.Sorted(maps.Keys(l.inputs)), At: l.origin(service), Environment: l.environment}
	l.head(s, service)
	for _, ref := range templateRefs(service) {
		s.Templates = append(s.Templates, l.text(ref, "template"))
	}
	s.Metadata = l.metadata(service)
	s.PagerDuty = l.entries(service.Get("pagerduty"), "pagerduty")
	l.unknownKeys(service.Get("pagerduty"), pagerDutyKeys(), "pagerduty")
	s.Contract = l.contract(service.Get("contract"))
	s.Workload, s.OnCall = l.workload(service.Get("kubernetes")), l.onCall(service.Get("oncall"))
	s.AlertOverrides = l.alertOverrides(l.alertSettings(service.Get("alerts"), "overrides"))
	if n := service.Get("selector"); !n.IsNull() {
		s.Selector, s.SelectorAt = l.serviceSelector(n), l.origin(n)
	}
	for _, r := range resources {
		l.resource(s, r)
	}
	return s
}

func (l *loader) head(s *Service, n *document.Node) {
	s.Name = l.text(n.Get("name"), "name")
	switch {
	case n.Get("name").IsNull() && s.Shape == ShapeFlat: // reported where the shape was told
	case n.Get("name").IsNull():
		l.required(n, "name")
	case !s.Name.Set():
	case !ValidName(s.Name.V):
		l.add(n.Get("name"), "service/name", report.Error, "invalid service name "+quote(s.Name.V), "use lower-case letters, digits and hyphens, begin with a letter, at most 63 characters")
	}
	s.Team = l.text(n.Get("team"), "team")
	if n.Get("team").IsNull() {
		l.required(n, "team")
	}
	l.tierAndType(s, n)
	s.SupportModel = l.oneOf(n.Get("support_model"), "support_model", "service/support-model", supportModels())
	if s.SupportModel.V == "" {
		s.SupportModel.V = defaultSupportModel
	}
	s.Language = l.text(n.Get("language"), "language")
	s.Framework = l.text(n.Get("framework"), "framework")
	s.Description = l.text(n.Get("description"), "description")
	s.Owner = l.text(n.Get("owner"), "owner")
	s.Runbook = l.text(n.Get("runbook"), "runbook")
	if !s.Runbook.Set() {
		s.Runbook = l.text(n.Get("runbook_url"), "runbook_url")
	}
}

func (l *loader) required(n *document.Node, key string) {
	l.add(n, "spec/required-field", report.Error, "the service has no "+key, "add "+key+":")
}

func (l *loader) tierAndType(s *Service, n *document.Node) {
	tier := l.text(n.Get("tier"), "tier")
	switch t, ok := ParseTier(tier.V); {
	case n.Get("tier").IsNull():
		l.required(n, "tier")
	case !tier.Set():
	case !ok:
		l.unknownWord(n.Get("tier"), "service/tier", "tier", tier.V, tierNames())
	default:
		s.Tier = Value[Tier]{V: t, At: tier.At}
	}
	kind := l.text(n.Get("type"), "type")
	switch t, ok := ParseType(kind.V); {
	case n.Get("type").IsNull():
		l.required(n, "type")
	case !kind.Set():
	case !ok:
		l.unknownWord(n.Get("type"), "service/type", "type", kind.V, typeNames())
	default:
		s.Type = Value[Type]{V: t, At: kind.At}
	}
}

func (l *loader) unknownWord(n *document.Node, rule, what, got, allowed string) {
	fix := "write one of " + allowed
	if question := report.DidYouMean(strings.ToLower(got), strings.Split(allowed, ", ")); question != "" {
		fix = question + " " + what + " is one of " + allowed
	}
	l.add(n, rule, report.Error, "unknown "+what+" "+quote(got), fix)
}

func (l *loader) metadata(service *document.Node) []Entry {
	out := l.entries(service.Get("metadata"), "metadata")
	for _, key := range []string{"labels", "annotations"} {
		for _, e := range l.entries(service.Get(key), key) {
			out = append(out, Entry{Key: key + "." + e.Key, Value: e.Value})
		}
	}
	sortEntries(out)
	return out
}

// contract reads what the service promises. A share (0.999) is what OpenSRM
// writes there, so a number of at most 1 is turned into a percentage.
func (l *loader) contract(n *document.Node) Contract {
	m := l.mapping(n, "contract")
	a := m.Get("availability")
	if a.IsNull() {
		return Contract{}
	}
	promised := l.percentage(a, "contract.availability", true)
	if !promised.Set() {
		return Contract{Invalid: l.origin(a)}
	}
	return Contract{Availability: promised}
}

// percentage reads an objective-like percentage; share allows 0.999 for 99.9.
func (l *loader) percentage(n *document.Node, what string, share bool) Value[Objective] {
	if n.Kind != document.Int && n.Kind != document.Float {
		l.wrongType(n, what, "a number")
		return Value[Objective]{}
	}
	text := n.Text
	if r, err := parseDecimal(text); share && err == nil && r.Sign() > 0 && r.Cmp(big.NewRat(1, 1)) < 0 {
		return Value[Objective]{V: percentOf(r.Mul(r, hundred())), At: l.origin(n)}
	}
	o, err := NewObjective(text)
	if err != nil {
		l.add(n, "slo/objective-range", report.Error, what+": "+err.Error(), "write a percentage above 0 and below 100, such as 99.9")
		return Value[Objective]{}
	}
	return Value[Objective]{V: o, At: l.origin(n)}
}

// resource reads one resource into the model and keeps it whole for generators.
func (l *loader) resource(s *Service, n *document.Node) {
	l.unknownKeys(n, []string{"kind", "name", "spec", "apiVersion", "metadata"}, "the resource")
	kind, name := l.text(n.Get("kind"), "kind"), l.text(n.Get("name"), "name")
	kind.V = l.kindOf(kind)
	for key, v := range map[string]Value[string]{"kind": kind, "name": name} {
		if v.V == "" {
			l.add(n, "spec/required-field", report.Error, "a resource has no "+key, "add "+key+":")
		}
	}
	body := n.Get("spec")
	if body == nil || body.IsNull() {
		body = document.NewMapping(n)
	}
	if l.mapping(body, "spec") == nil {
		return
	}
	r := Resource{Kind: kind, Name: name, Spec: body, At: l.origin(n)}
	if kind.V == "" || name.V == "" {
		l.byKind(&Service{Name: s.Name, Type: s.Type, Tier: s.Tier}, r) // for what else is wrong with it
		return
	}
	if !resourceName.MatchString(name.V) {
		l.findings = append(l.findings, name.At.Finding("spec/resource-name", report.Warning, l.service,
			"the resource name "+quote(name.V)+" does not fit into labels and file names", "use letters, digits, dots, hyphens and underscores, and begin with a letter or a digit"))
	}
	l.byKind(s, r)
	if hasModel(r.Kind.V) {
		r.Spec = nil // everything is in the model, and the tree is most of the memory
	}
	s.Resources = append(s.Resources, r)
}

// hasModel reports whether a kind is read into fields of Service.
func hasModel(kind string) bool {
	switch kind {
	case "SLO", "Dependencies", "Observability", "Alert", "DeploymentGate":
		return true
	}
	return false
}

// kindOf returns the kind as we spell it: a resource of kind Slo is meant to be
// read, not passed over.
func (l *loader) kindOf(kind Value[string]) string {
	for _, known := range resourceKinds() {
		if kind.V != known && strings.EqualFold(kind.V, known) {
			l.findings = append(l.findings, kind.At.Finding("spec/kind", report.Warning, l.service, "the kind "+quote(kind.V)+" is spelt "+known, "write kind: "+known))
			return known
		}
	}
	return kind.V
}

func (l *loader) byKind(s *Service, r Resource) {
	switch r.Kind.V {
	case "SLO":
		s.SLOs = append(s.SLOs, l.slos(s, r)...)
	case "Dependencies":
		s.Dependencies = append(s.Dependencies, l.dependencies(r)...)
	case "Observability":
		s.Metrics = append(s.Metrics, l.metrics(r)...)
		l.observed(s, r.Spec)
	case "Alert":
		if a, ok := l.alert(r); ok {
			s.Alerts = append(s.Alerts, a)
		}
	case "DeploymentGate":
		s.Gates = append(s.Gates, l.gate(r))
	case "Runbook":
		if u := l.text(r.Spec.Get("url"), "url"); u.Set() && !s.Runbook.Set() {
			s.Runbook = u
		}
	case "PagerDuty":
		l.pagerDuty(r)
	case "RecordingRule":
		l.misspeltKeys(r.Spec, []string{"record", "expr", "labels"}, "RecordingRule")
		l.queriesIn(s, r, r.Spec, "expr")
	case "Dashboard":
		l.misspeltKeys(r.Spec, []string{"panels"}, "Dashboard")
		for _, panel := range l.list(r.Spec.Get("panels"), "panels") {
			l.misspeltKeys(panel, []string{"title", "query", "expr"}, "the panel")
			l.queriesIn(s, r, panel, "query", "expr")
		}
	case "":
	default:
		fix := cmp.Or(report.DidYouMean(r.Kind.V, resourceKinds()), "use one of "+strings.Join(resourceKinds(), ", "))
		l.findings = append(l.findings, r.Kind.At.Finding("spec/kind", report.Warning, l.service, "unknown kind "+quote(r.Kind.V)+": nothing reads this resource", fix))
	}
}

// queriesIn keeps the PromQL of a resource that only generators read, so that it
// is linted as every other expression.
func (l *loader) queriesIn(s *Service, r Resource, n *document.Node, keys ...string) {
	for _, key := range keys {
		v := n.Get(key)
		if v.IsNull() {
			continue
		}
		if text := l.expression(v, key); text.Set() {
			s.Expressions = append(s.Expressions, ResourceExpression{Kind: r.Kind.V, Resource: r.Name.V, Field: key, Text: text})
		}
	}
}
