package alertmanager

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// OperatorFile is the name of the file for the Prometheus Operator.
const OperatorFile = "alertmanagerconfig.yaml"

// The keys of the Secrets, one for each way to tell a team.
const (
	routingKey = "routing-key"
	webhookURL = "api-url"
)

// Operator generates the same routes and receivers as Routes, as an
// AlertmanagerConfig of the Prometheus Operator, which puts those of all services
// together itself.
type Operator struct{}

// Kind is alertmanagerconfig.
func (Operator) Kind() generate.Kind { return generate.AlertmanagerConfig }

// Generate returns one file, with a document for each route of the service: the
// operator takes one route of each. Business hours are refused outside of UTC, for
// the operator knows no time zones and would page people at another time.
func (Operator) Generate(job generate.Job) generate.Result {
	if job.Service.Team.V == "" {
		return generate.Result{}
	}
	f, findings := newFragment(job)
	out := generate.Result{Findings: findings}
	if zone := zoneOf(f); zone != "" && zone != "UTC" {
		settings, _ := pagerduty.SettingsOf(job.Service)
		out.Findings = append(out.Findings, settings.At("timezone", job.Service.At).Finding("generate/timezone", report.Error, job.Service.Name.V,
			"an AlertmanagerConfig knows no time zones, so that the business hours of "+zone+" cannot be written into "+OperatorFile,
			"use "+File+", which holds the time zone, or write timezone: UTC"))
		return out
	}
	o := operator{
		namespace: namespace(job), name: manifest.Identifier(named(job.Service)), labels: job.Options.RouteObject.Labels, service: manifest.Identifier(job.Service.Name.V),
	}
	var docs []manifest.Document
	for i, r := range f.Routes {
		d := manifest.Document{Value: o.config(i, r, f), What: "routes of " + job.Service.Name.V, Origin: job.Service.At}
		if i == len(f.Routes)-1 {
			d.Foot = o.secrets(f.Receivers)
		}
		docs = append(docs, d)
	}
	header := append(rules.Header(job.Service),
		"For the Alertmanager of the Prometheus Operator that selects it by alertmanagerConfigSelector.",
		"The operator adds the namespace as a condition. Alerts of Prometheus often have none: choose",
		"alertmanagerConfigMatcherStrategy: {type: None} there, since each route is for one service alone.")
	return manifest.File(out, generate.Artefact{Kind: generate.AlertmanagerConfig, Path: OperatorFile, Count: len(docs), Unit: "manifests"}, header, docs)
}

// named is the service and its environment: those of two are two objects.
func named(s *spec.Service) string {
	if s.Environment == "" {
		return s.Name.V
	}
	return s.Name.V + "-" + s.Environment
}

// zoneOf is the time zone of the business hours, empty when there are none.
func zoneOf(f Fragment) string {
	for _, i := range f.TimeIntervals {
		for _, s := range i.Intervals {
			return s.Location
		}
	}
	return ""
}

// namespace is where the service runs; empty for whichever is current.
func namespace(job generate.Job) string {
	n := cmp.Or(job.Options.RouteObject.Namespace, job.Service.Workload.Namespace.V)
	if n != "" && manifest.Identifier(n) != n {
		return ""
	}
	return n
}

// operator writes the documents of one service.
type operator struct {
	namespace, name, service string
	labels                   map[string]string
}

// object is a mapping of a document. It is written sorted.
type object = map[string]any

