package spec

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// metricName is a metric's name as Prometheus has always had it, or one with dots
// and the like, as OpenTelemetry spells them. A selector is no name.
var metricName = regexp.MustCompile(`^[a-zA-Z_:][^\s{}\[\]()"'` + "`" + `,]*$`)

// dependencies reads every category of a Dependencies resource.
func (l *loader) dependencies(r Resource) []Dependency {
	categories := dependencyCategories()
	var known []string
	for c := range categories {
		known = append(known, c)
	}
	slices.Sort(known)
	l.unknownKeys(r.Spec, append(known, "downstream"), "Dependencies")
	var out []Dependency
	for _, f := range r.Spec.Fields {
		kind, ok := categories[f.Key]
		if !ok {
			continue
		}
		for _, item := range l.list(f.Value, f.Key) {
			if d, ok := l.dependency(item, kind); ok {
				out = append(out, d)
			}
		}
	}
	return out
}

// dependency reads one dependency: a mapping, or only its name.
func (l *loader) dependency(n *document.Node, kind DependencyKind) (Dependency, bool) {
	d := Dependency{Kind: kind, Criticality: Value[string]{V: "medium"}, At: l.origin(n)}
	if n.Kind.Scalar() && !n.IsNull() {
		d.Name = l.text(n, "a dependency")
		if kind != DependencyService && kind != DependencyExternal {
			d.Type = d.Name
		}
		return d, d.Name.V != ""
	}
	m := l.mapping(n, "a dependency")
	if m == nil {
		return d, false
	}
	l.misspelt(m, dependencyKeys())
	d.Name, d.Type = l.text(m.Get("name"), "name"), l.text(m.Get("type"), "type")
	if d.Name.V == "" {
		d.Name = d.Type
	}
	if d.Name.V == "" {
		l.add(n, "dependency/name", report.Error, "a dependency has neither name nor type", "add name:")
		return d, false
	}
	l.dependencyType(d)
	if c := l.oneOf(m.Get("criticality"), "criticality", "dependency/criticality", criticalities()); c.Set() {
		d.Criticality = c
	}
	sla := m.Get("sla")
	if sla.IsNull() {
		sla = m.Get("slo").Get("availability")
	}
	if !sla.IsNull() {
		d.SLA = l.percentage(sla, "sla", false)
	}
	l.wiring(&d, m)
	return d, true
}

// dependencyType warns about a technology that nothing knows. Other services and
// external APIs have types of their own, as rest or grpc.
func (l *loader) dependencyType(d Dependency) {
	if !d.Type.Set() || d.Kind == DependencyService || d.Kind == DependencyExternal || knownTechnology(d.Type.V) {
		return
	}
	fix := cmp.Or(report.DidYouMean(strings.ToLower(d.Type.V), technologies()), "take a type that nthlayer rules dependency/type lists, or leave it: nothing is generated for it")
	l.findings = append(l.findings, d.Type.At.Finding("dependency/type", report.Warning, l.service, "unknown type "+quote(d.Type.V)+" of a dependency", fix))
}

// misspelt warns about keys of a free mapping that are close to one that is
// read; other keys are the user's own.
func (l *loader) misspelt(n *document.Node, known []string) {
	for _, f := range n.Fields {
		near := report.Nearest(f.Key, known)
		if near == "" || near == f.Key || report.Distance(f.Key, near, 2) > 2 || len(f.Key) < 4 {
			continue
		}
		l.findings = append(l.findings, keyOrigin(f).Finding("spec/unknown-field", report.Warning, l.service, "unknown field "+quote(f.Key), "did you mean "+near+"?"))
	}
}

// metrics reads the metrics of an Observability resource: a list of names or of
// mappings. The mapping form (endpoint, port, format) says where to scrape and
// names no metric.
func (l *loader) metrics(r Resource) []Metric {
	l.unknownKeys(r.Spec, []string{
		"metrics", "metric_overrides", "health", "logs", "traces", "dashboards", "labels",
		"metrics_prefix", "logs_label", "traces_service", "prometheus_job", "grafana_url",
	}, "Observability")
	n := r.Spec.Get("metrics")
	if n.IsNull() {
		return nil
	}
	if n.Kind == document.Mapping {
		l.scrapeKeys(n)
		return nil
	}
	var out []Metric
	for _, item := range l.list(n, "metrics") {
		if item.Kind.Scalar() {
			if v, ok := l.metricName(item); ok {
				out = append(out, Metric{Name: v, Resource: r.Name.V})
			}
			continue
		}
		if m, ok := l.metric(item, r.Name.V); ok {
			out = append(out, m)
		}
	}
	return out
}

