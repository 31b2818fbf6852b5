// Package rules writes rule files for Prometheus and Loki: the one way from a rule
// in memory to its YAML, with the place that each rule came from.
package rules

import (
	"time"

	"github.com/nthlayer/action/pkg/spec"
)

// Rule is an alerting or a recording rule: Alert or Record is set.
type Rule struct {
	Alert, Record string
	Expr          string
	// For is how long the expression must hold before an alert fires; 0 is at
	// once. Alerts only.
	For time.Duration
	// KeepFiring is how long an alert stays after its expression stopped to hold.
	KeepFiring  time.Duration
	Labels      map[string]string
	Annotations map[string]string
	// Origin is the place of the service file that the rule is there for.
	Origin spec.Origin
}

// Name is the name of the alert or of the recorded series.
func (r Rule) Name() string {
	if r.Alert != "" {
		return r.Alert
	}
	return r.Record
}

// Group is a group of rules that are evaluated together, in their order.
type Group struct {
	Name string
	// Interval is how often; 0 leaves it to the server.
	Interval time.Duration
	Rules    []Rule
}
