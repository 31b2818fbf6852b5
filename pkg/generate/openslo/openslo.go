// Package openslo writes the SLOs of a service as documents of others, and reads
// them: OpenSLO v1, the specifications of Sloth and those of Pyrra. What a format
// cannot say is a finding.
package openslo

import (
	"fmt"
	"regexp"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/generate/servicefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// File is the name of the file with the OpenSLO documents.
const File = "slos.yaml"

// Documents generates one OpenSLO v1 document for each SLO.
type Documents struct{}

// Kind is slos.
func (Documents) Kind() generate.Kind { return generate.SLOs }

// Generate returns one file. An SLO that OpenSLO cannot express is a finding.
func (Documents) Generate(job generate.Job) generate.Result {
	var out generate.Result
	var docs []manifest.Document
	e := exporter{job: job, format: "OpenSLO", out: &out}
	for _, s := range job.Service.SLOs {
		m, ok := e.measured(s)
		if !ok {
			continue
		}
		if d, ok := e.document(m); ok {
			docs = append(docs, manifest.Document{Value: d, What: "the SLO " + s.Name.V, Origin: s.At})
		}
	}
	file := generate.Artefact{Kind: generate.SLOs, Path: File, Count: len(docs), Unit: "documents"}
	return manifest.File(out, file, rules.Header(job.Service), docs)
}

// exporter gathers what one format cannot say.
type exporter struct {
	job    generate.Job
	format string
	out    *generate.Result
}

// cannot reports something that the format has no words for.
func (e exporter) cannot(s spec.SLO, what, fix string) {
	e.out.Findings = append(e.out.Findings, s.At.Finding("generate/not-expressible", report.Warning, e.job.Service.Name.V, what, fix))
}

// without reports an SLO that is left out.
func (e exporter) without(s spec.SLO, why, fix string) {
	e.cannot(s, fmt.Sprintf("the SLO %s is left out of what is written for %s: %s", s.Name.V, e.format, why), fix)
}

// measured is an SLO and how its SLI is taken.
type measured struct {
	slo       spec.SLO
	recording slo.Recording
}

// measured returns how an SLO is taken, false for one that was reported.
func (e exporter) measured(s spec.SLO) (measured, bool) {
	why, fix := "", ""
	switch {
	case s.Broken != "":
		why = s.Broken
	case !s.Objective.V.Given():
		why, fix = "it has no valid objective", "add objective: 99.9"
	case s.Window.V.Calendar == spec.NoCalendar && s.Window.V.Duration <= 0:
		why, fix = "it has no valid window", "add window: 30d"
	}
	if why != "" {
		e.without(s, why, fix)
		return measured{}, false
	}
	r, err := record.NewRecording(e.job, s)
	if err == nil {
		err = sound(r.Parts())
	}
	if err != nil {
		e.without(s, err.Error(), "")
		return measured{}, false
	}
	return measured{s, r}, true
}

// sound parses every expression that leaves once more.
func sound(p slo.Parts) error {
	for _, text := range []string{p.Good, p.Bad, p.Total, p.Ratio, p.Metric} {
		if text == "" {
			continue
		}
		if _, err := promql.Parse(text); err != nil {
			return fmt.Errorf("%s is not valid PromQL: %w", text, err)
		}
	}
	return nil
}

// apiVersion and kind of an OpenSLO document of an SLO, and of the annotations that
// keep what OpenSLO has no field for.
const (
	apiVersion = "openslo/v1"
	kindSLO    = "SLO"
	ours       = "nthlayer.dev/"
)

// The longest texts that OpenSLO takes, in characters.
const (
	maxDisplay     = 63
	maxDescription = 1050
)

type openSLO struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   metadata `yaml:"metadata"`
	Spec       body     `yaml:"spec"`
}

