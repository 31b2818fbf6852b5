// Package tech is what is known of each technology and of each kind of service:
// its names, its exporter, what can be measured and under which metric names, the
// panels and alerts worth having, and what its logs say when something is wrong.
// All of it is data, one file for each in catalog/; adding a technology adds a
// file and no code.
package tech

import (
	"strings"

	"github.com/nthlayer/action/pkg/spec"
)

// Kind is what a technology is to a service that depends on it.
type Kind string

// The kinds. KindService describes how a kind of service measures itself.
const (
	KindDatabase       Kind = "database"
	KindCache          Kind = "cache"
	KindQueue          Kind = "queue"
	KindProxy          Kind = "proxy"
	KindInfrastructure Kind = "infrastructure"
	KindService        Kind = "service"
)

// Technology is one file of the catalogue.
//
// Expressions in it are PromQL. A metric name with a colon stands for an intent
// of the same file: rate(postgresql:deadlocks[5m]) is the rate of whatever
// measures deadlocks; hyphens of the technology's name are underscores there.
// Selectors carry no owner: who owns the series is added when
// something is generated.
type Technology struct {
	// Name is the canonical name, in lower case: postgresql.
	Name string `yaml:"name"`
	// Title is the name for people: PostgreSQL.
	Title string `yaml:"title"`
	Kind  Kind   `yaml:"kind"`
	// Aliases are other spellings, in lower case. No spelling means two
	// technologies.
	Aliases []string `yaml:"aliases"`
	// Types are the service types (spec.Type) that this file describes; for
	// KindService only.
	Types []string `yaml:"types,omitempty"`
	// Docs is where to read how it is monitored.
	Docs string `yaml:"docs"`
	// Exporter is nil for what serves metrics itself and for services.
	Exporter *Exporter `yaml:"exporter,omitempty"`
	// Builtin is the endpoint of what serves metrics itself.
	Builtin *Endpoint `yaml:"builtin,omitempty"`
	// Identity are the labels that tell instances apart, as instance; alerts keep
	// them.
	Identity []string `yaml:"identity"`
	// Workload is set when series carry namespace and pod instead of the labels of
	// a scrape target, as those of kube-state-metrics.
	Workload bool `yaml:"workload,omitempty"`
	// Outcome tells failures from successes; for KindService only.
	Outcome *Outcome `yaml:"outcome,omitempty"`
	// Health names what is recorded of every service of the kind; for KindService
	// only.
	Health  *Health  `yaml:"health,omitempty"`
	Intents []Intent `yaml:"intents"`
	Panels  []Panel  `yaml:"panels"`
	Alerts  []Alert  `yaml:"alerts"`
	Logs    []Log    `yaml:"logs,omitempty"`
	// Metrics are the metrics that alerts read and no intent names.
	Metrics []Metric `yaml:"metrics,omitempty"`
}

// Metric returns the name that stands for an intent of the technology in its
// expressions: thing_maker:errors.
func (t Technology) Metric(intent string) string {
	return strings.ReplaceAll(t.Name, "-", "_") + ":" + intent
}

// Endpoint is where metrics are served.
type Endpoint struct {
	Port int    `yaml:"port"`
	Path string `yaml:"path"`
	// Enable says what has to be switched on first; empty for nothing.
	Enable string `yaml:"enable,omitempty"`
	// Since is the first version that has all of the metrics which need nothing else:
	// 3.8; empty where it is not known.
	Since string `yaml:"since,omitempty"`
	// Params are query parameters of the address.
	Params map[string]string `yaml:"params,omitempty"`
}

// Exporter is the program that turns a technology's own statistics into metrics.
type Exporter struct {
	Name string `yaml:"name"`
	// Image is the container image without its tag, Version the tag.
	Image   string `yaml:"image"`
	Version string `yaml:"version"`
	Port    int    `yaml:"port"`
	Path    string `yaml:"path"`
	// Probe is the metric that says whether the technology answers: pg_up.
	Probe string `yaml:"probe"`
	// TargetPort is the port of the technology itself.
	TargetPort int `yaml:"target_port"`
	// Args and Env wire the exporter to its target. The variables ${host}, ${port},
	// ${database}, ${username} and ${tls} (true or false) are filled in;
	// ${tls?rediss:redis} is the first word with TLS and the second without.
	Args []string `yaml:"args,omitempty"`
	Env  []Env    `yaml:"env,omitempty"`
	// Privileges is what the exporter's account must be allowed to do.
	Privileges string `yaml:"privileges"`
	// Helm is nil when there is no chart.
	Helm *Helm `yaml:"helm,omitempty"`
	// Multi is the path for asking one exporter about several targets; empty if it
	// cannot.
	Multi string `yaml:"multi,omitempty"`
}