// metricName reads the name of a metric, which is no selector.
func (l *loader) metricName(n *document.Node) (Value[string], bool) {
	v := l.text(n, "a metric")
	if metricName.MatchString(v.V) {
		return v, true
	}
	l.add(n, "spec/value", report.Error, quote(n.Text)+" is not the name of a metric", "write the name alone, as http_requests_total; labels go below labels:")
	return v, false
}

func (l *loader) metric(n *document.Node, resource string) (Metric, bool) {
	m := l.mapping(n, "a metric")
	if m == nil {
		return Metric{}, false
	}
	l.unknownKeys(m, []string{"name", "type", "required", "labels", "description"}, "the metric")
	if m.Get("name").IsNull() {
		l.add(n, "spec/required-field", report.Error, "a metric has no name", "add name:")
		return Metric{}, false
	}
	name, ok := l.metricName(m.Get("name"))
	if !ok {
		return Metric{}, false
	}
	out := Metric{Name: name, Resource: resource, Labels: l.entries(m.Get("labels"), "labels")}
	out.Type = l.oneOf(m.Get("type"), "type", "spec/value", []string{"counter", "gauge", "histogram", "summary"}).V
	if on, ok := l.boolean(m.Get("required"), "required"); ok {
		out.Required = on
	}
	return out, true
}

// pagerDutyKeys are the keys of PagerDuty settings, of a service or a resource.
func pagerDutyKeys() []string {
	return []string{
		"enabled", "urgency", "support_model", "timezone", "auto_create", "escalation_policy", "escalation_policy_id", "create_escalation_policy",
		"auto_resolve_timeout", "acknowledgement_timeout", "auto_resolve", "escalation_delay", "integration_key", "sre_integration_key", "service_key",
		"schedule", "sre_escalation_policy", "sre_escalation_policy_id", "service_id", "team_id", "team",
	}
}

// pagerDuty checks what a PagerDuty resource may hold; generators read it.
func (l *loader) pagerDuty(r Resource) {
	n := r.Spec
	l.unknownKeys(n, pagerDutyKeys(), "PagerDuty")
	l.oneOf(n.Get("urgency"), "urgency", "pagerduty/urgency", []string{"high", "low", "use_support_hours"})
	l.boolean(n.Get("auto_create"), "auto_create")
	for _, key := range []string{"auto_resolve_timeout", "acknowledgement_timeout"} {
		if v, ok := l.number(n.Get(key), key); ok && v.V < 0 {
			l.add(n.Get(key), "spec/value", report.Error, key+" must not be below 0 seconds", "write a number of seconds")
		}
	}
}

// alert reads an own alerting rule.
func (l *loader) alert(r Resource) (Alert, bool) {
	n := r.Spec
	l.unknownKeys(n, []string{"expr", "for", "severity", "labels", "annotations", "description"}, "the alert")
	a := Alert{
		Name: r.Name, At: r.At,
		Expr:        l.expression(n.Get("expr"), "expr"),
		For:         l.text(n.Get("for"), "for"),
		Severity:    l.oneOf(n.Get("severity"), "severity", "spec/value", []string{"critical", "warning", "info", "page", "ticket"}),
		Labels:      l.entries(n.Get("labels"), "labels"),
		Annotations: l.entries(n.Get("annotations"), "annotations"),
	}
	if !a.Expr.Set() {
		l.findings = append(l.findings, r.At.Finding("spec/required-field", report.Error, l.service, "the alert "+quote(r.Name.V)+" has no expr", "add expr: with a PromQL condition"))
		return a, false
	}
	return a, true
}

