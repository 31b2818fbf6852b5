// Package verify asks a source whether the metrics that services declare exist
// and are alive. It asks for all services at once: as long as everything
// exists, one query or a few answer for all of them, and only what is absent
// is asked about further.
package verify

import (
	"cmp"
	"context"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
	"github.com/nthlayer/action/pkg/spec"
)

// The rules of this package.
const (
	RuleMissing       = "verify/metric-missing"
	RuleOtherService  = "verify/metric-other-service"
	RuleWrongLabels   = "verify/metric-wrong-labels"
	RuleStale         = "verify/metric-stale"
	RuleRecorded      = "verify/metric-recorded"
	RuleNoMetrics     = "verify/no-metrics-declared"
	RulePartialAnswer = "verify/partial-answer"
	RuleUnavailable   = "verify/source-unavailable"
)

// The defaults of Options.
const (
	DefaultLookback    = time.Hour
	DefaultHistory     = 7 * 24 * time.Hour
	defaultQueryBytes  = 60_000
	defaultConcurrency = 4
)

// Options says what to look for. The zero value of every field but At stands
// for its default.
type Options struct {
	// ServiceLabel is the label that holds the name of a series' service.
	ServiceLabel string
	// At is the evaluation time of every question.
	At time.Time
	// Lookback is how long a metric may be silent before that is an error. A
	// metric whose last sample is older than that fails a service, a younger
	// one warns: a job that runs every half hour is no fault.
	Lookback time.Duration
	// History is how far back the last sample of a silent metric is looked for.
	History time.Duration
	// QueryBytes is how long one query may be. A source that takes less wins.
	QueryBytes int
	// Concurrency is how many queries run at once.
	Concurrency int
}

func (o Options) withDefaults() Options {
	o.ServiceLabel = cmp.Or(o.ServiceLabel, spec.DefaultServiceLabel)
	if o.Lookback <= 0 {
		o.Lookback = DefaultLookback
	}
	if o.History <= 0 {
		o.History = DefaultHistory
	}
	if o.QueryBytes <= 0 {
		o.QueryBytes = defaultQueryBytes
	}
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	return o
}

// Result is what was found out about all services.
type Result struct {
	// Services are in the order in which they were given.
	Services []Service
	// Findings are in the order of the services and of their metrics; those
	// about the source come last.
	Findings []report.Finding
}

// Service is what was found out about one service.
type Service struct {
	// Metrics are the declared selectors, in the order of the service file.
	Metrics []report.Metric
	// Verdict is fail when a required metric is not there, else unknown when
	// the source could not say whether it is, else warn when an optional metric
	// is not there or nothing is declared, else pass.
	Verdict report.Verdict
	// Undecided says why the verdict is unknown.
	Undecided string
}

// Run looks for the declared metrics of all services. It returns no error: what
// the source could not answer is a metric of state error and a finding.
func Run(ctx context.Context, src source.Source, services []*spec.Service, o Options) Result {
	o = o.withDefaults()
	info := src.Info()
	c := contract{label: o.ServiceLabel, targetLabels: info.TargetLabels}
	r := &run{
		src: src, info: info, o: o, services: services,
		asker: presence.Asker{Source: src, At: o.At, Label: o.ServiceLabel, Budget: budget(o, info), Concurrency: o.Concurrency},
	}
	r.wants = c.all(services)
	r.observe(ctx)
	return r.result()
}

func budget(o Options, info source.Info) int {
	if info.QueryBytes > 0 {
		return min(o.QueryBytes, info.QueryBytes)
	}
	return o.QueryBytes
}

// run is the state of one Run.
type run struct {
	src      source.Source
	info     source.Info
	o        Options
	services []*spec.Service
	asker    presence.Asker
	wants    []*want
	// historyKnown is set when the source was asked for older samples.
	historyKnown bool
}
