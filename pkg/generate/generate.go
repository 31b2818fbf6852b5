// Package generate names what all generators share: the job that they are given
// and the artefact that they return. Each artefact has a package of its own below
// this one. Generators write no files and call nobody.
package generate

import (
	"cmp"
	"time"

	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Kind is a kind of artefact, as --only and --skip name it.
type Kind string

// The kinds, in the order in which they are generated. Sloth, Pyrra, PrometheusRule,
// AlertmanagerConfig, Exporters, Backstage and Gate are made only when asked for.
const (
	SLOs      Kind = "slos"
	Sloth     Kind = "sloth"
	Pyrra     Kind = "pyrra"
	Recording Kind = "recording-rules"
	BurnRate  Kind = "burn-rate-alerts"
	Alerts    Kind = "alerts"
	RuleTests Kind = "rule-tests"
	// PrometheusRule is spelt as kubectl takes the name of the object.
	PrometheusRule Kind = "prometheusrule"
	Dashboard      Kind = "dashboard"
	Loki           Kind = "loki-alerts"
	PagerDuty      Kind = "pagerduty"
	Alertmanager   Kind = "alertmanager"
	// AlertmanagerConfig is the same for the Prometheus Operator.
	AlertmanagerConfig Kind = "alertmanagerconfig"
	Exporters          Kind = "exporters"
	Backstage          Kind = "backstage"
	Gate               Kind = "gate"
)

// Job is what a generator works from. Generators change nothing in it.
type Job struct {
	Service *spec.Service
	Catalog *tech.Catalog
	// Metrics says which metric stands for which intent, and which labels tell
	// failures from successes. It is never nil.
	Metrics *intent.Resolution
	Options Options
	// Memo keeps what is the same for many services of a run, and Shared what several
	// generators ask of this service; nil works everything out each time.
	Memo, Shared *memo.Memo
}

// Options are the choices that are the same for all services of a run.
type Options struct {
	// ServiceLabel is the label that carries a service's name in the metrics;
	// empty is service.
	ServiceLabel string
	// RunbookURL is the address that service and alert name are appended to; empty
	// for none. A service's own runbook goes before it.
	RunbookURL string
	// GrafanaURL is where dashboards are, for links; empty for none.
	GrafanaURL string
	// MinEvents is how many events the long window of a burn-rate alert must have had
	// more than; 0 is the default of 30, and of any number for batch jobs.
	MinEvents int
	// Full shows all panels of a technology and not only its overview.
	Full bool
	// RawDashboard writes a dashboard as Grafana imports it, and not as its API for
	// dashboards takes it, which has a wrapper around it.
	RawDashboard bool
	// LegacyNames adds recording rules under the names that older dashboards use.
	LegacyNames bool
	// LogLabel is the label of Loki's streams that names the workload; empty is
	// app.
	LogLabel string
	// Interval is how often rules are evaluated; 0 leaves it to the tier.
	Interval time.Duration
	// Layout is how the files of several services lie beside each other; empty is by
	// service.
	Layout Layout
	// RuleObject says how a PrometheusRule is written.
	RuleObject RuleObject
	// RouteObject says how an AlertmanagerConfig is written.
	RouteObject RouteObject
	// Exporters say how exporters are written.
	Exporters Exporting
}

// RouteObject are the choices about an AlertmanagerConfig.
type RouteObject struct {
	// Labels are put on the object, so that an Alertmanager picks it.
	Labels map[string]string
	// Namespace is its Kubernetes namespace; empty is that of the service, and without
	// one whichever is current.
	Namespace string
}

// RuleObject are the choices about a PrometheusRule.
type RuleObject struct {
	// Kinds are those of the rules that it holds: recording-rules, burn-rate-alerts
	// and alerts; nil is all three.
	Kinds []Kind
	// Labels are put on the object, so that a Prometheus picks it: release: monitoring.
	Labels map[string]string
	// Namespace is its Kubernetes namespace; empty is that of the service, and without
	// one whichever is current.
	Namespace string
}

// Exporting are the choices about exporters.
type Exporting struct {
	// Formats are kubernetes, docker-compose, helm, prometheus and
	// prometheus-multi-target; nil is all.
	Formats []string
	// Technologies are the names of those that exporters are written for; nil is all.
	Technologies []string
	// Namespace is the Kubernetes namespace of what is deployed; empty is that of the
	// service, and without one whichever is current.
	Namespace string
	// NetworkPolicy adds one that lets nothing in but scrapes.
	NetworkPolicy bool
}

// Label returns the label that carries a service's name.
func (o Options) Label() string { return cmp.Or(o.ServiceLabel, spec.DefaultServiceLabel) }

// Artefact is one generated file. Equal jobs give equal bytes.
type Artefact struct {
	Kind Kind
	// Path is relative to the folder of the service's artefacts, with slashes.
	Path  string
	Bytes []byte
	// Count is how many rules, panels or documents it holds, Unit what they are:
	// rules.
	Count int
	Unit  string
	// Trace leads from lines of the artefact to the service file, sorted by line.
	Trace []Trace
	// Places lead from parts of the artefact, by names that the generator gives them, to
	// the service file; nil where lines tell enough.
	Places map[string]spec.Origin
}

// Trace says which place of a service file a part of an artefact came from.
type Trace struct {
	// Line and EndLine are the first and the last line in the artefact, from 1.
	Line, EndLine int
	// What names the part: PostgresqlDown, panel Connections.
	What   string
	Origin spec.Origin
}

// At returns the origin of a line of the artefact, false for a line that came from
// nowhere in particular.
func (a Artefact) At(line int) (Trace, bool) {
	for _, t := range a.Trace {
		if t.Line <= line && line <= t.EndLine {
			return t, true
		}
	}
	return Trace{}, false
}

// Result is what a generator made of a job.
type Result struct {
	Artefacts []Artefact
	// Findings are what the service file should be told, as a technology that
	// nobody knows.
	Findings []report.Finding
	// LeftOut are parts that were left out on purpose, sorted by reason.
	LeftOut []LeftOut
}

// LeftOut is how many parts were left out for a reason, as "the tier low".
type LeftOut struct {
	Why   string
	Count int
}

// Generator makes one kind of artefact. A job that gives nothing to generate gives
// no artefacts and no finding.
type Generator interface {
	Kind() Kind
	Generate(Job) Result
}
