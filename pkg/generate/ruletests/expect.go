package ruletests

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
)

// asked are the expressions that are the same in all tests of an SLO.
type asked struct {
	firing, events, shares, remaining string
	// early and late are the times of a test as they are written.
	early, late string
}

// anyRatio asks for the matcher of all recorded shares of bad events.
type anyRatio struct{}

// asks prints them: the alerts that fire, the events of 5 minutes, the shares of bad
// events of all windows in billionths, and what is left of the budget in millionths.
// These are whole numbers: in binary hardly any decimal is exact. The sums take off
// the labels, whatever they are.
func asks(job generate.Job, p record.Plan) asked {
	alerts := promql.Selector{Name: "ALERTS"}
	for _, m := range []struct{ name, value string }{{"alertstate", "firing"}, {slo.ServiceLabel, p.Labels()[slo.ServiceLabel]}, {slo.SLOLabel, p.Labels()[slo.SLOLabel]}} {
		alerts.Matchers = append(alerts.Matchers, labels.MustNewMatcher(labels.MatchEqual, m.name, m.value))
	}
	ratios := promql.Selector{Matchers: slices.Clone(p.Matchers())}
	ratios.Matchers = append(ratios.Matchers, memo.Of(job.Memo, anyRatio{}, func() *labels.Matcher {
		return labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, record.ErrorRatio+".+")
	}))
	return asked{
		early: rules.Duration(early), late: rules.Duration(late),
		firing:    "count by (alertname) (" + alerts.String() + ")",
		events:    "sum(round(" + p.Series(slo.TotalEvents) + "))",
		remaining: "sum(round(1e6 * " + p.Series(record.Remaining) + "))",
		shares:    fmt.Sprintf(`count_values("billionths", round(1e9 * label_replace(%s, "window", "$1", "__name__", "%s(.+)")))`, ratios, record.ErrorRatio),
	}
}

// expectations are what a test asks: the alerts early and late, and what is recorded
// at the end.
func expectations(p record.Plan, a asked, s scenario, counts bool) []query {
	out := []query{firingQuery(a.firing, a.early, s.early), firingQuery(a.firing, a.late, s.late)}
	if counts && (s.share == nil || s.rate.Cmp(big.NewRat(1, 1)) > 0) {
		out = append(out, eventsQuery(a, s))
	}
	out = append(out, ratioQuery(p, a, s)...)
	return append(out, remainingQuery(a, s)...)
}

func firingQuery(expr, at string, firing []string) query {
	q := query{Expr: expr, At: at}
	for _, name := range firing {
		q.Samples = append(q.Samples, sample{Labels: `{alertname="` + name + `"}`, Value: 1})
	}
	return q
}

// eventsQuery asks for the events of 5 minutes.
func eventsQuery(a asked, s scenario) query {
	q := query{Expr: a.events, At: a.late}
	switch {
	case s.absent:
	case s.idle:
		q.Samples = []sample{{Labels: "{}", Value: 0}}
	default:
		q.Samples = []sample{{Labels: "{}", Value: whole(times(s.rate, big.NewRat(5, 1)))}}
	}
	return q
}

// ratioQuery asks how many windows have which share of bad events.
func ratioQuery(p record.Plan, a asked, s scenario) []query {
	q := query{At: a.late, Expr: a.shares}
	if s.share != nil {
		if !s.billionths.certain {
			return nil
		}
		q.Samples = []sample{{Labels: fmt.Sprintf(`{billionths="%d"}`, s.billionths.n), Value: int64(len(p.Windows()))}}
	}
	return []query{q}
}

// remainingQuery asks for what is left of the budget, in millionths.
func remainingQuery(a asked, s scenario) []query {
	q := query{At: a.late, Expr: a.remaining}
	if s.share != nil {
		if !s.millionths.certain {
			return nil
		}
		q.Samples = []sample{{Labels: "{}", Value: s.millionths.n}}
	}
	return []query{q}
}

// rounded is a number as round gives it in PromQL. One between two whole numbers is
// not certain: its last digit in binary picks one.
type rounded struct {
	n       int64
	certain bool
}

// round returns a number times a scale.
func round(r *big.Rat, scale int64) rounded {
	scaled := times(r, big.NewRat(scale, 1))
	n := whole(scaled)
	rest := new(big.Rat).Sub(scaled, big.NewRat(n, 1))
	return rounded{n, rest.Abs(rest).Cmp(big.NewRat(2, 5)) < 0}
}

// whole rounds half up, as round does in PromQL.
func whole(r *big.Rat) int64 {
	twice := new(big.Rat).Add(times(r, big.NewRat(2, 1)), big.NewRat(1, 1))
	half := new(big.Int).Mul(twice.Denom(), big.NewInt(2))
	return new(big.Int).Div(twice.Num(), half).Int64()
}

// decimal prints a number with as many digits as it needs, and no exponent, which
// the notation of series does not have.
func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', -1, 64), ".0")
}
