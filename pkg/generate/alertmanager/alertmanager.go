// Package alertmanager generates how the alerts of a service reach people: for each
// service a part of the configuration of Alertmanager, and of all parts one whole.
package alertmanager

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// File is the name of the file with the part of one service.
const File = "alertmanager-fragment.yaml"

// Nobody is the receiver of what is only shown.
const Nobody = "null"

// secrets is the folder of the files that hold keys.
const secrets = "/etc/alertmanager/secrets/"

// Routes generates the part of a service.
type Routes struct{}

// Kind is alertmanager.
func (Routes) Kind() generate.Kind { return generate.Alertmanager }

// Generate returns one file: routes, receivers and what keeps other alerts quiet.
func (Routes) Generate(job generate.Job) generate.Result {
	if job.Service.Team.V == "" {
		return generate.Result{}
	}
	f, findings := newFragment(job)
	header := append(rules.Header(job.Service), "nthlayer generate-alertmanager DIR puts all of them together.")
	data, err := encode(header, f)
	if err != nil {
		return generate.Result{Findings: []report.Finding{{Rule: "generate/expression", Severity: report.Error, Message: File + " could not be written: " + err.Error()}}}
	}
	return generate.Result{Findings: findings, Artefacts: []generate.Artefact{{
		Kind: generate.Alertmanager, Path: File, Bytes: data, Count: len(f.Receivers), Unit: "receivers",
		Trace: []generate.Trace{{Line: 1, EndLine: bytes.Count(data, []byte("\n")), What: "routes of " + job.Service.Name.V, Origin: job.Service.At}},
	}}}
}

func encode(header []string, value any) ([]byte, error) {
	var b bytes.Buffer
	for _, line := range header {
		b.WriteString("# " + rules.Comment(line) + "\n")
	}
	data, ok := printed(value)
	if !ok {
		var err error
		if data, err = library(value); err != nil {
			return nil, fmt.Errorf("write the configuration: %w", err)
		}
	}
	b.Write(data)
	return b.Bytes(), nil
}

func library(value any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err := e.Encode(value)
	return b.Bytes(), errors.Join(err, e.Close())
}

// fragment works out the part of one service.
type fragment struct {
	s *spec.Service
	// team is the first part of the names of its receivers.
	team    string
	support pagerduty.Support
	// hours and off are the names of the business hours and of all other times.
	hours, off string
	zone       string
}

func newFragment(job generate.Job) (Fragment, []report.Finding) {
	settings, _ := pagerduty.SettingsOf(job.Service)
	zone, wrong := settings.Timezone()
	f := fragment{
		s: job.Service, team: pagerduty.Slug(job.Service.Team.V), support: pagerduty.SupportOf(job.Service.SupportModel.V),
		zone: zone, hours: "business-hours " + zone, off: "off-hours " + zone,
	}
	var findings []report.Finding
	if wrong.V != "" {
		findings = append(findings, wrong.At.Finding("generate/timezone", report.Error, job.Service.Name.V,
			wrong.V+" is not the name of a time zone", "write a name of the IANA database, as Europe/Berlin"))
	}
	out := Fragment{Receivers: f.receivers(), InhibitRules: inhibitRules(), TimeIntervals: f.intervals()}
	// Alerts on series with a service label of their own name their owner otherwise.
	if namesOwner(job) {
		out.Routes = append(out.Routes, f.route(matcher("owner_service", f.s.Name.V)))
	}
	out.Routes = append(out.Routes, f.route(matcher("service", f.s.Name.V), matcher("owner_service", "")))
	return out, findings
}

// namesOwner reports whether any alert of the service keeps a service label of its
// own.
func namesOwner(job generate.Job) bool {
	uses, _ := job.Dependencies()
	for _, u := range uses {
		for _, a := range u.Technology.Alerts {
			if alert.KeepsService(a.Expr) {
				return true
			}
		}
	}
	return slices.ContainsFunc(job.Service.Alerts, func(a spec.Alert) bool { return alert.KeepsService(a.Expr.V) })
}

