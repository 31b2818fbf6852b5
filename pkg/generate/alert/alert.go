// Package alert generates the alerting rules of a service: those on its own
// requests, those of the technologies that it depends on, and those that its file
// writes out.
package alert

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// File is the name of the file with the alerts.
const File = "alerts.yaml"

// Alerts generates the alerting rules of a service.
type Alerts struct{}

// Kind is alerts.
func (Alerts) Kind() generate.Kind { return generate.Alerts }

// Generate returns one file with a group for the service, one for each dependency
// and one for the alerts that the file writes out.
func (Alerts) Generate(job generate.Job) generate.Result {
	g := generator{job: job, left: map[string]int{}}
	uses, findings := job.Dependencies()
	g.out.Findings = findings
	if own, ok := job.Own(); ok {
		g.use(own)
	}
	for _, u := range uses {
		g.use(u)
	}
	g.own()
	g.out.LeftOut = LeftOut(g.left)
	return rules.File(g.out, generate.Alerts, File, rules.Header(job.Service), g.groups)
}

type generator struct {
	job    generate.Job
	groups []rules.Group
	left   map[string]int
	out    generate.Result
	// unseen are the alerts of one technology whose metrics the server does not have.
	unseen []string
}

// LeftOut are the counts by their reasons, sorted.
func LeftOut(counts map[string]int) []generate.LeftOut {
	var out []generate.LeftOut
	for why, n := range counts {
		out = append(out, generate.LeftOut{Why: why, Count: n})
	}
	slices.SortFunc(out, func(a, b generate.LeftOut) int { return strings.Compare(a.Why, b.Why) })
	return out
}

func (g *generator) find(at spec.Origin, rule string, severity report.Severity, message, fix string) {
	g.out.Findings = append(g.out.Findings, at.Finding(rule, severity, g.job.Service.Name.V, message, fix))
}

// use adds the group of one technology.
func (g *generator) use(u generate.Use) {
	group := rules.Group{Name: g.job.Service.Name.V + "-" + cmp.Or(u.Name(), u.Technology.Name), Interval: g.interval()}
	g.unknownOverrides(u)
	if owner := g.job.Elsewhere(u); owner != "" {
		g.left["told to the owner of "+u.Name()+", "+owner] += len(u.Technology.Alerts)
		return
	}
	g.unseen = nil
	for _, a := range u.Technology.Alerts {
		if rule, ok := g.rule(u, a); ok {
			group.Rules = append(group.Rules, rule)
		}
	}
	if len(group.Rules) == 0 {
		return
	}
	g.groups = append(g.groups, group)
	if len(g.unseen) > 0 {
		g.find(cmp.Or(u.Origin, g.job.Service.At), intent.RuleDiscovery, report.Info,
			"the server does not have the metrics of "+strings.Join(g.unseen, ", ")+" for "+cmp.Or(u.Name(), g.job.Service.Name.V)+", so that they read those that are common",
			"deploy what has them, or name its metrics below metric_overrides")
	}
	if u.Guessed {
		g.out.Findings = append(g.out.Findings, g.job.Guess(u))
	}
}

// interval is how often the rules are evaluated: twice as often where it matters
// most.
func (g *generator) interval() time.Duration {
	switch {
	case g.job.Options.Interval > 0:
		return g.job.Options.Interval
	case g.job.Service.Tier.V == spec.TierCritical:
		return 30 * time.Second
	}
	return time.Minute
}

// rule returns an alert of the catalogue for one service, false when it is left
// out.
func (g *generator) rule(u generate.Use, a tech.Alert) (rules.Rule, bool) {
	o := Override(u.Dependency, a.Name)
	if o.Disabled.V {
		g.left["disabled in the service file"]++
		return rules.Rule{}, false
	}
	severity := tech.Severity(cmp.Or(o.Severity.V, string(a.Severity)))
	if why := Unwanted(g.job.Service, severity, o.Page.V); why != "" {
		g.left[why]++
		return rules.Rule{}, false
	}
	expanded, err := g.job.Metrics.ExpandRule(u.Technology, tech.Target{Expr: adjusted(a, o)}, u.Scope)
	if err != nil {
		g.find(u.Origin, "generate/expression", report.Error, "the alert "+a.Name+": "+err.Error(), "")
		return rules.Rule{}, false
	}
	if why := g.unavailable(u, a, expanded); why != "" {
		g.left[why]++
		return rules.Rule{}, false
	}
	wait, err := model.ParseDuration(cmp.Or(o.For.V, a.For))
	if err != nil {
		g.find(o.For.At, "spec/value", report.Error, "for: of the override of "+a.Name+" is not a duration: "+o.For.V, "write a duration such as 10m")
		return rules.Rule{}, false
	}
	return rules.Rule{
		Alert: a.Name, Expr: expanded.Expr.String(), For: time.Duration(wait), Origin: cmp.Or(o.Alert.At, a.Origin, u.Origin),
		Labels: g.labels(u, keepsService(expanded.Expr), Downgraded(g.job.Service, severity, o.Page.V)), Annotations: Annotations(g.job, a.Name, a.Summary, a.Description),
	}, true
}

