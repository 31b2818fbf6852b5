package threads_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/threads"
)

// A finding has one thread through its whole life.
func TestThreadFollowsItsFinding(t *testing.T) {
	s := newStore()
	reworded := wants(1, 2)
	reworded.Findings[0].Text = "finding 1, said otherwise"
	steps := []struct {
		name   string
		want   threads.Want
		writes []string
		state  []string
		result threads.Result
	}{
		{"new", wants(1, 2), []string{"open", "open"}, []string{"open finding 1", "open finding 2"}, threads.Result{Opened: 2, Open: 2}},
		{"the same", wants(1, 2), nil, []string{"open finding 1", "open finding 2"}, threads.Result{Open: 2}},
		{"other words", reworded, []string{"edit"}, []string{"open finding 1, said otherwise", "open finding 2"}, threads.Result{Edited: 1, Open: 2}},
		{"gone", wants(2), []string{"resolve"}, []string{"resolved finding 1, said otherwise", "open finding 2"}, threads.Result{Resolved: 1, Open: 1}},
		{"still gone", wants(2), nil, []string{"resolved finding 1, said otherwise", "open finding 2"}, threads.Result{Open: 1}},
		{"back", wants(1, 2), []string{"reopen", "edit"}, []string{"open finding 1", "open finding 2"}, threads.Result{Reopened: 1, Edited: 1, Open: 2}},
	}
	for _, step := range steps {
		s.calls = nil
		got := keep(t, s, step.want)
		if diff := cmp.Diff(step.result, got, cmpopts.IgnoreFields(threads.Result{}, "Standing")); diff != "" {
			t.Errorf("%s: -want +got:\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.writes, s.writes()); diff != "" && len(step.writes)+len(s.writes()) > 0 {
			t.Errorf("%s: writes: %s", step.name, diff)
		}
		if diff := cmp.Diff(step.state, s.state()); diff != "" {
			t.Errorf("%s: threads: %s", step.name, diff)
		}
	}
}

// What a person closed stays closed, whether the finding is there or not.
func TestThreadThatAPersonResolvedStaysResolved(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	s.threads[0].Resolved, s.threads[0].ResolvedBy = true, person
	s.calls = nil
	for _, w := range []threads.Want{wants(1), wants(), wants(1)} {
		got := keep(t, s, w)
		if len(s.writes()) > 0 || got.Closed != len(w.Findings) || got.Without > 0 {
			t.Errorf("result %+v, writes %v", got, s.writes())
		}
	}
	// Nor is it known who did it when the account is gone.
	s.threads[0].ResolvedBy = nobody
	if keep(t, s, wants(1)); len(s.writes()) > 0 {
		t.Errorf("writes %v", s.writes())
	}
}

// foreign are threads that nobody of ours may touch.
func foreign(s *store) []threads.Thread {
	ours := newStore()
	_, _ = threads.Keep(context.Background(), ours, wants(1)) // nothing fails in this store
	body := ours.threads[0].Body
	s.add(threads.Thread{Author: person, Body: body})
	s.add(threads.Thread{Author: us, Body: "> " + body})
	s.add(threads.Thread{Author: us, Body: strings.Replace(body, "key=default", "key=other", 1)})
	s.add(threads.Thread{Author: us, Body: "a thread of another program"})
	s.add(threads.Thread{Author: us, Body: strings.Replace(body, " -->", " --> and more", 1)})
	s.add(threads.Thread{Author: host.Author{Login: "ghost"}, Body: body})
	return slices.Clone(s.threads)
}

func TestForeignThreadsAreNotTouched(t *testing.T) {
	for _, w := range []threads.Want{wants(1), wants()} {
		s := newStore()
		before := foreign(s)
		keep(t, s, w)
		if diff := cmp.Diff(before, s.threads[:len(before)]); diff != "" {
			t.Errorf("a foreign thread changed:\n%s", diff)
		}
		if len(s.threads) != len(before)+len(w.Findings) {
			t.Errorf("%d threads", len(s.threads))
		}
	}
}

func TestWithoutAnAccountNothingIsWritten(t *testing.T) {
	s := newStore()
	s.self = nobody
	if _, err := threads.Keep(t.Context(), s, wants(1)); err == nil || len(s.writes()) > 0 {
		t.Errorf("error %v, writes %v", err, s.writes())
	}
}

// A run that did not look cannot know that a finding is gone.
func TestThreadOfWhatWasNotLookedAtStays(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	w := wants()
	w.Settled = func(rule string) bool { return rule != "slo/objective-range" }
	if got := keep(t, s, w); got.Resolved > 0 || got.Open != 1 {
		t.Errorf("result %+v", got)
	}
}

// A finding that is there and no longer on a changed line keeps its thread.
func TestThreadOfAFindingOnAnotherLineStays(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	w := wants()
	w.Present = func(string) bool { return true }
	if got := keep(t, s, w); got.Resolved > 0 || got.Open != 1 {
		t.Errorf("result %+v", got)
	}
}

// One that we resolved and that is back on another line is neither opened again
// nor taken for a person's decision.
func TestThreadThatIsBackOnAnotherLineStaysResolved(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	keep(t, s, wants())
	w := wants()
	w.Present = func(string) bool { return true }
	if got := keep(t, s, w); got.Reopened+got.Closed+got.Open > 0 {
		t.Errorf("result %+v", got)
	}
}

// With more findings than there is room for, each rule gets one thread in a file,
// and no thread that stands is taken away for a more important finding.
func TestThereIsRoomForSoManyThreads(t *testing.T) {
	s := newStore()
	w := wants(1, 2, 3, 4, 5)
	w.Max = 2
	w.Findings[1].File = w.Findings[0].File
	got := keep(t, s, w)
	if diff := cmp.Diff([]string{"open finding 1", "open finding 3"}, s.state()); diff != "" || got.Without != 3 || got.Open != 2 {
		t.Errorf("%+v %s", got, diff)
	}
	w.Findings = append([]threads.Finding{finding(9)}, w.Findings...)
	got = keep(t, s, w)
	if len(s.threads) != 2 || got.Without != 4 || got.Resolved > 0 {
		t.Errorf("%+v %v", got, s.state())
	}
}

func TestOldRunWritesNothing(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	s.head, s.calls = newer, nil
	got := keep(t, s, wants(2))
	if len(s.writes()) > 0 || got.Newer != newer {
		t.Errorf("result %+v, writes %v", got, s.writes())
	}
}

// The head may move between two writes.
func TestRunStopsWritingWhenTheHeadMoves(t *testing.T) {
	s := newStore()
	s.lost = func(string) error { s.head = newer; return nil }
	got := keep(t, s, wants(1, 2, 3))
	if len(s.threads) != 1 || got.Opened != 1 || got.Newer != newer {
		t.Errorf("result %+v, %v", got, s.state())
	}
}

// A line on which the host takes no thread is no reason to leave out the others.
func TestRefusedLineLeavesTheOthers(t *testing.T) {
	s := newStore()
	first := true
	s.fail = func(call string) error {
		if call == "open" && first {
			first = false
			return &host.Error{Kind: host.Rejected, Message: "line_code can't be blank"}
		}
		return nil
	}
	got := keep(t, s, wants(1, 2, 3))
	want := threads.Result{Opened: 2, Open: 2, Without: 1, Refusal: "line_code can't be blank", Standing: []string{fingerprint(2), fingerprint(3)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLostAnswerLeavesOneThread(t *testing.T) {
	for name, landed := range map[string]bool{"landed": true, "lost": false} {
		s := newStore()
		fault := func(call string) error {
			if call == "open" && len(s.writes()) == 1 {
				return errBusy
			}
			return nil
		}
		if landed {
			s.lost = fault
		} else {
			s.fail = fault
		}
		if got := keep(t, s, wants(1)); len(s.threads) != 1 || got.Open != 1 {
			t.Errorf("%s: %+v %v", name, got, s.state())
		}
	}
}

// A host that stays broken is asked twice, and the error is told.
func TestBrokenHostIsNotAskedForEver(t *testing.T) {
	s := newStore()
	s.fail = func(call string) error {
		if call == "open" {
			return errBusy
		}
		return nil
	}
	if _, err := threads.Keep(t.Context(), s, wants(1)); !errors.Is(err, error(errBusy)) || len(s.writes()) != 2 {
		t.Errorf("error %v after %v", err, s.writes())
	}
}

// A look follows whatever a run opened: in its last round it opens nothing, though
// there is room at last.
func TestLastRoundOpensNothing(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	s.calls = nil
	w := wants(1, 2)
	w.Max, w.Findings[0].Text = 1, "other words"
	lists := 0
	s.fail = func(call string) error {
		if call == "edit" {
			s.shadow = s.threads[0].Body // the host does not keep what is written
		}
		if call == "list" {
			s.restore()
			if lists++; lists == 4 {
				s.threads[0].Resolved, s.threads[0].ResolvedBy = true, person
			}
		}
		return nil
	}
	keep(t, s, w)
	if !slices.Equal(s.writes(), []string{"edit", "edit", "edit"}) {
		t.Errorf("writes %v", s.writes())
	}
}

// A token that may not is told so once, and a limit ends the run.
func TestRefusalsEndTheRun(t *testing.T) {
	for _, kind := range []host.ErrorKind{host.Permission, host.NotFound, host.Limited, host.Stopped} {
		s := newStore()
		s.fail = func(call string) error {
			if call == "open" {
				return &host.Error{Kind: kind, Message: "no"}
			}
			return nil
		}
		if _, err := threads.Keep(t.Context(), s, wants(1, 2, 3)); err == nil || len(s.writes()) != 1 {
			t.Errorf("%s: error %v after %v", kind, err, s.writes())
		}
	}
}

// A thread that may not be changed is left alone, told of, and no reason to leave
// out the others.
func TestThreadThatCannotBeChangedIsLeftAlone(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	s.calls = nil
	s.fail = func(call string) error {
		if call == "resolve" {
			return &host.Error{Kind: host.Permission, Message: "403"}
		}
		return nil
	}
	_, err := threads.Keep(t.Context(), s, wants(2))
	if err == nil || !slices.Equal(s.writes(), []string{"resolve", "open"}) {
		t.Errorf("error %v after %v", err, s.writes())
	}
}

// A second thread in which people answered is theirs too: it is resolved only.
func TestSecondThreadGoesUnlessItWasAnswered(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	s.add(threads.Thread{Author: us, Body: s.threads[0].Body})
	answered := s.add(threads.Thread{Author: us, Body: s.threads[0].Body, Replies: 1})
	keep(t, s, wants(1))
	if len(s.threads) != 2 || s.threads[1].ID != answered.ID || !s.threads[1].Resolved || s.threads[0].Resolved {
		t.Errorf("threads %v", s.state())
	}
}

// A report may come from a file that somebody else wrote.
func TestFindingThatWouldBreakTheMarkerHasNoThread(t *testing.T) {
	for _, change := range []func(*threads.Finding){
		func(f *threads.Finding) { f.Rule = "a/b --> <!-- x" },
		func(f *threads.Finding) { f.Rule = "a/b--c" },
		func(f *threads.Finding) { f.Rule = strings.Repeat("a", 81) },
		func(f *threads.Finding) { f.Fingerprint = "x\ny" },
		func(f *threads.Finding) { f.Fingerprint = "" },
	} {
		s := newStore()
		w := wants(1)
		change(&w.Findings[0])
		if got := keep(t, s, w); len(s.threads) > 0 || got.Without != 1 {
			t.Errorf("%+v: %v", w.Findings[0], s.state())
		}
	}
	w := wants(1)
	w.Findings[0].Fingerprint += "#2"
	if s := newStore(); keep(t, s, w).Opened != 1 || keep(t, s, w).Opened != 0 {
		t.Errorf("a finding that is there twice: %v", s.state())
	}
}

func TestKeepRefusesWhatCannotWork(t *testing.T) {
	for _, change := range []func(*threads.Want){
		func(w *threads.Want) { w.Key = "a -->" },
		func(w *threads.Want) { w.Head = "main" },
	} {
		w := wants(1)
		change(&w)
		s := newStore()
		if _, err := threads.Keep(t.Context(), s, w); err == nil || len(s.calls) > 0 {
			t.Errorf("error %v, calls %v", err, s.calls)
		}
	}
}

// plainHost is a host whose threads cannot be resolved.
type plainHost struct{ threads.Host }

// Where a thread cannot be resolved, it goes when its finding is gone or its lines
// are, unless somebody answered in it.
func TestThreadsThatCannotBeResolvedAreRemoved(t *testing.T) {
	s := newStore()
	steps := []struct {
		name     string
		prepare  func()
		want     threads.Want
		writes   []string
		standing int
		result   threads.Result
	}{
		{"new", nil, wants(1, 2), []string{"open", "open"}, 2, threads.Result{Opened: 2, Open: 2}},
		{"gone", nil, wants(2), []string{"remove"}, 1, threads.Result{Removed: 1, Open: 1}},
		{"not looked at", nil, notSettled(wants()), nil, 0, threads.Result{Open: 1}},
		{"its lines are others", func() { s.threads[0].Outdated = true }, wants(2), []string{"remove", "open"}, 1, threads.Result{Removed: 1, Opened: 1, Open: 1}},
		{"its lines are others, with an answer", func() { s.threads[0].Outdated, s.threads[0].Replies = true, 1 }, wants(2), nil, 1, threads.Result{Open: 1}},
		{"gone, with an answer", nil, wants(), nil, 0, threads.Result{}},
		{"there twice, with an answer each", func() {
			s.add(threads.Thread{Author: us, Body: s.threads[0].Body, Replies: 1})
		}, wants(2), nil, 1, threads.Result{Open: 1}},
		{"there twice", func() { s.add(threads.Thread{Author: us, Body: s.threads[0].Body}) }, wants(2), []string{"remove"}, 1, threads.Result{Open: 1}},
	}
	for _, step := range steps {
		s.calls = nil
		if step.prepare != nil {
			step.prepare()
		}
		got, err := threads.Keep(t.Context(), plainHost{s}, step.want)
		if diff := cmp.Diff(step.result, got, cmpopts.IgnoreFields(threads.Result{}, "Standing")); diff != "" || err != nil || len(got.Standing) != step.standing {
			t.Errorf("%s: standing %v, %v, -want +got:\n%s", step.name, got.Standing, err, diff)
		}
		if !slices.Equal(s.writes(), step.writes) || len(s.wrong) > 0 {
			t.Errorf("%s: writes %v, want %v; wrong: %v", step.name, s.writes(), step.writes, s.wrong)
		}
	}
}

// notSettled is a run that did not look at what its findings are about.
func notSettled(w threads.Want) threads.Want {
	w.Settled = func(string) bool { return false }
	return w
}

// Where a thread can be resolved, one whose lines are others is still about its
// finding.
func TestOutdatedThreadThatCanBeResolvedStays(t *testing.T) {
	s := newStore()
	keep(t, s, wants(1))
	s.threads[0].Outdated, s.calls = true, nil
	if got := keep(t, s, wants(1)); len(s.writes()) > 0 || got.Open != 1 {
		t.Errorf("%+v, writes %v", got, s.writes())
	}
}