type metadata struct {
	Name        string            `yaml:"name"`
	DisplayName string            `yaml:"displayName,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

type body struct {
	Description     string      `yaml:"description,omitempty"`
	Service         string      `yaml:"service"`
	Indicator       indicator   `yaml:"indicator"`
	TimeWindow      []window    `yaml:"timeWindow"`
	BudgetingMethod string      `yaml:"budgetingMethod"`
	Objectives      []objective `yaml:"objectives"`
}

type indicator struct {
	Metadata metadata `yaml:"metadata"`
	Spec     sli      `yaml:"spec"`
}

func (e exporter) document(m measured) (openSLO, bool) {
	s, service := m.slo, e.job.Service
	w, problem := newWindow(s.Window.V)
	if problem != "" {
		e.without(s, problem, "write a window of whole minutes, as 30d")
		return openSLO{}, false
	}
	target := s.Objective.V.Target()
	if f, _ := target.Float64(); f >= 1 {
		e.without(s, "readers of OpenSLO hold numbers in 64 bits, in which its objective is 1", "write an objective with fewer nines")
		return openSLO{}, false
	}
	i, method, o := newIndicator(m)
	o.Target = manifest.Number(servicefile.Decimal(target))
	name := manifest.Identifier(service.Name.V + "-" + s.Name.V)
	i.Metadata.Name = name
	return openSLO{
		APIVersion: apiVersion, Kind: kindSLO,
		Metadata: metadata{Name: name, DisplayName: short(s.Name.V), Labels: e.labels(s), Annotations: e.annotations(m, name)},
		Spec: body{
			Description: e.description(s), Service: service.Name.V, Indicator: i,
			TimeWindow: []window{w}, BudgetingMethod: method, Objectives: []objective{o},
		},
	}, true
}

func (e exporter) description(s spec.SLO) string {
	text := []rune(s.Description.V)
	if len(text) <= maxDescription {
		return s.Description.V
	}
	e.cannot(s, fmt.Sprintf("the description of the SLO %s is cut for %s, which takes %d characters", s.Name.V, e.format, maxDescription), "shorten it")
	return string(text[:maxDescription])
}

// labelKey is what OpenSLO takes for the name of a label.
var labelKey = regexp.MustCompile(`^[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`)

// labels are those of the SLO, with team and tier of the service.
func (e exporter) labels(s spec.SLO) map[string]string {
	out := map[string]string{}
	for key, value := range map[string]string{"team": e.job.Service.Team.V, "tier": string(e.job.Service.Tier.V)} {
		if value != "" {
			out[key] = value
		}
	}
	for _, l := range s.Labels {
		if !labelKey.MatchString(l.Key) {
			e.cannot(s, fmt.Sprintf("the label %q of the SLO %s is left out: %s has no such names", l.Key, s.Name.V, e.format), "use letters, digits, dots, hyphens and underscores")
			continue
		}
		out[l.Key] = l.Value.V
	}
	return out
}

// annotations keep what OpenSLO has no field for, so that the document can be read
// back as it was.
func (e exporter) annotations(m measured, name string) map[string]string {
	service := e.job.Service
	out := map[string]string{}
	keep := func(key, value string) {
		if value != "" {
			out[ours+key] = value
		}
	}
	keep("team", service.Team.V)
	keep("tier", string(service.Tier.V))
	keep("type", string(service.Type.V))
	keep("environment", service.Environment)
	if service.Name.V+"-"+m.slo.Name.V != name {
		keep("slo", m.slo.Name.V)
	}
	for key, value := range kept(m) {
		keep(key, value)
	}
	return out
}

// kept are the fields of an indicator that says more than its document: a ratio that
// was not split by its author, or a histogram whose buckets are looked up.
func kept(m measured) map[string]string {
	i := m.slo.Indicator
	switch {
	case i.Kind == spec.IndicatorThreshold, i.Kind == spec.IndicatorEvents && m.recording.Counts():
		return nil
	case i.Kind == spec.IndicatorLatency:
		return map[string]string{"latency-query": i.Query.V, "threshold-ms": servicefile.Decimal(servicefile.Milliseconds(i.Threshold.V))}
	}
	return map[string]string{"query": i.Ratio.V, "good-query": i.Good.V, "error-query": i.Bad.V, "total-query": i.Total.V}
}

// short is a text for people, or nothing where it is too long for that.
func short(s string) string {
	if len([]rune(s)) > maxDisplay {
		return ""
	}
	return s
}

// step is how often the gate looks at an SLI that has a value at each moment only.
func step(window time.Duration) string {
	if window > 7*24*time.Hour {
		return "5m"
	}
	return "1m"
}
