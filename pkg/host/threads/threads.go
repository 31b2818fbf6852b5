package threads

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/sticky"
)

// Thread is a thread on a merge request that can be resolved.
type Thread struct {
	ID string
	// Note is the number of the first note; a later thread has a higher one.
	Note int64
	// Author and Body are those of the first note.
	Author host.Author
	Body   string
	// Replies is how many notes follow the first.
	Replies int
	// Outdated is true when the lines that it was opened on are no longer there.
	Outdated bool
	// ResolvedBy is who resolved the thread; it is nobody's when Resolved is
	// false.
	Resolved   bool
	ResolvedBy host.Author
}

// Host is what Keep needs of a host. Threads returns all pages. OpenThread opens
// one at a place of the head; an error of the kind host.Rejected means that these
// lines take none.
type Host interface {
	host.HeadSource
	host.Identity
	Threads(ctx context.Context) ([]Thread, error)
	OpenThread(ctx context.Context, at Place, body string) (Thread, error)
	EditThread(ctx context.Context, t Thread, body string) error
	RemoveThread(ctx context.Context, t Thread) error
}

// Resolver is a Host whose threads can be resolved by the token of a job. On any
// other a thread whose finding is gone is removed, unless somebody answered in it,
// and so is an outdated one.
type Resolver interface {
	ResolveThread(ctx context.Context, t Thread, resolved bool) error
}

// Place is lines of a file of the repository, from 1. First is 0 where it is one
// line.
type Place struct {
	File        string
	First, Line int
}

// Finding is what a thread is about.
type Finding struct {
	Rule, Fingerprint string
	Place
	// Text is the Markdown of the note.
	Text string
}

// Want is what a run wants of the threads on its merge request.
type Want struct {
	// Key tells several jobs on one merge request apart.
	Key string
	// Head is the commit that the findings are about. A run whose commit is not
	// the head any more writes nothing.
	Head string
	// Findings may have a thread, the most important ones first.
	Findings []Finding
	// Present reports whether the run has a finding, on whatever line.
	Present func(fingerprint string) bool
	// Settled reports whether the run looked at everything that a rule is about,
	// so that a finding which it does not have is gone.
	Settled func(rule string) bool
	// Max is how many threads may be open. When there are more findings, each rule
	// gets one thread in a file.
	Max int
}

// Result is what Keep did.
type Result struct {
	Opened, Edited, Reopened, Resolved, Removed int
	// Open are the threads of ours that stand open in the end, Closed those
	// that a person resolved although the finding is still there.
	Open, Closed int
	// Without is how many of the findings have no thread, for lack of room or
	// because the host takes none on their line. Refusal is the first reason of
	// the host.
	Without int
	Refusal string
	// Standing are the findings that have a thread in the end, by fingerprint.
	Standing []string
	// Newer is the head of the merge request when it is not ours any more.
	Newer string
}

// maxRounds is how often Keep looks. In the last round it only takes away, so
// that a look follows whatever it opened.
const maxRounds = 4

// Keep opens a thread for each finding that has none, keeps the wording of ours up
// to date, resolves those whose finding is gone, and opens them again when it is
// back. On a host that is no Resolver it removes them and opens new ones. A thread is ours when its first note begins with our full marker and key,
// and our own account wrote it; no other is touched, and one of ours that a person
// resolved stays resolved.
//
// No host offers a compare-and-set, so runs that write at once may both open a
// thread for one finding. Every run therefore looks again after it has written:
// the oldest thread of a finding stays, and the others go.
func Keep(ctx context.Context, h Host, want Want) (Result, error) {
	if !sticky.ValidKey(want.Key) || !host.IsCommit(want.Head) {
		return Result{}, fmt.Errorf("comment key %q or commit %q is not valid", want.Key, want.Head)
	}
	if len(want.Findings) == 0 {
		if some, err := some(ctx, h, want.Key); err != nil || !some {
			return Result{}, err
		}
	}
	self, err := h.Self(ctx)
	if err != nil {
		return Result{}, err
	}
	if self.Login == "" {
		return Result{}, &host.Error{
			Kind:    host.Rejected,
			Message: "the account of the token could not be found out, so that nobody can tell which threads are ours",
		}
	}
	resolver, _ := h.(Resolver)
	k := keeper{h: h, resolver: resolver, want: want, self: self, shut: map[string]bool{}, tries: map[string]int{}, refused: map[string]bool{}}
	for round := range maxRounds {
		done, err := k.round(ctx, round == maxRounds-1)
		if err != nil {
			return k.did, err
		}
		if done {
			break
		}
	}
	return k.did, k.failed
}

