// Package pagerduty generates the plan of what PagerDuty needs for a service: its
// team, who is on call, how an incident escalates and when. It calls nobody.
package pagerduty

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// File is the name of the file with the plan.
const File = "pagerduty.json"

// Turns change weekly at nine in the morning.
const (
	handoff     = "09:00:00"
	turnSeconds = 7 * 24 * 60 * 60
	daySeconds  = 9 * 60 * 60 // from HoursStart to HoursEnd
)

// Documents generates the plan.
type Documents struct{}

// Kind is pagerduty.
func (Documents) Kind() generate.Kind { return generate.PagerDuty }

// Generate returns the plan of a service whose file says something about PagerDuty.
func (Documents) Generate(job generate.Job) generate.Result {
	settings, ok := SettingsOf(job.Service)
	if !ok || job.Service.Team.V == "" {
		return generate.Result{}
	}
	var out generate.Result
	p := planner{s: job.Service, settings: settings, facts: Tier(job.Service.Tier.V), support: SupportOf(job.Service.SupportModel.V)}
	var wrong spec.Value[string]
	if p.zone, wrong = settings.Timezone(); wrong.V != "" {
		out.Findings = append(out.Findings, wrong.At.Finding("generate/timezone", report.Error, job.Service.Name.V,
			wrong.V+" is not the name of a time zone", "write a name of the IANA database, as Europe/Berlin"))
	}
	plan := p.plan()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(plan); err != nil {
		out.Findings = append(out.Findings, report.Finding{Rule: "generate/expression", Severity: report.Error, Message: File + " could not be written: " + err.Error()})
		return out
	}
	out.Artefacts = []generate.Artefact{{
		Kind: generate.PagerDuty, Path: File, Bytes: b.Bytes(), Count: plan.count(), Unit: "objects",
		Trace:  []generate.Trace{{Line: 1, EndLine: bytes.Count(b.Bytes(), []byte("\n")), What: "PagerDuty of " + job.Service.Name.V, Origin: job.Service.At}},
		Places: p.places(),
	}}
	return out
}

// count is how many objects there are of a plan: team, policy, service, the
// schedules and the orchestration.
func (p Plan) count() int {
	n := 3 + len(p.Schedules)
	if p.Orchestration != nil {
		n++
	}
	return n
}

// planner works out the plan of one service.
type planner struct {
	s        *spec.Service
	settings Settings
	facts    TierFacts
	support  Support
	zone     string
}

func (p planner) plan() Plan {
	out := Plan{
		Team:    Team{ID: p.settings.text("team_id"), Name: p.team(), Description: "Team " + p.s.Team.V + ", " + Marker}, // of all environments
		Service: p.service(), EscalationPolicy: p.policy(), Schedules: []Schedule{}, Orchestration: p.orchestration(),
		Tier: string(p.s.Tier.V), SupportModel: p.s.SupportModel.V, TimeZone: p.zone,
		AutoCreate: p.settings.text("auto_create") != "false",
	}
	if len(out.EscalationPolicy.Rules) > 0 {
		for _, l := range p.facts.Levels {
			out.Schedules = append(out.Schedules, p.schedule(l))
		}
	}
	return out
}

func (p planner) team() string { return Slug(cmp.Or(p.settings.text("team"), p.s.Team.V)) }

// hours is part of the names of what is restricted to business hours: other
// services of the team are answered around the clock by the same people.
func (p planner) hours() string {
	if p.support.BusinessHours {
		return "-business-hours"
	}
	return ""
}

// environment is part of the names of what is made for other environments than
// production: a run for staging must not change who production pages, or when.
func (p planner) environment() string {
	if e := p.s.Environment; e != "" && e != Production {
		return "-" + e
	}
	return ""
}

func (p planner) marker() string { return MarkerFor(p.s.Environment) }

// scheduleName names a schedule. One without people is there already and is only
// looked up, by the name that it has for all environments.
func (p planner) scheduleName(l Level) string {
	environment := p.environment()
	if len(p.people(l)) == 0 {
		environment = ""
	}
	return p.team() + environment + p.hours() + "-" + l.Name
}

// people are who is on call at a level, as the file names them.
func (p planner) people(l Level) []spec.Value[string] {
	var out []spec.Value[string]
	for _, o := range p.s.OnCall {
		if o.Level == l.Name {
			out = append(out, o.Users...)
		}
	}
	return out
}

