package lint

import (
	"iter"

	"github.com/nthlayer/action/pkg/spec"
)

// ServiceExprs returns the expressions of services: those of SLOs, of alerts and
// of dashboards. Each is parsed when it is its turn and not kept.
func ServiceExprs(services []*spec.Service) iter.Seq[*Expr] {
	return func(yield func(*Expr) bool) {
		for _, s := range services {
			for e := range exprsOf(s) {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// exprsOf returns the expressions of one service. Those of alerts have a Rule.
func exprsOf(s *spec.Service) iter.Seq[*Expr] {
	return func(yield func(*Expr) bool) {
		for i := range s.SLOs {
			for _, x := range s.SLOs[i].Indicator.Expressions() {
				e := newExpr(textOf(s, x.Text))
				e.Owner, e.SLO, e.Field = s, &s.SLOs[i], x.Field
				if !yield(e) {
					return
				}
			}
		}
		for _, a := range s.Alerts {
			if !yield(exprOf(alertRule(s, a), s)) {
				return
			}
		}
		for _, x := range s.Expressions {
			text := textOf(s, x.Text)
			if x.Kind == "Dashboard" {
				text.V = withoutIntervals(text.V)
			}
			e := newExpr(text)
			e.Owner, e.Field = s, x.Field
			if !yield(e) {
				return
			}
		}
	}
}
