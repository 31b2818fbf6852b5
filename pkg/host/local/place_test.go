package local_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/local"
)

func TestLocate(t *testing.T) {
	head, merge, other := strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)
	origin := func(address string) string { return "[remote \"origin\"]\n\turl = " + address + "\n" }
	at := host.Context{Head: head, Merge: merge, PR: 7, Repo: host.Repo{Owner: "example", Name: "shop"}}
	touched := host.Changes{Precision: host.ByLine, Files: []host.ChangedFile{{Path: "services/a.yaml", Status: host.Modified}, {Path: "gone", Status: host.Removed}}}
	tests := []struct {
		name string
		// tree holds the files of the workspace beside those that are looked at.
		tree  map[string]string
		files []string
		// touched are the files of the change, when they are others.
		touched []string
		want    host.Place
		fails   string
	}{
		{name: "the workspace has the merge commit", tree: map[string]string{".git/HEAD": merge}, files: []string{"services/a.yaml"}, want: host.Place{Root: "."}},
		{name: "a folder has the head", tree: map[string]string{"shop/.git/HEAD": head}, files: []string{"shop/services/a.yaml"}, want: host.Place{Root: "shop"}},
		{
			name: "a newer merge commit", tree: map[string]string{"shop/.git/HEAD": other, "shop/.git/refs/remotes/pull/7/merge": other},
			files: []string{"shop/services/a.yaml"}, want: host.Place{Root: "shop"},
		},
		{
			name: "another commit of the repository", tree: map[string]string{".git/HEAD": other, ".git/config": origin("git@github.com:Example/shop.git")},
			files: []string{"services/a.yaml"}, want: host.Place{Root: "."},
		},
		{
			name: "with the base beside it", tree: map[string]string{
				"pr/.git/HEAD": head, "base/.git/HEAD": other,
				"pr/.git/config": origin("https://github.com/example/shop"), "base/.git/config": origin("https://github.com/example/shop"),
			},
			files: []string{"pr/a.yaml", "base/a.yaml"}, want: host.Place{Root: "pr", Others: []string{"base"}},
		},
		{
			name: "with a submodule", tree: map[string]string{".git/HEAD": head, "lib/.git": "gitdir: ../.git/modules/lib", ".git/modules/lib/HEAD": other},
			files: []string{"a.yaml", "lib/b.yaml"}, want: host.Place{Root: ".", Others: []string{"lib"}},
		},
		{
			name: "inside the checkout of another repository", tree: map[string]string{".git/HEAD": other, "shop/.git/HEAD": head},
			files: []string{"shop/a.yaml"}, want: host.Place{Root: "shop", Others: []string{"."}},
		},
		{name: "no checkout, the touched files are there", files: []string{"services/a.yaml"}},
		{name: "no checkout, one of the touched files is looked at", files: []string{"services/a.yaml"}, touched: []string{"docs/gone.md", "services/a.yaml"}},
		{name: "no checkout, not all of the touched files are there", files: []string{"services/b.yaml"}, touched: []string{"docs/gone.md"}, fails: "it has no docs/gone.md"},
		{name: "nothing is looked at"},
		{name: "no checkout, the touched files are elsewhere", files: []string{"shop/services/a.yaml"}, fails: "it has no services/a.yaml"},
		{
			name: "another repository", tree: map[string]string{".git/HEAD": other, ".git/config": origin("https://github.com/example/other-shop")},
			files: []string{"services/a.yaml"}, fails: "neither has the commit aaaaaaaaaaaa nor comes from example/shop",
		},
		{
			name: "the repository twice", tree: map[string]string{"one/.git/HEAD": head, "two/.git/HEAD": head},
			files: []string{"one/a.yaml", "two/a.yaml"}, fails: "several checkouts of example/shop, in one, two",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.tree {
				write(t, dir, name, text)
			}
			for _, name := range tt.files {
				write(t, dir, name, "x")
			}
			change := touched
			if tt.touched != nil {
				change.Files = nil
			}
			for _, name := range tt.touched {
				change.Files = append(change.Files, host.ChangedFile{Path: name, Status: host.Modified})
			}
			got, err := local.Locate(at, dir, tt.files, change)
			if tt.fails == "" && err != nil || tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)) {
				t.Fatalf("error %v, want %q", err, tt.fails)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLocateAboveTheWorkspace(t *testing.T) {
	head := strings.Repeat("a", 40)
	dir := t.TempDir()
	write(t, dir, ".git/HEAD", head)
	write(t, dir, "deploy/slo/services/a.yaml", "x")
	got, err := local.Locate(host.Context{Head: head}, dir+"/deploy/slo", []string{"services/a.yaml"}, host.Changes{})
	if err != nil || got.Within != "deploy/slo" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := local.Locate(host.Context{Head: strings.Repeat("b", 40)}, dir+"/deploy/slo", []string{"services/a.yaml"}, host.Changes{}); err == nil {
		t.Error("another repository above the workspace was taken for the run's")
	}
}

func TestLocateWantsEvidence(t *testing.T) {
	removed := host.Changes{Files: []host.ChangedFile{{Path: "services/a.yaml", Status: host.Removed}}}
	dir := t.TempDir()
	write(t, dir, "services/b.yaml", "x")
	if got, err := local.Locate(host.Context{}, dir, []string{"services/b.yaml"}, removed); err == nil {
		t.Errorf("%+v although nothing shows it", got)
	}
}
