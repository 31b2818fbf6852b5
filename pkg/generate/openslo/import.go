package openslo

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/servicefile"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// ImportOptions say what documents leave open.
type ImportOptions struct {
	// Team, Tier and Type are those of services whose documents do not name them.
	Team string
	Tier spec.Tier
	Type spec.Type
	// Window is that of SLOs whose documents have none, as Sloth's; empty is 30d.
	Window string
	// ServiceLabel is the label that carries a service's name in the metrics; empty is
	// service.
	ServiceLabel string
}

// Imported is what documents of others hold.
type Imported struct {
	// Bytes are service files, one document for each service, or nothing.
	Bytes []byte
	// Trace leads from lines of the service files to the documents they came from.
	Trace []generate.Trace
	// SLOs is how many SLOs were taken over.
	SLOs int
	// Findings are about what could not be taken over as it is.
	Findings []report.Finding
}

// placeholder is what a person has to write in place of what nobody said.
const placeholder = "REPLACE_ME"

// Input is one file with documents. The name is for findings.
type Input struct {
	Name string
	Data []byte
}

// Import turns OpenSLO v1 documents and Sloth specifications into service files. The
// documents of one service may be in several files.
func Import(o ImportOptions, inputs ...Input) Imported {
	i := importer{options: o, indicators: map[string]*document.Node{}}
	var docs []*document.Node
	for _, in := range inputs {
		found, findings := document.Parse(in.Name, in.Data, document.RuleLimits())
		i.findings = append(i.findings, findings...)
		switch {
		case len(findings) > 0:
		case len(found) == 0:
			i.findings = append(i.findings, report.At(report.Position{File: in.Name}, "import/format", report.Error, "the file holds no document"))
		default:
			docs = append(docs, flattened(found)...)
		}
	}
	for _, d := range docs {
		i.describe(d)
	}
	for _, d := range docs {
		i.document(d)
	}
	return i.written()
}

// flattened takes lists of documents apart, which OpenSLO's tools write too.
func flattened(docs []*document.Node) []*document.Node {
	var out []*document.Node
	for _, d := range docs {
		if d.Kind == document.Sequence {
			out = append(out, d.Items...)
		} else {
			out = append(out, d)
		}
	}
	return out
}

// importer gathers services from documents.
type importer struct {
	options    ImportOptions
	services   []*service
	indicators map[string]*document.Node // of kind SLI, by name
	findings   []report.Finding
}

// service is one that documents describe.
type service struct {
	file servicefile.Flat
	at   *document.Node
	from []manifest.Item
}

func (i *importer) add(n *document.Node, rule string, severity report.Severity, service, message, fix string) {
	f := report.At(n.At, rule, severity, message)
	f.Service, f.Path, f.Suggestion, f.Snippet = service, n.Path, fix, n.SourceLine(n.At.Line)
	i.findings = append(i.findings, f)
}

// lost reports what is left out, changed what is taken over otherwise than it was
// meant.
func (i *importer) lost(n *document.Node, service, message, fix string) {
	i.add(n, "import/not-expressible", report.Error, service, message, fix)
}

func (i *importer) changed(n *document.Node, service, message, fix string) {
	i.add(n, "import/changed", report.Warning, service, message, fix)
}

// document takes over one document by what it says it is.
func (i *importer) document(d *document.Node) {
	version, kind := d.Get("apiVersion"), text(d.Get("kind"))
	switch {
	case text(d.Get("version")) == slothVersion:
		i.sloth(d)
	case version.IsNull():
		i.add(d, "import/format", report.Error, "", "this is no document of OpenSLO and no specification of Sloth", "name a file with apiVersion: openslo/v1 or version: prometheus/v1")
	case text(version) != apiVersion:
		i.add(version, "import/format", report.Error, "", text(version)+" is not read", "convert it to openslo/v1 or to version: prometheus/v1 of Sloth")
	case kind == kindSLO:
		i.slo(d)
	case kind == "SLI", kind == "Service": // described before
	case kind == "DataSource":
		i.add(d, "import/left-out", report.Info, "", "the data source "+text(d.Get("metadata").Get("name"))+" is left out", "give the address of Prometheus with --prometheus-url")
	default:
		i.add(d, "import/left-out", report.Warning, "", "the "+kind+" "+text(d.Get("metadata").Get("name"))+" is left out",
			"nthlayer apply generates alerts on burn rates; see whether they say the same")
	}
}

// describe takes over what other documents refer to, whatever their order is.
func (i *importer) describe(d *document.Node) {
	if text(d.Get("apiVersion")) != apiVersion {
		return
	}
	m := d.Get("metadata")
	switch text(d.Get("kind")) {
	case "SLI":
		i.indicators[text(m.Get("name"))] = d.Get("spec")
	case "Service":
		s := i.service(text(m.Get("name")), m)
		s.file.Description = text(d.Get("spec").Get("description"))
		s.take(func(key string) string { return text(m.Get("labels").Get(key)) })
	}
}

