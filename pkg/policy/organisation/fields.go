package organisation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Field is one path that required_fields may name.
type Field struct {
	// Path is the dotted path. One that ends in .* takes a key in its place.
	Path string
	// Text says for people what the field is.
	Text string

	// lacks returns where the field is missing. key is what stands for the star.
	lacks func(s *spec.Service, key string) []gap
}

// gap is a place at which a field is missing, and why what stands there does not count.
type gap struct {
	at spec.Origin
	is string
}

const isMissing = "is missing"

// Fields returns the paths that required_fields may name, sorted.
func Fields() []Field {
	out := slices.Concat(serviceFields(), mappingFields(), resourceFields())
	slices.SortFunc(out, func(a, b Field) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func serviceFields() []Field {
	one := func(path, text string, get func(*spec.Service) spec.Value[string]) Field {
		return Field{Path: path, Text: text, lacks: func(s *spec.Service, _ string) []gap { return absent(get(s), s.At) }}
	}
	return []Field{
		one("name", "the service's name", func(s *spec.Service) spec.Value[string] { return s.Name }),
		one("team", "the team", func(s *spec.Service) spec.Value[string] { return s.Team }),
		one("tier", "the tier", func(s *spec.Service) spec.Value[string] {
			return spec.Value[string]{V: string(s.Tier.V), At: s.Tier.At}
		}),
		one("type", "the type", func(s *spec.Service) spec.Value[string] {
			return spec.Value[string]{V: string(s.Type.V), At: s.Type.At}
		}),
		one("support_model", "who answers alerts, written and not left to the default", func(s *spec.Service) spec.Value[string] { return s.SupportModel }),
		one("language", "the language that it is written in", func(s *spec.Service) spec.Value[string] { return s.Language }),
		one("framework", "the framework", func(s *spec.Service) spec.Value[string] { return s.Framework }),
		one("description", "one sentence about the service", func(s *spec.Service) spec.Value[string] { return s.Description }),
		one("owner", "the person who answers for it", func(s *spec.Service) spec.Value[string] { return s.Owner }),
		one("runbook", "the address of the runbook, also as runbook_url or a resource Runbook", func(s *spec.Service) spec.Value[string] { return s.Runbook }),
		one("kubernetes.namespace", "the namespace on Kubernetes", func(s *spec.Service) spec.Value[string] { return s.Workload.Namespace }),
		one("logs.selector", "the stream selector of its logs", func(s *spec.Service) spec.Value[string] { return s.Logs.Selector }),
		{Path: "contract.availability", Text: "the availability that it promises to others, as a percentage that is valid", lacks: func(s *spec.Service, _ string) []gap {
			if s.Contract.Invalid.Written() {
				return []gap{{s.Contract.Invalid, "is not valid, and counts for nothing"}}
			}
			return missing(s.Contract.Availability.Set(), s.At)
		}},
	}
}

func mappingFields() []Field {
	entries := func(path, text, prefix string, get func(*spec.Service) []spec.Entry) Field {
		return Field{Path: path, Text: text, lacks: func(s *spec.Service, key string) []gap {
			i := slices.IndexFunc(get(s), func(e spec.Entry) bool { return e.Key == prefix+key })
			if i < 0 {
				return missing(false, s.At)
			}
			return absent(get(s)[i].Value, s.At)
		}}
	}
	metadata := func(s *spec.Service) []spec.Entry { return s.Metadata }
	return []Field{
		entries("metadata.*", "a key of metadata", "", metadata),
		entries("labels.*", "a key of labels", "labels.", metadata),
		entries("annotations.*", "a key of annotations", "annotations.", metadata),
		entries("pagerduty.*", "a key of pagerduty", "", func(s *spec.Service) []spec.Entry { return s.PagerDuty }),
		{Path: "oncall.*", Text: "who is on call at a level: primary, secondary or manager", lacks: func(s *spec.Service, key string) []gap {
			return missing(slices.ContainsFunc(s.OnCall, func(o spec.OnCall) bool { return o.Level == key && len(o.Users) > 0 }), s.At)
		}},
	}
}

func resourceFields() []Field {
	some := func(path, text string, count func(*spec.Service) int) Field {
		return Field{Path: path, Text: text, lacks: func(s *spec.Service, _ string) []gap { return missing(count(s) > 0, s.At) }}
	}
	return []Field{
		some("slos", "at least one SLO", func(s *spec.Service) int { return len(s.SLOs) }),
		some("dependencies", "at least one dependency", func(s *spec.Service) int { return len(s.Dependencies) }),
		some("metrics", "at least one metric", func(s *spec.Service) int { return len(s.Metrics) }),
		some("alerts", "at least one alert of its own", func(s *spec.Service) int { return len(s.Alerts) }),
		{Path: "gates", Text: "a deployment gate that can warn or block, by a threshold, a condition or on_exhausted", lacks: func(s *spec.Service, _ string) []gap {
			if len(s.Gates) > 0 && !slices.ContainsFunc(s.Gates, written) {
				return []gap{{s.Gates[0].At, "counts for nothing: the gate " + s.Gates[0].Name.V + " says nothing"}}
			}
			if len(s.Gates) > 0 && !slices.ContainsFunc(s.Gates, func(g spec.Gate) bool { return written(g) && decides(g, s.Tier.V) }) {
				return []gap{{s.Gates[0].At, "counts for nothing: the gate " + s.Gates[0].Name.V + " neither warns nor blocks"}}
			}
			return missing(len(s.Gates) > 0, s.At)
		}},
		some("oncall", "who is on call", func(s *spec.Service) int { return len(s.OnCall) }),
		inEach("slos.description", "a description of each SLO", func(s *spec.Service) []spec.SLO { return s.SLOs },
			func(o spec.SLO) (bool, spec.Origin) { return !blank(o.Description.V), o.At }),
		inEach("slos.window", "the window of each SLO, written and not left to the default, as a short form does", func(s *spec.Service) []spec.SLO { return s.SLOs },
			func(o spec.SLO) (bool, spec.Origin) { return o.Window.Set(), o.At }),
		inEach("slos.indicator", "a query of each SLO, written and not left to the default", func(s *spec.Service) []spec.SLO { return s.SLOs },
			func(o spec.SLO) (bool, spec.Origin) {
				return !o.Indicator.Defaulted && o.Indicator.Kind != spec.IndicatorNone, o.At
			}),
		inEach("dependencies.criticality", "the criticality of each dependency", func(s *spec.Service) []spec.Dependency { return s.Dependencies },
			func(d spec.Dependency) (bool, spec.Origin) { return d.Criticality.Set(), d.At }),
		inEach("dependencies.sla", "what each dependency promises", func(s *spec.Service) []spec.Dependency { return s.Dependencies },
			func(d spec.Dependency) (bool, spec.Origin) { return d.SLA.Set(), d.At }),
		inEach("alerts.for", "how long each alert waits", func(s *spec.Service) []spec.Alert { return s.Alerts },
			func(a spec.Alert) (bool, spec.Origin) { return a.For.Set(), a.At }),
		inEach("alerts.severity", "the severity of each alert", func(s *spec.Service) []spec.Alert { return s.Alerts },
			func(a spec.Alert) (bool, spec.Origin) { return a.Severity.Set(), a.At }),
	}
}

// inEach is a field that every item of a list must have. Without items nothing is
// missing: that there are some is another path.
func inEach[T any](path, text string, items func(*spec.Service) []T, has func(T) (bool, spec.Origin)) Field {
	return Field{Path: path, Text: text, lacks: func(s *spec.Service, _ string) []gap {
		var out []gap
		for _, item := range items(s) {
			ok, at := has(item)
			out = append(out, missing(ok, at)...)
		}
		return out
	}}
}

// absent tells a value that is missing, at itself when it is written and blank.
func absent(v spec.Value[string], otherwise spec.Origin) []gap {
	if v.Set() {
		otherwise = v.At
	}
	return missing(v.Set() && !blank(v.V), otherwise)
}

func missing(has bool, at spec.Origin) []gap {
	if has {
		return nil
	}
	return []gap{{at, isMissing}}
}

// written reports whether a gate says anything. A blank one leaves all to the tier, which
// a service without a gate does, too.
func written(g spec.Gate) bool {
	return g.Broken != "" || g.Warning.Given || g.Blocking.Given || len(g.Conditions)+len(g.OnExhausted)+len(g.Exceptions) > 0 || g.Timezone.Set()
}

// decides reports whether a gate can warn or block in production: one with all thresholds
// off and nothing else is blank. A gate that cannot be read may be anything.
func decides(g spec.Gate, tier spec.Tier) bool {
	defaults := tier.Facts().Gates["prod"]
	return g.Broken != "" || g.Warning.Or(defaults.Warning) != nil || g.Blocking.Or(defaults.Blocking) != nil || len(g.Conditions) > 0 || len(g.OnExhausted) > 0
}

// fieldNamed finds the field that a path names, and what stands for its star.
func fieldNamed(path string) (f Field, key string, ok bool) {
	for _, f := range Fields() {
		prefix, star := strings.CutSuffix(f.Path, "*")
		switch {
		case f.Path == path:
			return f, "", !star
		case star && strings.HasPrefix(path, prefix) && len(path) > len(prefix):
			return f, strings.TrimPrefix(path, prefix), true
		}
	}
	return Field{}, "", false
}

// requiredFields is the kind required_fields.
type requiredFields struct{ fields []requiredField }

type requiredField struct {
	path, key string
	field     Field
}

func (d *decoder) requiredFields(params *document.Node) check {
	m := d.fields(params, "params of required_fields", "fields")
	if m == nil {
		return requiredFields{}
	}
	if m.Get("fields").IsNull() {
		d.wrong(m, "the rule names no fields", "add params: {fields: [runbook]}; docs/policy.md lists the paths")
	}
	var c requiredFields
	for _, v := range d.texts(m.Get("fields"), "fields") {
		field, key, ok := fieldNamed(v.V)
		if !ok {
			d.wrong(v.At.node, "a service has no field "+strconv.Quote(v.V), nearestField(v.V))
			continue
		}
		c.fields = append(c.fields, requiredField{v.V, key, field})
	}
	return c
}

func nearestField(path string) string {
	var paths []string
	for _, f := range Fields() {
		paths = append(paths, f.Path)
	}
	return strings.ReplaceAll(nearest(path, paths), ".*", ".KEY")
}

func (c requiredFields) violations(s *spec.Service, _ Input) []violation {
	var out []violation
	for _, f := range c.fields {
		for _, gap := range f.field.lacks(s, f.key) {
			verb := "add "
			if gap.is != isMissing {
				verb = "correct "
			}
			out = append(out, violation{at: gap.at, message: "the required field " + f.path + " " + gap.is, suggestion: verb + f.path + ": " + f.field.Text})
		}
	}
	return out
}

func (c requiredFields) sentence() string {
	var paths []string
	for _, f := range c.fields {
		paths = append(paths, f.path)
	}
	return " must have " + listed(paths)
}
