package dashboard

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// sloRow returns the row with the service's objectives.
func (b *builder) sloRow() row {
	r := row{key: "slo", title: "SLO Overview"}
	for _, s := range b.job.Service.SLOs {
		for _, p := range b.sloPanels(s) {
			p.origin = s.At
			r.panels = append(r.panels, p)
		}
	}
	return r
}

// objective is one SLO on its way to panels.
type objective struct {
	b         *builder
	slo       spec.SLO
	recording slo.Recording
	period    time.Duration
	// target and budget are shares: 0.999 and 0.001.
	target, budget float64
	// known are the ratios that were printed, by their window.
	known map[time.Duration]string
}

// sloPanels returns the panels of one SLO, or one that says why there are none.
func (b *builder) sloPanels(s spec.SLO) []panel {
	name := s.Name.V
	o, problem := b.objective(s)
	if problem != "" {
		p := textPanel(name, "Why this SLO is not shown.", "The SLO **"+markdown(name)+"** is not shown: "+markdown(problem)+".")
		p.key = "slo/" + name + "/problem"
		return []panel{p}
	}
	makers := []func(string) (panel, error){o.sli, o.remaining, o.history}
	if o.period > time.Hour {
		makers = append(makers, o.burn) // an hour says nothing of a shorter window
	}
	var out []panel
	for _, maker := range makers {
		p, err := maker(name)
		if err != nil {
			b.find(s.At, "generate/expression", report.Error, "a panel of the SLO "+name+": "+err.Error(), "")
			continue
		}
		p.key = "slo/" + name + "/" + p.key
		out = append(out, p)
	}
	return out
}

// objective returns an SLO, or a sentence on why it cannot be shown.
func (b *builder) objective(s spec.SLO) (objective, string) {
	recording, period, problem := record.Measured(b.job, s)
	if problem != "" {
		return objective{}, problem
	}
	o := objective{b: b, slo: s, recording: recording, period: period, known: map[time.Duration]string{}}
	o.budget, _ = s.Objective.V.Budget().Float64()
	o.target = exactly(1 - o.budget)
	return o, ""
}

// sli is the SLI over the whole window. It is yellow as long as less than a fifth
// of the budget is left.
func (o objective) sli(name string) (panel, error) {
	bad, err := o.errors(o.period)
	p := newPanel(name+" over "+o.slo.Window.V.Text, look{
		kind: kindStat, unit: "percentunit", decimals: o.decimals(), noValue: "no traffic or no data",
		help: "The share of good events in the window. The objective is " + o.percent() + "." + o.fallback(),
		steps: []sdk.Threshold{
			{Color: "red"}, {Color: "yellow", Value: new(o.target)}, {Color: "green", Value: new(exactly(o.target + o.budget/5))},
		},
	}, []query{{"1 - (" + bad + ")", "SLI"}})
	p.key = "sli"
	return p, err
}

// remaining is what is left of the error budget, from 0 to 1; below 0 the
// objective is missed.
func (o objective) remaining(name string) (panel, error) {
	raw, err := o.raw(o.period)
	expr := fmt.Sprintf("min(%s) or min(1 - (%s) / %s)", o.recorded(record.Remaining), raw, number(o.budget))
	p := newPanel(name+" error budget", look{
		kind: kindGauge, unit: "percentunit", decimals: 1, min: new(0.0), max: new(1.0), noValue: "no traffic or no data",
		help: "What remains of the error budget of the window. Below 0 the objective is missed." + o.fallback(),
		steps: []sdk.Threshold{
			{Color: "red"}, {Color: "orange", Value: new(0.1)}, {Color: "yellow", Value: new(0.25)}, {Color: "green", Value: new(0.5)},
		},
	}, []query{{expr, "remaining"}})
	p.key = "budget"
	return p, err
}

// history is the SLI of each hour beside the objective.
func (o objective) history(name string) (panel, error) {
	bad, err := o.errors(o.hour())
	p := newPanel(name+" by the hour", look{
		kind: kindTimeseries, unit: "percentunit", decimals: o.decimals(), max: new(1.0),
		help: "The share of good events in the last " + promql.Duration(o.hour()) + ". It may be below the objective of " + o.percent() + " for a time; how long is what the error budget is for." + o.fallback(),
	}, []query{{"1 - (" + bad + ")", "SLI"}, {number(o.target), "objective"}})
	p.model.FieldConfig.Overrides = []sdk.DashboardFieldConfigSourceOverrides{dashed("objective", "red")}
	p.key = "history"
	return p, err
}

