package sticky_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/sticky"
)

var old = strings.Repeat("b", 40)

func marker(sha string, run int64) sticky.Marker {
	return sticky.Marker{Key: "default", SHA: sha, Run: run, Attempt: 1}
}

// want is the comment of a run; it may be created.
func want(sha string, run int64, text string) sticky.Want {
	return sticky.Want{
		Marker: marker(sha, run), MaxBytes: 1000, Create: true,
		Body: func(n int, _ sticky.Earlier) string { return text[:min(n, len(text))] },
	}
}

func upsert(t *testing.T, s sticky.Host, w sticky.Want) sticky.Result {
	t.Helper()
	res, err := sticky.Upsert(context.Background(), s, w)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestCreatesOnceThenEdits(t *testing.T) {
	s := newStore()
	if res := upsert(t, s, want(head, 1, "first")); res.Action != sticky.Created || res.URL == "" {
		t.Fatalf("first run: %+v", res)
	}
	if res := upsert(t, s, want(head, 2, "second")); res.Action != sticky.Edited {
		t.Fatalf("second run: %+v", res)
	}
	if len(s.comments) != 1 {
		t.Fatalf("comments %+v", s.comments)
	}
	m, text, ok := sticky.Parse(s.comments[0].Body)
	if m.Text = ""; !ok || m != marker(head, 2) || text != "second" {
		t.Errorf("comment %+v", s.comments[0])
	}
}

func TestSameTextIsNotWrittenAgain(t *testing.T) {
	s := newStore()
	upsert(t, s, want(head, 1, "text\n"))
	s.comments[0].Body = strings.ReplaceAll(s.comments[0].Body, "\n", "\r\n") // as after an edit in a browser
	if res := upsert(t, s, want(head, 2, "text\n")); res.Action != sticky.Unchanged || res.URL == "" {
		t.Errorf("result %+v", res)
	}
	if diff := cmp.Diff([]string{"create"}, s.writes()); diff != "" {
		t.Error(diff)
	}
}

func TestNoFirstCommentWithNothingToSay(t *testing.T) {
	s := newStore()
	w := want(head, 1, "text")
	w.Create = false
	if res := upsert(t, s, w); res.Action != sticky.Skipped || res.Reason == "" || len(s.writes()) > 0 {
		t.Errorf("result %+v, writes %v", res, s.writes())
	}
	s.add(us, marker(head, 0).String()+"\nbad news")
	if res := upsert(t, s, w); res.Action != sticky.Edited {
		t.Errorf("an existing comment has to be brought up to date: %+v", res)
	}
}

func TestForeignCommentsAreNeverTouched(t *testing.T) {
	s := newStore()
	m := marker(head, 1).String()
	s.add(human, m+"\nquoting your marker")
	s.add(host.Author{Login: "other-app[bot]", Bot: true}, m+"\nanother app")
	s.add(host.Author{Login: "github-actions"}, m+"\na person with a similar name")
	s.add(us, "<!-- coverage -->\nother product")
	s.add(us, sticky.Marker{Key: "other", SHA: head, Run: 1, Attempt: 1}.String()+"\nother key")
	before := slices.Clone(s.comments)
	upsert(t, s, want(head, 2, "ours"))
	upsert(t, s, want(head, 3, "ours again"))
	if diff := cmp.Diff(before, s.comments[:len(before)]); diff != "" {
		t.Errorf("a foreign comment changed:\n%s", diff)
	}
	if len(s.comments) != len(before)+1 {
		t.Errorf("%d comments, want one more than %d", len(s.comments), len(before))
	}
}

func TestOldRunsDoNotOverwriteNewer(t *testing.T) {
	tests := []struct {
		name        string
		existing    sticky.Marker
		run         sticky.Marker
		currentHead string
		headFails   bool
		want        sticky.Action
	}{
		{"comment is about the head, this run is not", marker(head, 1), marker(old, 2), head, false, sticky.Skipped},
		{"this run is about the head, the comment is not", marker(old, 9), marker(head, 2), head, false, sticky.Edited},
		{"same commit, newer run wrote", marker(head, 9), marker(head, 2), head, false, sticky.Skipped},
		{"same commit, older run wrote", marker(head, 1), marker(head, 2), head, false, sticky.Edited},
		{"same run, newer attempt wrote", sticky.Marker{Key: "default", SHA: head, Run: 2, Attempt: 2}, marker(head, 2), head, false, sticky.Skipped},
		{"same run, as where runs have no number", marker(head, 0), marker(head, 0), head, false, sticky.Edited},
		{"both outdated, newer run", marker(old, 1), marker(strings.Repeat("c", 40), 2), head, false, sticky.Edited},
		{"both outdated, older run", marker(old, 3), marker(strings.Repeat("c", 40), 2), head, false, sticky.Skipped},
		{"head not to be had, older run", marker(head, 3), marker(old, 2), "", true, sticky.Skipped},
		{"head not to be had, newer run", marker(old, 1), marker(head, 2), "", true, sticky.Edited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore()
			s.head = tt.currentHead
			s.add(us, tt.existing.String()+"\nexisting")
			s.fail = func(call string) error {
				if call == "head" && tt.headFails {
					return &host.Error{Kind: host.Transient, Message: "502"}
				}
				return nil
			}
			w := want("", 0, "mine")
			w.Marker = tt.run
			res := upsert(t, s, w)
			if res.Action != tt.want || (res.Action == sticky.Skipped && res.Reason == "") {
				t.Errorf("got %+v, want %s", res, tt.want)
			}
		})
	}
}

