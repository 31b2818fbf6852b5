package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// The bounds of writing before and after the stages. GitHub kills a cancelled
// step ten seconds after the first signal, and the container needs some of them.
const (
	pendingTime = 15 * time.Second
	closingTime = 4 * time.Second
)

// What the end of a run writes in place of a verdict.
const (
	endedWithout     = "error: the run ended without a verdict"
	cancelledWithout = "error: the run was cancelled before it had a verdict"
)

// unfinished is what a run began on its host and has to end: commit statuses that
// say pending, and a check run in progress. All writes of statuses and check runs
// go through it, so that it knows what is still open. It is safe for concurrent
// use: a signal closes while the stages are still on their way out.
type unfinished struct {
	statuses host.StatusSetter
	checks   host.CheckRunner // nil where there are none
	// save keeps what is open for the step after the job; nil where nobody
	// would read it.
	save func(began) error

	mu     sync.Mutex
	began  began
	kept   bool
	closed bool
}

// began is what a run began, as it is kept outside of the process.
type began struct {
	SHA string `json:"sha"`
	// URL is the page of the run, by which its statuses are told from others.
	URL      string        `json:"url"`
	Statuses []beganStatus `json:"statuses,omitempty"`
	Check    *beganCheck   `json:"check,omitempty"`
}

type beganStatus struct {
	Context string `json:"context"`
	// unsure is set when it is not known whether pending arrived: it could still
	// arrive after its end. ended is set when another state was written.
	unsure, ended bool
	// verdict is what could not be written; its state is empty until then.
	verdict host.Status
}

type beganCheck struct {
	Name string `json:"name"`
	Key  string `json:"key"`
	id   int64  // 0 is not known
}

// errNobodyCloses is why a run sets no pending statuses.
var errNobodyCloses = errors.New("the runner gives no GITHUB_STATE, so that nobody could end pending statuses after a run that is killed")

// pend sets statuses that all say pending. The first that is refused ends it; the
// error is nil or says why. What was set, or may have been, has to be closed.
func (u *unfinished) pend(ctx context.Context, all []host.Status) error {
	if u.save == nil {
		return errNobodyCloses
	}
	ctx, cancel := context.WithTimeout(ctx, pendingTime)
	defer cancel()
	if err := u.plan(all); err != nil {
		return err
	}
	for i, s := range all {
		if err := u.pendOne(ctx, i, s); err != nil {
			return err
		}
	}
	return nil
}

// plan keeps the names before anything is written: a run that is killed in the
// middle has no time left for it.
func (u *unfinished) plan(all []host.Status) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, s := range all {
		u.began.Statuses = append(u.began.Statuses, beganStatus{Context: s.Context, ended: true})
	}
	u.kept = true
	if err := u.save(u.began); err != nil {
		u.began.Statuses = nil
		return fmt.Errorf("keep the names of pending statuses: %w", err)
	}
	return nil
}

func (u *unfinished) pendOne(ctx context.Context, i int, s host.Status) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return ctx.Err()
	}
	err := u.statuses.SetStatus(ctx, s)
	if err == nil || !refusedFor(err) {
		u.began.Statuses[i].ended, u.began.Statuses[i].unsure = false, err != nil
	}
	return err
}

// refusedFor reports whether a failed write is known to have done nothing.
func refusedFor(err error) bool {
	e, ok := errors.AsType[*host.Error](err)
	return ok && e.Kind != host.Transient && e.Kind != host.Stopped
}

// SetStatus sets a status to its last state.
func (u *unfinished) SetStatus(ctx context.Context, s host.Status) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.setStatus(ctx, s)
}

// setStatus ends a status, or keeps what it was to say.
func (u *unfinished) setStatus(ctx context.Context, s host.Status) error {
	err := u.statuses.SetStatus(ctx, s)
	i := slices.IndexFunc(u.began.Statuses, func(b beganStatus) bool { return b.Context == s.Context })
	switch {
	case i < 0:
	case err == nil:
		u.began.Statuses[i].ended = true
	default:
		u.began.Statuses[i].verdict = s
	}
	return err
}

