// Package spec reads service files of every shape into one resolved model, in
// which every value knows where it was written. Templates, environments,
// variables and defaults are applied here and nowhere else.
package spec

import "github.com/nthlayer/action/pkg/spec/document"

// Value is a setting and the place where it was written. Where nobody wrote it,
// V holds the default (or the zero value) and At is the zero Origin.
type Value[T any] struct {
	V  T
	At Origin
}

// Set reports whether somebody wrote the value in a file.
func (v Value[T]) Set() bool { return v.At.Written() }

// Shape is the form in which a service file was written.
type Shape string

// The shapes that load into one Service.
const (
	ShapeNested  Shape = "nested"  // service: and resources:
	ShapeFlat    Shape = "flat"    // name, tier, slos ... at the top
	ShapeOpenSRM Shape = "opensrm" // kind: ServiceReliabilityManifest
)

// Service is one service after template, environment, variables and defaults
// were applied. No stage reads the YAML again.
type Service struct {
	// File is the service file's path relative to the workspace, with slashes.
	File  string
	Shape Shape
	// Inputs are all files that the service was made of, sorted: its own, the
	// environment files and the custom templates that were merged in.
	Inputs []string
	// At is the place of the service mapping (or of the document).
	At Origin

	Name         Value[string]
	Team         Value[string]
	Tier         Value[Tier]
	Type         Value[Type]
	SupportModel Value[string]
	Language     Value[string]
	Framework    Value[string]
	Description  Value[string]
	Owner        Value[string]
	Runbook      Value[string]
	// Templates are the names of the templates that were merged in, in order.
	Templates []Value[string]
	// PagerDuty holds the scalars of service.pagerduty by dotted key, sorted.
	PagerDuty []Entry
	// Metadata holds the scalars of service.metadata by dotted key, sorted.
	Metadata []Entry
	// Selector are the labels and values that the service's own series have beside its
	// name, sorted: what is generated for the service itself reads no others, and neither
	// does an SLO that writes no query.
	Selector []Entry
	// SelectorAt is where they were written, be it that there are none.
	SelectorAt Origin
	// Environments are the normalised names of the environments that there are overrides
	// for, sorted; nil where none was applied.
	Environments []string
	// Environment is the normalised name of the environment that was applied
	// (dev, staging, prod or a name of the user's); empty for none.
	Environment string

	SLOs         []SLO
	Dependencies []Dependency
	Metrics      []Metric
	Alerts       []Alert
	// AlertOverrides change single rules on the service itself (alerts.overrides).
	AlertOverrides []AlertOverride
	Gates          []Gate
	Contract       Contract
	// Expressions are the PromQL of resources that have no model of their own:
	// dashboards and recording rules.
	Expressions []ResourceExpression
	// Resources are all resources, known kinds and others, in file order.
	Resources []Resource
	// MetricOverrides name the metric of an intent (postgresql.connections), from
	// metric_overrides: or metrics: of Observability.
	MetricOverrides []MetricOverride
	// Workload is where the service runs on Kubernetes.
	Workload Workload
	// Logs is how its logs are found and written.
	Logs Logs
	// OnCall are the e-mail addresses of who is on call, by level: primary,
	// secondary, manager.
	OnCall []OnCall
}

// MetricOverride names the metric that stands for an intent.
type MetricOverride struct {
	Intent Value[string]
	// Metric is a metric name or a selector.
	Metric Value[string]
	// Scale is the factor to the intent's unit; 1 when not given.
	Scale Value[float64]
	At    Origin
}

// Workload is where a service runs on Kubernetes. Name is that of its
// Deployment, StatefulSet, DaemonSet, Job or CronJob, with which the names of its pods
// begin; empty for the service's own name.
type Workload struct {
	Namespace, Name Value[string]
}

// Logs is how the logs of a service are found in Loki and how they are written.
type Logs struct {
	// Selector is a stream selector: {app="payments"}.
	Selector Value[string]
	// DependencySelector is one with ${dependency_name}.
	DependencySelector Value[string]
	// Format is json, logfmt or text.
	Format Value[string]
	// Disabled leaves out rules for Loki.
	Disabled Value[bool]
}

// OnCall is one level of who is on call.
type OnCall struct {
	Level string
	Users []Value[string]
}

// Entry is one key and scalar of a free mapping.
type Entry struct {
	Key   string
	Value Value[string]
	// KeyAt is where the last part of the key was written.
	KeyAt Origin
}

// Label returns the metadata value of a dotted key.
func (s *Service) Label(key string) (string, bool) {
	for _, e := range s.Metadata {
		if e.Key == key {
			return e.Value.V, true
		}
	}
	return "", false
}

// Resource is one entry of resources: as it was written, after merging.
type Resource struct {
	Kind Value[string]
	Name Value[string]
	// Spec is the resource's merged specification. It is nil for the kinds that
	// have a model of their own in Service: SLO, Dependencies, Observability,
	// Alert and DeploymentGate.
	Spec *document.Node
	At   Origin
}

// Metric is a metric that the file declares under Observability.
type Metric struct {
	Name     Value[string]
	Type     string // counter, gauge, histogram, summary; empty when not given
	Required bool
	Labels   []Entry
	Resource string
}

// Alert is an own alerting rule (kind: Alert).
type Alert struct {
	Name        Value[string]
	Expr        Value[string]
	For         Value[string]
	Severity    Value[string]
	Labels      []Entry
	Annotations []Entry
	At          Origin
}

// Gate is a DeploymentGate resource.
type Gate struct {
	Name       Value[string]
	Warning    Limit
	Blocking   Limit
	Conditions []Condition
	Exceptions []Exception
	// OnExhausted holds freeze_deploys, require_approval, notify.
	OnExhausted []Value[string]
	// Timezone is the IANA zone of the conditions; UTC when not given.
	Timezone Value[string]
	At       Origin
	// Broken says what could not be read in the gate's definition, its exceptions
	// apart, which only make it milder; empty when all could. Whatever is missing
	// may be what blocks.
	Broken string
}

// Limit is a threshold in percent of budget remaining that may be given, turned
// off with null, or left to the tier's default.
type Limit struct {
	Percent float64
	// Given is true for a number and for null.
	Given bool
	// Off is true for null.
	Off bool
	At  Origin
}

// Or returns the threshold in percent: the fallback when none was given, and nil
// when it is off.
func (l Limit) Or(fallback *float64) *float64 {
	switch {
	case !l.Given:
		return fallback
	case l.Off:
		return nil
	}
	return &l.Percent
}

// Condition changes the thresholds of a gate while When holds.
type Condition struct {
	Name     Value[string]
	When     Value[string]
	Warning  Limit
	Blocking Limit
	// Relax lets the condition lower thresholds; without it only stricter
	// ones count.
	Relax bool
	At    Origin
}

// Exception lets somebody pass a gate.
type Exception struct {
	// Who is team:NAME, user:NAME or label:NAME.
	Who    Value[string]
	Allow  Value[string] // always, during_freeze, warning_only
	Until  Value[string] // YYYY-MM-DD, last day inclusive; empty for none
	Reason Value[string]
	At     Origin
}

// Contract is what the service promises to others.
type Contract struct {
	// Availability is in percent.
	Availability Value[Objective]
	// Invalid is where an availability stands that is none.
	Invalid Origin
}
