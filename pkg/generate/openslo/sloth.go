package openslo

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/generate/servicefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
)

// SlothFile is the name of the file with the specification for Sloth.
const SlothFile = "sloth.yaml"

// slothVersion is what Sloth's specifications begin with.
const slothVersion = "prometheus/v1"

// slothPeriod is the window of all SLOs unless Sloth is told another one.
const slothPeriod = 30 * 24 * time.Hour

// Sloth generates a specification for Sloth.
type Sloth struct{}

// Kind is sloth.
func (Sloth) Kind() generate.Kind { return generate.Sloth }

type slothSpec struct {
	Version string            `yaml:"version"`
	Service string            `yaml:"service"`
	Labels  map[string]string `yaml:"labels,omitempty"`
	SLOs    []slothSLO        `yaml:"slos"`
}

type slothSLO struct {
	Name        string            `yaml:"name"`
	Objective   yaml.Node         `yaml:"objective"`
	Description string            `yaml:"description,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	SLI         slothSLI          `yaml:"sli"`
	Alerting    slothAlerting     `yaml:"alerting"`
}

type slothSLI struct {
	Events *slothEvents `yaml:"events,omitempty"`
	Raw    *slothRaw    `yaml:"raw,omitempty"`
}

type slothEvents struct {
	ErrorQuery string `yaml:"error_query"`
	TotalQuery string `yaml:"total_query"`
}

type slothRaw struct {
	ErrorRatioQuery string `yaml:"error_ratio_query"`
}

type slothAlerting struct {
	Name        string            `yaml:"name"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
	PageAlert   slothAlert        `yaml:"page_alert"`
	TicketAlert slothAlert        `yaml:"ticket_alert"`
}

type slothAlert struct {
	Disable bool              `yaml:"disable,omitempty"`
	Labels  map[string]string `yaml:"labels,omitempty"`
}

// Generate returns one file with all SLOs that Sloth can express.
func (Sloth) Generate(job generate.Job) generate.Result {
	var out generate.Result
	e := exporter{job: job, format: "Sloth", out: &out}
	doc := slothSpec{Version: slothVersion, Service: job.Service.Name.V, Labels: e.promLabels(spec.SLO{}, e.owner())}
	var from []manifest.Item
	for _, s := range job.Service.SLOs {
		m, ok := e.measured(s)
		if !ok {
			continue
		}
		if o, ok := e.sloth(m); ok {
			doc.SLOs = append(doc.SLOs, o)
			from = append(from, manifest.Item{What: "the SLO " + s.Name.V, Origin: s.At})
		}
	}
	if len(doc.SLOs) == 0 {
		return out
	}
	file := generate.Artefact{Kind: generate.Sloth, Path: SlothFile, Count: len(doc.SLOs), Unit: "SLOs"}
	return manifest.File(out, file, rules.Header(job.Service), []manifest.Document{{Value: doc, What: "the specification", List: "slos", Items: from}})
}

