package openslo

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/generate/servicefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// PyrraFile is the name of the file with the objectives for Pyrra.
const PyrraFile = "pyrra.yaml"

// shortestPyrra is the shortest window that Pyrra makes working rules for: it scales
// its windows of 28 days down, and the smallest come to nothing below this.
const shortestPyrra = 3 * 24 * time.Hour

// pyrraLabel is in front of labels that Pyrra puts on its rules.
const pyrraLabel = "pyrra.dev/"

// Pyrra generates a ServiceLevelObjective of Pyrra for each SLO.
type Pyrra struct{}

// Kind is pyrra.
func (Pyrra) Kind() generate.Kind { return generate.Pyrra }

type pyrraDoc struct {
	APIVersion string        `yaml:"apiVersion"`
	Kind       string        `yaml:"kind"`
	Metadata   pyrraMetadata `yaml:"metadata"`
	Spec       pyrraSpec     `yaml:"spec"`
}

type pyrraMetadata struct {
	Name      string            `yaml:"name"`
	Namespace string            `yaml:"namespace,omitempty"`
	Labels    map[string]string `yaml:"labels,omitempty"`
}

type pyrraSpec struct {
	Description string         `yaml:"description,omitempty"`
	Target      string         `yaml:"target"`
	Window      string         `yaml:"window"`
	Indicator   pyrraIndicator `yaml:"indicator"`
	Alerting    pyrraAlerting  `yaml:"alerting"`
}

type pyrraIndicator struct {
	Ratio         *pyrraRatio   `yaml:"ratio,omitempty"`
	Latency       *pyrraLatency `yaml:"latency,omitempty"`
	LatencyNative *pyrraNative  `yaml:"latencyNative,omitempty"`
}

type pyrraRatio struct {
	Errors pyrraQuery `yaml:"errors"`
	Total  pyrraQuery `yaml:"total"`
}

type pyrraLatency struct {
	Success pyrraQuery `yaml:"success"`
	Total   pyrraQuery `yaml:"total"`
}

type pyrraNative struct {
	Latency string     `yaml:"latency"`
	Total   pyrraQuery `yaml:"total"`
}

type pyrraQuery struct {
	Metric string `yaml:"metric"`
}

type pyrraAlerting struct {
	Name       string            `yaml:"name"`
	Severities map[string]string `yaml:"severities,omitempty"`
}

// Generate returns one file with a document for each SLO that Pyrra can express: it
// takes single selectors and no expressions.
func (Pyrra) Generate(job generate.Job) generate.Result {
	var out generate.Result
	var docs []manifest.Document
	e := exporter{job: job, format: "Pyrra", out: &out}
	for _, s := range job.Service.SLOs {
		if m, ok := e.measured(s); ok {
			if d, ok := e.pyrra(m); ok {
				docs = append(docs, manifest.Document{Value: d, What: "the SLO " + s.Name.V, Origin: s.At})
			}
		}
	}
	file := generate.Artefact{Kind: generate.Pyrra, Path: PyrraFile, Count: len(docs), Unit: "documents"}
	return manifest.File(out, file, rules.Header(job.Service), docs)
}

func (e exporter) pyrra(m measured) (pyrraDoc, bool) {
	s, service := m.slo, e.job.Service
	w := s.Window.V
	switch {
	case w.Calendar != spec.NoCalendar:
		e.without(s, "it has no calendar windows, and its window is "+w.Text, "write a rolling window, as 28d")
		return pyrraDoc{}, false
	case w.Duration < shortestPyrra:
		e.without(s, "its window is "+w.Text+", and below 3d Pyrra writes ranges of 0s", "write a window of at least 3d")
		return pyrraDoc{}, false
	}
	i, why := pyrraIndicatorOf(m)
	if why != "" {
		e.without(s, why, "write the SLO as one counter with a matcher that tells its failures, or as one histogram")
		return pyrraDoc{}, false
	}
	percent := new(big.Rat).Mul(s.Objective.V.Target(), big.NewRat(100, 1))
	return pyrraDoc{
		APIVersion: "pyrra.dev/v1alpha1", Kind: "ServiceLevelObjective",
		Metadata: pyrraMetadata{
			Name: manifest.Identifier(service.Name.V + "-" + s.Name.V), Namespace: service.Workload.Namespace.V, Labels: e.pyrraLabels(s),
		},
		Spec: pyrraSpec{
			Description: s.Description.V, Target: servicefile.Decimal(percent), Window: promql.Duration(w.Duration), Indicator: i,
			Alerting: pyrraAlerting{Name: pascal(service.Name.V) + pascal(s.Name.V) + "ErrorBudgetBurn", Severities: e.pyrraSeverities()},
		},
	}, true
}

// pyrraSeverities pages nobody for a service of tier low.
func (e exporter) pyrraSeverities() map[string]string {
	if e.job.Service.Tier.V != spec.TierLow {
		return nil
	}
	return map[string]string{"absent": "warning", "fastBurn": "warning", "mediumBurn": "warning", "slowBurn": "warning", "longTermBurn": "warning"}
}