// unavailable says why an alert is left out; empty when it is made. That a server does
// not have a metric is no reason: the alert is missed most when all is down. absent()
// of series that only might have our labels would fire for everybody who labels them
// otherwise.
func (g *generator) unavailable(u generate.Use, a tech.Alert, e intent.Expression) string {
	metrics := g.job.Metrics
	known, present := metrics.Present(u.Technology, u.Scope, e.Expr)
	switch {
	case u.Guessed && strings.Contains(a.Expr, "absent("):
		return "absence is only told with a selector"
	case a.Needs != "" && !present && !metrics.Silent(u.Technology, u.Scope) && !switchedOn(u.Dependency.Exporter, a.Needs):
		return "needs " + a.Needs
	case known && !present, len(e.Missing) > 0:
		g.unseen = append(g.unseen, a.Name)
	}
	return ""
}

// switchedOn reports whether the file says that the exporter runs with a flag.
func switchedOn(e spec.ExporterChoice, flag string) bool {
	return slices.ContainsFunc(slices.Concat(e.Collectors, e.Args), func(v spec.Value[string]) bool { return v.V != "" && strings.Contains(flag, v.V) })
}

// labels are those of every alert of a service. An expression that keeps a service
// label of its own would lose it to the owner's.
func (g *generator) labels(u generate.Use, keepsService bool, severity string) map[string]string {
	out := Labels(g.job.Service, u, severity)
	if keepsService {
		out["owner_service"] = out["service"]
		delete(out, "service")
	}
	return out
}

// Labels are the labels that route an alert of a service to its owner.
func Labels(s *spec.Service, u generate.Use, severity string) map[string]string {
	out := map[string]string{"severity": severity, "managed_by": "nthlayer", "service": s.Name.V}
	for name, value := range map[string]string{
		"team": s.Team.V, "tier": string(s.Tier.V), "env": s.Environment, "dependency": u.Name(),
	} {
		if value != "" {
			out[name] = rules.Plain(value)
		}
	}
	if u.Technology.Kind != tech.KindService && u.Technology.Name != "" {
		out["technology"] = u.Technology.Name
	}
	if s.SupportModel.Set() {
		out["routing"] = s.SupportModel.V
	}
	return out
}

// Annotations are the texts of an alert of a service, with links to its runbook and
// its dashboard where they are known.
func Annotations(job generate.Job, name, summary, description string) map[string]string {
	out := map[string]string{"summary": summary, "description": description}
	if link := rules.Runbook(job, name); link != "" {
		out["runbook_url"] = link
	}
	if link := job.DashboardURL(); link != "" {
		out["dashboard_url"] = link
	}
	return out
}

// own adds the alerts that the service file writes out.
func (g *generator) own() {
	group := rules.Group{Name: g.job.Service.Name.V + "-own", Interval: g.interval()}
	for _, a := range g.job.Service.Alerts {
		if rule, ok := g.ownRule(a); ok {
			group.Rules = append(group.Rules, rule)
		}
	}
	if len(group.Rules) > 0 {
		g.groups = append(g.groups, group)
	}
}

func (g *generator) ownRule(a spec.Alert) (rules.Rule, bool) {
	var wait model.Duration
	if a.For.V != "" {
		var err error
		if wait, err = model.ParseDuration(a.For.V); err != nil {
			g.find(a.For.At, "spec/value", report.Error, "for: of the alert "+a.Name.V+" is not a duration: "+a.For.V, "write a duration such as 10m")
			return rules.Rule{}, false
		}
	}
	r := rules.Rule{
		Alert: a.Name.V, Expr: strings.TrimSpace(a.Expr.V), For: time.Duration(wait), Origin: a.At,
		Labels: g.labels(generate.Use{}, KeepsService(a.Expr.V), cmp.Or(a.Severity.V, "warning")), Annotations: Annotations(g.job, a.Name.V, rules.Plain(a.Name.V), ""),
	}
	delete(r.Annotations, "description")
	for _, e := range a.Labels {
		if env := g.job.Service.Environment; e.Key == "env" && env != "" && e.Value.V != env {
			g.find(e.Value.At, "spec/value", report.Warning, "the alert "+a.Name.V+" says env: "+e.Value.V+" and is generated for "+env+", which it says in its place: the routes of "+env+" would not take it",
				"take the label away: every alert of an environment has it")
			continue
		}
		r.Labels[e.Key] = e.Value.V
	}
	for _, e := range a.Annotations {
		r.Annotations[e.Key] = e.Value.V
		if e.Key == "runbook_url" {
			r.Annotations[e.Key] = rules.TemplateAddress(strings.TrimSpace(e.Value.V))
		}
	}
	return r, true
}