// some reports whether there may be threads of ours. Most runs have nothing to say
// and nothing to take back, and need not know who they are.
func some(ctx context.Context, h Host, key string) (bool, error) {
	all, err := h.Threads(ctx)
	return slices.ContainsFunc(all, func(t Thread) bool {
		m, ok := parse(t.Body)
		return ok && m.key == key
	}), err
}

// keeper is the state of one Keep.
type keeper struct {
	h Host
	// resolver is nil where threads cannot be resolved.
	resolver Resolver
	want     Want
	self     host.Author
	did      Result
	// opened are threads that this run opened, by their notes.
	opened []int64
	// tries counts how often a thread was opened for a finding; refused are the
	// findings on whose line the host takes none.
	tries   map[string]int
	refused map[string]bool
	// shut are threads of ours that the host does not let us change.
	shut map[string]bool
	// failed is the first thing that could not be done.
	failed error
}

// own is a thread of ours with its marker.
type own struct {
	Thread
	marker marker
}

// step is one write. A guarded one is left out when the head has moved on.
type step struct {
	guarded bool
	do      func(ctx context.Context) error
}

// round looks once and does all that is to be done then. With last it only removes
// what is there twice. It is done when there was nothing to do.
func (k *keeper) round(ctx context.Context, last bool) (bool, error) {
	threads, err := k.h.Threads(ctx)
	if err != nil {
		return true, cmp.Or(k.failed, err)
	}
	steps := k.plan(k.ours(threads))
	if last || k.did.Newer != "" {
		steps = slices.DeleteFunc(steps, func(s step) bool { return s.guarded })
	}
	for _, s := range steps {
		if err := k.apply(ctx, s); err != nil {
			return true, err
		}
	}
	return len(steps) == 0, nil
}

// apply does a step. What went wrong for this step alone is kept for the end;
// an error is returned when the next step would end no better.
func (k *keeper) apply(ctx context.Context, s step) error {
	if s.guarded {
		if current, err := k.current(ctx); err != nil || !current {
			return err
		}
	}
	err := s.do(ctx)
	switch kindOf(err) {
	case host.Stopped, host.Limited:
		return err
	case host.Permission, host.NotFound, host.TooLong, host.Conflict, host.Transient, host.Rejected:
	}
	if err != nil && k.failed == nil {
		k.failed = err
	}
	return nil
}

// current reports whether the commit of this run is the head at this moment. It is
// asked before every write: a run that has lost its turn must not undo what a
// newer one said.
func (k *keeper) current(ctx context.Context) (bool, error) {
	if k.did.Newer != "" {
		return false, nil
	}
	head, err := k.h.CurrentHead(ctx)
	if err != nil {
		return false, err
	}
	if head != k.want.Head {
		k.did.Newer = head
	}
	return head == k.want.Head, nil
}

// ours returns our threads by finding, the oldest of each first.
func (k *keeper) ours(threads []Thread) map[string][]own {
	out := map[string][]own{}
	slices.SortFunc(threads, func(a, b Thread) int { return cmp.Compare(a.Note, b.Note) })
	for _, t := range threads {
		if m, ok := parse(t.Body); ok && m.key == k.want.Key && t.Author.Same(k.self) {
			out[m.finding] = append(out[m.finding], own{t, m})
		}
	}
	return out
}

func kindOf(err error) host.ErrorKind {
	if e, ok := errors.AsType[*host.Error](err); ok {
		return e.Kind
	}
	return ""
}
