package sticky_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/sticky"
)

// Each run is told what our comment says so far, and nothing of what others say.
func TestEachRunIsToldTheEarlierText(t *testing.T) {
	s := newStore()
	s.add(human, marker(head, 7).String()+"\na person")
	s.add(us, sticky.Marker{Key: "other", SHA: head, Run: 8, Attempt: 1}.String()+"\nanother key")
	var told []string
	run := func(sha string, number int64, text string) {
		w := want(sha, number, text)
		s.head, w.Says = sha, text
		w.Body = func(_ int, earlier sticky.Earlier) string {
			told = append(told, fmt.Sprintf("%d: %d %s", number, earlier.Marker.Run, earlier.Text))
			return text
		}
		upsert(t, s, w)
	}
	run(old, 1, "first")
	run(head, 2, "second")
	run(head, 3, "third")
	// Once before looking, and again for what was found.
	want := []string{"1: 0 ", "2: 0 ", "2: 1 first", "3: 0 ", "3: 2 second"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

// When another run writes over our text, the next one knows that run's.
func TestTheNewestOfTheEarlierTextsCounts(t *testing.T) {
	s := newStore()
	s.add(us, marker(old, 1).String()+"\nfirst")
	lists := 0
	s.fail = func(call string) error {
		if call != "list" {
			return nil
		}
		switch lists++; lists {
		case 2:
			s.comments[0].Body = marker(strings.Repeat("c", 40), 2).String() + "\nsecond"
		case 3: // a straggler
			s.comments[0].Body = marker(strings.Repeat("d", 40), 0).String() + "\nlast"
		}
		return nil
	}
	w := want(head, 3, "")
	w.Body = func(_ int, earlier sticky.Earlier) string { return "after " + earlier.Text }
	upsert(t, s, w)
	if !strings.HasSuffix(s.comments[0].Body, "\nafter second") || lists != 4 {
		t.Errorf("after %d looks: %q", lists, s.comments[0].Body)
	}
}

// A text that is too long is halved with what it knows of the earlier one.
func TestHalvedTextKnowsTheEarlierOne(t *testing.T) {
	s := newStore()
	s.add(us, marker(old, 1).String()+"\nfirst")
	s.fail = func(call string) error {
		if call == "update" && len(s.writes()) == 1 {
			return &host.Error{Kind: host.TooLong, Message: "422"}
		}
		return nil
	}
	w := want(head, 2, "")
	w.Body = func(n int, earlier sticky.Earlier) string { return fmt.Sprintf("%t after %s", n < 500, earlier.Text) }
	upsert(t, s, w)
	if !strings.HasSuffix(s.comments[0].Body, "\ntrue after first") {
		t.Errorf("comment %q", s.comments[0].Body)
	}
}