func (p planner) schedule(l Level) Schedule {
	s := Schedule{
		Name: p.scheduleName(l), TimeZone: p.zone, HandoffTime: handoff, TurnSeconds: turnSeconds, Users: []string{},
		Description: fmt.Sprintf("On call for %s (%s), %s", p.s.Team.V, l.Name, p.marker()),
	}
	for _, u := range p.people(l) {
		s.Users = append(s.Users, u.V)
	}
	if p.support.BusinessHours {
		for day := 1; day <= 5; day++ {
			s.Restrictions = append(s.Restrictions, Restriction{Type: "weekly_restriction", StartDay: day, StartTime: HoursStart + ":00", DurationSeconds: daySeconds})
		}
	}
	return s
}

// policy is one for each team and tier: a policy of the team alone would have the
// timings of whichever service came first. A service with a delay of its own has
// a policy of its own.
func (p planner) policy() Policy {
	if named := cmp.Or(p.settings.text("escalation_policy_id"), p.settings.text("escalation_policy")); named != "" {
		return reference(named)
	}
	tier := string(cmp.Or(p.s.Tier.V, spec.TierStandard))
	out := Policy{
		Name: p.team() + p.environment() + "-" + tier + p.hours() + "-escalation", Loops: p.facts.Loops,
		Description: fmt.Sprintf("Escalation of %s for services of tier %s, %s", p.s.Team.V, tier, p.marker()),
	}
	delay := p.settings.number("escalation_delay")
	if delay > 0 {
		out.Name = Slug(p.s.Name.V) + p.environment() + "-escalation"
		out.Description = fmt.Sprintf("Escalation of %s, %s", p.s.Name.V, p.marker())
	}
	for _, l := range p.facts.Levels {
		out.Rules = append(out.Rules, Rule{DelayMinutes: cmp.Or(delay, l.Minutes), Schedule: p.scheduleName(l)})
	}
	return out
}

func (p planner) service() Service {
	name := p.s.Name.V
	if p.environment() != "" {
		name += " (" + p.s.Environment + ")"
	}
	out := Service{
		ID: p.settings.text("service_id"), Name: name, Description: fmt.Sprintf("%s of %s, %s", p.s.Name.V, p.s.Team.V, p.marker()),
		Urgency: cmp.Or(p.settings.text("urgency"), p.facts.Urgency), Integration: "nthlayer",
		AutoResolveSeconds: p.settings.number("auto_resolve_timeout"), AcknowledgementSeconds: p.settings.number("acknowledgement_timeout"),
	}
	// Outside of their hours nobody of the team is woken, and nobody else answers.
	if out.Urgency == "use_support_hours" || p.support.BusinessHours && !p.support.SRE {
		out.Urgency = "use_support_hours"
		out.SupportHours = &SupportHours{TimeZone: p.zone, Days: []int{1, 2, 3, 4, 5}, Start: HoursStart + ":00", End: HoursEnd + ":00"}
	}
	return out
}

// orchestration sends what somebody else answers to the policy of those.
func (p planner) orchestration() *Orchestration {
	if !p.support.SRE {
		return nil
	}
	conditions := []string{"event.custom_details.routing matches 'sre'"}
	if p.support.BusinessHours {
		conditions = append(conditions,
			"now in Mon,Tue,Wed,Thu,Fri,Sat,Sun "+HoursEnd+":00 to "+HoursStart+":00 "+p.zone,
			"now in Sat,Sun "+HoursStart+":00 to "+HoursEnd+":00 "+p.zone)
	}
	return &Orchestration{
		Label: "Route to SRE, " + Marker, Conditions: conditions,
		Policy: reference(cmp.Or(p.settings.text("sre_escalation_policy_id"), p.settings.text("sre_escalation_policy"), SRE+"-escalation")),
	}
}

// reference is a policy that is there already, by its id or its name.
func reference(named string) Policy {
	if policyID().MatchString(named) {
		return Policy{ID: named, Rules: []Rule{}}
	}
	return Policy{Name: named, Rules: []Rule{}}
}

// policyID is the form of PagerDuty's own ids.
func policyID() *regexp.Regexp { return regexp.MustCompile(`^P[A-Z0-9]{5,}$`) }
