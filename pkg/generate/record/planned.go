package record

import (
	"time"

	"github.com/nthlayer/action/pkg/generate/rules"
)

// Rules returns the alerts that are generated for the SLO.
func (p Plan) Rules() []rules.Rule {
	var out []rules.Rule
	for _, r := range p.o.alerts() {
		if p.Has(r.Alert) {
			out = append(out, r)
		}
	}
	return out
}

// RecordedLabels are those of everything that is recorded for the SLO.
func (p Plan) RecordedLabels() map[string]string { return p.o.labels() }

// Counted reports whether events are counted over a window that is shorter than the
// SLO's, so that the share of bad ones follows from the counts.
func (p Plan) Counted(window time.Duration) bool {
	return p.o.recording.Counts() && window < p.Period && p.o.alertOver(window)
}
