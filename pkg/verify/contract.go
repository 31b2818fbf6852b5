package verify

import (
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/presence"
	"github.com/nthlayer/action/pkg/spec"
)

// want is one selector that a service declares, wherever in its file.
type want struct {
	// service is the index of the service.
	service int
	// names are the metric names of which one is enough: the declared one, and
	// the names of a histogram's series after it. It is empty when the name is a
	// pattern among the matchers.
	names []string
	// own are the matchers besides the name and the service, sorted.
	own []*labels.Matcher
	// owner is the value of the service label, "" when it is not asked for.
	owner    string
	required bool
	// defaultOf is the type of the service whose default query declares the
	// selector, "" when somebody wrote it.
	defaultOf spec.Type
	places    []place

	seen evidence
}

// place is where a selector is declared: the bytes start to end of a value, or
// the whole of it when end is 0.
type place struct {
	origin     spec.Origin
	start, end int
	path       string
	source     report.MetricSource
	// file is that of the place; source has its line.
	file string
}

func (p place) at() report.Position {
	if p.end == 0 {
		return p.origin.Position()
	}
	return p.origin.Inside(p.start, p.end)
}

func (p place) finding(rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	f := p.origin.Finding(rule, severity, service, message, suggestion)
	if p.end > 0 {
		f = p.origin.FindingInside(p.start, p.end, rule, severity, service, message, suggestion)
	}
	f.Path = p.path
	return f
}

// pairs returns what the want asks for: each of its names with its owner.
func (w *want) pairs() []presence.Pair {
	if len(w.names) == 0 {
		return []presence.Pair{{Owner: w.owner}}
	}
	out := make([]presence.Pair, len(w.names))
	for i, n := range w.names {
		out[i] = presence.Pair{Name: n, Owner: w.owner}
	}
	return out
}

// declaration is one expression, or one name, that a service file holds.
type declaration struct {
	kind, resource, field string
	text                  spec.Value[string]
	// near is the place that stands in for a default that nobody wrote.
	near      spec.Origin
	required  bool
	defaultOf spec.Type
	// family is set when a histogram's base name stands for its series.
	family bool
	labels []spec.Entry
}

// contract turns services into what they want of a source.
type contract struct {
	label        string
	targetLabels bool
}

// all returns what services want, in their order. Several are read at a time: to parse
// the expressions and to find their places takes as long as a server needs to answer.
func (c contract) all(services []*spec.Service) []*want {
	parts := make([][]*want, len(services))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range services {
		group.Go(func() error {
			parts[i] = c.of(i, s)
			return nil
		})
	}
	_ = group.Wait() // its functions return no error
	return slices.Concat(parts...)
}

// of returns the selectors that a service declares, each once. An expression
// that does not parse is left out: lint reports it under promql/syntax.
func (c contract) of(index int, s *spec.Service) []*want {
	var out []*want
	byKey := map[string]*want{}
	for _, d := range declarations(s) {
		for _, w := range c.read(s, d) {
			w.service = index
			key := w.key(c.label)
			known, ok := byKey[key]
			if !ok {
				byKey[key] = w
				out = append(out, w)
				continue
			}
			known.required = known.required || w.required
			known.places = append(known.places, w.places...)
		}
	}
	return out
}

// declarations lists SLOs first, so that the place of a finding is the one that
// matters most.
func declarations(s *spec.Service) []declaration {
	var out []declaration
	for _, o := range s.SLOs {
		for _, e := range o.Indicator.Expressions() {
			d := declaration{
				kind: "SLO", resource: o.Name.V, field: e.Field, text: e.Text, near: written(o.Indicator.At, o.At, s.At),
				required: true, family: o.Indicator.Kind == spec.IndicatorLatency,
			}
			if o.Indicator.Defaulted {
				d.defaultOf = s.Type.V
			}
			out = append(out, d)
		}
	}
	for _, a := range s.Alerts {
		out = append(out, declaration{
			kind: "Alert", resource: a.Name.V, field: "expr", text: a.Expr, near: written(a.At, s.At), required: true,
		})
	}
	for _, m := range s.Metrics {
		out = append(out, declaration{
			kind: "Observability", resource: m.Resource, field: "metrics", text: m.Name, near: s.At,
			required: m.Required, family: true, labels: m.Labels,
		})
	}
	return out
}

func written(origins ...spec.Origin) spec.Origin {
	for _, o := range origins {
		if o.Written() {
			return o
		}
	}
	return spec.Origin{}
}

// read returns the selectors of one declaration.
func (c contract) read(s *spec.Service, d declaration) []*want {
	if d.text.V == "" {
		return nil
	}
	selectors, bare := c.selectors(d)
	scoped := slices.ContainsFunc(selectors, func(sel promql.Selector) bool {
		return slices.ContainsFunc(sel.Matchers, func(m *labels.Matcher) bool { return m.Name == c.label })
	})
	out := make([]*want, 0, len(selectors))
	for _, sel := range selectors {
		if promql.MadeByAlerts(sel.Name) {
			continue
		}
		w := &want{required: d.required, defaultOf: d.defaultOf, places: []place{d.place(sel)}}
		c.match(w, sel.Matchers)
		if !scoped && c.targetLabels && !slices.ContainsFunc(w.own, identifies) {
			w.owner = s.Name.V
		}
		if sel.Name != "" {
			w.names = []string{sel.Name}
			if d.family && bare {
				w.names = family(sel.Name)
			}
		}
		out = append(out, w)
	}
	return out
}

