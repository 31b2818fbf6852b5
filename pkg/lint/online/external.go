package online

import (
	"context"
	"errors"

	"github.com/nthlayer/action/pkg/source"
)

// externalLabels are the labels that a source adds to alerts and to what it sends on.
type externalLabels struct {
	known  bool
	labels map[string]string
	err    error
}

// external is what a source has to offer for the checks of external labels.
type external interface {
	// ExternalLabels returns the external labels by name; the error is of the kind
	// Unsupported where the source has none that could be known.
	ExternalLabels(ctx context.Context) (map[string]string, error)
}

// ExternalLabels asks for the external labels once. A source that evaluates no rules,
// as a snapshot, has none that rules could be compared with: it returns false then.
// What is not known is noted for each of number things, of which what is the singular.
func (a *Asking) ExternalLabels(ctx context.Context, what string, number int) (map[string]string, bool) {
	if !a.source.evaluates() || number == 0 {
		return nil, false
	}
	if !a.external.known {
		a.external.known = true
		a.external.labels, a.external.err = a.source.ExternalLabels(ctx)
	}
	err := a.external.err
	if err == nil {
		return a.external.labels, true
	}
	note := a.Miss
	var e *source.Error
	if errors.As(err, &e) && e.Kind == source.Unsupported {
		note = a.Untold
	}
	for range number {
		note(what, err)
	}
	return nil, false
}
