package source

import (
	"context"
	"time"
)

// failed is a source that could not be opened. It gives every question the same
// answer, so that a run says what it could not see instead of not happening.
type failed struct {
	name string
	err  *Error
}

var _ Source = failed{}

// Query returns why the source could not be opened.
func (f failed) Query(context.Context, string, time.Time) (Answer, error) { return Answer{}, f.err }

// QueryRange returns why the source could not be opened.
func (f failed) QueryRange(context.Context, string, Range) (Answer, error) { return Answer{}, f.err }

// Names returns why the source could not be opened.
func (f failed) Names(context.Context, []string, time.Time, time.Time) (Names, error) {
	return Names{}, f.err
}

// Recorded returns why the source could not be opened.
func (f failed) Recorded(context.Context) ([]string, error) { return nil, f.err }

// Info claims a history, because a source without one is not asked for budgets,
// and the reason would stay unsaid.
func (f failed) Info() Info { return Info{Name: f.name, History: true} }
