// Package source is where samples come from: a server with the Prometheus HTTP
// API, the embedded engine over a snapshot, or one page of metrics. All of them
// answer the same few questions through one interface.
package source

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// Source answers questions about samples. Implementations are safe for
// concurrent use, bound their own concurrency and give every call a deadline.
// An error is always an *Error.
type Source interface {
	// Query evaluates an instant query. A scalar answer is one series without
	// labels. Native histogram samples are left out and counted in the answer.
	Query(ctx context.Context, query string, at time.Time) (Answer, error)
	// QueryRange evaluates a query at every step from start to end, both
	// included.
	QueryRange(ctx context.Context, query string, r Range) (Answer, error)
	// Names returns the names of the metrics that have series matching one of
	// the selectors (all metrics for none) between start and end, sorted. It
	// may name metrics that have no sample now: see spec 8.4 of label values.
	Names(ctx context.Context, match []string, start, end time.Time) (Names, error)
	// Recorded returns the names that the server's loaded recording rules
	// produce, sorted. A source without rules returns none.
	Recorded(ctx context.Context) ([]string, error)
	// Info says what the source is and can do.
	Info() Info
}

// Info describes a source.
type Info struct {
	// Name is for people, without credentials: https://prom.example:9090,
	// file:metrics.yaml.
	Name string
	// TargetLabels is false for a page of metrics as the service itself serves
	// it: such series have no service, job or instance label, and matchers on
	// them are not applied.
	TargetLabels bool
	// History is false for a source that knows one moment only, so that no
	// rate and no budget can be computed from it.
	History bool
	// QueryBytes is how long a query may be; 0 is no limit known.
	QueryBytes int
}

// Range is the time range of a range query.
type Range struct {
	Start, End time.Time
	Step       time.Duration
}

// Answer is the answer to a query.
type Answer struct {
	Series []Series
	// Warnings are the server's own words. An answer with warnings may be
	// partial: what is absent from it is unknown.
	Warnings []string
	// Histograms is the number of native histogram samples that were left out.
	Histograms int
}

// Series is one series of an answer. An instant answer has one point a series.
type Series struct {
	Labels labels.Labels
	Points []Point
}

// Point is one sample.
type Point struct {
	At    time.Time
	Value float64
}

// Names is the answer to Source.Names.
type Names struct {
	Names    []string
	Warnings []string
}

// ErrorKind classifies why a source could not answer.
type ErrorKind string

// The kinds of errors.
const (
	Unreachable  ErrorKind = "unreachable"  // no connection, DNS, TLS
	Timeout      ErrorKind = "timeout"      // no answer in time, here or on the server
	Unauthorized ErrorKind = "unauthorized" // 401, 403
	Limited      ErrorKind = "limited"      // 429, or too many samples
	Rejected     ErrorKind = "rejected"     // the server understood and refused: bad query, 400, 413, 414, 422
	ServerFault  ErrorKind = "server_fault" // 5xx
	Malformed    ErrorKind = "malformed"    // HTML, truncated JSON, a shape that the API does not have
	Unsupported  ErrorKind = "unsupported"  // the source has no such call: 404, 405, 501
	Canceled     ErrorKind = "canceled"     // the run was stopped
)

// Error says why a source could not answer. Its text holds no credentials.
type Error struct {
	Kind ErrorKind
	// Status is the HTTP status, 0 when there was none.
	Status int
	// Message is one sentence for the user.
	Message string
	// Hint says what to check.
	Hint string
	// Err is the cause, for errors.Is; its text is not shown.
	Err error
}

// Error returns the message and the hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
