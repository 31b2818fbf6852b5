package dashboard

import (
	"cmp"
	"slices"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
)

// Explanation says which metric stands for an intent, for the service itself or
// for one of its dependencies.
type Explanation struct {
	// Dependency is the name of the dependency; empty for the service itself and
	// for its platform.
	Dependency string `json:"dependency,omitempty"`
	intent.Answer
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
		for _, a := range b.answers(u) {
			out = append(out, Explanation{u.Name(), a})
		}
	}
	slices.SortFunc(out, func(x, y Explanation) int {
		return cmp.Or(cmp.Compare(x.Dependency, y.Dependency), cmp.Compare(x.Intent, y.Intent), cmp.Compare(x.Metric, y.Metric))
	})
	return slices.CompactFunc(out, func(x, y Explanation) bool {
		return x.Dependency == y.Dependency && x.Intent == y.Intent && x.Metric == y.Metric
	})
}

// answers are those of all panels that a dashboard of these options shows. A panel
// that cannot be expanded is a finding when the dashboard is generated.
func (b *builder) answers(u generate.Use) []intent.Answer {
	var out []intent.Answer
	for _, p := range u.Technology.Panels {
		if !p.Overview && !b.job.Options.Full {
			continue
		}
		if f, err := b.expand(b.job.Metrics, u, p); err == nil {
			out = append(append(out, f.used...), f.missing...)
		}
	}
	return out
}
