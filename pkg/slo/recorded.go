package slo

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
)

// The series that our recording rules make for every SLO that counts events:
// events in the last 5 minutes, with the labels service and slo, and env where the
// rules were generated for an environment.
const (
	TotalEvents      = "slo:events_total:increase5m"
	BadEvents        = "slo:events_bad:increase5m"
	ServiceLabel     = "service"
	SLOLabel         = "slo"
	EnvironmentLabel = "env"
)

// recorded is an SLI from recorded counts: the sums of both counts over the
// window, divided once. How often the rules run cancels out.
//
// Recorded counts are as old as their rules. They stand for a window only if
// they cover it, or all of it in which the metrics themselves have samples; a
// rule that was added yesterday does not answer for 30 days.
type recorded struct {
	service string
	// environment picks the counts of one environment; without it they are not told
	// apart.
	environment string
	// slo restricts the questions to one SLO; without it they answer for all
	// SLOs of the service, by the label slo.
	slo string
}

func (r recorded) sli(look time.Duration) string {
	return "1 - " + r.sum(BadEvents, look) + " / " + r.sum(TotalEvents, look)
}

func (r recorded) events(look time.Duration) string { return r.sum(TotalEvents, look) }

func (r recorded) sum(name string, look time.Duration) string {
	return fmt.Sprintf("sum by (%s) (sum_over_time(%s[%s]))", SLOLabel, r.selector(name), promql.Duration(look))
}

func (r recorded) selector(name string) promql.Selector {
	s := promql.Selector{Name: name, Matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, ServiceLabel, r.service)}}
	if r.environment != "" {
		s.Matchers = append(s.Matchers, labels.MustNewMatcher(labels.MatchEqual, EnvironmentLabel, r.environment))
	}
	if r.slo != "" {
		s.Matchers = append(s.Matchers, labels.MustNewMatcher(labels.MatchEqual, SLOLabel, r.slo))
	}
	return s
}

// coverage prints the question in how many steps of the window there are counts.
func (r recorded) coverage(window time.Duration) string {
	return fmt.Sprintf("count_over_time((group by (%s) (%s) and group by (%s) (%s))[%s:%s])",
		SLOLabel, r.selector(TotalEvents), SLOLabel, r.selector(BadEvents), promql.Duration(window), promql.Duration(coverageStep(window)))
}

// history prints the question in how many steps of the window the total itself
// has samples.
func history(total []promql.Selector, window time.Duration) string {
	return fmt.Sprintf("count_over_time((%s)[%s:%s])", groups(total, ""), promql.Duration(window), promql.Duration(coverageStep(window)))
}

// groups prints an expression that has a value where one of the selectors has.
func groups(selectors []promql.Selector, modifier string) string {
	out := make([]string, len(selectors))
	for i, s := range selectors {
		out[i] = "group(" + s.String() + modifier + ")"
	}
	return strings.Join(out, " or ")
}

// coverageStep is about a 120th of the window, from 5m to 6h.
func coverageStep(window time.Duration) time.Duration {
	return min(max((window/120).Truncate(5*time.Minute), 5*time.Minute), 6*time.Hour)
}

// steps returns how many steps a subquery over the window has at a time: the
// multiples of the step within it.
func steps(at time.Time, window time.Duration) float64 {
	step := coverageStep(window).Milliseconds()
	end := at.UnixMilli()
	return float64(end/step - (end-window.Milliseconds())/step)
}

// covers reports whether counts in have of want steps are as good as all: 1 %
// may be missing, or one step, as when rules were reloaded.
func covers(have, want float64) bool {
	return have > 0 && want-have <= max(1, want/100)
}
