package pagerduty

import "strings"

// Plan is everything that PagerDuty needs for one service: what apply makes of it,
// and what it only looks up. It holds no keys.
type Plan struct {
	Service          Service        `json:"service"`
	Team             Team           `json:"team"`
	Schedules        []Schedule     `json:"schedules"`
	EscalationPolicy Policy         `json:"escalation_policy"`
	Orchestration    *Orchestration `json:"orchestration"`
	Tier             string         `json:"tier"`
	SupportModel     string         `json:"support_model"`
	TimeZone         string         `json:"time_zone"`
	// AutoCreate is false when everything has to be there already.
	AutoCreate bool `json:"auto_create"`
}

// Marker is in the description of everything that is ours. What lacks it is never
// changed.
const Marker = "managed by NthLayer"

// Production is the environment whose objects have the names of those of none.
const Production = "prod"

// of stands between the mark and the environment that an object was made for.
const of = " for "

// MarkerFor is the mark of what is made for an environment; empty for none.
func MarkerFor(environment string) string {
	if environment == "" {
		return Marker
	}
	return Marker + of + environment
}

// Owner reads the mark in a description: whether it is there, and the environment that
// it names, empty for none.
func Owner(description string) (environment string, ours bool) {
	_, after, ours := strings.Cut(description, Marker)
	if rest, ok := strings.CutPrefix(after, of); ok {
		environment, _, _ = strings.Cut(rest, " ")
	}
	return environment, ours
}

// Team is looked up by its id, else by its name.
type Team struct {
	ID          string `json:"id,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Schedule says who is on call at one level.
type Schedule struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	TimeZone    string `json:"time_zone"`
	// Users are the e-mail addresses, in turn. A schedule without users has to be
	// there already: nobody is put on call who is not named.
	Users []string `json:"users"`
	// HandoffTime is the time of day at which the turn changes, TurnSeconds how
	// long a turn is.
	HandoffTime string `json:"handoff_time"`
	TurnSeconds int    `json:"turn_seconds"`
	// Restrictions are the hours in which anybody is on call; none is always.
	Restrictions []Restriction `json:"restrictions,omitempty"`
}

// Restriction is one time of each week.
type Restriction struct {
	Type string `json:"type"`
	// StartDay is 1 for Monday.
	StartDay        int    `json:"start_day_of_week"`
	StartTime       string `json:"start_time_of_day"`
	DurationSeconds int    `json:"duration_seconds"`
}

// Policy is looked up by its id, else by its name. One without rules is somebody
// else's, and is never made.
type Policy struct {
	ID          string `json:"id,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Loops       int    `json:"num_loops"`
	Rules       []Rule `json:"escalation_rules"`
}

// Rule tells a schedule, and waits before the next rule.
type Rule struct {
	DelayMinutes int    `json:"escalation_delay_in_minutes"`
	Schedule     string `json:"schedule"`
}

// Service is what incidents are about.
type Service struct {
	ID          string `json:"id,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Urgency     string `json:"urgency"`
	// SupportHours are the hours in which the urgency is high, and low outside; nil
	// when Urgency holds always.
	SupportHours *SupportHours `json:"support_hours"`
	// AutoResolveSeconds and AcknowledgementSeconds are 0 where PagerDuty's own
	// default holds.
	AutoResolveSeconds     int `json:"auto_resolve_timeout,omitempty"`
	AcknowledgementSeconds int `json:"acknowledgement_timeout,omitempty"`
	// Integration is the name of the integration that takes events. Its key is
	// PagerDuty's, and is shown there alone.
	Integration string `json:"integration"`
}

// SupportHours are the same on each of the days.
type SupportHours struct {
	TimeZone string `json:"time_zone"`
	Days     []int  `json:"days_of_week"`
	Start    string `json:"start_time"`
	End      string `json:"end_time"`
}

// Orchestration sends the events of a service to other people than the service's
// own escalation policy.
type Orchestration struct {
	// Label marks the rule as ours.
	Label string `json:"label"`
	// Conditions are in PagerDuty's condition language; one of them is enough.
	Conditions []string `json:"conditions"`
	// Policy is looked up by its id, else by its name, and never made.
	Policy Policy `json:"escalation_policy"`
}
