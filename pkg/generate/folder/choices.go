package folder

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec"
)

// Choices are the options that change what is generated, as the list has them, so
// that whoever checks the files makes them in the same way. There are no secrets in
// them: an address with a login in it is refused.
type Choices struct {
	Full         bool              `json:"full,omitempty"`
	GrafanaURL   string            `json:"grafana_url,omitempty"`
	Interval     string            `json:"interval,omitempty"`
	LegacyNames  bool              `json:"legacy_record_names,omitempty"`
	LogLabel     string            `json:"log_label,omitempty"`
	MinEvents    int               `json:"min_events,omitempty"`
	Namespace    string            `json:"namespace,omitempty"`
	RawDashboard bool              `json:"raw_dashboard,omitempty"`
	RouteLabels  map[string]string `json:"route_labels,omitempty"`
	RuleLabels   map[string]string `json:"rule_labels,omitempty"`
	RunbookURL   string            `json:"runbook_url,omitempty"`
	ServiceLabel string            `json:"service_label,omitempty"`
}

// ChoicesOf returns what is noted of options.
func ChoicesOf(o generate.Options) Choices {
	c := Choices{
		Full: o.Full, GrafanaURL: o.GrafanaURL, LegacyNames: o.LegacyNames, LogLabel: o.LogLabel, MinEvents: o.MinEvents, Namespace: o.Exporters.Namespace, RawDashboard: o.RawDashboard,
		RouteLabels: o.RouteObject.Labels, RuleLabels: o.RuleObject.Labels, RunbookURL: o.RunbookURL,
	}
	if o.Interval != 0 {
		c.Interval = o.Interval.String()
	}
	if o.Label() != spec.DefaultServiceLabel {
		c.ServiceLabel = o.Label()
	}
	return c
}

// Into returns options with the choices in place of their own.
func (c Choices) Into(o generate.Options) generate.Options {
	o.Full, o.GrafanaURL, o.LegacyNames, o.RawDashboard, o.RunbookURL = c.Full, c.GrafanaURL, c.LegacyNames, c.RawDashboard, c.RunbookURL
	o.LogLabel, o.MinEvents = c.LogLabel, c.MinEvents
	o.Exporters.Namespace, o.RuleObject.Namespace, o.RouteObject.Namespace = c.Namespace, c.Namespace, c.Namespace
	o.RouteObject.Labels, o.RuleObject.Labels, o.ServiceLabel = c.RouteLabels, c.RuleLabels, c.ServiceLabel
	o.Interval, _ = time.ParseDuration(c.Interval) // Check says what is wrong with it
	return o
}

// Flags are the choices as a person gives them to apply, in one order.
func (c Choices) Flags() []string {
	var out []string
	on := func(name string, value bool) {
		if value {
			out = append(out, name)
		}
	}
	text := func(name, value string) {
		if value != "" {
			out = append(out, name+" "+value)
		}
	}
	on("--full", c.Full)
	text("--grafana-url", c.GrafanaURL)
	text("--interval", c.Interval)
	on("--legacy-record-names", c.LegacyNames)
	text("--log-label", c.LogLabel)
	if c.MinEvents != 0 {
		text("--min-events", strconv.Itoa(c.MinEvents))
	}
	text("--namespace", c.Namespace)
	on("--raw-dashboard", c.RawDashboard)
	text("--route-labels", pairs(c.RouteLabels))
	text("--rule-labels", pairs(c.RuleLabels))
	text("--runbook-url", c.RunbookURL)
	text("--service-label", c.ServiceLabel)
	return out
}

func pairs(labels map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, name+"="+labels[name])
	}
	return strings.Join(out, ",")
}

// The bounds of how often rules may be evaluated. Events are counted over five
// minutes, so that what is evaluated less often would leave some out.
const (
	minInterval = time.Second
	maxInterval = 5 * time.Minute
)

// maxAddress bounds an address in bytes, as browsers do.
const maxAddress = 2000

// Check says what is wrong with the choices. A pull request may have written them, and
// Flags puts them into a command that people copy: nothing in them means anything to a
// shell.
func (c Choices) Check() error {
	address := regexp.MustCompile(`^https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9._~%+,=@:/-]*)?$`)
	label := regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?$`)
	var problems []error
	add := func(ok bool, name, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("%s %s", name, want))
		}
	}
	for name, value := range map[string]string{"grafana-url": c.GrafanaURL, "runbook-url": c.RunbookURL} {
		add(value == "" || len(value) <= maxAddress && address.MatchString(value), name,
			"is no address that begins with http:// or https:// and has neither a login nor a query")
	}
	every, err := time.ParseDuration(c.Interval)
	add(c.Interval == "" || err == nil && every >= minInterval && every <= maxInterval, "interval", "is no duration from 1s to 5m")
	add(c.Namespace == "" || regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`).MatchString(c.Namespace), "namespace", "is no name of a Kubernetes namespace")
	identifier := regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,127}$`)
	add(c.ServiceLabel == "" || identifier.MatchString(c.ServiceLabel), "service-label", "is no name of a label")
	add(c.LogLabel == "" || identifier.MatchString(c.LogLabel), "log-label", "is no name of a label")
	add(c.MinEvents >= 0, "min-events", "is no number from 0 on")
	for name, labels := range map[string]map[string]string{"route-labels": c.RouteLabels, "rule-labels": c.RuleLabels} {
		for key, value := range labels {
			add(label.MatchString(key) && (value == "" || label.MatchString(value)), name, "holds what is no label of Kubernetes")
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(slices.CompactFunc(problems, func(a, b error) bool { return a.Error() == b.Error() })...)
}