func TestTwoRunsThatCreateAtOnceLeaveOneComment(t *testing.T) {
	s := newStore()
	s.fail = func(call string) error {
		if call == "create" { // the other run creates between our listing and our creating
			s.add(us, marker(head, 1).String()+"\nother run")
		}
		return nil
	}
	res := upsert(t, s, want(head, 2, "newest"))
	if len(s.comments) != 1 || !strings.HasSuffix(s.comments[0].Body, "newest") {
		t.Errorf("comments %+v", s.comments)
	}
	if res.Action != sticky.Edited {
		t.Errorf("result %+v", res)
	}
}

// What is different in every run, as the time, is no reason to write.
func TestTimeAloneIsNoReasonToWrite(t *testing.T) {
	s := newStore()
	for run, at := range []string{"10:00", "10:05"} {
		w := want(head, int64(run)+1, "all is well, evaluated at "+at)
		w.Says = "all is well"
		upsert(t, s, w)
	}
	if diff := cmp.Diff([]string{"create"}, s.writes()); diff != "" {
		t.Error(diff)
	}
	w := want(old, 3, "all is well")
	w.Says = "all is well"
	s.head = old
	if res := upsert(t, s, w); res.Action != sticky.Edited {
		t.Errorf("a comment about another commit has to be brought up to date: %+v", res)
	}
}

// A run that died between creating its comment and taking it back leaves two.
func TestDoubleOfARunThatDiedGoes(t *testing.T) {
	s := newStore()
	s.add(us, marker(head, 1).String()+"\nfirst")
	s.add(us, marker(head, 3).String()+"\nnewest")
	if res := upsert(t, s, want(head, 2, "late")); res.Action != sticky.Skipped {
		t.Errorf("result %+v", res)
	}
	if len(s.comments) != 1 || s.comments[0].ID != 11 || !strings.HasSuffix(s.comments[0].Body, "newest") {
		t.Errorf("comments %+v", s.comments)
	}
}

func TestLateRunTakesItsOwnDoubleBack(t *testing.T) {
	s := newStore()
	s.fail = func(call string) error {
		if call == "create" {
			s.add(us, marker(head, 9).String()+"\nnewer run")
		}
		return nil
	}
	upsert(t, s, want(head, 2, "late"))
	if len(s.comments) != 1 || !strings.HasSuffix(s.comments[0].Body, "newer run") {
		t.Errorf("comments %+v", s.comments)
	}
}

// A 502 behind a POST says nothing about whether it took effect.
func TestLostAnswerDoesNotMakeASecondComment(t *testing.T) {
	transient := &host.Error{Kind: host.Transient, Message: "502"}
	t.Run("it landed", func(t *testing.T) {
		s := newStore()
		s.lost = func(string) error { return transient }
		upsert(t, s, want(head, 1, "text"))
		if diff := cmp.Diff([]string{"create"}, s.writes()); diff != "" || len(s.comments) != 1 {
			t.Errorf("%d comments, writes:\n%s", len(s.comments), diff)
		}
	})
	t.Run("it did not land", func(t *testing.T) {
		s := newStore()
		first := true
		s.fail = func(call string) error {
			if call == "create" && first {
				first = false
				return transient
			}
			return nil
		}
		upsert(t, s, want(head, 1, "text"))
		if diff := cmp.Diff([]string{"create", "create"}, s.writes()); diff != "" || len(s.comments) != 1 {
			t.Errorf("%d comments, writes:\n%s", len(s.comments), diff)
		}
	})
}