// timing is how fast and how often a tier is told.
func timing(t spec.Tier) (wait, repeat string) {
	switch t {
	case spec.TierCritical:
		return "10s", "1h"
	case spec.TierHigh:
		return "30s", "2h"
	case spec.TierLow:
		return "5m", "12h"
	case spec.TierStandard:
	}
	return "1m", "4h"
}

// pages is the condition that somebody is woken up.
const pages = `severity=~"critical|page"`

// silent is the condition that nobody is.
const silent = `severity!~"critical|page"`

func (f fragment) pager() string   { return f.team + "-pagerduty" }
func (f fragment) tickets() string { return f.team + "-slack" }

const srePager = pagerduty.SRE + "-pagerduty"

// route is the tree of the service: what pages goes to the pager of who answers at
// that time, what only informs to nobody, and all else to the team's channel.
func (f fragment) route(matchers ...string) Route {
	wait, repeat := timing(f.s.Tier.V)
	children := append(f.paging(), Route{Matchers: []string{matcher("severity", "info")}, Receiver: Nobody})
	if len(f.s.SLOs) > 0 {
		for i, r := range children {
			if r.Receiver != Nobody {
				children[i].Routes = []Route{daily(r.Receiver, r.ActiveTimeIntervals)}
			}
		}
		children = append(children, daily(f.tickets(), nil))
	}
	return Route{
		Matchers: append(matchers, f.environment()...), Receiver: f.tickets(), GroupBy: []string{"alertname", "env", "service", "slo", "dependency"},
		GroupWait: wait, GroupInterval: "5m", RepeatInterval: repeat, Routes: children,
	}
}

// environment is the condition that an alert is of the environment of the file. Files
// of none have no condition: their alerts carry whatever env the series or the server
// give them, and with env="" those would reach nobody. Merged, the routes of
// environments are asked before.
func (f fragment) environment() []string {
	if f.s.Environment == "" {
		return nil
	}
	return []string{matcher(environmentLabel, f.s.Environment)}
}

// environmentLabel is the label of every alert that is generated for an environment.
const environmentLabel = slo.EnvironmentLabel

// daily repeats what stays true until bad events leave the window, which may take
// weeks, and which nobody can end sooner: to be told each hour would teach people to
// look away. It is shorter than the five days for which Alertmanager remembers what it
// has sent.
func daily(receiver string, times []string) Route {
	return Route{
		Matchers: []string{`alertname=~"` + record.LowAlert + "|" + record.ExhaustedAlert + `"`}, Receiver: receiver, RepeatInterval: "24h", ActiveTimeIntervals: times,
	}
}

func (f fragment) paging() []Route {
	page := func(receiver string, times ...string) Route {
		return Route{Matchers: []string{pages}, Receiver: receiver, ActiveTimeIntervals: times}
	}
	var out []Route
	if f.routesToSRE() {
		out = append(out, Route{Matchers: []string{pages, matcher("routing", pagerduty.SRE)}, Receiver: srePager, Continue: f.support.SRE && !f.support.BusinessHours})
	}
	switch {
	case f.support.SRE && f.support.BusinessHours:
		// A route that is not active at the time still takes the alert, so that the
		// other one has to be reached as well.
		team := page(f.pager(), f.hours)
		team.Continue = true
		out = append(out, team, page(srePager, f.off))
	case f.support.SRE:
		// The team is told, too.
		others := page(srePager)
		others.Matchers = append(others.Matchers, `routing!="`+pagerduty.SRE+`"`)
		others.Continue = true
		out = append(out, others, page(f.tickets()))
	case f.support.BusinessHours:
		out = append(out, page(f.pager(), f.hours))
	default:
		out = append(out, page(f.pager()))
	}
	return out
}