// family returns a name and those of the series that a histogram or a summary of
// this name has.
func family(name string) []string {
	for _, suffix := range []string{"_total", "_bucket", "_count", "_sum"} {
		if strings.HasSuffix(name, suffix) {
			return []string{name}
		}
	}
	return []string{name, name + "_count", name + "_bucket", name + "_sum"}
}

// selectors returns the selectors of a declaration, and whether it is nothing
// but one selector.
func (c contract) selectors(d declaration) (selectors []promql.Selector, bare bool) {
	extra := entryMatchers(d.labels)
	if d.kind == "Observability" {
		return []promql.Selector{{Name: d.text.V, Matchers: extra, End: len(d.text.V)}}, true
	}
	expr, err := promql.Parse(d.text.V)
	if err != nil {
		return nil, false
	}
	selectors = promql.Selectors(expr)
	for i := range selectors {
		selectors[i].Matchers = append(slices.Clone(selectors[i].Matchers), extra...)
	}
	_, bare = expr.(*parser.VectorSelector)
	return selectors, bare
}

func entryMatchers(entries []spec.Entry) []*labels.Matcher {
	out := make([]*labels.Matcher, 0, len(entries))
	for _, e := range entries {
		out = append(out, labels.MustNewMatcher(labels.MatchEqual, e.Key, e.Value.V))
	}
	return out
}

// match sorts a selector's matchers into the owner and the want's own.
func (c contract) match(w *want, matchers []*labels.Matcher) {
	for _, m := range matchers {
		switch {
		case !c.targetLabels && (m.Name == c.label || m.Name == "job" || m.Name == "instance"):
			// A page of metrics has none of these labels.
		case m.Name == c.label && m.Type == labels.MatchEqual && m.Value != "" && w.owner == "":
			w.owner = m.Value
		default:
			w.own = append(w.own, m)
		}
	}
	slices.SortFunc(w.own, func(a, b *labels.Matcher) int { return strings.Compare(a.String(), b.String()) })
}

// identifies reports whether a matcher says whose series a selector means, so
// that the service label is not asked for on top of it. Metrics of exporters
// and of the cluster carry no label of the service that they are about.
func identifies(m *labels.Matcher) bool {
	if m.Type != labels.MatchEqual && m.Type != labels.MatchRegexp || m.Matches("") {
		return false
	}
	switch m.Name {
	case "job", "instance", "namespace", "pod", "container", "deployment", "statefulset", "daemonset", "app",
		"consumergroup", "topic", "queue", "database", "datname":
		return true
	}
	return false
}

// place returns where a selector is written. A default has the place of what it
// is the default of.
func (d declaration) place(sel promql.Selector) place {
	p := place{origin: d.text.At, source: report.MetricSource{Kind: d.kind, Resource: d.resource}}
	switch {
	case !d.text.Set():
		p.origin = d.near
		p.path = strings.TrimPrefix(d.near.Path()+"."+d.field, ".")
	case d.defaultOf != "":
		p.path = d.text.At.Path() + "." + d.field
	default:
		p.start, p.end, p.path = sel.Start, sel.End, d.text.At.Path()
	}
	at := p.at()
	p.file, p.source.Line, p.source.Field = at.File, at.Line, resourcePath(p.path, d.field)
	return p
}

// resourcePath returns a YAML path without the resource that it starts in.
func resourcePath(path, field string) string {
	_, rest, ok := strings.Cut(path, "].")
	if !ok || !strings.HasPrefix(path, "resources[") {
		return field
	}
	return rest
}

// key tells the selectors of one service apart.
func (w *want) key(label string) string {
	return strings.Join(w.names, "|") + "\x00" + w.selector(label)
}

// selector returns the want as PromQL, for people.
func (w *want) selector(label string) string {
	var name string
	if len(w.names) > 0 {
		name = w.names[0]
	}
	matchers := slices.Clone(w.own)
	if w.owner != "" {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, label, w.owner))
	}
	return formatSelector(name, matchers)
}

// formatSelector returns a selector as a person would write it.
func formatSelector(name string, matchers []*labels.Matcher) string {
	parts := make([]string, 0, len(matchers)+1)
	for _, m := range matchers {
		parts = append(parts, m.String())
	}
	slices.Sort(parts)
	if name != "" && !model.LegacyValidation.IsValidMetricName(name) {
		parts = append([]string{strconv.Quote(name)}, parts...)
		name = ""
	}
	if len(parts) == 0 {
		return name
	}
	return name + "{" + strings.Join(parts, ",") + "}"
}