// service returns the service of a name; at is the place where it is named.
func (i *importer) service(name string, at *document.Node) *service {
	for _, s := range i.services {
		if s.file.Name == name {
			return s
		}
	}
	s := &service{file: servicefile.Flat{Name: name}, at: at}
	i.services = append(i.services, s)
	return s
}

// take fills in what is not known of the service yet.
func (s *service) take(say func(string) string) {
	f := &s.file
	if f.Team == "" {
		f.Team = say("team")
	}
	if t, ok := spec.ParseTier(say("tier")); ok && f.Tier == "" {
		f.Tier = string(t)
	}
	if t, ok := spec.ParseType(say("type")); ok && f.Type == "" {
		f.Type = string(t)
	}
}

// written returns the service files. What nobody said is left to a person.
func (i *importer) written() Imported {
	out := Imported{}
	var docs []manifest.Document
	for _, s := range i.services {
		if len(s.file.SLOs) == 0 {
			continue
		}
		if !spec.ValidName(s.file.Name) {
			i.lost(s.at, s.file.Name, fmt.Sprintf("the service %q is left out: a service file takes lower-case letters, digits and hyphens for a name", s.file.Name), "rename the service")
			continue
		}
		i.complete(s)
		out.SLOs += len(s.file.SLOs)
		docs = append(docs, manifest.Document{Value: s.file.Escaped(), What: "the service " + s.file.Name, List: "slos", Items: s.from})
	}
	r := manifest.File(generate.Result{}, generate.Artefact{Path: "the service file"}, nil, docs)
	for _, a := range r.Artefacts {
		out.Bytes, out.Trace = a.Bytes, a.Trace
	}
	out.Findings = slices.Concat(i.findings, r.Findings)
	slices.SortStableFunc(out.Findings, report.Compare)
	out.Findings = slices.Compact(out.Findings) // several objectives share one indicator
	return out
}

func (i *importer) complete(s *service) {
	f := &s.file
	s.take(func(key string) string {
		return map[string]string{"team": i.options.Team, "tier": string(i.options.Tier), "type": string(i.options.Type)}[key]
	})
	for _, field := range []struct {
		name  string
		value *string
	}{{"team", &f.Team}, {"tier", &f.Tier}, {"type", &f.Type}} {
		if *field.value == "" {
			*field.value = placeholder
			i.changed(s.at, f.Name, "nothing says the "+field.name+" of the service "+f.Name, "pass --"+field.name+", or correct "+field.name+": "+placeholder+" in the service file")
		}
	}
}

func text(n *document.Node) string {
	if n.IsNull() || !n.Kind.Scalar() {
		return ""
	}
	return n.Text
}

// number reads a decimal number exactly.
func number(n *document.Node) (*big.Rat, bool) {
	if n.IsNull() || n.Kind != document.Int && n.Kind != document.Float && n.Kind != document.String {
		return nil, false
	}
	return new(big.Rat).SetString(strings.TrimSpace(n.Text))
}

// percent returns an objective from a percentage, or reports what is wrong with it.
func (i *importer) percent(n *document.Node, r *big.Rat, service string) (yaml.Node, bool) {
	literal := servicefile.Decimal(r)
	if _, err := spec.NewObjective(literal); err != nil {
		i.lost(n, service, "an objective of "+literal+" % is left out: "+err.Error(), "write an objective between 0 and 100 that leaves an error budget")
		return yaml.Node{}, false
	}
	return manifest.Number(literal), true
}

// indicatorOf is the SLI of an entry as a service file's is.
func indicatorOf(e servicefile.SLO) spec.Indicator {
	value := func(s string) spec.Value[string] { return spec.Value[string]{V: s} }
	i := spec.Indicator{
		Good: value(e.GoodQuery), Bad: value(e.ErrorQuery), Total: value(e.TotalQuery), Ratio: value(e.Query),
		Query: value(e.LatencyQuery), Metric: value(e.Metric), Op: value(e.Op),
	}
	switch {
	case e.TotalQuery != "":
		i.Kind = spec.IndicatorEvents
	case e.LatencyQuery != "":
		i.Kind = spec.IndicatorLatency
		if r, ok := new(big.Rat).SetString(e.ThresholdMS.Value); ok {
			i.Threshold.V, _ = r.Quo(r, big.NewRat(1000, 1)).Float64()
		}
	case e.Metric != "":
		i.Kind = spec.IndicatorThreshold
		if r, ok := new(big.Rat).SetString(e.Threshold.Value); ok {
			i.Threshold.V, _ = r.Float64()
		}
	default:
		i.Kind = spec.IndicatorRatio
	}
	return i
}

// recording is how the SLI of an entry would be taken.
func (i *importer) recording(service string, e servicefile.SLO) (slo.Recording, error) {
	s := &spec.Service{Name: spec.Value[string]{V: service}}
	label := generate.Options{ServiceLabel: i.options.ServiceLabel}.Label()
	return slo.NewRecording(s, spec.SLO{Name: spec.Value[string]{V: e.Name}, Indicator: indicatorOf(e)}, slo.RecordingOptions{Label: label})
}
