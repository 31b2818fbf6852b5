// Package memo keeps what is the same for many services of a run, as the queries of
// the catalogue, so that it is worked out once.
package memo

import "sync"

// limit is how many answers are kept. What is asked for many services is asked for
// the first ones, and memory must not grow with their number.
const limit = 10_000

// Memo keeps answers by their keys. It belongs to one run, and may be used by
// several goroutines.
type Memo struct {
	mu    sync.RWMutex
	known map[any]any
}

// box holds an answer, which may be nil.
type box[V any] struct{ answer V }

// New returns a memo that knows nothing.
func New() *Memo { return &Memo{known: map[any]any{}} }

// Of returns what ask returns for a key, from memory when it was asked before. A nil
// memo asks every time. Each question has a type of its own for its keys, in which is
// all that the answer depends on. Answers are shared: nobody may change them.
func Of[K comparable, V any](m *Memo, key K, ask func() V) V {
	if m == nil {
		return ask()
	}
	m.mu.RLock()
	known, ok := m.known[key].(box[V])
	m.mu.RUnlock()
	if ok {
		return known.answer
	}
	answer := ask()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) < limit {
		m.known[key] = box[V]{answer}
	}
	return answer
}
