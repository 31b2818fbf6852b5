package memo

import (
	"slices"
	"strconv"
	"sync"
	"testing"
)

// one and other are two questions with equal keys.
type (
	one   string
	other string
)

func TestOfAsksOnce(t *testing.T) {
	asked := 0
	ask := func() string { asked++; return strconv.Itoa(asked) }
	m := New()
	got := []string{Of(m, one("a"), ask), Of(m, one("a"), ask), Of(m, other("a"), ask), Of(m, one("b"), ask), Of(nil, one("a"), ask), Of(nil, one("a"), ask)}
	if want := []string{"1", "1", "2", "3", "4", "5"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOfRemembersNil(t *testing.T) {
	asked, m := 0, New()
	for range 2 {
		if err := Of(m, one("a"), func() error { asked++; return nil }); err != nil {
			t.Error(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestOfIsBounded(t *testing.T) {
	m := New()
	for i := range 2 * limit {
		if got := Of(m, i, func() int { return -i }); got != -i {
			t.Fatalf("%d: got %d", i, got)
		}
	}
	if len(m.known) != limit {
		t.Errorf("%d answers are kept", len(m.known))
	}
}

// TestOfMayBeUsedByManyAtOnce is for the race detector.
func TestOfMayBeUsedByManyAtOnce(t *testing.T) {
	m := New()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 100 {
				if got := Of(m, i, func() int { return -i }); got != -i {
					t.Errorf("%d: got %d", i, got)
				}
			}
		})
	}
	group.Wait()
}
