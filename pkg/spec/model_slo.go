package spec

import (
	"math/big"
	"time"
)

// Objective is a target in percent, exact.
type Objective struct {
	// Text is the number as written, "99.95".
	Text string
	rat  *big.Rat
}

// SLO is one service level objective.
type SLO struct {
	Name        Value[string]
	Description Value[string]
	Objective   Value[Objective]
	Window      Value[Window]
	Indicator   Indicator
	Labels      []Entry
	At          Origin
	// Broken says what could not be read in the SLO's definition; empty when all
	// could. A broken SLO is not what its author meant, so nothing is decided on it.
	Broken string
}

// Window is the time over which an objective holds: rolling, or a calendar
// period.
type Window struct {
	// Text is as written: 30d, 1w, calendar-month.
	Text string
	// Duration is the length of a rolling window; 0 for a calendar window.
	Duration time.Duration
	Calendar Calendar
}

// Longest returns how long a window is at most: a rolling one is as long as it says, a
// month has up to 31 days and a quarter up to 92. Rules look back as long, because they
// cannot know when a period began.
func (w Window) Longest() time.Duration {
	const day = 24 * time.Hour
	switch w.Calendar {
	case CalendarWeek:
		return 7 * day
	case CalendarMonth:
		return 31 * day
	case CalendarQuarter:
		return 92 * day
	case NoCalendar:
	}
	return w.Duration
}

// Calendar is a calendar period, or none.
type Calendar string

// The calendar periods. Weeks begin on Monday; all are in UTC.
const (
	NoCalendar      Calendar = ""
	CalendarWeek    Calendar = "week"
	CalendarMonth   Calendar = "month"
	CalendarQuarter Calendar = "quarter"
)

// IndicatorKind says which fields of an Indicator are in use.
type IndicatorKind string

// The kinds of SLI. Each names the fields of Indicator that it needs.
const (
	// IndicatorEvents counts events: Total, and Good or Bad.
	IndicatorEvents IndicatorKind = "events"
	// IndicatorRatio is one expression, Ratio, that yields good over total.
	IndicatorRatio IndicatorKind = "ratio"
	// IndicatorLatency is the share of requests under Threshold seconds. Query
	// is the quantile expression (or a bare histogram selector) that names the
	// histogram, Total may be set.
	IndicatorLatency IndicatorKind = "latency"
	// IndicatorThreshold is the share of time in which Metric Op Threshold
	// holds.
	IndicatorThreshold IndicatorKind = "threshold"
	// IndicatorNone has no query at all, and its service type has no default.
	IndicatorNone IndicatorKind = "none"
)

// Indicator is the one SLI model of every stage. Expressions are PromQL with
// the variables substituted.
type Indicator struct {
	Kind  IndicatorKind
	Good  Value[string]
	Bad   Value[string]
	Total Value[string]
	Ratio Value[string]
	// Query is the latency expression.
	Query Value[string]
	// Metric is the expression of a threshold SLI.
	Metric Value[string]
	// Threshold is in seconds for latency and in the metric's own unit for a
	// threshold SLI.
	Threshold Value[float64]
	// Op is how Metric compares with Threshold when the SLI is met: <= < >= >.
	Op Value[string]
	// Percentile is informational, 0 < p < 100; 0 when not given.
	Percentile Value[float64]
	// Defaulted is set when nobody wrote a query and the default of the
	// service's type was taken.
	Defaulted bool
	// Declared is the type that the file gives (availability, latency,
	// throughput, custom ...), empty when none.
	Declared Value[string]
	At       Origin
}

// Expressions returns every PromQL expression of the indicator with the name of
// its field: good, bad, total, ratio, query, metric. Defaults are included.
func (i Indicator) Expressions() []Expression {
	var out []Expression
	for _, e := range []Expression{
		{"good", i.Good},
		{"bad", i.Bad},
		{"total", i.Total},
		{"ratio", i.Ratio},
		{"query", i.Query},
		{"metric", i.Metric},
	} {
		if e.Text.V != "" {
			out = append(out, e)
		}
	}
	return out
}

// Expression is a PromQL expression and the field that holds it.
type Expression struct {
	Field string
	Text  Value[string]
}

// ResourceExpression is a PromQL expression of a resource that only generators
// read.
type ResourceExpression struct {
	Kind, Resource string
	// Field is the key that holds it: expr or query.
	Field string
	Text  Value[string]
}
