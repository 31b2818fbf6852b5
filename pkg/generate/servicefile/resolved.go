package servicefile

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Nested is what the gate reads of a service, in the form that says everything.
// Template, environment and variables are applied already.
type Nested struct {
	Service   head       `yaml:"service"`
	Resources []resource `yaml:"resources"`
}

type head struct {
	Name     string            `yaml:"name"`
	Team     string            `yaml:"team"`
	Tier     string            `yaml:"tier"`
	Type     string            `yaml:"type"`
	Metadata map[string]string `yaml:"metadata,omitempty"`
}

type resource struct {
	Kind string `yaml:"kind"`
	Name string `yaml:"name"`
	Spec any    `yaml:"spec"`
}

type gate struct {
	Thresholds  map[string]yaml.Node `yaml:"thresholds,omitempty"`
	Timezone    string               `yaml:"timezone,omitempty"`
	Conditions  []condition          `yaml:"conditions,omitempty"`
	Exceptions  []map[string]string  `yaml:"exceptions,omitempty"`
	OnExhausted []string             `yaml:"on_exhausted,omitempty"`
}

type condition struct {
	Name     string    `yaml:"name,omitempty"`
	When     string    `yaml:"when,omitempty"`
	Warning  yaml.Node `yaml:"warning,omitempty"`
	Blocking yaml.Node `yaml:"blocking,omitempty"`
	Mode     string    `yaml:"mode,omitempty"`
}

// Resolved returns what a gate reads of a service.
func Resolved(s *spec.Service) Nested {
	out := Nested{Service: head{Name: s.Name.V, Team: literal(s.Team.V), Tier: string(s.Tier.V), Type: string(s.Type.V), Metadata: map[string]string{}}}
	for _, e := range s.Metadata {
		out.Service.Metadata[e.Key] = literal(e.Value.V)
	}
	for _, o := range s.SLOs {
		written := Of(o).escaped()
		written.Name = ""
		out.Resources = append(out.Resources, resource{"SLO", literal(o.Name.V), written})
	}
	for _, g := range s.Gates {
		out.Resources = append(out.Resources, resource{"DeploymentGate", literal(g.Name.V), gateOf(g)})
	}
	return out
}

func gateOf(g spec.Gate) gate {
	out := gate{Timezone: literal(g.Timezone.V), Thresholds: map[string]yaml.Node{}}
	for name, l := range map[string]spec.Limit{"warning": g.Warning, "blocking": g.Blocking} {
		if l.Given {
			out.Thresholds[name] = limit(l)
		}
	}
	for _, c := range g.Conditions {
		mode := ""
		if c.Relax {
			mode = "relax"
		}
		out.Conditions = append(out.Conditions, condition{literal(c.Name.V), literal(c.When.V), limit(c.Warning), limit(c.Blocking), mode})
	}
	for _, e := range g.Exceptions {
		who, name, _ := strings.Cut(e.Who.V, ":")
		exception := map[string]string{who: literal(name), "allow": e.Allow.V}
		for key, value := range map[string]string{"until": e.Until.V, "reason": e.Reason.V} {
			if value != "" {
				exception[key] = literal(value)
			}
		}
		out.Exceptions = append(out.Exceptions, exception)
	}
	for _, v := range g.OnExhausted {
		out.OnExhausted = append(out.OnExhausted, v.V)
	}
	return out
}

// limit writes a threshold: a number, null for one that is off, and nothing for one
// that was not given.
func limit(l spec.Limit) yaml.Node {
	switch {
	case !l.Given:
		return yaml.Node{}
	case l.Off:
		return manifest.Number("null")
	}
	return manifest.Number(report.Decimal(l.Percent, -1))
}
