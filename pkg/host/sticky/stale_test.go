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

// stale is a host whose lists show a write only some calls later, as one with
// replicas may, and that may name another author than the token says.
type stale struct {
	*store
	lag    int
	shown  [][]host.Comment
	author host.Author
}

func (s *stale) List(ctx context.Context) ([]host.Comment, error) {
	now, err := s.store.List(ctx)
	s.shown = append(s.shown, now)
	return slices.Clone(s.shown[max(0, len(s.shown)-1-s.lag)]), err
}

func (s *stale) Create(ctx context.Context, body string) (host.Comment, error) {
	c, err := s.store.Create(ctx, body)
	if s.author.Login != "" {
		c.Author = s.author
		s.comments[len(s.comments)-1].Author = s.author
	}
	return c, err
}

// TestAListThatIsBehindMakesNoSecondComment makes sure that a run does not write
// again what it wrote, however long its own comment is not in the list.
func TestAListThatIsBehindMakesNoSecondComment(t *testing.T) {
	for _, lag := range []int{0, 1, 3, 50} {
		s := &stale{store: newStore(), lag: lag}
		if res := upsert(t, s, want(head, 1, "text")); res.Action != sticky.Created {
			t.Errorf("lag %d: %+v", lag, res)
		}
		if diff := cmp.Diff([]string{"create"}, s.writes()); diff != "" {
			t.Errorf("lag %d: %s", lag, diff)
		}
	}
}

func TestAListThatIsBehindEditsOnce(t *testing.T) {
	for _, lag := range []int{1, 3, 50} {
		s := &stale{store: newStore(), lag: lag}
		s.add(us, marker(head, 1).String()+"\nfirst")
		s.shown = append(s.shown, slices.Clone(s.comments))
		if res := upsert(t, s, want(head, 2, "second")); res.Action != sticky.Edited {
			t.Errorf("lag %d: %+v", lag, res)
		}
		if diff := cmp.Diff([]string{"update"}, s.writes()); diff != "" {
			t.Errorf("lag %d: %s", lag, diff)
		}
	}
}

// TestAnotherAuthorMakesOneComment makes sure that a host that names our comments'
// author otherwise than our token does not fill the page with them.
func TestAnotherAuthorMakesOneComment(t *testing.T) {
	tests := []struct {
		name         string
		self, author host.Author
		// comments are how many there are after two runs.
		comments int
		reason   string
	}{
		{"another case", host.Author{Login: "CI-bot"}, host.Author{Login: "ci-bot"}, 1, ""},
		{"an app without its suffix", host.Author{Login: "my-app"}, host.Author{Login: "my-app[bot]", Bot: true}, 1, "later runs may not find it"},
		{"another account", host.Author{Login: "alias"}, host.Author{Login: "account"}, 1, "later runs may not find it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &stale{store: newStore(), author: test.author}
			s.self = test.self
			res := upsert(t, s, want(head, 1, "first"))
			if !strings.Contains(res.Reason, test.reason) || test.reason == "" && res.Reason != "" {
				t.Errorf("reason %q, want %q", res.Reason, test.reason)
			}
			upsert(t, s, want(head, 2, "second"))
			if len(s.comments) != test.comments {
				t.Errorf("%d comments, want %d", len(s.comments), test.comments)
			}
		})
	}
}

// TestAPersonIsNoApp makes sure that a person named as an app without its suffix
// does not have comments that the app takes for its own.
func TestAPersonIsNoApp(t *testing.T) {
	s := newStore()
	s.add(host.Author{Login: "GitHub-actions"}, marker(head, 1).String()+"\na person")
	before := s.comments[0]
	upsert(t, s, want(head, 2, "ours"))
	if diff := cmp.Diff(before, s.comments[0]); diff != "" || len(s.comments) != 2 {
		t.Errorf("%d comments, %s", len(s.comments), diff)
	}
}

// TestACommentThatWasEditedByHandIsRepaired makes sure that nobody can have a
// comment say what no run found, or keep runs from writing.
func TestACommentThatWasEditedByHandIsRepaired(t *testing.T) {
	for name, edit := range map[string]func(string) string{
		"the text":       func(s string) string { return strings.Replace(s, "it failed", "all is well", 1) },
		"the run":        func(s string) string { return strings.Replace(s, "run=1 ", "run=999999999 ", 1) },
		"the text below": func(s string) string { return s + "\nall is well" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			upsert(t, s, want(head, 1, "it failed"))
			written := s.comments[0].Body
			s.comments[0].Body = edit(written)
			if s.comments[0].Body == written {
				t.Fatal("nothing was edited")
			}
			if res := upsert(t, s, want(head, 2, "it failed")); res.Action != sticky.Edited {
				t.Errorf("%+v", res)
			}
			if _, text, ok := sticky.Parse(s.comments[0].Body); !ok || text != "it failed" {
				t.Errorf("it says %q", text)
			}
		})
	}
}

// TestTheSealOutlivesTheHost makes sure that a host that keeps line ends or blanks
// otherwise does not make every comment look edited.
func TestTheSealOutlivesTheHost(t *testing.T) {
	s := newStore()
	upsert(t, s, want(head, 1, "a\nb\n"))
	s.comments[0].Body = strings.TrimSpace(strings.ReplaceAll(s.comments[0].Body, "\n", "\r\n"))
	if res := upsert(t, s, want(head, 2, "a\nb\n")); res.Action != sticky.Unchanged {
		t.Errorf("%+v", res)
	}
}
