package threads_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/threads"
)

// In this file several runs write at once. Each stops before every call to the
// host until the test lets it go on, so that the test chooses the order of all
// calls, when the head moves, and at which call a run dies.

// runner is one run, with the call that it waits to make.
type runner struct {
	*store
	want    threads.Want
	ready   chan string
	proceed chan bool // true kills the run behind the call
	next    string
	dead    bool
	err     error
}

// step waits for its turn, does the call and dies after it when told so.
func (r *runner) step(name string, do func()) error {
	stopped := &host.Error{Kind: host.Stopped, Message: "killed"}
	if r.dead {
		return stopped
	}
	r.ready <- name
	r.dead = <-r.proceed
	do()
	if r.dead {
		return stopped
	}
	return nil
}

func (r *runner) Threads(ctx context.Context) (out []threads.Thread, err error) {
	dead := r.step("list", func() { out, err = r.store.Threads(ctx) })
	return out, cmp.Or(dead, err)
}

func (r *runner) OpenThread(ctx context.Context, at threads.Place, body string) (t threads.Thread, err error) {
	dead := r.step("open", func() { t, err = r.store.OpenThread(ctx, at, body) })
	return t, cmp.Or(dead, err)
}

func (r *runner) EditThread(ctx context.Context, t threads.Thread, body string) (err error) {
	dead := r.step("edit", func() { err = r.store.EditThread(ctx, t, body) })
	return cmp.Or(dead, err)
}

func (r *runner) ResolveThread(ctx context.Context, t threads.Thread, resolved bool) (err error) {
	dead := r.step("resolve", func() { err = r.store.ResolveThread(ctx, t, resolved) })
	return cmp.Or(dead, err)
}

func (r *runner) RemoveThread(ctx context.Context, t threads.Thread) (err error) {
	dead := r.step("remove", func() { err = r.store.RemoveThread(ctx, t) })
	return cmp.Or(dead, err)
}

func (r *runner) CurrentHead(ctx context.Context) (sha string, err error) {
	dead := r.step("head", func() { sha, err = r.store.CurrentHead(ctx) })
	return sha, cmp.Or(dead, err)
}

// Self needs no turn: it is the same for all runs, and changes nothing.
func (*runner) Self(context.Context) (host.Author, error) { return us, nil }

// play lets the runs go on in the order that pick says, until all have ended.
// between is called before each turn and says whether the run dies in it.
func play(runs []*runner, pick func(live []*runner) *runner, between func() bool) {
	for _, r := range runs {
		r.ready, r.proceed = make(chan string), make(chan bool)
		go func() {
			_, r.err = threads.Keep(context.Background(), r, r.want)
			close(r.ready)
		}()
	}
	for live := slices.Clone(runs); ; {
		live = slices.DeleteFunc(live, func(r *runner) bool {
			if r.next == "" {
				r.next = <-r.ready
			}
			return r.next == "" // it has ended
		})
		if len(live) == 0 {
			return
		}
		r := pick(live)
		r.next = ""
		r.proceed <- between()
	}
}

func anyOrder(t *rapid.T) func([]*runner) *runner {
	return func(live []*runner) *runner { return live[rapid.IntRange(0, len(live)-1).Draw(t, "turn")] }
}

// writesFollowTheHead lets a run write directly after it asked for the head, as
// it does but for the time of one request.
func writesFollowTheHead(t *rapid.T) func([]*runner) *runner {
	return func(live []*runner) *runner {
		for _, r := range live {
			if r.next != "list" && r.next != "head" {
				return r
			}
		}
		return anyOrder(t)(live)
	}
}

// scene draws a host with foreign threads, with what earlier runs and people left
// behind, and two to four runs for two commits.
func scene(t *rapid.T) (*store, []*runner, int) {
	s := newStore()
	count := len(foreign(s))
	for _, n := range rapid.SliceOfN(rapid.IntRange(1, 4), 0, 5).Draw(t, "left behind") {
		old := newStore()
		_, _ = threads.Keep(context.Background(), old, wants(n)) // nothing fails in this store
		left := threads.Thread{Author: us, Body: old.threads[0].Body, Replies: rapid.IntRange(0, 1).Draw(t, "replies")}
		left.Resolved = rapid.Bool().Draw(t, "resolved")
		if left.Resolved {
			left.ResolvedBy = rapid.SampledFrom([]host.Author{us, person}).Draw(t, "by")
		}
		s.add(left)
	}
	var runs []*runner
	for range rapid.IntRange(2, 4).Draw(t, "runs") {
		w := wants(rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 0, 4, rapid.ID).Draw(t, "findings")...)
		w.Head = rapid.SampledFrom([]string{head, newer}).Draw(t, "commit")
		runs = append(runs, &runner{store: s, want: w})
	}
	return s, runs, count
}

