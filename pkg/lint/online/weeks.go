package online

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

const (
	week = 7 * 24 * time.Hour
	// pastWeeks is how many weeks are looked at: 28 of 30 days.
	pastWeeks = 4
	// wholeWeek is how many hours of a week have to be known before it counts as one: all
	// but those of a night.
	wholeWeek = 160
	// wholeDay is how many hours have to be known before anything is said of traffic,
	// which is another by day than by night.
	wholeDay = 24
)

// past is what the services did in the last weeks, asked once for all checks that
// need it.
type past struct {
	label  string
	owners []*spec.Service
	list   []*record
	known  bool
}

// record is what became of one SLO. What is not known is NaN; the first week is the
// one that ends now.
type record struct {
	service *spec.Service
	slo     spec.SLO
	// total and bad count events, ratio is the share of what was bad, and hours is how
	// many hours of the week that is known of.
	total, bad, ratio, hours [pastWeeks]float64
	// err says why nothing is known.
	err error
}

// records returns what became of every SLO that can be measured.
func (p *past) records(ctx context.Context, a *Asking) []*record {
	if p.known {
		return p.list
	}
	p.known = true
	byID := map[string]func(*record) *[pastWeeks]float64{
		"total": func(r *record) *[pastWeeks]float64 { return &r.total },
		"bad":   func(r *record) *[pastWeeks]float64 { return &r.bad },
		"ratio": func(r *record) *[pastWeeks]float64 { return &r.ratio },
		"hours": func(r *record) *[pastWeeks]float64 { return &r.hours },
	}
	var questions []source.Question
	for _, s := range p.owners {
		for _, objective := range s.SLOs {
			exprs := p.expressions(s, objective)
			if len(exprs) == 0 {
				continue
			}
			number := strconv.Itoa(len(p.list))
			p.list = append(p.list, newRecord(s, objective))
			for id, expr := range exprs {
				questions = append(questions, source.Question{ID: number + "/" + id, Expr: expr, Value: s.Name.V})
			}
		}
	}
	replies := source.Ask(ctx, weekly{a.source}, questions, p.label, a.at, source.AskOptions{Concurrency: a.Concurrency})
	for i, r := range p.list {
		for id, field := range byID {
			if reply, ok := replies[strconv.Itoa(i)+"/"+id]; ok {
				r.take(reply, field(r), a.at)
			}
		}
		if r.err != nil {
			a.Miss("objective", r.err)
		}
	}
	return p.list
}

// expressions are what is asked of an SLO, by what the answer is; none for an SLO
// that cannot be measured, which others say.
func (p *past) expressions(s *spec.Service, objective spec.SLO) map[string]string {
	if objective.Broken != "" || !objective.Objective.V.Given() {
		return nil
	}
	recording, err := slo.NewRecording(s, objective, slo.RecordingOptions{Label: p.label})
	switch {
	case err != nil:
		return nil
	case recording.Counts():
		return map[string]string{"total": recording.Total(week), "bad": recording.Bad(week), "hours": hoursOf(recording.Total(time.Hour))}
	}
	return map[string]string{"ratio": recording.ErrorRatio(week), "hours": hoursOf(recording.ErrorRatio(time.Hour))}
}

// hoursOf prints in how many hours of a week an expression over an hour has a value.
func hoursOf(expr string) string {
	return fmt.Sprintf("count_over_time((%s)[%s:1h])", expr, promql.Duration(week))
}

func newRecord(s *spec.Service, objective spec.SLO) *record {
	r := &record{service: s, slo: objective}
	for i := range pastWeeks {
		r.total[i], r.bad[i], r.ratio[i], r.hours[i] = math.NaN(), math.NaN(), math.NaN(), 0
	}
	return r
}

// take puts the answer for each week into its place. An answer of several series is
// no answer.
func (r *record) take(reply source.Reply, into *[pastWeeks]float64, at time.Time) {
	switch {
	case reply.Err != nil:
		r.err = reply.Err
	case len(reply.Warnings) > 0:
		r.err = partial(reply.Warnings[0])
	}
	if r.err != nil || len(reply.Series) != 1 {
		return
	}
	for _, point := range reply.Series[0].Points {
		if i := int(at.Sub(point.At).Round(time.Hour) / week); i >= 0 && i < pastWeeks {
			into[i] = point.Value
		}
	}
}

// partial is a warning that came with an answer.
type partial string

func (p partial) Error() string { return "the answer may be partial: " + string(p) }

// hourly returns the events of an hour in the last week; NaN where less than a day of
// it is known.
func (r *record) hourly() float64 {
	if r.hours[0] < wholeDay {
		return math.NaN()
	}
	return r.total[0] / r.hours[0]
}

// share returns the share of what was bad in a week; NaN where most of it is not known
// or nothing happened.
func (r *record) share(i int) float64 {
	if r.hours[i] < wholeWeek {
		return math.NaN()
	}
	if r.total[i] > 0 {
		return r.bad[i] / r.total[i]
	}
	return r.ratio[i]
}

// weekly is a source that answers for the end of every week in place of one time.
type weekly struct{ source.Source }

// Query evaluates a query at the end of each week.
func (w weekly) Query(ctx context.Context, query string, at time.Time) (source.Answer, error) {
	return w.QueryRange(ctx, query, source.Range{Start: at.Add(-(pastWeeks - 1) * week), End: at, Step: week})
}