func (o operator) config(i int, r Route, f Fragment) object {
	name := o.name
	if i < len(f.Routes)-1 { // what other services measure about this one
		name = manifest.Identifier(o.name + "-owned")
	}
	labels := object{}
	for key, value := range o.labels {
		labels[key] = value
	}
	labels["app.kubernetes.io/part-of"], labels["app.kubernetes.io/managed-by"] = o.service, "nthlayer"
	meta := object{"name": name, "labels": labels}
	if o.namespace != "" {
		meta["namespace"] = o.namespace
	}
	body := object{"route": routeObject(r), "receivers": mapped(f.Receivers, receiverObject), "inhibitRules": mapped(f.InhibitRules, inhibitObject)}
	if len(f.TimeIntervals) > 0 {
		body["muteTimeIntervals"] = mapped(f.TimeIntervals, intervalObject)
	}
	return object{"apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "AlertmanagerConfig", "metadata": meta, "spec": body}
}

func mapped[T any](all []T, of func(T) object) []any {
	out := make([]any, len(all))
	for i := range all {
		out[i] = of(all[i])
	}
	return out
}

func routeObject(r Route) object {
	out := object{"receiver": r.Receiver, "matchers": mapped(r.Matchers, matcherObject)}
	for key, value := range map[string]string{"groupWait": r.GroupWait, "groupInterval": r.GroupInterval, "repeatInterval": r.RepeatInterval} {
		if value != "" {
			out[key] = value
		}
	}
	for key, list := range map[string][]string{"groupBy": r.GroupBy, "activeTimeIntervals": r.ActiveTimeIntervals} {
		if len(list) > 0 {
			out[key] = list
		}
	}
	if r.Continue {
		out["continue"] = true
	}
	if len(r.Routes) > 0 {
		out["routes"] = mapped(r.Routes, routeObject)
	}
	return out
}

// matcherObject takes a condition apart that is written as label="value".
func matcherObject(m string) object {
	condition, value, _ := strings.Cut(m, `"`)
	label := strings.TrimRight(condition, "=!~")
	return object{"name": label, "matchType": condition[len(label):], "value": unescaped(strings.TrimSuffix(value, `"`))}
}

func receiverObject(r Receiver) object {
	out := object{"name": r.Name}
	if len(r.PagerDuty) > 0 {
		out["pagerdutyConfigs"] = mapped(r.PagerDuty, pagerObject)
	}
	if len(r.Slack) > 0 {
		out["slackConfigs"] = mapped(r.Slack, slackObject)
	}
	return out
}

func pagerObject(p PagerDuty) object {
	var details []any
	for _, key := range slices.Sorted(maps.Keys(p.Details)) {
		details = append(details, object{"key": key, "value": p.Details[key]})
	}
	return object{
		"routingKey": secretOf(p.RoutingKeyFile, routingKey), "sendResolved": p.SendResolved, "severity": p.Severity,
		"class": p.Class, "component": p.Component, "group": p.Group, "details": details,
	}
}

func slackObject(s Slack) object {
	return object{"apiURL": secretOf(s.APIURLFile, webhookURL), "sendResolved": s.SendResolved, "title": s.Title, "text": s.Text}
}

// secretOf refers to the Secret that holds what lies in a file elsewhere.
func secretOf(file, key string) object {
	return object{"name": manifest.Identifier(path.Base(file)), "key": key}
}

func inhibitObject(r InhibitRule) object {
	return object{"sourceMatch": mapped(r.SourceMatchers, matcherObject), "targetMatch": mapped(r.TargetMatchers, matcherObject), "equal": r.Equal}
}

func intervalObject(i TimeInterval) object {
	return object{"name": i.Name, "timeIntervals": mapped(i.Intervals, func(s Span) object {
		return object{"weekdays": s.Weekdays, "times": mapped(s.Times, func(c Clock) object {
			return object{"startTime": c.Start, "endTime": c.End}
		})}
	})}
}

// secrets are what has to be created by hand, as comments without any value.
func (o operator) secrets(receivers []Receiver) []string {
	lines := []string{"", "The keys are in Secrets of the same namespace, which are not in version control:"}
	add := func(file, key string) {
		lines = append(lines, "", "apiVersion: v1", "kind: Secret", "metadata: {name: "+manifest.Identifier(path.Base(file))+"}", `stringData: {`+key+`: ""}`)
	}
	for _, r := range receivers {
		for _, p := range r.PagerDuty {
			add(p.RoutingKeyFile, routingKey)
		}
		for _, s := range r.Slack {
			add(s.APIURLFile, webhookURL)
		}
	}
	return lines
}