// moving moves the head once, at any time.
func moving(t *rapid.T, s *store) func() bool {
	at := rapid.IntRange(0, 30).Draw(t, "head moves at")
	return func() bool {
		if at--; at < 0 {
			s.head = newer
		}
		return false
	}
}

// check wants the foreign threads as they were, nothing that must never be asked
// for, and no finding with two open threads.
func check(t *rapid.T, s *store, before []threads.Thread) {
	t.Helper()
	if diff := gocmp.Diff(before, s.threads[:len(before)]); diff != "" {
		t.Fatalf("a foreign thread changed:\n%s", diff)
	}
	if len(s.wrong) > 0 {
		t.Fatalf("asked to %v", s.wrong)
	}
	open := map[string]int{}
	for _, state := range s.state()[len(before):] {
		if text, ok := strings.CutPrefix(state, "open "); ok {
			if open[text]++; open[text] > 1 {
				t.Fatalf("two open threads: %q after %q", s.state(), s.calls)
			}
		}
	}
}

// checkSettled wants an open thread for exactly the findings of a run, but for
// those that a person closed.
func checkSettled(t *rapid.T, s *store, before []threads.Thread, w threads.Want) {
	t.Helper()
	check(t, s, before)
	states := s.state()[len(before):]
	closed := map[string]bool{} // by the oldest thread of a finding
	seen := map[string]bool{}
	for _, state := range states {
		word, text, _ := strings.Cut(state, " ")
		closed[text] = closed[text] || !seen[text] && word == "closed"
		seen[text] = true
	}
	for n := range 5 {
		text := finding(n).Text
		want := w.Present(fingerprint(n)) && !closed[text]
		if got := slices.Contains(states, "open "+text); got != want {
			t.Fatalf("%s open: %v, want %v; threads %q after %q", text, got, want, states, s.calls)
		}
	}
}

// Whatever the order of the calls of all runs, in the end no finding has two open
// threads.
func TestRunsThatWriteAtOnceLeaveOneThread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, runs, count := scene(t)
		before := slices.Clone(s.threads[:count])
		play(runs, anyOrder(t), moving(t, s))
		for _, r := range runs {
			if r.err != nil {
				t.Fatal(r.err)
			}
		}
		check(t, s, before)
	})
}

// An older run does not write: when nobody comes between the look at the head and
// the write behind it, the threads are those of the newest commit.
func TestThreadsAreThoseOfTheHead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, runs, count := scene(t)
		before := slices.Clone(s.threads[:count])
		last := wants(rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 0, 4, rapid.ID).Draw(t, "findings of the head")...)
		last.Head = newer
		for _, r := range runs {
			if r.want.Head == newer {
				r.want = last // runs for one commit have the same to say
			}
		}
		s.head = newer // the push comes before its pipeline
		play(append(runs, &runner{store: s, want: last}), writesFollowTheHead(t), func() bool { return false })
		checkSettled(t, s, before, last)
	})
}

// Runs may die behind any call. What they leave is put right by the next run, and
// no thread of others is ever touched.
func TestWhatDeadRunsLeaveIsPutRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, runs, count := scene(t)
		before := slices.Clone(s.threads[:count])
		move := moving(t, s)
		play(runs, anyOrder(t), func() bool {
			move()
			return rapid.IntRange(0, 3).Draw(t, "dies") == 0
		})
		if diff := gocmp.Diff(before, s.threads[:count]); diff != "" {
			t.Fatalf("a foreign thread changed:\n%s", diff)
		}
		next := &runner{store: s, want: wants(rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 0, 4, rapid.ID).Draw(t, "findings of the next")...)}
		next.want.Head = s.head
		play([]*runner{next}, anyOrder(t), func() bool { return false })
		if next.err != nil {
			t.Fatal(next.err)
		}
		checkSettled(t, s, before, next.want)
	})
}

// Runs for one commit that see different things, as when a metric comes and goes,
// do not write for ever.
func TestRunsThatDisagreeComeToAnEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStore()
		runs := []*runner{{store: s, want: wants(1)}, {store: s, want: wants(2)}}
		play(runs, anyOrder(t), func() bool { return false })
		if len(s.threads) > 2 || len(s.writes()) > 12 {
			t.Fatalf("%v after %v", s.state(), s.writes())
		}
	})
}
