package pagerduty

import "github.com/nthlayer/action/pkg/spec"

// The parts of a plan that may be wrong for a reason of their own.
const (
	TeamPart          = "team"
	PolicyPart        = "escalation policy"
	ServicePart       = "service"
	OrchestrationPart = "orchestration"
)

// PersonPart is the part with the address of somebody on a schedule.
func PersonPart(schedule, address string) string { return address + " on " + schedule }

// places are where the file says what the parts of the plan hold.
func (p planner) places() map[string]spec.Origin {
	out := map[string]spec.Origin{}
	first := func(part string, all ...spec.Origin) {
		for _, o := range append(all, p.s.At) {
			if o.Written() {
				out[part] = o
				return
			}
		}
	}
	setting := func(key string) spec.Origin { return p.settings.At(key, spec.Origin{}) }
	first(TeamPart, setting("team_id"), setting("team"), p.s.Team.At)
	first(PolicyPart, setting("escalation_policy_id"), setting("escalation_policy"))
	first(ServicePart, setting("service_id"), p.s.Name.At)
	first(OrchestrationPart, setting("sre_escalation_policy_id"), setting("sre_escalation_policy"), p.s.SupportModel.At)
	for _, l := range p.facts.Levels {
		for _, u := range p.people(l) {
			first(PersonPart(p.scheduleName(l), u.V), u.At)
		}
	}
	return out
}