// burn is how fast the budget goes: at 1 it lasts for exactly the window. The
// lines are where the alerts of the same windows fire.
func (o objective) burn(name string) (panel, error) {
	l := look{
		kind: kindTimeseries, unit: "none", decimals: 2, min: new(0.0),
		help:  "How many times too fast the error budget is used: at 1 it lasts for the window of " + markdown(o.slo.Window.V.Text) + ".",
		steps: []sdk.Threshold{{Color: "green"}},
	}
	var queries []query
	for _, w := range []time.Duration{time.Hour, 6 * time.Hour} {
		if w >= o.period {
			continue
		}
		bad, err := o.errors(w)
		if err != nil {
			return panel{}, err
		}
		queries = append(queries, query{"(" + bad + ") / " + number(o.budget), promql.Duration(w)})
	}
	steps, lines := o.factors()
	l.steps = append(l.steps, steps...)
	l.help += lines
	l.help += o.fallback()
	p := newPanel(name+" burn rate", l, queries)
	if c, ok := p.model.FieldConfig.Defaults.Custom.(*timeseries.FieldConfig); ok && len(l.steps) > 1 {
		c.AxisSoftMax = new(exactly(*l.steps[len(l.steps)-1].Value * 1.1))
	}
	p.key = "burn"
	return p, nil
}

// factors are the burn rates at which alerts fire, with a sentence on them.
func (o objective) factors() ([]sdk.Threshold, string) {
	var steps []sdk.Threshold
	var said []string
	for _, line := range []struct {
		window time.Duration
		color  string
	}{{6 * time.Hour, "orange"}, {time.Hour, "red"}} {
		// What would take more than all events to fail has no alert.
		if factor, ok := record.Factor(line.window, o.period); ok && factor*o.budget < 1 {
			steps = append(steps, sdk.Threshold{Color: line.color, Value: new(factor)})
			said = append(said, number(factor)+" over "+promql.Duration(line.window))
		}
	}
	if len(steps) == 0 {
		return nil, ""
	}
	return steps, " The lines are where alerts fire: " + strings.Join(said, ", ") + "."
}

// hour is the time that the SLI of a moment is about.
func (o objective) hour() time.Duration { return min(time.Hour, o.period) }

// errors prints the share of bad events in a window: as the rules record it, and
// worked out from the metrics where there are no rules. Both are one series with
// no labels, so that a server that has them shows one line and not two.
func (o objective) errors(window time.Duration) (string, error) {
	raw, err := o.raw(window)
	return "max(" + o.recorded(record.ErrorRatio+promql.Duration(window)) + ") or max(" + raw + ")", err
}

// raw prints the share of bad events worked out from the metrics. Its windows stay
// as they are: they say what the number means.
func (o objective) raw(window time.Duration) (string, error) {
	if text, ok := o.known[window]; ok {
		return text, nil
	}
	text, err := o.b.print.text(o.recording.ErrorRatio(window))
	if err != nil {
		return "", err
	}
	o.known[window] = text
	return text, nil
}

// recorded prints the selector of a recorded series.
func (o objective) recorded(name string) string {
	matchers := []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, slo.ServiceLabel, o.b.job.Service.Name.V),
		labels.MustNewMatcher(labels.MatchEqual, slo.SLOLabel, o.slo.Name.V),
	}
	if env := o.b.job.Service.Environment; env != "" {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, environmentLabel, env))
	}
	return o.b.print.fixed(selector(name, matchers...))
}

func (o objective) percent() string { return report.Percent(o.target*100, 6) }

// decimals is two more than the objective has, so that a hundredth of the budget of
// 99.99 % shows.
func (o objective) decimals() int {
	_, fraction, _ := strings.Cut(number(exactly(o.target*100)), ".")
	return max(2, len(fraction)+2)
}

func (o objective) fallback() string {
	return " Read from the recording rules; without them it is worked out from the metrics."
}

// number prints a number as PromQL reads it, with no more digits than it takes.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// exactly takes off what binary numbers leave behind the twelfth decimal.
func exactly(f float64) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 12, 64), 64)
	if err != nil {
		return f
	}
	return out
}

// dashed draws the series of a name as a dashed line.
func dashed(name, color string) sdk.DashboardFieldConfigSourceOverrides {
	return sdk.DashboardFieldConfigSourceOverrides{
		Matcher: sdk.MatcherConfig{Id: "byName", Options: name},
		Properties: []sdk.DynamicConfigValue{
			{Id: "color", Value: sdk.FieldColor{Mode: sdk.FieldColorModeIdFixed, FixedColor: new(color)}},
			{Id: "custom.fillOpacity", Value: 0},
			{Id: "custom.lineStyle", Value: common.LineStyle{Fill: new(common.LineStyleFillDash), Dash: []float64{10, 10}}},
		},
	}
}
