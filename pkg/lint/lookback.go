package lint

import (
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Lookback is what an expression or an SLO needs samples of that are this old at most.
type Lookback struct {
	Back time.Duration
	// Says how old they are, in words.
	Says string
	// Finding returns a finding about it.
	Finding func(r Rule, message, suggestion string) report.Finding
}

// Lookbacks returns how far back the selectors of the expression of a rule or an SLO
// read. One with @ is left out, since nobody knows how old that is, and so are those of
// dashboards, where people look at any time.
func Lookbacks(e *Expr) []Lookback {
	if e.Rule == nil && e.SLO == nil {
		return nil
	}
	var out []Lookback
	parser.Inspect(e.AST, func(n parser.Node, path []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		if back, known := promql.Lookback(vs, path); known {
			text, at := e.Text, vs.PositionRange()
			out = append(out, Lookback{back, "the expression reads samples of " + e.source(vs) + " that are up to " + promql.Duration(back) + " old", func(r Rule, message, suggestion string) report.Finding {
				return text.Finding(r.ID, r.Severity, int(at.Start), int(at.End), message, suggestion)
			}})
		}
		return nil
	})
	return out
}

// Windows returns the windows over which the SLOs of a service are measured.
func Windows(s *spec.Service) []Lookback {
	var out []Lookback
	for _, slo := range s.SLOs {
		at, long := slo.Window.At, slo.Window.V.Longest()
		if !slo.Window.Set() {
			at = slo.At
		}
		out = append(out, Lookback{long, fmt.Sprintf("the SLO %s is measured over %s", slo.Name.V, promql.Duration(long)), func(r Rule, message, suggestion string) report.Finding {
			return at.Finding(r.ID, r.Severity, s.Name.V, message, suggestion)
		}})
	}
	return out
}

// Retention returns how long the policy says that the server keeps samples, for an
// expression, or for SLOs where it is nil; 0 where it says nothing.
func Retention(m organisation.Metadata, e *Expr) time.Duration {
	demands := ofSLOs(m)
	if e != nil && e.Rule != nil {
		demands = asked(m, e.Rule)
	}
	var out time.Duration
	for _, d := range demands {
		out = shorter(out, d.Retention)
	}
	return out
}
