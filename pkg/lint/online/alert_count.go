package online

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
)

// defaultNoisy is how often an alert fires in the time looked back at before that is
// a warning, unless the policy says otherwise: seven times a day.
const defaultNoisy = 50

// alertCount says how often alerts would have fired. Each takes a range query over
// the time looked back at, equal expressions one together, so it is off unless
// somebody asks for it.
type alertCount struct {
	noisy  int
	alerts []alert
}

// alert is an alert and how it is evaluated.
type alert struct {
	name rulefile.Text
	// question is what is asked; alerts with the same share the answer.
	question question
	wait     time.Duration
}

// question is one range query.
type question struct {
	expr string
	step time.Duration
}

func (*alertCount) Rule() lint.Rule {
	return lint.Rule{ID: "alert/count", Severity: report.Warning, Title: "An alert would have fired often"}
}

func (c *alertCount) Note(e *lint.Expr) {
	if e.Rule == nil || e.Rule.Kind != rulefile.Alert {
		return
	}
	wait, err := model.ParseDuration(e.Rule.For.V)
	if err != nil && e.Rule.For.V != "" {
		return // rule/duration says so
	}
	// A short wait needs a closer look.
	step := 5 * time.Minute
	if time.Duration(wait) < step {
		step = time.Minute
	}
	c.alerts = append(c.alerts, alert{e.Rule.Name, question{e.V, step}, time.Duration(wait)})
}

func (c *alertCount) Ask(ctx context.Context, a *Asking) []report.Finding {
	if !a.info.History {
		return nil
	}
	answers := c.answers(ctx, a)
	var out []report.Finding
	for _, one := range c.alerts {
		got := answers[one.question]
		if got.err != nil {
			a.Miss("alert", got.err)
			continue
		}
		times := fired(got.series, one.question.step, one.wait)
		if times == 0 {
			continue
		}
		severity := report.Info
		if times > c.noisy {
			severity = report.Warning
		}
		out = append(out, one.name.Whole(c.Rule().ID, severity,
			fmt.Sprintf("%s would have fired %s in the last %s, by what %s has", one.name.V, count(times), promql.Duration(history), a.info.Name),
			"look whether each of these was worth a notification; a higher threshold or a longer for: makes them fewer"))
	}
	return out
}

// count writes how often: once, 2 times.
func count(times int) string {
	if times == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", times)
}

// answered is what became of one question.
type answered struct {
	series []source.Series
	err    error
}

func (c *alertCount) answers(ctx context.Context, a *Asking) map[question]answered {
	out := map[question]answered{}
	var questions []question
	for _, one := range c.alerts {
		if _, ok := out[one.question]; !ok {
			out[one.question] = answered{}
			questions = append(questions, one.question)
		}
	}
	got := make([]answered, len(questions))
	var group errgroup.Group
	group.SetLimit(a.Concurrency)
	for i, q := range questions {
		group.Go(func() error {
			answer, err := a.source.QueryRange(ctx, q.expr, source.Range{Start: a.at.Add(-history), End: a.at, Step: q.step})
			if err == nil && len(answer.Warnings) > 0 {
				err = partial(answer.Warnings[0])
			}
			got[i] = answered{answer.Series, err}
			return nil
		})
	}
	_ = group.Wait() // the functions return no error: each answer has its own
	for i, q := range questions {
		out[q] = got[i]
	}
	return out
}

// fired counts how often the series of an expression were there for as long as an
// alert waits.
func fired(series []source.Series, step, wait time.Duration) int {
	times := 0
	for _, s := range series {
		var began, last time.Time
		counted := false
		for _, p := range s.Points {
			if last.IsZero() || p.At.Sub(last) > step {
				began, counted = p.At, false
			}
			last = p.At
			if !counted && p.At.Sub(began) >= wait {
				times++
				counted = true
			}
		}
	}
	return times
}
