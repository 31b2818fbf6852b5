package pagerduty

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	sdk "github.com/PagerDuty/go-pagerduty"

	plan "github.com/nthlayer/action/pkg/generate/pagerduty"
)

// object is the body of a request. PagerDuty's own Go types write fields that are
// empty, which would clear them.
type object = map[string]any

func reference(id, kind string) object { return object{"id": id, "type": kind + "_reference"} }

// longestFirst returns the names of all ids, so that no name is filled in as the
// beginning of another.
func (p *PagerDuty) longestFirst() []string {
	return slices.SortedFunc(maps.Keys(p.ids), func(a, b string) int { return len(b) - len(a) })
}

func (w *planning) teamName() string { return "team " + w.plan.Team.Name }

func (w *planning) planTeam(ctx context.Context) error {
	what := w.teamName()
	if w.ids[what] != "" {
		return nil // of another service
	}
	t, ok, err := w.team(ctx, w.plan.Team.ID, w.plan.Team.Name)
	switch {
	case err != nil:
		return err
	case ok:
		return w.keep(what, t.ID, "", "", "", nil, nil)
	case w.plan.Team.ID != "":
		w.refuse(plan.TeamPart, what, "there is no team with the id "+w.plan.Team.ID, "correct team_id in the service file")
		return nil
	}
	return w.make(what, "teams", "team", object{"type": "team", "name": w.plan.Team.Name, "description": w.plan.Team.Description})
}

