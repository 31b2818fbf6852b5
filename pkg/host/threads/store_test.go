package threads_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/threads"
)

var (
	us      = host.Author{Login: "project_42_bot"}
	person  = host.Author{Login: "octocat"}
	nobody  = host.Author{}
	head    = strings.Repeat("a", 40)
	newer   = strings.Repeat("b", 40)
	errBusy = &host.Error{Kind: host.Transient, Message: "502"}
)

// store is a host in memory. fail is asked before every call with its name, lost
// after one that took effect; what they return is the call's error.
type store struct {
	threads []threads.Thread
	next    int64
	self    host.Author
	head    string
	fail    func(call string) error
	lost    func(call string) error
	calls   []string
	// shadow is what the first thread said before it was edited.
	shadow string
	// wrong are things that must never be asked for.
	wrong []string
}

func newStore() *store { return &store{self: us, head: head} }

func (s *store) call(name string) error {
	s.calls = append(s.calls, name)
	if s.fail != nil {
		return s.fail(name)
	}
	return nil
}

// restore undoes the last edit of the first thread.
func (s *store) restore() {
	if s.shadow != "" {
		s.threads[0].Body, s.shadow = s.shadow, ""
	}
}

func (s *store) effect(name string) error {
	if s.lost != nil {
		return s.lost(name)
	}
	return nil
}

// add puts a thread in as another run or person would.
func (s *store) add(t threads.Thread) threads.Thread {
	s.next++
	t.Note, t.ID = s.next, fmt.Sprint("t", s.next)
	s.threads = append(s.threads, t)
	return t
}

// find returns the thread that a write is for, and takes down writes to threads
// of others.
func (s *store) find(t threads.Thread, what string) *threads.Thread {
	i := slices.IndexFunc(s.threads, func(x threads.Thread) bool { return x.ID == t.ID })
	if i < 0 {
		return nil
	}
	if s.threads[i].Author != us {
		s.wrong = append(s.wrong, what+" a thread of "+s.threads[i].Author.Login)
	}
	return &s.threads[i]
}

var errGone = &host.Error{Kind: host.NotFound, Message: "404"}

func (s *store) Threads(context.Context) ([]threads.Thread, error) {
	if err := s.call("list"); err != nil {
		return nil, err
	}
	return slices.Clone(s.threads), nil
}

func (s *store) OpenThread(_ context.Context, _ threads.Place, body string) (threads.Thread, error) {
	if err := s.call("open"); err != nil {
		return threads.Thread{}, err
	}
	return s.add(threads.Thread{Author: us, Body: body}), s.effect("open")
}

func (s *store) EditThread(_ context.Context, t threads.Thread, body string) error {
	if err := s.call("edit"); err != nil {
		return err
	}
	found := s.find(t, "edit")
	if found == nil {
		return errGone
	}
	found.Body = body
	return nil
}

func (s *store) ResolveThread(_ context.Context, t threads.Thread, resolved bool) error {
	if err := s.call(map[bool]string{true: "resolve", false: "reopen"}[resolved]); err != nil {
		return err
	}
	found := s.find(t, "resolve")
	if found == nil {
		return errGone
	}
	if found.Resolved && found.ResolvedBy != us {
		s.wrong = append(s.wrong, "undo what a person resolved")
	}
	found.Resolved, found.ResolvedBy = resolved, nobody
	if resolved {
		found.ResolvedBy = us
	}
	return nil
}

func (s *store) RemoveThread(_ context.Context, t threads.Thread) error {
	if err := s.call("remove"); err != nil {
		return err
	}
	found := s.find(t, "remove")
	if found == nil {
		return errGone
	}
	if found.Replies > 0 {
		s.wrong = append(s.wrong, "remove a thread that people answered in")
	}
	s.threads = slices.DeleteFunc(s.threads, func(x threads.Thread) bool { return x.ID == t.ID })
	return nil
}

func (s *store) CurrentHead(context.Context) (string, error) {
	if err := s.call("head"); err != nil {
		return "", err
	}
	return s.head, nil
}

func (s *store) Self(context.Context) (host.Author, error) {
	if err := s.call("self"); err != nil {
		return host.Author{}, err
	}
	return s.self, nil
}

// writes returns the calls that change something.
func (s *store) writes() []string {
	return slices.DeleteFunc(slices.Clone(s.calls), func(c string) bool { return c == "list" || c == "self" || c == "head" })
}

// fingerprint is the fingerprint number n.
func fingerprint(n int) string { return fmt.Sprintf("%032x", n) }

// finding is the finding number n.
func finding(n int) threads.Finding {
	return threads.Finding{Rule: "slo/objective-range", Fingerprint: fingerprint(n), Place: threads.Place{File: fmt.Sprintf("services/%d.yaml", n), Line: n + 1}, Text: fmt.Sprintf("finding %d", n)}
}

// wants is a run that has these findings and looked at everything.
func wants(numbers ...int) threads.Want {
	w := threads.Want{Key: "default", Head: head, Max: 20, Settled: func(string) bool { return true }}
	for _, n := range numbers {
		w.Findings = append(w.Findings, finding(n))
	}
	w.Present = func(wanted string) bool {
		return slices.ContainsFunc(w.Findings, func(f threads.Finding) bool { return f.Fingerprint == wanted })
	}
	return w
}

// keep runs Keep, and fails for an error and for whatever must never be asked for.
func keep(t *testing.T, s *store, w threads.Want) threads.Result {
	t.Helper()
	got, err := threads.Keep(t.Context(), s, w)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.wrong) > 0 {
		t.Fatalf("asked to %v", s.wrong)
	}
	return got
}

// state returns the threads as one letter each: open, resolved by us, closed by a
// person; with the number of the finding.
func (s *store) state() []string {
	var out []string
	for _, t := range s.threads {
		_, text, _ := strings.Cut(t.Body, "\n")
		word := "open"
		switch {
		case t.Resolved && t.ResolvedBy == us:
			word = "resolved"
		case t.Resolved:
			word = "closed"
		}
		out = append(out, word+" "+text)
	}
	return out
}