// CreateCheck creates a check run. One whose answer was lost is looked for before
// it is called lost, because it would stay in progress.
func (u *unfinished) CreateCheck(ctx context.Context, check host.Check) (int64, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if check.Conclusion == "" {
		u.began.Check = &beganCheck{Name: check.Name, Key: check.Key}
		u.keep()
	}
	id, err := u.checks.CreateCheck(ctx, check)
	if err != nil && !refusedFor(err) {
		if state, ok, errFind := u.checks.FindCheck(ctx, check.SHA, check.Name, check.Key); errFind == nil && ok {
			id, err = state.ID, nil
		}
	}
	switch {
	case err == nil && u.began.Check != nil:
		u.began.Check.id = id
	case err != nil && refusedFor(err):
		u.began.Check = nil
	}
	return id, err
}

// UpdateCheck adds marks to a check run, or ends it.
func (u *unfinished) UpdateCheck(ctx context.Context, id int64, check host.Check) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	err := u.checks.UpdateCheck(ctx, id, check)
	if err == nil && check.Conclusion != "" {
		u.began.Check = nil
	}
	return err
}

// FindCheck returns a check run.
func (u *unfinished) FindCheck(ctx context.Context, sha, name, key string) (host.CheckState, bool, error) {
	return u.checks.FindCheck(ctx, sha, name, key)
}

// close ends what is open, once. It has a time of its own: the context of a run that is
// stopped has none left. What cannot be ended stays for the step after the job.
func (u *unfinished) close(ctx context.Context) {
	description := endedWithout
	if ctx.Err() != nil {
		description = cancelledWithout
	}
	ctx, cancel := closing(ctx)
	defer cancel()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed { // there is no time for two tries
		return
	}
	u.closed = true
	for _, s := range u.began.Statuses {
		if err := u.end(ctx, s, description); err != nil && final(err) {
			break
		}
	}
	if u.began.Check != nil {
		if _, err := endCheck(ctx, u.checks, u.began, description); err == nil {
			u.began.Check = nil
		}
	}
	if u.kept {
		u.keep()
	}
}

// closing returns the time for ending what is open, in which writes do not wait for
// each other.
func closing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(transport.WithoutPace(context.WithoutCancel(ctx)), closingTime)
}

// end writes the verdict that could not be written before, or that there is none.
func (u *unfinished) end(ctx context.Context, s beganStatus, description string) error {
	if s.ended {
		return nil
	}
	if s.verdict.State != "" {
		if err := u.setStatus(ctx, s.verdict); err == nil || !refusedFor(err) {
			return err
		}
	}
	return u.setStatus(ctx, errorStatus(u.began, s.Context, description))
}

// closeAfter closes at the moment at which ctx ends: the stages may take seconds to
// return. The function that it returns takes that back.
func (u *unfinished) closeAfter(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, func() { u.close(ctx) })
}

func errorStatus(b began, name, description string) host.Status {
	return host.Status{SHA: b.SHA, Context: name, State: host.StateError, Description: description, URL: b.URL}
}

// endCheck ends the check run of a run that is over, and reports whether it was
// still open. It is looked for, because the answer to its creation may have been
// lost.
func endCheck(ctx context.Context, checks host.CheckRunner, b began, description string) (bool, error) {
	id := b.Check.id
	if id == 0 {
		state, ok, err := checks.FindCheck(ctx, b.SHA, b.Check.Name, b.Check.Key)
		if err != nil || !ok || state.Completed {
			return false, err
		}
		id = state.ID
	}
	err := checks.UpdateCheck(ctx, id, host.Check{
		SHA: b.SHA, Name: b.Check.Name, Key: b.Check.Key, URL: b.URL, Conclusion: host.CheckFailure,
		Title: description, Summary: description + ". The log of the run says more.",
	})
	return err == nil, err
}

// keep saves what is open. Where that fails the step after the job finds more than
// there is, and looks before it writes.
func (u *unfinished) keep() {
	if u.save == nil {
		return
	}
	u.kept = true
	open := u.began
	open.Statuses = slices.DeleteFunc(slices.Clone(open.Statuses), func(s beganStatus) bool { return s.ended && !s.unsure })
	_ = u.save(open)
}
