// Package intent decides which metric stands for what a technology's file wants to
// measure: one that somebody named, one that a server was seen to have, or the
// first candidate when there is nobody to ask.
package intent

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Status says how an intent was resolved.
type Status string

// The statuses, best first.
const (
	Overridden Status = "overridden" // the service file names the metric
	Discovered Status = "discovered" // the server has it
	FellBack   Status = "fallback"   // another intent stands for it
	DerivedOf  Status = "derived"    // an expression over other metrics
	Assumed    Status = "assumed"    // nobody was asked; the first candidate
	Missing    Status = "missing"    // the server was asked and has none
)

// Answer is how one intent was resolved.
type Answer struct {
	// Intent is its full name: postgresql.connections.
	Intent string `json:"intent"`
	Status Status `json:"status"`
	// Metric is the selector or expression that stands for it; empty when missing.
	Metric string `json:"metric,omitempty"`
	// Source names the candidate's origin, for people.
	Source string `json:"source,omitempty"`
	// By is the label to break down by; empty for none.
	By string `json:"by,omitempty"`
	// Scale is the factor to the intent's unit, never 0.
	Scale float64 `json:"scale"`
}

// Resolution holds the answers for one service.
type Resolution struct {
	answers map[string]Answer
	// outcomes are the matchers that pick failures, by kind of service.
	outcomes map[string]*labels.Matcher
}

// Offline resolves nothing ahead: every intent is assumed to be its first
// candidate.
func Offline() *Resolution { return &Resolution{} }

// Expression is a query of the catalogue with metrics in place of its intents.
type Expression struct {
	Expr parser.Expr
	// Legend is the legend with the labels of the metrics.
	Legend string
	// Missing are the intents that nothing stands for; Expr is nil then.
	Missing []Answer
}