// Env is one environment variable of an exporter.
type Env struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value,omitempty"`
	// Secret is set when the value is the password of the dependency's secret,
	// which is only ever referenced.
	Secret bool `yaml:"secret,omitempty"`
}

// Helm is a chart of the exporter and how its values are named.
type Helm struct {
	Chart string `yaml:"chart"`
	// Values are the chart's values by dotted key, with the variables of Args and
	// ${secret_name} and ${secret_key}.
	Values map[string]string `yaml:"values"`
	// Monitor is the key of the ServiceMonitor among the values; empty is
	// serviceMonitor.
	Monitor string `yaml:"monitor,omitempty"`
	// Relabelings is the key of what puts labels on the series; empty is relabelings
	// below Monitor.
	Relabelings string `yaml:"relabelings,omitempty"`
	// SecretKeys are the keys that the chart reads from the secret, where it leaves no
	// choice.
	SecretKeys []string `yaml:"secret_keys,omitempty"`
}

// MetricType is the type of a metric.
type MetricType string

// The types. A derived intent is an expression, ready to be shown.
const (
	Counter   MetricType = "counter"
	Gauge     MetricType = "gauge"
	Histogram MetricType = "histogram"
	Derived   MetricType = "derived"
)

// Intent is something that can be measured, whatever the metric is called.
type Intent struct {
	// Name is the part behind the technology: connections.
	Name string     `yaml:"name"`
	Type MetricType `yaml:"type"`
	// Unit is Grafana's name of the base unit: s, bytes, reqps, ops, short,
	// percentunit, Bps.
	Unit string `yaml:"unit"`
	// Help is one sentence about what it is.
	Help string `yaml:"help"`
	// Candidates are tried in order.
	Candidates []Candidate `yaml:"candidates"`
	// Fallback is the name of another intent of the same technology.
	Fallback string `yaml:"fallback,omitempty"`
	// ErrorsOf is the name of an intent of which this one counts the failures, by
	// the technology's Outcome; it has no candidates of its own then.
	ErrorsOf string `yaml:"errors_of,omitempty"`
}

// Candidate is one way in which an intent may be measured.
type Candidate struct {
	// Selector is a metric and the matchers that belong to it:
	// pg_stat_activity_count{state="active"}. Of a histogram it is the _bucket
	// series.
	Selector string `yaml:"selector,omitempty"`
	// Expr is the expression of a derived intent instead.
	Expr string `yaml:"expr,omitempty"`
	// Scale is the factor to the intent's unit; 0 is 1.
	Scale float64 `yaml:"scale,omitempty"`
	// By is the label to break down by. In expressions and legends it is written
	// by_NAME for the intent NAME.
	By string `yaml:"by,omitempty"`
	// Errors are the matchers that pick the failures among what it counts, as
	// status=~"5.."; empty leaves it to the technology's Outcome.
	Errors string `yaml:"errors,omitempty"`
	// Source groups candidates that come from the same place; empty is the
	// exporter's default. A ratio takes both of its sides from one source.
	Source string `yaml:"source,omitempty"`
	// Needs is the flag or setting without which the metric is not there.
	Needs string `yaml:"needs,omitempty"`
}

// Outcome is how the kind of service tells failures from successes.
type Outcome struct {
	// Labels are tried in order.
	Labels []string `yaml:"labels"`
	// Errors is the regular expression of the failing values.
	Errors string `yaml:"errors"`
	// Values is that of all values; empty for any. A label with other values is
	// another one by the same name.
	Values string `yaml:"values,omitempty"`
}

// Health names the intents that say how a service is. Each may be empty.
type Health struct {
	// Requests counts what the service does, Errors what of it failed.
	Requests string `yaml:"requests,omitempty"`
	Errors   string `yaml:"errors,omitempty"`
	// Latency is a histogram.
	Latency string `yaml:"latency,omitempty"`
}

