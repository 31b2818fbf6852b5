// Package loki generates alerting rules for the ruler of Grafana Loki: patterns in
// the logs of a service and of what it depends on.
package loki

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// File is the name of the file with the rules.
const File = "loki-alerts.yaml"

// defaultLabel is the label of a stream that names the workload.
const defaultLabel = "app"

// workloadLabels are what collectors call the label of a stream that names the
// workload, in the order in which they are taken.
func workloadLabels() []string { return []string{defaultLabel, "service_name", "job", "container"} }

// WorkloadLabel returns the label that names the workload, of those that a Loki has;
// empty when none of them does.
func WorkloadLabel(has []string) string {
	for _, l := range workloadLabels() {
		if slices.Contains(has, l) {
			return l
		}
	}
	return ""
}

// namespaceLabel is the label of a stream that names the namespace on Kubernetes.
const namespaceLabel = "namespace"

// dependencyName is what a selector of the service file writes for the name of a
// dependency.
const dependencyName = "${dependency_name}"

// Alerts generates the alerting rules on logs.
type Alerts struct{}

// Kind is loki-alerts.
func (Alerts) Kind() generate.Kind { return generate.Loki }

// Generate returns one file with a group for the service and one for each
// dependency whose technology has patterns.
func (Alerts) Generate(job generate.Job) generate.Result {
	if job.Service.Logs.Disabled.V {
		return generate.Result{}
	}
	g := generator{job: job, left: map[string]int{}}
	uses, findings := job.Dependencies()
	g.out.Findings = findings
	if own, ok := job.Own(); ok {
		g.use(own, job.Service.Logs.Format.V)
	}
	for _, u := range uses {
		g.use(u, "text")
	}
	g.out.LeftOut = alert.LeftOut(g.left)
	return rules.File(g.out, generate.Loki, File, rules.Header(job.Service), g.groups)
}

type generator struct {
	job    generate.Job
	groups []rules.Group
	left   map[string]int
	out    generate.Result
}

// use adds the group of one technology. The format is that of its lines.
func (g *generator) use(u generate.Use, format string) {
	if len(u.Technology.Logs) == 0 {
		return
	}
	if owner := g.job.Elsewhere(u); owner != "" {
		g.left["told to the owner of "+u.Name()+", "+owner] += len(u.Technology.Logs)
		return
	}
	streams, ok := g.streams(u)
	if !ok {
		return
	}
	lines := g.lines(u)
	group := rules.Group{Name: g.job.Service.Name.V + "-" + cmp.Or(u.Name(), u.Technology.Name) + "-logs", Interval: g.interval()}
	for _, l := range u.Technology.Logs {
		if rule, ok := g.rule(u, l, query{streams: streams, lines: lines, format: format, pattern: l.Match, more: l.Threshold}); ok {
			group.Rules = append(group.Rules, rule)
		}
	}
	g.groups = append(g.groups, group)
}

// lines matches the lines of streams that the service shares with others; empty for
// streams of its own. A platform tells of all workloads of a namespace, and names the
// pod that it is about.
func (g *generator) lines(u generate.Use) string {
	if !u.Technology.Workload {
		return ""
	}
	// A word ends at a hyphen, and a name does not.
	return `(^|[^a-z0-9.-])` + generate.Pods(cmp.Or(g.job.Service.Workload.Name.V, g.job.Service.Name.V)) + `([^a-z0-9-]|$)`
}

// streams returns which streams are those of the service or of a dependency.
func (g *generator) streams(u generate.Use) (selector, bool) {
	if u.Technology.Workload {
		return selector{labels.MustNewMatcher(labels.MatchEqual, namespaceLabel, g.job.Service.Workload.Namespace.V)}, true
	}
	written, name := g.job.Service.Logs.Selector, g.job.Service.Name.V
	if u.Name() != "" {
		written, name = g.job.Service.Logs.DependencySelector, u.Name()
	}
	if written.V == "" {
		return selector{labels.MustNewMatcher(labels.MatchEqual, cmp.Or(g.job.Options.LogLabel, defaultLabel), name)}, true
	}
	s, err := parseSelector(written.V)
	if err == nil {
		s, err = s.with(dependencyName, name)
	}
	if err != nil {
		g.find(written.At, "generate/log-selector", "no logs can be picked by "+written.V+": "+err.Error(), `write labels of the streams in Loki, as {app="`+name+`"}`)
		return nil, false
	}
	return s, true
}

// interval is how often the rules are evaluated.
func (g *generator) interval() time.Duration { return cmp.Or(g.job.Options.Interval, time.Minute) }

// rule returns the rule of one pattern, false when it is left out.
func (g *generator) rule(u generate.Use, l tech.Log, q query) (rules.Rule, bool) {
	s, name := g.job.Service, alert.LogName(g.job.Service, l)
	o := alert.Override(u.Dependency, l.Name, name)
	if o.Disabled.V {
		g.left["disabled in the service file"]++
		return rules.Rule{}, false
	}
	severity := tech.Severity(cmp.Or(o.Severity.V, string(l.Severity)))
	if why := alert.Unwanted(s, severity, o.Page.V); why != "" {
		g.left[why]++
		return rules.Rule{}, false
	}
	window, err := model.ParseDuration(l.Window)
	if err != nil {
		return rules.Rule{}, false // the catalogue's own check says so
	}
	wait, err := model.ParseDuration(cmp.Or(o.For.V, l.For))
	if err != nil {
		g.find(o.For.At, "spec/value", "for: of the override of "+o.Alert.V+" is not a duration: "+o.For.V, "write a duration such as 10m")
		return rules.Rule{}, false
	}
	if o.Threshold.Set() {
		if q.more = int(o.Threshold.V); q.more < 0 || float64(q.more) != o.Threshold.V {
			g.find(o.Threshold.At, "generate/override", "the threshold of "+o.Alert.V+" is a number of lines, and "+strconv.FormatFloat(o.Threshold.V, 'g', -1, 64)+" is none", "write a whole number, 0 or more")
			return rules.Rule{}, false
		}
	}
	// A single line has to stay in the window until the alert has waited and was
	// evaluated once more.
	q.window = max(time.Duration(window), time.Duration(wait)+g.interval())
	return rules.Rule{
		Alert: name, Expr: q.String(), For: time.Duration(wait), Origin: cmp.Or(o.Alert.At, u.Origin),
		Labels:      alert.Labels(s, u, alert.Downgraded(s, severity, o.Page.V)),
		Annotations: alert.Annotations(g.job, name, l.Summary, l.Description),
	}, true
}

func (g *generator) find(at spec.Origin, rule, message, fix string) {
	g.out.Findings = append(g.out.Findings, at.Finding(rule, report.Error, g.job.Service.Name.V, message, fix))
}
