package verify

import (
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// state decides on a want from the evidence. The order is that of how much each
// step says: what is there now, then what was there, then what could be.
func state(w *want) report.MetricState {
	e := w.seen
	switch {
	// 1. The selector has series now.
	case e.live:
		return report.MetricOK
	// 2. It has none in the answer, but the answer does not say that there are
	// none.
	case e.unsure != nil:
		return report.MetricError
	// 3. It selects failures, and the metric has series of the service with
	// other outcomes: nothing has failed so far.
	case e.relaxed && canFail(w):
		return report.MetricNoErrorsYet
	// 4. The service has the metric, but not with the selector's other labels.
	case e.alive:
		return report.MetricWrongLabels
	// 5. The service had the metric, and has it no more.
	case !e.lastSeen.IsZero():
		return report.MetricStale
	// 6. Others have the metric, the service never had.
	case len(e.owners) > 0 || e.unowned:
		return report.MetricOtherService
	// 7. Nobody has it, but a loaded recording rule makes it.
	case e.recorded:
		return report.MetricRecorded
	}
	// 8. Nobody has it, and nothing makes it.
	return report.MetricMissing
}

// canFail reports whether the label values that exist are of the kind that the
// selector's failures are.
func canFail(w *want) bool {
	for _, m := range w.own {
		if promql.PicksFailures(m) && !promql.SameVocabulary(m, w.seen.values[m.Name]) {
			return false
		}
	}
	return true
}

// severity returns how bad the state of a want is; false when it is no problem,
// or one that is reported for the source as a whole.
//
// A required metric that has gone silent is an error, because nothing can be
// measured without it, but only a warning within the lookback: its last scrape
// may have failed, or its job runs once in a while.
func (r *run) severity(w *want, s report.MetricState) (report.Severity, bool) {
	switch s {
	case report.MetricOK, report.MetricNoErrorsYet, report.MetricError:
		return "", false
	case report.MetricRecorded:
		return report.Warning, true
	case report.MetricStale:
		if !w.seen.lastSeen.Before(r.o.At.Add(-r.o.Lookback)) {
			return report.Warning, true
		}
	case report.MetricMissing, report.MetricOtherService, report.MetricWrongLabels:
	}
	if w.required {
		return report.Error, true
	}
	return report.Warning, true
}

// verdict returns what one want means for its service.
func (r *run) verdict(w *want, s report.MetricState) report.Verdict {
	if s == report.MetricError {
		if w.required {
			return report.Undecidable
		}
		return report.Warn
	}
	severity, bad := r.severity(w, s)
	switch {
	case !bad:
		return report.Pass
	case severity == report.Error:
		return report.Fail
	}
	return report.Warn
}
