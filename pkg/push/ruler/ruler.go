// Package ruler writes rules to the rulers of Mimir, Cortex and Loki: one group a
// request, each service in a namespace of its own.
package ruler

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/spec"
)

// Kind is what a ruler evaluates.
type Kind string

// The kinds of rulers.
const (
	Prometheus Kind = "prometheus" // of Mimir and Cortex
	Loki       Kind = "loki"
)

// paths are where a kind of ruler has its API, in the order in which they are tried:
// Cortex has only the second.
func paths(k Kind) []string {
	if k == Loki {
		return []string{"/loki/api/v1/rules"}
	}
	return []string{"/prometheus/config/v1/rules", "/api/v1/rules"}
}

// kinds are the artefacts that hold rules for it.
func kinds(k Kind) []generate.Kind {
	if k == Loki {
		return []generate.Kind{generate.Loki}
	}
	return []generate.Kind{generate.Recording, generate.BurnRate, generate.Alerts}
}

// Ruler is one ruler. It is not safe for concurrent use.
type Ruler struct {
	api  push.API
	kind Kind
	// path is where its API is, empty until it was found.
	path string
}

// New returns the ruler of an API. The path is where its rules are configured; empty
// tries the usual ones.
func New(api push.API, kind Kind, path string) *Ruler {
	api.Invalid = "raise the limit of the tenant at the server where it names one, or correct the rule that it names in the service file"
	return &Ruler{api: api, kind: kind, path: strings.TrimRight(path, "/")}
}

// Name is the ruler and its address.
func (r *Ruler) Name() string { return r.api.Name() }

// Namespace is where the rules of a service lie. Nobody else writes there, so that
// what is not generated any more can be removed. Names of services have no dot.
func Namespace(s push.Service) string {
	if s.Environment == "" {
		return "nthlayer-" + s.Name
	}
	return "nthlayer-" + s.Name + "." + s.Environment
}

// Plan compares the groups of a service with those that the ruler has in its
// namespace.
func (r *Ruler) Plan(ctx context.Context, s push.Service) ([]push.Change, error) {
	wanted, err := groups(s, kinds(r.kind))
	if err != nil {
		return nil, err
	}
	if len(wanted) == 0 && !s.All {
		return nil, nil
	}
	namespace := Namespace(s)
	deployed, err := r.list(ctx, namespace)
	if err != nil {
		return nil, err
	}
	place := r.path + "/" + url.PathEscape(namespace)
	var out []push.Change
	for _, g := range wanted {
		c := push.Change{Action: push.Create, What: "group " + g.Name + " of " + namespace, Origin: g.origin}
		if i := slices.IndexFunc(deployed, func(d group) bool { return d.Name == g.Name }); i >= 0 {
			c.Why = deployed[i].difference(g)
			c.Action = push.Update
			if c.Why == "" {
				c.Action = push.Unchanged
			}
		}
		if c.Action != push.Unchanged {
			c.Requests = []push.Request{{Method: http.MethodPost, Path: place, ContentType: "application/yaml", Body: g.text, Again: true}}
		}
		out = append(out, c)
	}
	if s.All {
		out = append(out, obsolete(s, namespace, place, deployed, wanted)...)
	}
	return out, nil
}

// obsolete are the groups of the namespace that are not generated any more.
func obsolete(s push.Service, namespace, place string, deployed, wanted []group) []push.Change {
	var out []push.Change
	for _, d := range deployed {
		if slices.ContainsFunc(wanted, func(g group) bool { return g.Name == d.Name }) {
			continue
		}
		out = append(out, push.Change{
			Action: push.Delete, What: "group " + d.Name + " of " + namespace, Why: "it is not generated any more", Origin: s.Origin,
			Requests: []push.Request{{Method: http.MethodDelete, Path: place + "/" + url.PathEscape(d.Name)}},
		})
	}
	slices.SortFunc(out, func(a, b push.Change) int { return strings.Compare(a.What, b.What) })
	return out
}

// list returns the groups of a namespace, and finds out where the API is.
func (r *Ruler) list(ctx context.Context, namespace string) ([]group, error) {
	tried := []string{r.path}
	if r.path == "" {
		tried = paths(r.kind)
	}
	var err error
	for _, path := range tried {
		var body []byte
		body, err = r.api.Call(ctx, push.Request{Method: http.MethodGet, Path: path + "/" + url.PathEscape(namespace)})
		switch {
		case push.StatusOf(err) == http.StatusNotFound && emptyNamespace(body):
			r.path = path
			return nil, nil
		case push.StatusOf(err) == http.StatusNotFound:
			continue
		case err != nil:
			return nil, err
		}
		r.path = path
		return r.read(body, namespace)
	}
	return nil, err
}

// emptyNamespace tells a namespace without groups from a path that is none: both are
// answered with 404.
func emptyNamespace(body []byte) bool {
	text := strings.ToLower(string(body))
	return strings.Contains(text, "no rule group") || strings.Contains(text, "does not exist") || strings.Contains(text, "no rule namespace")
}

// read reads a listing: YAML, groups by namespace.
func (r *Ruler) read(body []byte, namespace string) ([]group, error) {
	var all map[string][]group
	if err := yaml.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("%s answered the list of rules with something else: check that the address is that of a ruler", r.Name())
	}
	return all[namespace], nil
}

// Apply writes or removes one group. A group that is gone already is removed.
func (r *Ruler) Apply(ctx context.Context, c push.Change) error {
	for _, request := range c.Requests {
		_, err := r.api.Call(ctx, request)
		if request.Method == http.MethodDelete && push.StatusOf(err) == http.StatusNotFound {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.What, err)
		}
	}
	return nil
}

// groups reads the groups of a service's files. A ruler takes one under a name.
func groups(s push.Service, kinds []generate.Kind) ([]group, error) {
	var out []group
	for _, a := range s.Of(kinds...) {
		var file struct {
			Groups []yaml.Node `yaml:"groups"`
		}
		if err := yaml.Unmarshal(a.Bytes, &file); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", a.Path, s.Name, err)
		}
		for i := range file.Groups {
			g, err := newGroup(&file.Groups[i])
			if err != nil {
				return nil, fmt.Errorf("read %s of %s: %w", a.Path, s.Name, err)
			}
			if slices.ContainsFunc(out, func(o group) bool { return o.Name == g.Name }) {
				return nil, fmt.Errorf("two groups of %s are called %s, and a ruler keeps one: rename one of its dependencies", s.Name, g.Name)
			}
			g.origin = origin(a, file.Groups[i].Line, s.Origin)
			out = append(out, g)
		}
	}
	return out, nil
}

// origin is the place that the first rule of a group comes from.
func origin(a generate.Artefact, line int, otherwise spec.Origin) spec.Origin {
	for _, t := range a.Trace {
		if t.Line >= line {
			return t.Origin
		}
	}
	return otherwise
}