// gate reads a DeploymentGate. What its conditions and exceptions mean is
// checked when the file is validated, not here.
func (l *loader) gate(r Resource) Gate {
	n := r.Spec
	l.unknownKeys(n, []string{"thresholds", "conditions", "exceptions", "on_exhausted", "timezone", "description"}, "DeploymentGate")
	g := Gate{Name: r.Name, At: r.At}
	for _, item := range l.list(n.Get("exceptions"), "exceptions") {
		if m := l.mapping(item, "an exception"); m != nil {
			g.Exceptions = append(g.Exceptions, l.exception(m))
		}
	}
	before := len(l.findings)
	g.Timezone = l.text(n.Get("timezone"), "timezone")
	limits := l.mapping(n.Get("thresholds"), "thresholds")
	l.unknownKeys(limits, []string{"warning", "blocking"}, "thresholds")
	g.Warning, g.Blocking = l.limit(limits, "warning"), l.limit(limits, "blocking")
	for _, item := range l.list(n.Get("conditions"), "conditions") {
		if m := l.mapping(item, "a condition"); m != nil {
			g.Conditions = append(g.Conditions, l.condition(m))
		}
	}
	for _, item := range l.list(n.Get("on_exhausted"), "on_exhausted") {
		if v := l.oneOf(item, "on_exhausted", "gate/on-exhausted", []string{"freeze_deploys", "require_approval", "notify"}); v.Set() {
			g.OnExhausted = append(g.OnExhausted, v)
		}
	}
	g.Broken = l.brokenSince(before)
	return g
}

// brokenSince returns the first error among the findings from an index on.
func (l *loader) brokenSince(index int) string {
	for _, f := range l.findings[index:] {
		if f.Severity == report.Error {
			return f.Message
		}
	}
	return ""
}

// limit reads a threshold: a percentage from 0 to 100, or null for off.
func (l *loader) limit(m *document.Node, key string) Limit {
	n := m.Get(key)
	if n == nil {
		return Limit{}
	}
	if n.IsNull() {
		return Limit{Given: true, Off: true, At: l.origin(n)}
	}
	v, ok := l.number(n, key)
	if !ok {
		return Limit{}
	}
	if v.V < 0 || v.V > 100 {
		l.add(n, "gate/thresholds", report.Error, key+" must be a percentage of budget remaining, 0 to 100; this is "+n.Text, "write a number from 0 to 100, or null to turn it off")
		return Limit{}
	}
	return Limit{Percent: v.V, Given: true, At: v.At}
}

func (l *loader) condition(n *document.Node) Condition {
	l.unknownKeys(n, []string{"name", "when", "warning", "blocking", "mode", "description"}, "the condition")
	c := Condition{Name: l.text(n.Get("name"), "name"), At: l.origin(n), Warning: l.limit(n, "warning"), Blocking: l.limit(n, "blocking")}
	if w := n.Get("when"); !w.IsNull() {
		if c.When = l.text(w, "when"); c.When.Set() {
			c.When.V = w.Text
		}
	}
	if m := l.oneOf(n.Get("mode"), "mode", "gate/condition", []string{"relax", "restrict"}); m.V == "relax" {
		c.Relax = true
	}
	if !c.Warning.Given && !c.Blocking.Given {
		l.add(n, "gate/condition", report.Warning, "the condition sets neither warning nor blocking, so it changes nothing", "add blocking: or warning:")
	}
	return c
}

// exception reads who may pass the gate and for how long.
func (l *loader) exception(n *document.Node) Exception {
	l.unknownKeys(n, []string{"team", "user", "label", "allow", "until", "reason"}, "the exception")
	e := Exception{At: l.origin(n), Until: l.text(n.Get("until"), "until"), Reason: l.text(n.Get("reason"), "reason")}
	var given []string
	for _, key := range []string{"team", "user", "label"} {
		if v := l.text(n.Get(key), key); v.V != "" {
			given = append(given, key)
			e.Who = Value[string]{V: key + ":" + v.V, At: v.At}
		}
	}
	if len(given) != 1 {
		l.add(n, "gate/exception", report.Error, "an exception names exactly one of team, user and label; this one names "+namesOf(given), "keep one of the three")
	}
	e.Allow = l.oneOf(n.Get("allow"), "allow", "gate/exception", []string{"always", "during_freeze", "warning_only"})
	if e.Allow.V == "" && n.Get("allow").IsNull() {
		l.add(n, "gate/exception", report.Error, "the exception has no allow", "add allow: always, during_freeze or warning_only")
	}
	return e
}

func namesOf(given []string) string {
	if len(given) == 0 {
		return "none"
	}
	return strings.Join(given, " and ")
}