func TestNothingIsWrittenWhenListingFails(t *testing.T) {
	s := newStore()
	s.fail = func(call string) error {
		if call == "list" {
			return &host.Error{Kind: host.Transient, Message: "500"}
		}
		return nil
	}
	if _, err := sticky.Upsert(context.Background(), s, want(head, 1, "text")); err == nil {
		t.Error("no error")
	}
	if len(s.writes()) > 0 {
		t.Errorf("writes %v", s.writes())
	}
}

// Where the account is not known, what stands cannot be told from a forgery. That
// it may be out of date has to be said.
func TestUnknownAccountCreatesButNeverEdits(t *testing.T) {
	s := newStore()
	s.self = host.Author{}
	if res := upsert(t, s, want(head, 1, "text")); res.Action != sticky.Created {
		t.Fatalf("first: %+v", res)
	}
	_, err := sticky.Upsert(context.Background(), s, want(head, 2, "other text"))
	if err == nil || !strings.Contains(err.Error(), "may be out of date") {
		t.Errorf("second: %v", err)
	}
	if diff := cmp.Diff([]string{"create"}, s.writes()); diff != "" {
		t.Error(diff)
	}
}

// The account of an old comment may be gone, and then nobody is named as its author:
// that is not who we are when that is not known either.
func TestCommentOfNobodyIsNotOurs(t *testing.T) {
	s := newStore()
	s.self = host.Author{}
	s.add(host.Author{}, marker(head, 1).String()+"\nold")
	if _, err := sticky.Upsert(context.Background(), s, want(head, 2, "text")); err == nil || len(s.writes()) > 0 {
		t.Errorf("calls %q, error %v", s.writes(), err)
	}
}

func TestTooLongIsHalvedOnce(t *testing.T) {
	s := newStore()
	s.fail = func(call string) error {
		if call == "create" && len(s.writes()) == 1 {
			return &host.Error{Kind: host.TooLong, Message: "422"}
		}
		return nil
	}
	upsert(t, s, want(head, 1, strings.Repeat("x", 5000)))
	if n := len(s.comments[0].Body); n != 500 {
		t.Errorf("%d bytes, want half of the budget of 1000", n)
	}
}

func TestBodyStaysInTheBudget(t *testing.T) {
	s := newStore()
	upsert(t, s, want(head, 1, strings.Repeat("x", 5000)))
	if n := len(s.comments[0].Body); n != 1000 {
		t.Errorf("%d bytes, want 1000 with the marker", n)
	}
}

func TestCommentDeletedMeanwhile(t *testing.T) {
	s := newStore()
	s.add(us, marker(head, 1).String()+"\nold")
	s.fail = func(call string) error {
		if call == "update" {
			s.comments = nil
		}
		return nil
	}
	if res := upsert(t, s, want(head, 2, "new")); res.Action != sticky.Skipped || res.Reason == "" {
		t.Errorf("result %+v", res)
	}
}

func TestRefusesKeysThatBreakTheMarker(t *testing.T) {
	s := newStore()
	w := want(head, 1, "text")
	w.Marker.Key = "x --> @everyone"
	if _, err := sticky.Upsert(context.Background(), s, w); err == nil || len(s.calls) > 0 {
		t.Errorf("error %v, calls %v", err, s.calls)
	}
}

// A comment of ours that may not be edited stays, and exactly one other takes
// its place, however often the run is repeated.
func TestCommentThatMayNotBeEditedIsReplacedOnce(t *testing.T) {
	s := newStore()
	locked := s.add(us, marker(head, 1).String()+"\nold")
	s.deny = locked
	for run := range 3 {
		res := upsert(t, s, want(head, int64(run)+2, "text "+strings.Repeat("x", run)))
		if run == 0 && (res.Action != sticky.Created || !strings.Contains(res.Reason, "does not let us edit")) || run > 0 && res.Action != sticky.Edited {
			t.Errorf("run %d: %+v", run, res)
		}
	}
	if len(s.comments) != 2 || !strings.Contains(s.comments[0].Body, "old") || !strings.Contains(s.comments[1].Body, "text xx") {
		t.Errorf("comments %+v", s.comments)
	}
}

func TestReportOfAFormerAccountStaysAndIsMentioned(t *testing.T) {
	s := newStore()
	s.add(host.Author{Login: "ghost"}, marker(head, 1).String()+"\nfrom before the token was replaced")
	res := upsert(t, s, want(head, 2, "new"))
	if res.Action != sticky.Created || !strings.Contains(res.Reason, "another account") || len(s.comments) != 2 {
		t.Errorf("result %+v, comments %+v", res, s.comments)
	}
	if res := upsert(t, s, want(head, 3, "newer")); res.Action != sticky.Edited || len(s.comments) != 2 {
		t.Errorf("second run: %+v", res)
	}
}
