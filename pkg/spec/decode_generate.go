package spec

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// What only generators read: how a dependency is reached and measured, where the
// service runs, how its logs are found and who is on call.

func dependencyKeys() []string {
	return []string{
		"name", "type", "criticality", "sla", "selector", "labels", "host", "port", "database", "username", "version", "secret", "tls", "exporter", "alerts",
	}
}

// labelName is what a label of Prometheus may be called.
var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// intentName is a technology and what is measured of it: postgresql.connections.
var intentName = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*$`)

// wiring reads what a generator needs of a dependency.
func (l *loader) wiring(d *Dependency, m *document.Node) {
	for _, key := range []string{"selector", "labels"} {
		d.Selector = append(d.Selector, l.selector(m.Get(key), key)...)
	}
	sortEntries(d.Selector)
	d.Connection = l.connection(m)
	d.Exporter = l.exporter(m.Get("exporter"))
	alerts := l.alertSettings(m.Get("alerts"), "overrides", "owner")
	d.Alerts, d.AlertOwner = l.alertOverrides(alerts), l.text(alerts.Get("owner"), "owner")
}

func (l *loader) connection(m *document.Node) Connection {
	c := Connection{
		Host: l.text(m.Get("host"), "host"), Port: l.port(m.Get("port")), Database: l.text(m.Get("database"), "database"),
		Username: l.text(m.Get("username"), "username"), Version: l.text(m.Get("version"), "version"),
	}
	if on, ok := l.boolean(m.Get("tls"), "tls"); ok {
		c.TLS = Value[bool]{V: on, At: l.origin(m.Get("tls"))}
	}
	secret := m.Get("secret")
	if !secret.IsNull() && secret.Kind.Scalar() {
		l.add(secret, "spec/value", report.Error, "secret must name a secret, and holds one", "write name: and key: of the secret below secret:, never its value")
		return c
	}
	if s := l.mapping(secret, "secret"); s != nil {
		l.unknownKeys(s, []string{"name", "key"}, "secret")
		c.SecretName, c.SecretKey = l.text(s.Get("name"), "name"), l.text(s.Get("key"), "key")
	}
	return c
}

func (l *loader) port(n *document.Node) Value[string] {
	v, ok := l.number(n, "port")
	if !ok {
		return Value[string]{}
	}
	if v.V < 1 || v.V > 65535 || v.V != float64(int(v.V)) {
		l.add(n, "spec/value", report.Error, "port must be a whole number from 1 to 65535; this is "+n.Text, "write the port that the dependency listens on")
		return Value[string]{}
	}
	return Value[string]{V: n.Text, At: v.At}
}

func (l *loader) exporter(n *document.Node) ExporterChoice {
	m := l.mapping(n, "exporter")
	if m == nil {
		return ExporterChoice{}
	}
	l.unknownKeys(m, []string{"image", "version", "args", "collectors"}, "exporter")
	return ExporterChoice{
		Image: l.text(m.Get("image"), "image"), Version: l.text(m.Get("version"), "version"),
		Args: l.texts(m.Get("args"), "args"), Collectors: l.texts(m.Get("collectors"), "collectors"),
	}
}

// texts reads a list of texts.
func (l *loader) texts(n *document.Node, what string) []Value[string] {
	var out []Value[string]
	for _, item := range l.list(n, what) {
		if v := l.text(item, what); v.V != "" {
			out = append(out, v)
		}
	}
	return out
}

// alertSettings reads what a file says about generated alerts; nil for nothing.
func (l *loader) alertSettings(n *document.Node, known ...string) *document.Node {
	if n != nil && n.Kind == document.Sequence {
		l.add(n, "spec/unknown-field", report.Warning, "alerts is a list, which nothing reads", "write each alert as a resource with kind: Alert, or change generated ones below alerts: {overrides: ...}")
		return nil
	}
	m := l.mapping(n, "alerts")
	l.unknownKeys(m, known, "alerts")
	return m
}

func (l *loader) alertOverrides(alerts *document.Node) []AlertOverride {
	overrides := l.mapping(alerts.Get("overrides"), "overrides")
	if overrides == nil {
		return nil
	}
	var out []AlertOverride
	for _, f := range overrides.Fields {
		if o := l.mapping(f.Value, "the override of "+f.Key); o != nil {
			out = append(out, l.alertOverride(f, o))
		}
	}
	return out
}

func (l *loader) alertOverride(f document.Field, m *document.Node) AlertOverride {
	l.unknownKeys(m, []string{"threshold", "for", "severity", "page", "disabled"}, "the override of "+f.Key)
	o := AlertOverride{
		Alert:    Value[string]{V: f.Key, At: keyOrigin(f)},
		For:      l.text(m.Get("for"), "for"),
		Severity: l.oneOf(m.Get("severity"), "severity", "spec/value", []string{"critical", "warning", "info"}),
	}
	o.Threshold, _ = l.number(m.Get("threshold"), "threshold")
	o.Page, o.Disabled = l.flag(m, "page"), l.flag(m, "disabled")
	return o
}

func (l *loader) flag(m *document.Node, key string) Value[bool] {
	on, ok := l.boolean(m.Get(key), key)
	if !ok {
		return Value[bool]{}
	}
	return Value[bool]{V: on, At: l.origin(m.Get(key))}
}

// observed reads what an Observability resource says to generators.
func (l *loader) observed(s *Service, n *document.Node) {
	if m := n.Get("metrics"); !m.IsNull() && m.Kind == document.Mapping {
		s.MetricOverrides = append(s.MetricOverrides, l.metricOverrides(m, true)...)
	}
	if m := l.mapping(n.Get("metric_overrides"), "metric_overrides"); m != nil {
		s.MetricOverrides = append(s.MetricOverrides, l.metricOverrides(m, false)...)
	}
	logs := n.Get("logs")
	if logs.IsNull() || logs.Kind != document.Mapping {
		return
	}
	l.unknownKeys(logs, []string{"selector", "dependency_selector", "format", "disabled"}, "logs")
	s.Logs = Logs{
		Selector: l.text(logs.Get("selector"), "selector"), DependencySelector: l.text(logs.Get("dependency_selector"), "dependency_selector"),
		Format:   l.oneOf(logs.Get("format"), "format", "spec/value", []string{"json", "logfmt", "text"}),
		Disabled: l.flag(logs, "disabled"),
	}
}

// scrapeKeys warns about keys of metrics: that neither say where to scrape nor
// name an intent.
func (l *loader) scrapeKeys(n *document.Node) {
	rest := *n
	rest.Fields = slices.DeleteFunc(slices.Clone(n.Fields), func(f document.Field) bool { return strings.Contains(f.Key, ".") })
	l.unknownKeys(&rest, []string{"endpoint", "port", "format", "path", "interval"}, "metrics")
}

// metricOverrides reads intents and the metrics that stand for them. In metrics:
// they share the mapping with where to scrape, and are told by their dot.
func (l *loader) metricOverrides(m *document.Node, mixed bool) []MetricOverride {
	var out []MetricOverride
	for _, f := range m.Fields {
		if mixed && !strings.Contains(f.Key, ".") {
			continue
		}
		if !intentName.MatchString(f.Key) {
			l.findings = append(l.findings, keyOrigin(f).Finding("spec/value", report.Error, l.service,
				quote(f.Key)+" is not the name of an intent", "write a technology and what is measured, as postgresql.connections"))
			continue
		}
		if o, ok := l.metricOverride(f); ok {
			out = append(out, o)
		}
	}
	return out
}

func (l *loader) metricOverride(f document.Field) (MetricOverride, bool) {
	o := MetricOverride{Intent: Value[string]{V: f.Key, At: keyOrigin(f)}, Scale: Value[float64]{V: 1}, At: keyOrigin(f)}
	if f.Value.Kind.Scalar() {
		o.Metric = l.text(f.Value, f.Key)
		return o, o.Metric.V != ""
	}
	m := l.mapping(f.Value, f.Key)
	if m == nil {
		return o, false
	}
	l.unknownKeys(m, []string{"metric", "scale"}, f.Key)
	o.Metric = l.text(m.Get("metric"), "metric")
	if scale, ok := l.number(m.Get("scale"), "scale"); ok {
		o.Scale = scale
	}
	if o.Metric.V == "" {
		l.add(m, "spec/required-field", report.Error, f.Key+" names no metric", "add metric:")
	}
	return o, o.Metric.V != ""
}

// workload reads where the service runs on Kubernetes.
func (l *loader) workload(n *document.Node) Workload {
	m := l.mapping(n, "kubernetes")
	if m == nil {
		return Workload{}
	}
	l.unknownKeys(m, []string{"namespace", "workload"}, "kubernetes")
	return Workload{Namespace: l.text(m.Get("namespace"), "namespace"), Name: l.text(m.Get("workload"), "workload")}
}

// onCallLevels are the levels of who is on call, in the order of escalation.
func onCallLevels() []string { return []string{"primary", "secondary", "manager"} }

func (l *loader) onCall(n *document.Node) []OnCall {
	m := l.mapping(n, "oncall")
	if m == nil {
		return nil
	}
	l.unknownKeys(m, onCallLevels(), "oncall")
	var out []OnCall
	for _, level := range onCallLevels() {
		if users := l.addresses(m.Get(level), level); len(users) > 0 {
			out = append(out, OnCall{Level: level, Users: users})
		}
	}
	return out
}

func (l *loader) addresses(n *document.Node, level string) []Value[string] {
	var out []Value[string]
	for _, v := range l.texts(n, level) {
		if !strings.Contains(v.V, "@") || strings.ContainsAny(v.V, " \t\n<>") {
			l.findings = append(l.findings, v.At.Finding("spec/value", report.Error, l.service, quote(v.V)+" is not an e-mail address", "write the address of somebody with an account at PagerDuty"))
			continue
		}
		out = append(out, v)
	}
	return out
}
