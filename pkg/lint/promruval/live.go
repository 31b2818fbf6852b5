package promruval

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/online"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// asker asks a source about expressions, all together, and returns what breaks a
// validation for each of them. What the source cannot say is noted there.
type asker func(ctx context.Context, a *online.Asking, exprs []*lint.Expr) [][]fault

// Live returns the checks that ask a source. No annotation leaves out rules of ours
// that are locked.
func (s *Set) Live(locked []string) []online.Check {
	if s == nil {
		return nil
	}
	var out []online.Check
	for _, r := range s.rules {
		for _, v := range r.validations {
			if v.live != nil {
				out = append(out, &liveCheck{of: s.ruleCheck(base{rule: r, validation: v}, locked)})
			}
		}
	}
	return out
}

// Unasked says which validators a run without a source does not look at.
func (s *Set) Unasked() []report.Finding {
	if s == nil {
		return nil
	}
	return slices.Clone(s.unasked)
}

// liveCheck is a validation of expressions that asks a source. It is no check of a
// single rule, so the other one is no part of it.
type liveCheck struct {
	of    ruleCheck
	exprs []*lint.Expr
}

// Rule is the validator.
func (c *liveCheck) Rule() lint.Rule { return c.of.Rule() }

// Note takes an expression of the scope.
func (c *liveCheck) Note(e *lint.Expr) {
	if e.Rule != nil && c.of.covers(e.Rule) && c.of.holds(target{group: e.Rule.Group, rule: e.Rule, expr: e}) {
		c.exprs = append(c.exprs, e)
	}
}

// Ask asks about all of them.
func (c *liveCheck) Ask(ctx context.Context, a *online.Asking) []report.Finding {
	return c.of.tell(slices.Concat(c.of.validation.live(ctx, a, c.exprs)...))
}

func canBeEvaluated(p *params) asker {
	series, limit := p.count("timeSeriesLimit"), p.duration("evaluationDurationLimit")
	return func(ctx context.Context, a *online.Asking, exprs []*lint.Expr) [][]fault {
		var queries []string
		for _, e := range exprs {
			if query, ok := online.Countable(e); ok {
				queries = append(queries, query)
			}
		}
		evaluated := a.Evaluate(ctx, queries, organisation.Cost{Duration: limit})
		var out [][]fault
		for _, e := range exprs {
			if query, ok := online.Countable(e); ok {
				out = append(out, evaluationFaults(a, e, evaluated[query], series, limit))
			}
		}
		return out
	}
}

// evaluationFaults says what is wrong with the evaluation of one expression. That a
// server refuses it is known; that it does not answer is not.
func evaluationFaults(a *online.Asking, e *lint.Expr, got online.Evaluated, series int, limit time.Duration) []fault {
	switch {
	case online.Refused(got.Err):
		return whole(e.Text, "the expression cannot be evaluated: "+got.Err.Error(), "correct the expression")
	case got.Err != nil:
		a.Miss("expression", got.Err)
		return nil
	case got.Untold != nil:
		a.Untold("evaluation time", got.Untold)
	}
	switch {
	case series > 0 && got.Series > series:
		return whole(e.Text, fmt.Sprintf("in %s the expression has %d series, more than the %d allowed", a.Name(), got.Series, series), "aggregate, or add matchers")
	case got.Over != nil:
		return whole(e.Text, fmt.Sprintf("in %s the evaluation takes %s, more than the %s allowed", a.Name(), got.Over.Duration.Round(time.Millisecond), limit), "shorten ranges, add matchers, or record a part of it")
	}
	return nil
}

func usesExistingLabels(*params) asker {
	return func(ctx context.Context, a *online.Asking, exprs []*lint.Expr) [][]fault {
		if len(exprs) == 0 {
			return nil
		}
		known, err := a.LabelNames(ctx)
		var out [][]fault
		for _, e := range exprs {
			if err != nil {
				a.Miss("expression", err)
				continue
			}
			for _, u := range used(e, nil) {
				if u.label != metricName && !slices.Contains(known, u.label) {
					fix := "correct the label"
					if question := report.DidYouMean(u.label, known); question != "" {
						fix = question
					}
					out = append(out, []fault{{e.Text, u.start, u.end, "no series in " + a.Name() + " has the label " + u.label, fix}})
				}
			}
		}
		return out
	}
}

func selectorsMatchAnything(p *params) asker {
	most := p.count("maximumMatchingSeries")
	return func(ctx context.Context, a *online.Asking, exprs []*lint.Expr) [][]fault {
		var selectors []string
		for _, e := range exprs {
			for _, s := range e.Selectors {
				selectors = append(selectors, s.String())
			}
		}
		matching := a.Evaluate(ctx, selectors, organisation.Cost{})
		var out [][]fault
		for _, e := range exprs {
			for _, s := range e.Selectors {
				text := s.String()
				got := matching[text]
				switch {
				case got.Err != nil:
					a.Miss("selector", got.Err)
				case got.Series == 0:
					out = append(out, []fault{{e.Text, s.Start, s.End, report.Clip(text, 200) + " matches no series in " + a.Name(), "correct the name and the matchers, or export the metric first"}})
				case most > 0 && got.Series > most:
					out = append(out, []fault{{e.Text, s.Start, s.End, fmt.Sprintf("%s matches %d series in %s, more than the %d allowed", report.Clip(text, 200), got.Series, a.Name(), most), "add matchers, or record an aggregation of it"}})
				}
			}
		}
		return out
	}
}
