package openslo

import (
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate/manifest"
)

// The ways in which OpenSLO spends a budget.
const (
	occurrences     = "Occurrences"
	timeslices      = "Timeslices"
	ratioTimeslices = "RatioTimeslices"
)

type sli struct {
	ThresholdMetric *metric `yaml:"thresholdMetric,omitempty"`
	RatioMetric     *ratio  `yaml:"ratioMetric,omitempty"`
}

type ratio struct {
	Counter bool    `yaml:"counter"`
	Good    *metric `yaml:"good,omitempty"`
	Bad     *metric `yaml:"bad,omitempty"`
	Total   *metric `yaml:"total,omitempty"`
	RawType string  `yaml:"rawType,omitempty"`
	Raw     *metric `yaml:"raw,omitempty"`
}

type metric struct {
	Source source `yaml:"metricSource"`
}

type source struct {
	Type string            `yaml:"type"`
	Spec map[string]string `yaml:"spec"`
}

type objective struct {
	Op              string    `yaml:"op,omitempty"`
	Value           yaml.Node `yaml:"value,omitempty"`
	Target          yaml.Node `yaml:"target"`
	TimeSliceTarget int       `yaml:"timeSliceTarget,omitempty"`
	TimeSliceWindow string    `yaml:"timeSliceWindow,omitempty"`
}

func prometheus(query string) *metric {
	if query == "" {
		return nil
	}
	return &metric{source{Type: "Prometheus", Spec: map[string]string{"query": query}}}
}

// newIndicator returns the SLI, how its budget is spent, and what the objective says
// of it beside its target. Events are counted. A metric with a limit is good or bad
// in each slice of time, and a ratio that has a value at each moment only is
// averaged over them. No query gives counters as they are: what grows is measured
// over a range.
func newIndicator(m measured) (indicator, string, objective) {
	p := m.recording.Parts()
	switch {
	case p.Metric != "":
		o := objective{
			Op: words()[p.Op], Value: manifest.Number(strconv.FormatFloat(p.Limit, 'f', -1, 64)),
			TimeSliceTarget: 1, TimeSliceWindow: step(m.slo.Window.V.Longest()),
		}
		return indicator{Spec: sli{ThresholdMetric: prometheus(p.Metric)}}, timeslices, o
	case p.Ratio != "":
		return indicator{Spec: sli{RatioMetric: &ratio{RawType: "success", Raw: prometheus(p.Ratio)}}}, ratioTimeslices, objective{TimeSliceWindow: "5m"}
	}
	r := ratio{Good: prometheus(p.Good), Bad: prometheus(p.Bad), Total: prometheus(p.Total)}
	return indicator{Spec: sli{RatioMetric: &r}}, occurrences, objective{}
}

// words are OpenSLO's words for comparisons.
func words() map[string]string {
	return map[string]string{"<=": "lte", "<": "lt", ">=": "gte", ">": "gt"}
}
