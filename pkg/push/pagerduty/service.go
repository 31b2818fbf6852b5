package pagerduty

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	sdk "github.com/PagerDuty/go-pagerduty"

	plan "github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/push"
)

func (w *planning) serviceName() string { return "service " + w.plan.Service.Name }

func (w *planning) planService(ctx context.Context) error {
	s, what := w.plan.Service, w.serviceName()
	policy := w.ids[policyName(w.plan.EscalationPolicy)]
	there, ok, err := w.service(ctx, s.ID, s.Name)
	switch {
	case err != nil:
		return err
	case !ok && s.ID != "":
		w.refuse(plan.ServicePart, what, "there is no service with the id "+s.ID, "correct service_id in the service file")
		return nil
	case policy == "":
		w.refuse(plan.PolicyPart, what, "its escalation policy is missing", "see what is said about the policy")
		return nil
	}
	body := serviceBody(s, policy)
	if !ok {
		if err := w.make(what, "services", "service", body); err != nil || w.ids[what] == "" {
			return err
		}
		return w.planIntegration()
	}
	if err := w.keep(what, there.ID, there.Description, "services", "service", w.serviceDiffers(there, policy), body); err != nil {
		return err
	}
	w.planOwner(there)
	environment, ours := plan.Owner(there.Description)
	w.foreign = ours && !w.owns(environment)
	if !ours || w.foreign {
		return nil // somebody else's service has its own ways in
	}
	if slices.ContainsFunc(there.Integrations, func(i sdk.Integration) bool { return i.Name == s.Integration || i.Summary == s.Integration }) {
		return nil
	}
	return w.planIntegration()
}

// planOwner tells that a service is another team's. PagerDuty takes the teams of a
// service from its escalation policy, so that there is nothing to write; a policy that
// the file names may be another team's.
func (w *planning) planOwner(there sdk.Service) {
	ours := func(t sdk.Team) bool { return t.ID == w.ids[w.teamName()] }
	if len(there.Teams) == 0 || slices.ContainsFunc(there.Teams, ours) || len(w.plan.EscalationPolicy.Rules) == 0 {
		return
	}
	w.add(push.Change{
		Action: push.Drifted, What: "owner of " + w.serviceName(), Why: "it belongs to " + there.Teams[0].Summary,
		Fix: "correct team in the service file, or give the service another escalation policy at PagerDuty",
	})
}

// planIntegration plans the way in for events. Its key stays at PagerDuty.
func (w *planning) planIntegration() error {
	name := w.plan.Service.Integration
	request, err := wrapped(http.MethodPost, "/services/"+w.ids[w.serviceName()]+"/integrations", "integration",
		object{"type": "events_api_v2_inbound_integration", "name": name})
	if err != nil {
		return err
	}
	w.add(push.Change{Action: push.Create, What: "integration " + name + " of " + w.serviceName(), Requests: []push.Request{request}})
	return nil
}

func serviceBody(s plan.Service, policy string) object {
	body := object{
		"type": "service", "name": s.Name, "description": s.Description, "escalation_policy": reference(policy, "escalation_policy"),
		"alert_creation": "create_alerts_and_incidents", "incident_urgency_rule": object{"type": "constant", "urgency": s.Urgency},
	}
	if h := s.SupportHours; h != nil {
		body["incident_urgency_rule"] = object{
			"type":                  "use_support_hours",
			"during_support_hours":  object{"type": "constant", "urgency": "high"},
			"outside_support_hours": object{"type": "constant", "urgency": "low"},
		}
		body["support_hours"] = object{"type": "fixed_time_per_day", "time_zone": h.TimeZone, "start_time": h.Start, "end_time": h.End, "days_of_week": h.Days}
	}
	if s.AutoResolveSeconds > 0 {
		body["auto_resolve_timeout"] = s.AutoResolveSeconds
	}
	if s.AcknowledgementSeconds > 0 {
		body["acknowledgement_timeout"] = s.AcknowledgementSeconds
	}
	return body
}

func (w *planning) serviceDiffers(there sdk.Service, policy string) []string {
	s := w.plan.Service
	var out []string
	if there.EscalationPolicy.ID != policy {
		out = append(out, "it escalates by another policy")
	}
	if got, want := urgency(there.IncidentUrgencyRule), urgencyOf(s); got != want {
		out = append(out, fmt.Sprintf("its urgency is %s, not %s", got, want))
	}
	if h := s.SupportHours; h != nil && !sameSupportHours(there.SupportHours, *h) {
		out = append(out, "its support hours are others")
	}
	if s.AutoResolveSeconds > 0 && (there.AutoResolveTimeout == nil || int(*there.AutoResolveTimeout) != s.AutoResolveSeconds) {
		out = append(out, "its auto_resolve_timeout is another one")
	}
	if s.AcknowledgementSeconds > 0 && (there.AcknowledgementTimeout == nil || int(*there.AcknowledgementTimeout) != s.AcknowledgementSeconds) {
		out = append(out, "its acknowledgement_timeout is another one")
	}
	return out
}

func urgency(r *sdk.IncidentUrgencyRule) string {
	switch {
	case r == nil:
		return "not set"
	case r.Type == "constant":
		return r.Urgency
	}
	return r.Type
}

func urgencyOf(s plan.Service) string {
	if s.SupportHours != nil {
		return "use_support_hours"
	}
	return s.Urgency
}

func sameSupportHours(there *sdk.SupportHours, h plan.SupportHours) bool {
	return there != nil && there.Timezone == h.TimeZone && there.StartTime == h.Start && there.EndTime == h.End &&
		slices.EqualFunc(there.DaysOfWeek, h.Days, func(a uint, b int) bool { return int(a) == b })
}
