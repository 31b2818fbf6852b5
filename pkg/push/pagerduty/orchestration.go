package pagerduty

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	plan "github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/push"
)

// firstSet is the id that PagerDuty wants for the set in which events begin.
const firstSet = "start"

// planOrchestration plans the rule that sends events to the team of all services. A
// PUT takes the place of everything, so that the rules of others go along as they
// are, also in what nobody here has heard of.
func (w *planning) planOrchestration(ctx context.Context) error {
	o := w.plan.Orchestration
	service := w.ids[w.serviceName()]
	if o == nil || service == "" || w.foreign {
		return nil
	}
	what := "orchestration of " + w.serviceName()
	policy, ok, err := w.policy(ctx, o.Policy.ID, o.Policy.Name)
	if err != nil {
		return err
	}
	if !ok {
		w.refuse(plan.OrchestrationPart, what, "there is no "+policyName(o.Policy)+" that it could send to", "make it at PagerDuty, or name another with sre_escalation_policy in the service file")
		return nil
	}
	wanted := object{"label": o.Label, "conditions": conditions(o.Conditions), "actions": object{"escalation_policy": policy.ID}}
	if strings.HasPrefix(service, placeholder) {
		return w.putOrchestration(what, push.Create, "", object{"sets": []any{object{"id": firstSet, "rules": []any{wanted}}}, "catch_all": object{"actions": object{}}}, true)
	}
	return w.mergeOrchestration(ctx, what, service, wanted)
}

func conditions(all []string) []any {
	out := make([]any, 0, len(all))
	for _, c := range all {
		out = append(out, object{"expression": c})
	}
	return out
}

// mergeOrchestration puts our rule into an orchestration that is there.
func (w *planning) mergeOrchestration(ctx context.Context, what, service string, wanted object) error {
	path := "/event_orchestrations/services/" + service
	body, err := w.api.Call(ctx, push.Request{Method: http.MethodGet, Path: path})
	if err != nil {
		return err
	}
	var there struct {
		Path object `json:"orchestration_path"`
	}
	if err := json.Unmarshal(body, &there); err != nil || there.Path == nil {
		return fmt.Errorf("%s answered for the %s with something else: check the address", w.Name(), what)
	}
	active, err := w.active(ctx, path)
	if err != nil {
		return err
	}
	sets, why := merged(there.Path["sets"], wanted)
	switch {
	case why == "" && active:
		w.add(push.Change{Action: push.Unchanged, What: what})
		return nil
	case why == "":
		why = "it is not active"
	case why != missing && !w.o.UpdateExisting:
		w.add(push.Change{Action: push.Drifted, What: what, Why: why, Fix: "change it with --update-existing, or put its values into the service file"})
		return nil
	}
	return w.putOrchestration(what, push.Update, why, object{"sets": sets, "catch_all": there.Path["catch_all"]}, !active)
}

// active reports whether the orchestration of a service is switched on. Without that
// its rules do nothing.
func (w *planning) active(ctx context.Context, path string) (bool, error) {
	body, err := w.api.Call(ctx, push.Request{Method: http.MethodGet, Path: path + "/active"})
	if err != nil {
		return false, err
	}
	var state struct {
		Active bool `json:"active"`
	}
	return state.Active, json.Unmarshal(body, &state)
}

func (w *planning) putOrchestration(what string, action push.Action, why string, orchestration object, activate bool) error {
	path := "/event_orchestrations/services/" + w.ids[w.serviceName()]
	if orchestration["catch_all"] == nil {
		orchestration["catch_all"] = object{"actions": object{}}
	}
	rules, err := wrapped(http.MethodPut, path, "orchestration_path", orchestration)
	if err != nil {
		return err
	}
	c := push.Change{Action: action, What: what, Why: why, Requests: []push.Request{rules}}
	if activate {
		on, err := written(http.MethodPut, path+"/active", object{"active": true})
		if err != nil {
			return err
		}
		c.Requests = append(c.Requests, on)
	}
	w.add(c)
	return nil
}

// missing says that our rule is not there; adding it changes no other.
const missing = "the rule is not there"

// merged returns the sets with our rule as the first of the first set, and how ours
// differed; empty when it did not. Rules without our mark stay as they are.
func merged(sets any, wanted object) ([]any, string) {
	all, _ := sets.([]any)
	all = slices.Clone(all)
	at := slices.IndexFunc(all, func(s any) bool { set, _ := s.(object); return set["id"] == firstSet })
	if at < 0 {
		all = append([]any{object{"id": firstSet, "rules": []any{}}}, all...)
		at = 0
	}
	set, _ := all[at].(object)
	rules, _ := set["rules"].([]any)
	why := missing
	var out []any
	for _, r := range rules {
		rule, _ := r.(object)
		label, _ := rule["label"].(string)
		if !strings.HasSuffix(label, plan.Marker) {
			out = append(out, r)
			continue
		}
		if why = ruleDiffers(rule, wanted); why == "" {
			return all, ""
		}
	}
	first := object{}
	for k, v := range set {
		first[k] = v
	}
	first["rules"] = append([]any{wanted}, out...)
	all[at] = first
	return all, why
}

func ruleDiffers(there, wanted object) string {
	actions, _ := there["actions"].(object)
	target, _ := wanted["actions"].(object)
	switch {
	case actions["escalation_policy"] != target["escalation_policy"]:
		return "its rule sends to another escalation policy"
	case expressions(there) != expressions(wanted):
		return "its rule has other conditions"
	}
	return ""
}

func expressions(rule object) string {
	var out []string
	list, _ := rule["conditions"].([]any)
	for _, c := range list {
		condition, _ := c.(object)
		text, _ := condition["expression"].(string)
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}
