package online

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nthlayer/action/pkg/source"
)

const (
	// sign is what every server answers at once, whatever it holds.
	sign = "vector(1)"
	// signWait is how long a server that let one question run out of time has for it.
	signWait = 5 * time.Second
)

// watched is a source that notes whether it answers anything at all. One that does
// not, and lets questions run out of time or cannot be reached, is asked no more:
// every question would wait as long as the first.
type watched struct {
	source.Source
	at time.Time

	mu sync.Mutex
	// answered and refused count what the source understood; failed is the first
	// error of all others.
	answered, refused int
	failed            error
	// tried is set once a sign of life was asked for, gone when there was none.
	tried bool
	gone  error
}

// hear asks one question.
func hear[T any](ctx context.Context, w *watched, ask func() (T, error)) (T, error) {
	if err := w.given(); err != nil {
		var nothing T
		return nothing, err
	}
	answer, err := ask()
	w.note(ctx, err)
	return answer, err
}

// given returns why the source is asked no more; nil while it is.
func (w *watched) given() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone
}

func (w *watched) note(ctx context.Context, err error) {
	if w.count(err) && !w.lives(ctx) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.gone = err
	}
}

// count notes what became of a question, and reports whether a sign of life is to be
// asked for.
func (w *watched) count(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.answered++
	case Refused(err):
		w.refused++
	case w.failed == nil:
		w.failed = err
	}
	if w.tried || w.answered+w.refused > 0 || !lost(err) {
		return false
	}
	w.tried = true
	return true
}

// lives asks for a sign of life: a question may also be too heavy to be answered in
// time.
func (w *watched) lives(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, signWait)
	defer cancel()
	_, err := w.Source.Query(ctx, sign, w.at)
	return err == nil
}

// silent reports whether the source was asked and answered nothing. One that refuses
// all questions may be a server that takes none of these, or none that answers.
func (w *watched) silent(ctx context.Context) bool {
	w.mu.Lock()
	answered, refused, failed := w.answered, w.refused, w.failed
	w.mu.Unlock()
	switch {
	case answered > 0:
		return false
	case refused > 0:
		return !w.lives(ctx)
	}
	return failed != nil
}

// lost reports whether nothing came back for a question.
func lost(err error) bool {
	var e *source.Error
	return errors.As(err, &e) && e.Status == 0 && (e.Kind == source.Timeout || e.Kind == source.Unreachable)
}

// Query evaluates an instant query.
func (w *watched) Query(ctx context.Context, query string, at time.Time) (source.Answer, error) {
	return hear(ctx, w, func() (source.Answer, error) { return w.Source.Query(ctx, query, at) })
}

// QueryRange evaluates a query at every step of a range.
func (w *watched) QueryRange(ctx context.Context, query string, r source.Range) (source.Answer, error) {
	return hear(ctx, w, func() (source.Answer, error) { return w.Source.QueryRange(ctx, query, r) })
}

// Names returns the names of metrics.
func (w *watched) Names(ctx context.Context, match []string, start, end time.Time) (source.Names, error) {
	return hear(ctx, w, func() (source.Names, error) { return w.Source.Names(ctx, match, start, end) })
}

// QueryCost evaluates an instant query and says what it took; nil where the source
// does not know.
func (w *watched) QueryCost(ctx context.Context, query string, at time.Time) (answer source.Answer, cost *source.Cost, err error) {
	src, ok := w.Source.(costs)
	if !ok {
		answer, err = w.Query(ctx, query, at)
		return answer, nil, err
	}
	answer, err = hear(ctx, w, func() (source.Answer, error) {
		var err error
		answer, cost, err = src.QueryCost(ctx, query, at)
		return answer, err
	})
	return answer, cost, err
}

// Types returns the types of metrics; nil where the source cannot know any, which is
// no answer.
func (w *watched) Types(ctx context.Context) (map[string]string, error) {
	src, ok := w.Source.(types)
	if !ok {
		return nil, nil
	}
	if err := w.given(); err != nil {
		return nil, err
	}
	known, err := src.Types(ctx)
	if known != nil || err != nil {
		w.note(ctx, err)
	}
	return known, err
}

// LabelNames returns the names of the labels that series had.
func (w *watched) LabelNames(ctx context.Context, start, end time.Time) (source.Names, error) {
	src, ok := w.Source.(labelNamer)
	if !ok {
		return source.Names{}, errors.New("it does not tell the labels that there are")
	}
	return hear(ctx, w, func() (source.Names, error) { return src.LabelNames(ctx, start, end) })
}

// evaluates reports whether the source may evaluate rules itself. A snapshot does not.
func (w *watched) evaluates() bool {
	_, ok := w.Source.(external)
	return ok
}

// ExternalLabels returns the external labels by name. That a source of this kind does
// not tell them says nothing about the source.
func (w *watched) ExternalLabels(ctx context.Context) (map[string]string, error) {
	if err := w.given(); err != nil {
		return nil, err
	}
	src, ok := w.Source.(external)
	if !ok {
		return nil, nil
	}
	known, err := src.ExternalLabels(ctx)
	var e *source.Error
	if !errors.As(err, &e) || e.Kind != source.Unsupported {
		w.note(ctx, err)
	}
	return known, err
}

// retainer is a source that tells how long it keeps samples.
type retainer interface {
	// Retention returns 0 where that is not known.
	Retention(ctx context.Context) (time.Duration, error)
}

// retention returns how long the source keeps samples; 0 where it does not say. Few
// sources do, so that it counts for nothing what becomes of the question.
func (w *watched) retention(ctx context.Context) time.Duration {
	src, ok := w.Source.(retainer)
	if !ok || w.given() != nil {
		return 0
	}
	keeps, err := src.Retention(ctx)
	if err != nil {
		return 0
	}
	return keeps
}
