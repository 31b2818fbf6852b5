// Package push writes what was generated to other systems: dashboards to Grafana,
// rules to a ruler, people and escalations to PagerDuty. Each system has a package
// of its own below this one. A plan reads and never writes; running twice changes
// nothing the second time.
package push

import (
	"context"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec"
)

// Service is what was generated for one service.
type Service struct {
	Name, Team string
	// Environment is empty for none.
	Environment string
	// Origin is the place of the service in its file.
	Origin    spec.Origin
	Artefacts []generate.Artefact
	// All is set when Artefacts are all that there are. Only then it is known what
	// is there that should not be.
	All bool
}

// Of returns the artefacts of some kinds, in their order.
func (s Service) Of(kinds ...generate.Kind) []generate.Artefact {
	var out []generate.Artefact
	for _, a := range s.Artefacts {
		for _, k := range kinds {
			if a.Kind == k {
				out = append(out, a)
			}
		}
	}
	return out
}

// Action is what happens to one object of a system.
type Action string

// The actions. Refused is an object that cannot be as it should, because it is
// somebody else's, was edited by hand, or needs what is not there. Drifted is one
// that differs and is left as it is, because nobody asked to change it.
const (
	Create    Action = "create"
	Update    Action = "update"
	Delete    Action = "delete"
	Unchanged Action = "unchanged"
	Refused   Action = "refused"
	Drifted   Action = "drifted"
)

// Change is one object and what happens to it.
type Change struct {
	Action Action
	// What names the object: dashboard nthl-pay.
	What string
	// Why says how it differs, or why it is refused.
	Why string
	// Fix is what to do about one that is refused.
	Fix string
	// Requests are sent in their order; none for what stays.
	Requests []Request
	// Origin is the place of the service file that the object comes from.
	Origin spec.Origin
}

// Writes reports whether the change sends anything.
func (c Change) Writes() bool { return len(c.Requests) > 0 }

// Target is one system.
type Target interface {
	// Name is the system and its address, for messages, without credentials.
	Name() string
	// Plan returns what would happen to the objects of a service. It only reads.
	Plan(context.Context, Service) ([]Change, error)
	// Apply sends the requests of one change.
	Apply(context.Context, Change) error
}

// Outcome is what happened to the objects of one service.
type Outcome struct {
	Service string
	Target  string
	Changes []Change
	// Applied is set when the changes were to be written, and not only planned.
	Applied bool
	// Done are how many of the changes, from the first on, are as they say. The next
	// one is the one that Err is about, and those behind it were not tried.
	Done int
	Err  error
}

// Run plans the objects of one service and, when apply is set, writes them. The
// first error ends it: what follows may rest on what failed.
func Run(ctx context.Context, t Target, s Service, apply bool) Outcome {
	out := Outcome{Service: s.Name, Target: t.Name(), Applied: apply}
	if out.Changes, out.Err = t.Plan(ctx, s); out.Err != nil || !apply {
		return out
	}
	for _, c := range out.Changes {
		if c.Writes() {
			if out.Err = t.Apply(ctx, c); out.Err != nil {
				return out
			}
		}
		out.Done++
	}
	return out
}