// slothName is what Sloth takes for the name of a service or of an SLO.
var slothName = regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9_.]*[A-Za-z0-9]$`)

func (e exporter) sloth(m measured) (slothSLO, bool) {
	s, service := m.slo, e.job.Service
	for _, name := range []string{service.Name.V, s.Name.V} {
		if !slothName.MatchString(name) {
			e.without(s, "it takes no name like "+name, "use at least two letters or digits, and between them dots, hyphens and underscores")
			return slothSLO{}, false
		}
	}
	sli, ok := slothIndicator(m)
	if !ok {
		e.without(s, "its queries cannot be written with the window left open", "write simpler queries")
		return slothSLO{}, false
	}
	if s.Window.V.Duration != slothPeriod {
		e.cannot(s, fmt.Sprintf("the window %s of the SLO %s is not in what is written for Sloth, which has one for all SLOs", s.Window.V.Text, s.Name.V),
			"run sloth with --default-slo-period and windows for that period, or use the recording rules of nthlayer")
	}
	percent := new(big.Rat).Mul(s.Objective.V.Target(), big.NewRat(100, 1))
	return slothSLO{
		Name: s.Name.V, Objective: manifest.Number(servicefile.Decimal(percent)), Description: s.Description.V, Labels: e.promLabels(s, s.Labels),
		SLI: sli, Alerting: e.slothAlerting(s),
	}, true
}

// owner are the facts of the service as labels.
func (e exporter) owner() []spec.Entry {
	s := e.job.Service
	return []spec.Entry{
		{Key: "team", Value: s.Team}, {Key: "tier", Value: spec.Value[string]{V: string(s.Tier.V)}}, {Key: "type", Value: spec.Value[string]{V: string(s.Type.V)}},
	}
}

// promLabels are labels that Prometheus takes.
func (e exporter) promLabels(s spec.SLO, entries []spec.Entry) map[string]string {
	out := map[string]string{}
	for _, l := range entries {
		switch {
		case l.Value.V == "":
		case !model.LegacyValidation.IsValidLabelName(l.Key) || strings.HasPrefix(l.Key, "__"):
			e.cannot(s, fmt.Sprintf("the label %q of the SLO %s is left out: %s has no such names", l.Key, s.Name.V, e.format), "use letters, digits and underscores")
		default:
			out[l.Key] = l.Value.V
		}
	}
	return out
}

// slothAlerting says who is told. Nobody is paged for a service of tier low: an alert
// that is not switched off is on.
func (e exporter) slothAlerting(s spec.SLO) slothAlerting {
	service := e.job.Service
	a := slothAlerting{
		Name:        pascal(service.Name.V) + pascal(s.Name.V),
		Labels:      map[string]string{"service": service.Name.V, "slo": s.Name.V},
		Annotations: map[string]string{"summary": rules.Plain(s.Name.V + " of " + service.Name.V + " burns its error budget too fast")},
		PageAlert:   slothAlert{Labels: map[string]string{"severity": "critical"}},
		TicketAlert: slothAlert{Labels: map[string]string{"severity": "warning"}},
	}
	for _, l := range e.owner()[:2] {
		if l.Value.V != "" {
			a.Labels[l.Key] = rules.Plain(l.Value.V)
		}
	}
	if link := rules.Runbook(e.job, a.Name); link != "" {
		a.Annotations["runbook_url"] = link
	}
	if service.Tier.V == spec.TierLow {
		a.PageAlert = slothAlert{Disable: true}
	}
	return a
}

// pascal joins words to one: latency-p95 is LatencyP95.
func pascal(s string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		first, size := utf8.DecodeRuneInString(word)
		b.WriteString(string(unicode.ToUpper(first)) + word[size:])
	}
	return b.String()
}

func slothIndicator(m measured) (slothSLI, bool) {
	if !m.recording.Counts() {
		q, ok := windowed(m.recording.ErrorRatio)
		return slothSLI{Raw: &slothRaw{q}}, ok
	}
	bad, ok := windowed(m.recording.Bad)
	total, also := windowed(m.recording.Total)
	return slothSLI{Events: &slothEvents{bad, total}}, ok && also
}

// The template of a window in Sloth's queries, and how two braces are written there
// that begin none.
const (
	slothWindow = "{{.window}}"
	slothBraces = `{{"{{"}}`
)

// windowed prints a query with the window left open. Two windows that no person
// would write are tried: where they do not lead to one query, the query names such
// a window itself.
func windowed(query func(time.Duration) string) (string, bool) {
	open := func(w time.Duration) string {
		text := strings.ReplaceAll(query(w), "{{", slothBraces)
		for _, end := range []string{"]", ":"} {
			text = strings.ReplaceAll(text, "["+promql.Duration(w)+end, "["+slothWindow+end)
		}
		return text
	}
	one, other := open(7919*time.Second), open(6007*time.Second)
	filled, ok := closed(one, "5m")
	if !ok || one != other {
		return "", false
	}
	_, err := promql.Parse(filled)
	return one, err == nil
}

// anyWindow matches the template of a window as people write it.
var anyWindow = regexp.MustCompile(`\{\{-?\s*\.window\s*-?\}\}`)

// closed returns a query of Sloth with a window in place of the template, false for
// one with other templates in it.
func closed(query, window string) (string, bool) {
	const mark = "\x00"
	text := strings.ReplaceAll(anyWindow.ReplaceAllString(query, window), slothBraces, mark)
	return strings.ReplaceAll(text, mark, "{{"), !strings.Contains(text, "{{") && !strings.Contains(query, mark)
}