func (w *planning) planSchedules(ctx context.Context) error {
	for _, s := range w.plan.Schedules {
		if err := w.planSchedule(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (w *planning) planSchedule(ctx context.Context, s plan.Schedule) error {
	what := "schedule " + s.Name
	if w.ids[what] != "" {
		return nil
	}
	there, ok, err := w.schedule(ctx, s.Name)
	if err != nil {
		return err
	}
	if ok && len(s.Users) == 0 {
		// Nobody is named: those who are on call there stay.
		return w.keep(what, there.ID, "", "", "", nil, nil)
	}
	level := s.Name[strings.LastIndex(s.Name, "-")+1:]
	if len(s.Users) == 0 {
		w.refuse(plan.ServicePart, what, "it is not there, and the service file names nobody for it", "add oncall: {"+level+": [EMAIL]} to the service, or make the schedule at PagerDuty")
		return nil
	}
	var ids []string
	for _, email := range s.Users {
		id, err := w.user(ctx, email)
		if err != nil {
			return err
		}
		if id == "" {
			w.refuse(plan.PersonPart(s.Name, email), what, "there is no user with the address "+email, "correct the address below oncall, or invite the user to PagerDuty")
			return nil
		}
		ids = append(ids, id)
	}
	body := w.scheduleBody(s, ids)
	if !ok {
		return w.make(what, "schedules", "schedule", body)
	}
	continued(body, there, s)
	return w.keep(what, there.ID, there.Description, "schedules", "schedule", scheduleDiffers(there, s, ids), body)
}

// continued lets a layer that is changed go on where it is: with a new start the turn
// would be somebody else's. In another time zone it begins anew at the hour that the
// file means.
func continued(body object, there sdk.Schedule, s plan.Schedule) {
	layers, _ := body["schedule_layers"].([]object)
	if len(there.ScheduleLayers) != 1 || len(layers) != 1 {
		return
	}
	old := there.ScheduleLayers[0]
	layers[0]["id"] = old.ID
	if there.TimeZone == s.TimeZone && old.Start != "" && old.RotationVirtualStart != "" {
		layers[0]["start"], layers[0]["rotation_virtual_start"] = old.Start, old.RotationVirtualStart
	}
}

func (w *planning) scheduleBody(s plan.Schedule, users []string) object {
	// The turn changes at the same time of the local day all the year.
	start := startOfRotation(w.o.Now, s)
	var turn []object
	for _, id := range users {
		turn = append(turn, object{"user": reference(id, "user")})
	}
	layer := object{
		"name": "On call", "start": start, "rotation_virtual_start": start, "rotation_turn_length_seconds": s.TurnSeconds, "users": turn,
	}
	if len(s.Restrictions) > 0 {
		layer["restrictions"] = s.Restrictions
	}
	return object{
		"type": "schedule", "name": s.Name, "description": s.Description, "time_zone": s.TimeZone, "schedule_layers": []object{layer},
		"teams": []object{reference(w.ids[w.teamName()], "team")},
	}
}

// startOfRotation is the time of the handoff on the day of now, where the people are.
func startOfRotation(now time.Time, s plan.Schedule) string {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		zone = time.UTC // the generator has refused it
	}
	at, err := time.Parse(time.TimeOnly, s.HandoffTime)
	if err != nil {
		at = time.Time{}
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, zone).Format(time.RFC3339)
}

func scheduleDiffers(there sdk.Schedule, s plan.Schedule, users []string) []string {
	var out []string
	if there.TimeZone != s.TimeZone {
		out = append(out, fmt.Sprintf("its time zone is %s, not %s", there.TimeZone, s.TimeZone))
	}
	if len(there.ScheduleLayers) != 1 {
		return append(out, fmt.Sprintf("it has %d layers, not 1", len(there.ScheduleLayers)))
	}
	layer := there.ScheduleLayers[0]
	var on []string
	for _, u := range layer.Users {
		on = append(on, u.User.ID)
	}
	if !slices.Equal(on, users) {
		out = append(out, "other people are on call")
	}
	if int(layer.RotationTurnLengthSeconds) != s.TurnSeconds {
		out = append(out, fmt.Sprintf("a turn has %d seconds, not %d", layer.RotationTurnLengthSeconds, s.TurnSeconds))
	}
	if !slices.EqualFunc(layer.Restrictions, s.Restrictions, sameHours) {
		out = append(out, "people are on call at other hours")
	}
	return out
}

func sameHours(a sdk.Restriction, b plan.Restriction) bool {
	return a.Type == b.Type && int(a.StartDayOfWeek) == b.StartDay && a.StartTimeOfDay == b.StartTime && int(a.DurationSeconds) == b.DurationSeconds
}

func policyName(p plan.Policy) string {
	if p.ID != "" {
		return "escalation policy " + p.ID
	}
	return "escalation policy " + p.Name
}

func (w *planning) planPolicy(ctx context.Context) error {
	p := w.plan.EscalationPolicy
	what := policyName(p)
	if w.ids[what] != "" {
		return nil
	}
	there, ok, err := w.policy(ctx, p.ID, p.Name)
	switch {
	case err != nil:
		return err
	case !ok && len(p.Rules) == 0:
		w.refuse(plan.PolicyPart, what, "it is not there", "correct escalation_policy in the service file, or make it at PagerDuty")
		return nil
	case len(p.Rules) == 0:
		return w.keep(what, there.ID, "", "", "", nil, nil)
	}
	var rules []object
	var targets []string
	for _, r := range p.Rules {
		id := w.ids["schedule "+r.Schedule]
		if id == "" {
			w.refuse(plan.PolicyPart, what, "the schedule "+r.Schedule+" is missing", "see what is said about the schedule")
			return nil
		}
		targets = append(targets, id)
		rules = append(rules, object{"escalation_delay_in_minutes": r.DelayMinutes, "targets": []object{reference(id, "schedule")}})
	}
	body := object{
		"type": "escalation_policy", "name": p.Name, "description": p.Description, "num_loops": p.Loops, "escalation_rules": rules,
		"teams": []object{reference(w.ids[w.teamName()], "team")},
	}
	if !ok {
		return w.make(what, "escalation_policies", "escalation_policy", body)
	}
	return w.keep(what, there.ID, there.Description, "escalation_policies", "escalation_policy", policyDiffers(there, p, targets), body)
}

func policyDiffers(there sdk.EscalationPolicy, p plan.Policy, targets []string) []string {
	var out []string
	if int(there.NumLoops) != p.Loops {
		out = append(out, fmt.Sprintf("it is repeated %d times, not %d", there.NumLoops, p.Loops))
	}
	if len(there.EscalationRules) != len(p.Rules) {
		return append(out, fmt.Sprintf("it has %d levels, not %d", len(there.EscalationRules), len(p.Rules)))
	}
	for i, r := range there.EscalationRules {
		if int(r.Delay) != p.Rules[i].DelayMinutes {
			out = append(out, fmt.Sprintf("level %d waits %d minutes, not %d", i+1, r.Delay, p.Rules[i].DelayMinutes))
		}
		if len(r.Targets) != 1 || r.Targets[0].ID != targets[i] {
			out = append(out, fmt.Sprintf("level %d tells somebody else", i+1))
		}
	}
	return out
}