// Panel is one panel of a dashboard.
type Panel struct {
	Title string `yaml:"title"`
	// Type is timeseries, stat or gauge.
	Type string `yaml:"type"`
	Unit string `yaml:"unit"`
	Help string `yaml:"help"`
	// Overview panels are shown always, the others with a full dashboard.
	Overview bool `yaml:"overview,omitempty"`
	// Optional panels are left out where what they need is absent; others say what
	// is missing.
	Optional bool     `yaml:"optional,omitempty"`
	Decimals *int     `yaml:"decimals,omitempty"`
	Min      *float64 `yaml:"min,omitempty"`
	Max      *float64 `yaml:"max,omitempty"`
	// Thresholds are the steps above green (or red, when the first step is red).
	Thresholds []Threshold `yaml:"thresholds,omitempty"`
	// Mappings give words to values, as 0: green.
	Mappings map[string]string `yaml:"mappings,omitempty"`
	Targets  []Target          `yaml:"targets"`
}

// Threshold is a colour from a value on. The first has no value.
type Threshold struct {
	Color string   `yaml:"color"`
	Value *float64 `yaml:"value,omitempty"`
}

// Target is one query of a panel.
type Target struct {
	Expr   string `yaml:"expr"`
	Legend string `yaml:"legend"`
}

// Severity is what an alert asks for.
type Severity string

// The severities: critical pages, warning makes a ticket, info is only shown.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

// Alert is one alerting rule. Its expression names metrics, not intents, because
// an alert must not change its meaning with what happens to be there. Those of a
// kind of service are the exception: every service names its metrics otherwise.
type Alert struct {
	Name     string   `yaml:"name"`
	Expr     string   `yaml:"expr"`
	For      string   `yaml:"for"`
	Severity Severity `yaml:"severity"`
	// Threshold is the number that users may override: that of the only comparison
	// with this number in Expr. nil for none.
	Threshold *float64 `yaml:"threshold,omitempty"`
	// Given is the expression where a service file gives a threshold, and Threshold the
	// number in it; for an alert that compares with the past until somebody says how
	// many there must be.
	Given string `yaml:"given,omitempty"`
	// Needs is the flag or setting without which its metrics are not there; empty
	// for what the exporter shows by default.
	Needs string `yaml:"needs,omitempty"`
	// Latches is set for an alert without for that may page, because its counter
	// should never move.
	Latches     bool   `yaml:"latches,omitempty"`
	Summary     string `yaml:"summary"`
	Description string `yaml:"description"`
	// Test is there for every alert of the catalogue; users' own alerts need none.
	Test Test `yaml:"test,omitempty"`
	// Origin is the place of a user's own alert; nobody wrote those of the
	// catalogue.
	Origin spec.Origin `yaml:"-"`
}

// Test shows that an alert fires when it must and not otherwise. Series are in the
// notation of promtool's rule tests, one sample a minute. Of an alert that reads
// intents they are those of the first candidates.
type Test struct {
	Fires map[string]string `yaml:"fires"`
	Quiet map[string]string `yaml:"quiet"`
	// At is when the alert must fire, or be quiet; 30m when empty.
	At string `yaml:"at,omitempty"`
}

// Log is a pattern in the logs that somebody should know of.
type Log struct {
	Name string `yaml:"name"`
	// Match is the regular expression (RE2) of the lines.
	Match string `yaml:"match"`
	// Window is how far back lines are counted, Threshold how many are too many.
	Window    string   `yaml:"window"`
	Threshold int      `yaml:"threshold"`
	For       string   `yaml:"for"`
	Severity  Severity `yaml:"severity"`
	Summary   string   `yaml:"summary"`
	// Description says what to look at.
	Description string `yaml:"description"`
	// Lines are examples that match, Others ones that do not.
	Lines  []string `yaml:"lines"`
	Others []string `yaml:"others"`
}

// Metric is a metric that alerts read.
type Metric struct {
	Name   string     `yaml:"name"`
	Type   MetricType `yaml:"type"`
	Labels []string   `yaml:"labels,omitempty"`
	Needs  string     `yaml:"needs,omitempty"`
}