// routesToSRE reports whether single alerts may be meant for the team of all
// services: by the support model, or by a label of the file.
func (f fragment) routesToSRE() bool {
	return f.support.SRE || slices.ContainsFunc(f.s.Alerts, func(a spec.Alert) bool {
		return slices.ContainsFunc(a.Labels, func(e spec.Entry) bool { return e.Key == "routing" && e.Value.V == pagerduty.SRE })
	})
}

// receivers are the same for all services of a team.
func (f fragment) receivers() []Receiver {
	out := []Receiver{{Name: Nobody}, pagerReceiver(f.team), {
		Name: f.tickets(), Slack: []Slack{{
			APIURLFile: secrets + f.tickets(), SendResolved: true,
			Title: "{{ .CommonLabels.alertname }}: {{ .CommonLabels.service }}",
			Text:  "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ .Annotations.runbook_url }}\n{{ end }}",
		}},
	}}
	if f.routesToSRE() {
		out = append(out, pagerReceiver(pagerduty.SRE))
	}
	slices.SortFunc(out, byName)
	return out
}

func pagerReceiver(team string) Receiver {
	return Receiver{Name: team + "-pagerduty", PagerDuty: []PagerDuty{{
		RoutingKeyFile: secrets + team + "-pagerduty", SendResolved: true,
		Severity: `{{ if eq .CommonLabels.severity "warning" }}warning{{ else }}critical{{ end }}`,
		Class:    "{{ .CommonLabels.alertname }}", Component: "{{ .CommonLabels.service }}", Group: team,
		Details: map[string]string{
			"routing": "{{ .CommonLabels.routing }}", "runbook_url": "{{ .CommonAnnotations.runbook_url }}", "dashboard_url": "{{ .CommonAnnotations.dashboard_url }}",
			"slo": "{{ .CommonLabels.slo }}", "tier": "{{ .CommonLabels.tier }}",
		},
	}}}
}

// inhibitRules keep an alert quiet while another one says the same at least as
// urgently. They are about our alerts alone. Labels that both sides lack count as
// equal, so that a source has to have those that make it the same thing.
func inhibitRules() []InhibitRule {
	ours, fast := matcher("managed_by", "nthlayer"), matcher("alertname", "SLOErrorBudgetBurnFast")
	const slower = `alertname=~"SLOErrorBudgetBurn(High|Medium|Slow)"`
	sameSLO := []string{environmentLabel, "service", "slo"}
	return []InhibitRule{
		{SourceMatchers: []string{ours, fast, pages}, TargetMatchers: []string{ours, slower}, Equal: sameSLO},
		{SourceMatchers: []string{ours, fast}, TargetMatchers: []string{ours, slower, silent}, Equal: sameSLO},
		{
			SourceMatchers: []string{ours, `alertname=~".+Down"`, pages, `dependency!=""`, `instance!=""`},
			TargetMatchers: []string{ours, `alertname!~".+Down"`, `dependency!=""`},
			// A load balancer has a backend that is down, and others that are not.
			Equal: []string{environmentLabel, "service", "dependency", "instance", "proxy"},
		},
	}
}

func (f fragment) intervals() []TimeInterval {
	if !f.support.BusinessHours {
		return nil
	}
	work := []string{"monday:friday"}
	out := []TimeInterval{{Name: f.hours, Intervals: []Span{f.span(work, pagerduty.HoursStart, pagerduty.HoursEnd)}}}
	if f.support.SRE {
		out = append(out, TimeInterval{Name: f.off, Intervals: []Span{
			f.span(work, "00:00", pagerduty.HoursStart), f.span(work, pagerduty.HoursEnd, "24:00"), f.span([]string{"saturday", "sunday"}, "00:00", "24:00"),
		}})
	}
	return out
}

func (f fragment) span(days []string, from, to string) Span {
	return Span{Weekdays: days, Times: []Clock{{from, to}}, Location: f.zone}
}
