package gitlab_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

// checkout is a local git that answers, or fails.
type checkout struct {
	changes host.Changes
	err     error
	asked   []string
}

func (c *checkout) Changes(_ context.Context, base, head string) (host.Changes, error) {
	c.asked = append(c.asked, base+"..."+head)
	return c.changes, c.err
}

func TestChangesComeFromTheCheckoutFirst(t *testing.T) {
	g := server(t)
	git := &checkout{changes: host.Changes{Precision: host.ByLine, Source: "git diff"}}
	got, err := client(t, at(g), token, git).Changes(t.Context())
	if err != nil || got.Source != "git diff" || len(g.Requests("", "")) > 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if want := base + "..." + head; len(git.asked) != 1 || git.asked[0] != want {
		t.Errorf("asked %q, want %q", git.asked, want)
	}
}

func TestChangesByTheAPIWhenTheCheckoutIsShallow(t *testing.T) {
	g := server(t)
	g.SetDiffs(
		hosttest.Diff{OldPath: "b.yaml", NewPath: "b.yaml", Diff: "@@ -3,2 +3,3 @@ spec:\n a\n+b\n c\n"},
		hosttest.Diff{OldPath: "a.yaml", NewPath: "a.yaml", NewFile: true, Diff: "@@ -0,0 +1,2 @@\n+x\n+y\n"},
		hosttest.Diff{OldPath: "gone.yaml", NewPath: "gone.yaml", DeletedFile: true, Diff: "@@ -1 +0,0 @@\n-x\n"},
		hosttest.Diff{OldPath: "old.yaml", NewPath: "new.yaml", RenamedFile: true},
		hosttest.Diff{OldPath: "big.yaml", NewPath: "big.yaml"},
		hosttest.Diff{OldPath: "cut.yaml", NewPath: "cut.yaml", Diff: "@@ -3,9 +3,9 @@\n a\n"},
	)
	got, err := client(t, at(g), token, &checkout{err: errors.New("bad object")}).Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := host.Changes{Precision: host.ByLine, Source: "files of the merge request", Files: []host.ChangedFile{
		{Path: "a.yaml", Status: host.Added, Lines: diff.Lines{{From: 1, To: 2}}},
		{Path: "b.yaml", Status: host.Modified, Lines: diff.Lines{{From: 4, To: 4}}},
		{Path: "big.yaml", Status: host.Modified, Whole: true},
		{Path: "cut.yaml", Status: host.Modified, Whole: true},
		{Path: "gone.yaml", Status: host.Removed},
		{Path: "new.yaml", Previous: "old.yaml", Status: host.Renamed},
	}}
	notes := strings.Join(got.Notes, "\n")
	for _, word := range []string{"bad object", "big.yaml: GitLab sends no diff", "cut.yaml"} {
		if !strings.Contains(notes, word) {
			t.Errorf("notes without %q: %s", word, notes)
		}
	}
	got.Notes = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A list that the server cut must not pass for the whole change.
func TestChangesAreUnknownRatherThanIncomplete(t *testing.T) {
	many := make([]hosttest.Diff, 3200)
	for i := range many {
		name := fmt.Sprintf("f%d.yaml", i)
		many[i] = hosttest.Diff{OldPath: name, NewPath: name, Diff: "@@ -1 +1 @@\n-a\n+b\n"}
	}
	for name, prepare := range map[string]func(*hosttest.GitLab){
		"more files than are listed": func(g *hosttest.GitLab) { g.SetDiffs(many...) },
		"refused": func(g *hosttest.GitLab) {
			g.Break(hosttest.Fault{Path: "/diffs", Status: 403, Message: "403 Forbidden"})
		},
		"cut in the middle": func(g *hosttest.GitLab) { g.Break(hosttest.Fault{Path: "/diffs", Truncate: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			g := server(t)
			prepare(g)
			got, err := client(t, at(g), token, nil).Changes(t.Context())
			if err != nil || got.Precision != host.UnknownChange || len(got.Notes) == 0 || len(got.Files) > 0 {
				t.Errorf("%s, %d files, notes %q, %v", got.Precision, len(got.Files), got.Notes, err)
			}
		})
	}
}

func TestWithNothingToCompareEverythingIsNew(t *testing.T) {
	g := server(t)
	c := at(g)
	c.Event, c.Base, c.PR = host.Schedule, "", 0
	got, err := client(t, c, token, &checkout{err: errors.New("must not be asked")}).Changes(t.Context())
	if err != nil || got.Precision != host.Everything || len(g.Requests("", "")) > 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A branch pipeline is about one push; the files of the merge request are more.
func TestBranchPipelineDoesNotTakeTheWholeMergeRequest(t *testing.T) {
	g := server(t)
	c := at(g)
	c.Event = host.Push
	got, err := client(t, c, token, &checkout{err: errors.New("bad object")}).Changes(t.Context())
	if err != nil || got.Precision != host.UnknownChange || len(g.Requests("GET", "/diffs")) > 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}
