package github_test

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

func modified(name, patch string) hosttest.File {
	return hosttest.File{Filename: name, Status: "modified", Changes: 1, Patch: patch}
}

func TestChangesOfAPullRequest(t *testing.T) {
	g := server(t)
	g.SetFiles(
		modified("services/b.yaml", "@@ -1,2 +1,3 @@\n a\n+b\n c"),
		hosttest.File{Filename: "services/a.yaml", PreviousFilename: "services/old.yaml", Status: "renamed"},
		hosttest.File{Filename: "services/gone.yaml", Status: "removed", Changes: 3, Patch: "@@ -1,3 +0,0 @@\n-a\n-b\n-c"},
		hosttest.File{Filename: "services/big.yaml", Status: "modified", Changes: 9000},
		hosttest.File{Filename: "services/new.yaml", Status: "added", Changes: 1, Patch: "@@ -0,0 +1 @@\n+a"},
		modified("services/odd.yaml", "@@ -1,9 +1,9 @@\n a"),
	)
	got, err := client(t, at(g), token, nil).Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []host.ChangedFile{
		{Path: "services/a.yaml", Previous: "services/old.yaml", Status: host.Renamed},
		{Path: "services/b.yaml", Status: host.Modified, Lines: diff.Lines{{From: 2, To: 2}}},
		{Path: "services/big.yaml", Status: host.Modified, Whole: true},
		{Path: "services/gone.yaml", Status: host.Removed},
		{Path: "services/new.yaml", Status: host.Added, Lines: diff.Lines{{From: 1, To: 1}}},
		{Path: "services/odd.yaml", Status: host.Modified, Whole: true},
	}
	if d := cmp.Diff(want, got.Files); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got.Precision != host.ByLine || len(got.Notes) != 2 {
		t.Errorf("precision %s, notes %q", got.Precision, got.Notes)
	}
}

// One file that GitHub shows no patch of is no reason to ask for a diff, which it
// refuses for the same size.
func TestLargeFileAloneIsTakenAsAWhole(t *testing.T) {
	g := server(t)
	g.SetFiles(hosttest.File{Filename: "services/big.yaml", Status: "modified", Changes: 9000})
	got, err := client(t, at(g), token, nil).Changes(t.Context())
	if err != nil || len(got.Files) != 1 || !got.Files[0].Whole || len(g.Requests("GET", "/files")) != len(g.Requests("", "")) {
		t.Errorf("%+v, %v after %+v", got, err, g.Requests("", ""))
	}
}

func TestChangesAreReadToTheLastPage(t *testing.T) {
	g := server(t)
	var files []hosttest.File
	for i := range 250 {
		files = append(files, modified(fmt.Sprintf("services/s%03d.yaml", i), "@@ -1 +1 @@\n-a\n+b"))
	}
	g.SetFiles(files...)
	got, err := client(t, at(g), token, nil).Changes(t.Context())
	if err != nil || len(got.Files) != 250 {
		t.Errorf("%d files, %v", len(got.Files), err)
	}
	if n := len(g.Requests("GET", "/files")); n != 3 {
		t.Errorf("%d requests", n)
	}
}

// comparer stands for the local git.
type comparer struct {
	changes host.Changes
	err     error
	asked   string
}

func (c *comparer) Changes(_ context.Context, from, to string) (host.Changes, error) {
	c.asked = from + "..." + to
	return c.changes, c.err
}

func TestLadderOfWaysToFindTheChange(t *testing.T) {
	local := host.Changes{Precision: host.ByLine, Source: "git diff", Files: []host.ChangedFile{{Path: "local.yaml"}}}
	many := make([]hosttest.File, 3001)
	for i := range many {
		many[i] = modified(fmt.Sprintf("f%d", i), "")
	}
	tests := []struct {
		name   string
		files  []hosttest.File
		breaks []string
		local  *comparer
		want   string // the source
		notes  int
	}{
		{"files of the pull request", nil, nil, nil, "files of the pull request", 0},
		{"comparison when the files are refused", nil, []string{"/files"}, nil, "comparison by GitHub", 1},
		{"comparison when GitHub lists too few files", many, nil, nil, "comparison by GitHub", 1},
		{"git when both are refused", nil, []string{"/files", "/compare"}, &comparer{changes: local}, "git diff", 2},
		{"unknown when there is no git", nil, []string{"/files", "/compare"}, nil, "", 2},
		{"unknown when git fails too", nil, []string{"/files", "/compare"}, &comparer{err: errors.New("shallow")}, "", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := server(t)
			g.SetFiles(tt.files...)
			g.SetCompared(modified("compared.yaml", "@@ -1 +1 @@\n-a\n+b"))
			for _, path := range tt.breaks {
				g.Break(hosttest.Fault{Path: path, Status: 406, Message: "the diff is too large"})
			}
			api := client(t, at(g), token, nil)
			if tt.local != nil {
				api = client(t, at(g), token, tt.local)
			}
			got, err := api.Changes(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.Source != tt.want || len(got.Notes) != tt.notes {
				t.Errorf("source %q, notes %q; want %q and %d notes", got.Source, got.Notes, tt.want, tt.notes)
			}
			if unknown := tt.want == ""; unknown != (got.Precision == host.UnknownChange) || unknown && got.Known() {
				t.Errorf("precision %s", got.Precision)
			}
			if tt.local != nil && tt.local.asked != base+"..."+head {
				t.Errorf("git was asked for %q", tt.local.asked)
			}
		})
	}
}

func TestChangesOfOtherEvents(t *testing.T) {
	g := server(t)
	g.SetCompared(modified("compared.yaml", "@@ -1 +1 @@\n-a\n+b"))
	c := at(g)
	c.PR, c.Event = 0, host.MergeGroup
	got, err := client(t, c, token, nil).Changes(t.Context())
	if err != nil || got.Source != "comparison by GitHub" || len(g.Requests("GET", "/compare/"+base+"..."+head)) != 1 {
		t.Errorf("merge group: %+v, %v", got, err)
	}
	c.Base, c.Event = "", host.Schedule
	if got, err = client(t, c, token, nil).Changes(t.Context()); err != nil || got.Precision != host.Everything || got.Known() {
		t.Errorf("schedule: %+v, %v", got, err)
	}
}

func TestLargeComparisonIsNotTakenForTheWhole(t *testing.T) {
	g := server(t)
	files := make([]hosttest.File, 301)
	for i := range files {
		files[i] = modified(fmt.Sprintf("f%d", i), "@@ -1 +1 @@\n-a\n+b")
	}
	g.SetCompared(files...)
	c := at(g)
	c.PR, c.Event = 0, host.Push
	got, err := client(t, c, token, nil).Changes(t.Context())
	if err != nil || got.Precision != host.UnknownChange || !strings.Contains(strings.Join(got.Notes, " "), "300 files") {
		t.Errorf("%s, notes %q, %v", got.Precision, got.Notes, err)
	}
}
