// Package loki generates alerting rules for the ruler of Grafana Loki: patterns in
// the logs of a service and of what it depends on.
package loki

import (
	"cmp"
	"strings"
	"time"
	"unicode"

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
		// A platform runs everybody's workloads, and no stream is the service's part.
		if u.Name() != "" {
			g.use(u, "text")
		}
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
	streams, ok := g.streams(u)
	if !ok {
		return
	}
	group := rules.Group{Name: g.job.Service.Name.V + "-" + cmp.Or(u.Name(), u.Technology.Name) + "-logs", Interval: g.interval()}
	for _, l := range u.Technology.Logs {
		if rule, ok := g.rule(u, l, query{streams: streams, format: format, pattern: l.Match, more: l.Threshold}); ok {
			group.Rules = append(group.Rules, rule)
		}
	}
	g.groups = append(g.groups, group)
}

// streams returns which streams are those of the service or of a dependency.
func (g *generator) streams(u generate.Use) (selector, bool) {
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
		f := written.At.Finding("generate/log-selector", report.Error, g.job.Service.Name.V, "no logs can be picked by "+written.V+": "+err.Error(),
			`write labels of the streams in Loki, as {app="`+name+`"}`)
		g.out.Findings = append(g.out.Findings, f)
		return nil, false
	}
	return s, true
}

// interval is how often the rules are evaluated.
func (g *generator) interval() time.Duration { return cmp.Or(g.job.Options.Interval, time.Minute) }

// rule returns the rule of one pattern, false when it is left out.
func (g *generator) rule(u generate.Use, l tech.Log, q query) (rules.Rule, bool) {
	s := g.job.Service
	if why := alert.Unwanted(s, l.Severity, false); why != "" {
		g.left[why]++
		return rules.Rule{}, false
	}
	window, err := model.ParseDuration(l.Window)
	if err != nil {
		return rules.Rule{}, false // the catalogue's own check says so
	}
	wait, err := model.ParseDuration(l.For)
	if err != nil {
		return rules.Rule{}, false
	}
	// A single line has to stay in the window until the alert has waited and was
	// evaluated once more.
	q.window = max(time.Duration(window), time.Duration(wait)+g.interval())
	name := pascal(s) + l.Name
	return rules.Rule{
		Alert: name, Expr: q.String(), For: time.Duration(wait), Origin: u.Origin,
		Labels:      alert.Labels(s, u, alert.Downgraded(s, l.Severity, false)),
		Annotations: alert.Annotations(g.job, name, l.Summary, l.Description),
	}, true
}

// pascal is the name of a service as the first part of an alert's name: PaymentApi
// for payment-api.
func pascal(s *spec.Service) string {
	var b strings.Builder
	start := true
	for _, r := range s.Name.V {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			start = true
			continue
		}
		if start {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		start = false
	}
	name := b.String()
	if name == "" || unicode.IsDigit(rune(name[0])) {
		return "Service" + name
	}
	return name
}
