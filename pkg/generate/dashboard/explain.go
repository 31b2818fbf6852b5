package dashboard

import (
	"cmp"
	"slices"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Explanation says which metric stands for an intent, for the service itself or
// for one of its dependencies.
type Explanation struct {
	// Dependency is the name of the dependency; empty for the service itself and
	// for its platform.
	Dependency string `json:"dependency,omitempty"`
	intent.Answer
	// Required is set when a panel needs it that is not optional.
	Required bool `json:"required"`
	// Origin is where the dependency, or the type of the service, comes into its file.
	Origin spec.Origin `json:"-"`
}

// Explain returns how the intents of a dashboard's panels are resolved, sorted by
// dependency and intent. Optional panels that the dashboard leaves out are there
// too, as missing.
func Explain(job generate.Job) []Explanation {
	b := newBuilder(job)
	uses := b.uses
	if own, ok := job.Own(); ok {
		uses = append(uses, own)
	}
	var out []Explanation
	for _, u := range uses {
		for _, p := range u.Technology.Panels {
			out = append(out, b.explained(u, p)...)
		}
	}
	slices.SortStableFunc(out, compare)
	return compact(out)
}

func compare(x, y Explanation) int {
	return cmp.Or(cmp.Compare(x.Dependency, y.Dependency), cmp.Compare(x.Intent, y.Intent), cmp.Compare(x.Metric, y.Metric))
}

// compact leaves out what several panels need, and says that it is required when one
// of them requires it.
func compact(all []Explanation) []Explanation {
	out := all[:0:0]
	for _, e := range all {
		if n := len(out); n > 0 && compare(out[n-1], e) == 0 {
			out[n-1].Required = out[n-1].Required || e.Required
			continue
		}
		out = append(out, e)
	}
	return out
}

// explained returns what the intents of a panel became; nothing of a panel that the
// dashboard does not show. One that cannot be expanded is a finding when the
// dashboard is generated.
func (b *builder) explained(u generate.Use, p tech.Panel) []Explanation {
	if !p.Overview && !b.job.Options.Full {
		return nil
	}
	f, err := b.expand(b.job.Metrics, u, p)
	if err != nil {
		return nil
	}
	var out []Explanation
	for _, a := range slices.Concat(f.used, f.missing) {
		out = append(out, Explanation{Dependency: u.Name(), Answer: a, Required: !p.Optional, Origin: b.origin(u)})
	}
	return out
}
