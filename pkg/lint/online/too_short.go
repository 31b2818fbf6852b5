package online

import (
	"context"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// spell is a time that has to hold two samples of a selector, and where it stands.
type spell struct {
	use
	selector promql.Selector
	// function is that over a range; empty for the wait of an alert.
	function string
	time     time.Duration
}

// spellOf returns the spell of a selector in an expression. The AST is not kept: it is
// most of the memory.
func spellOf(e *lint.Expr, s promql.Selector, function string, time time.Duration) spell {
	if e.Rule == nil {
		s.Matchers = withoutVariables(s.Matchers)
	}
	return spell{use{expr: &lint.Expr{Text: e.Text}, start: s.Start, end: s.End}, s, function, time}
}

// text is the selector as a message names it.
func (s spell) text() string { return report.Clip(s.selector.String(), 200) }

// tooShort asks how far apart the samples of selectors are, and returns what say says
// of each time that is shorter than two intervals. What is the singular of what is
// looked at.
func (a *Asking) tooShort(ctx context.Context, r lint.Rule, what string, spells []spell, say func(spell, interval) (message, fix string)) []report.Finding {
	selectors := make([]promql.Selector, len(spells))
	for i, s := range spells {
		selectors[i] = s.selector
	}
	counted := a.count(ctx, selectors)
	var out []report.Finding
	for _, s := range spells {
		every := counted[s.selector.String()]
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