// pyrraLabels are labels that Pyrra puts on its rules. Kubernetes takes few
// characters in their values.
func (e exporter) pyrraLabels(s spec.SLO) map[string]string {
	out := map[string]string{}
	facts := []spec.Entry{{Key: "service", Value: e.job.Service.Name}, {Key: "slo", Value: s.Name}}
	for _, l := range slices.Concat(facts, e.owner()[:2], s.Labels) {
		switch {
		case l.Value.V == "":
		case !labelKey.MatchString(l.Key) || !labelKey.MatchString(l.Value.V):
			e.cannot(s, "the label "+strconv.Quote(l.Key)+" of the SLO "+s.Name.V+" is left out of what is written for Pyrra: Kubernetes takes no such name or value",
				"use letters, digits, dots, hyphens and underscores")
		default:
			out[pyrraLabel+l.Key] = l.Value.V
		}
	}
	return out
}

// pyrraIndicatorOf returns the SLI, or why Pyrra cannot express it.
func pyrraIndicatorOf(m measured) (pyrraIndicator, string) {
	p := m.recording.Parts()
	if m.slo.Indicator.Kind == spec.IndicatorLatency {
		if i, ok := pyrraHistogram(m, p); ok {
			return i, ""
		}
	}
	total, ok := counter(p.Total)
	if !ok {
		return pyrraIndicator{}, "it takes one selector for all events, and the SLO has more than a sum of one counter"
	}
	if p.Bad != "" {
		bad, ok := counter(p.Bad)
		if !ok {
			return pyrraIndicator{}, "it takes one selector for bad events, and the SLO has more than a sum of one counter"
		}
		return pyrraIndicator{Ratio: &pyrraRatio{pyrraQuery{bad.String()}, pyrraQuery{total.String()}}}, ""
	}
	good, ok := counter(p.Good)
	bad, also := negated(good, total)
	if !ok || !also {
		return pyrraIndicator{}, "it takes a selector of bad events, and the SLO does not tell them by one matcher"
	}
	return pyrraIndicator{Ratio: &pyrraRatio{pyrraQuery{bad.String()}, pyrraQuery{total.String()}}}, ""
}

func pyrraHistogram(m measured, p slo.Parts) (pyrraIndicator, bool) {
	if total, ok := counter(p.Total); ok {
		success, ok := counter(p.Good)
		return pyrraIndicator{Latency: &pyrraLatency{bucket(success), pyrraQuery{total.String()}}}, ok
	}
	bad, err := promql.Parse(p.Bad)
	if err != nil {
		return pyrraIndicator{}, false
	}
	// The first is the histogram in seconds, the only unit that Pyrra knows.
	h := fraction(bad)
	ms := servicefile.Decimal(servicefile.Milliseconds(m.slo.Indicator.Threshold.V))
	if len(h) == 0 || h[0].ThresholdMS.Value != ms || strings.Contains(ms, ".") {
		return pyrraIndicator{}, false
	}
	return pyrraIndicator{LatencyNative: &pyrraNative{Latency: ms + "ms", Total: pyrraQuery{promql.Selectors(bad)[0].String()}}}, true
}

// bucket returns the selector of one bucket. Pyrra reads le as a number, and knows
// itself how Prometheus 3 spells whole ones.
func bucket(s promql.Selector) pyrraQuery {
	s.Matchers = slices.Clone(s.Matchers)
	for i, m := range s.Matchers {
		if m.Name == labels.BucketLabel && m.Type == labels.MatchRegexp {
			plain, _, _ := strings.Cut(m.Value, "|")
			s.Matchers[i] = labels.MustNewMatcher(labels.MatchEqual, labels.BucketLabel, plain)
		}
	}
	return pyrraQuery{s.String()}
}

// counter returns the only selector of a sum of one rate.
func counter(query string) (promql.Selector, bool) {
	expr, err := promql.Parse(query)
	if err != nil {
		return promql.Selector{}, false
	}
	selectors := promql.Selectors(expr)
	if len(selectors) != 1 || selectors[0].Name == "" {
		return promql.Selector{}, false
	}
	s := selectors[0]
	for _, f := range []string{"rate", "increase", "irate"} {
		if same("sum("+f+"("+s.String()+"["+promql.Duration(s.Range)+"]))", expr) {
			return s, true
		}
	}
	return s, false
}

// negated returns the events that are not good: those of the total, with the one
// matcher that makes events good turned round.
func negated(good, total promql.Selector) (promql.Selector, bool) {
	var extra []*labels.Matcher
	for _, m := range good.Matchers {
		if !slices.ContainsFunc(total.Matchers, func(t *labels.Matcher) bool { return t.String() == m.String() }) {
			extra = append(extra, m)
		}
	}
	if good.Name != total.Name || len(extra) != 1 || len(good.Matchers) != len(total.Matchers)+1 {
		return promql.Selector{}, false
	}
	turned, err := extra[0].Inverse()
	if err != nil {
		return promql.Selector{}, false
	}
	out := total
	out.Matchers = append(slices.Clone(total.Matchers), turned)
	return out, true
}
