package alertmanager

import "strings"

// Fragment is the part of a configuration that one service needs, as it lies in a
// file. Several are merged into one configuration.
type Fragment struct {
	Routes        []Route        `yaml:"routes"`
	Receivers     []Receiver     `yaml:"receivers"`
	InhibitRules  []InhibitRule  `yaml:"inhibit_rules,omitempty"`
	TimeIntervals []TimeInterval `yaml:"time_intervals,omitempty"`
}

// Route is a node of the tree of routes.
type Route struct {
	Matchers            []string `yaml:"matchers,omitempty,flow"`
	Receiver            string   `yaml:"receiver,omitempty"`
	GroupBy             []string `yaml:"group_by,omitempty,flow"`
	GroupWait           string   `yaml:"group_wait,omitempty"`
	GroupInterval       string   `yaml:"group_interval,omitempty"`
	RepeatInterval      string   `yaml:"repeat_interval,omitempty"`
	ActiveTimeIntervals []string `yaml:"active_time_intervals,omitempty,flow"`
	Continue            bool     `yaml:"continue,omitempty"`
	Routes              []Route  `yaml:"routes,omitempty"`
}

// Receiver is where notifications go.
type Receiver struct {
	Name      string      `yaml:"name"`
	PagerDuty []PagerDuty `yaml:"pagerduty_configs,omitempty"`
	Slack     []Slack     `yaml:"slack_configs,omitempty"`
}

// PagerDuty is an integration of the Events API v2. Its key is in a file.
type PagerDuty struct {
	RoutingKeyFile string            `yaml:"routing_key_file"`
	SendResolved   bool              `yaml:"send_resolved"`
	Severity       string            `yaml:"severity"`
	Class          string            `yaml:"class"`
	Component      string            `yaml:"component"`
	Group          string            `yaml:"group"`
	Details        map[string]string `yaml:"details"`
}

// Slack is an incoming webhook. Its address is a secret and is in a file.
type Slack struct {
	APIURLFile   string `yaml:"api_url_file"`
	SendResolved bool   `yaml:"send_resolved"`
	Title        string `yaml:"title"`
	Text         string `yaml:"text"`
}

// InhibitRule keeps alerts quiet while another fires.
type InhibitRule struct {
	SourceMatchers []string `yaml:"source_matchers,flow"`
	TargetMatchers []string `yaml:"target_matchers,flow"`
	Equal          []string `yaml:"equal,flow"`
}

// TimeInterval is a named time of the week.
type TimeInterval struct {
	Name      string `yaml:"name"`
	Intervals []Span `yaml:"time_intervals"`
}

// Span is a part of some days.
type Span struct {
	Weekdays []string `yaml:"weekdays,flow"`
	Times    []Clock  `yaml:"times,omitempty"`
	Location string   `yaml:"location"`
}

// Clock is from one time of the day to another.
type Clock struct {
	Start string `yaml:"start_time"`
	End   string `yaml:"end_time"`
}

// matcher writes the condition that a label has a value. It is written so that old
// and new versions of Alertmanager read the same.
func matcher(label, value string) string {
	if strings.ContainsAny(value, "\\\"\n") {
		value = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value)
	}
	return label + `="` + value + `"`
}

// unescaped is the value as it was before matcher wrote it.
func unescaped(value string) string {
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n").Replace(value)
}
