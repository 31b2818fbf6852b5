package online

import (
	"context"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// spell is a time that has to hold two samples of a metric, and where it stands.
type spell struct {
	use
	name string
	// function is that over a range; empty for the wait of an alert.
	function string
	time     time.Duration
}

// tooShort asks how far apart the samples of metrics are, and returns what say says
// of each time that is shorter than two intervals. What is the singular of what is
// looked at.
func (a *Asking) tooShort(ctx context.Context, r lint.Rule, what string, spells []spell, say func(spell, interval) (message, fix string)) []report.Finding {
	names := make([]string, len(spells))
	for i, s := range spells {
		names[i] = s.name
	}
	counted := a.count(ctx, names)
	var out []report.Finding
	for _, s := range spells {
		every := counted[s.name]
		if every.doubt != nil {
			a.Miss(what, every.doubt)
			continue
		}
		if s.time < 2*every.least {
			message, fix := say(s, every)
			out = append(out, s.expr.Finding(r.ID, r.Severity, s.start, s.end, message, fix))
		}
	}
	return out
}
