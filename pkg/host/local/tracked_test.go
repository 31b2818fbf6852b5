package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nthlayer/action/pkg/host/local"
)

// What git has is told whether or not it is in the workspace, by git and, where that
// fails, by the files under .git.
func TestWhatGitHasIsTold(t *testing.T) {
	r := newRepo(t)
	if err := os.Symlink("services", filepath.Join(r.dir, "link")); err != nil {
		t.Fatal(err)
	}
	r.commit(t, "conf/policy.yaml", "a\n", "conf/more/x.yaml", "b\n", "deep/er/conf/policy.yaml", "c\n")
	git(t, r.dir, "update-index", "--add", "--cacheinfo", "160000,"+r.base+",sub")
	git(t, r.dir, "commit", "-q", "-m", "a submodule")
	git(t, r.dir, "sparse-checkout", "set", "services")
	if _, err := os.Stat(filepath.Join(r.dir, "conf")); err == nil {
		t.Fatal("the folder is in the workspace")
	}
	want := map[string][]local.Tracked{
		"conf": {{Path: "conf/policy.yaml"}}, "deep/er/conf": {{Path: "deep/er/conf/policy.yaml"}},
		"sub": {{Path: "sub", Submodule: true}}, "link": {{Path: "link"}}, "con*": nil, "none": nil, "none/at/all": nil,
	}
	below := cmpopts.IgnoreSliceElements(func(f local.Tracked) bool { return strings.HasPrefix(f.Path, "conf/more") })
	for _, by := range []string{"git", "the files"} {
		if by == "the files" {
			brokenIndex(t, r.dir)
		}
		for folder, want := range want {
			got, err := local.TrackedIn(t.Context(), r.dir, folder)
			if diff := cmp.Diff(want, got, below, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("%s by %s: %v, -want +got:\n%s", folder, by, err, diff)
			}
		}
	}
}

// brokenIndex makes an index of which git says that it is none.
func brokenIndex(t *testing.T, dir string) {
	t.Helper()
	write(t, dir, ".git/index", "no index")
}

// What is no checkout has nothing; one that cannot be read is an error.
func TestWhatNobodyCanSayGitHas(t *testing.T) {
	if got, err := local.TrackedIn(t.Context(), t.TempDir(), "conf"); len(got) > 0 || err != nil {
		t.Errorf("no checkout: %v, %v", got, err)
	}
	r := newRepo(t)
	brokenIndex(t, r.dir)
	if err := os.RemoveAll(filepath.Join(r.dir, ".git", "objects")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(r.dir, ".git", "objects"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := local.TrackedIn(t.Context(), r.dir, "conf"); err == nil {
		t.Errorf("neither an index nor objects: %v", got)
	}
}
