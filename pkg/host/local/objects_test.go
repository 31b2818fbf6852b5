package local_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/local"
)

func objects(t *testing.T, dir string) *local.Objects {
	t.Helper()
	o, err := local.NewObjects(dir)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// commit writes files by names and texts in turn, or removes those without text,
// and commits.
func (r repo) commit(t *testing.T, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			git(t, r.dir, "rm", "-q", pairs[i])
			continue
		}
		write(t, r.dir, pairs[i], pairs[i+1])
	}
	git(t, r.dir, "add", ".")
	git(t, r.dir, "commit", "-q", "-m", "change")
	return git(t, r.dir, "rev-parse", "HEAD")
}

func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

// What is read from the files is what git itself says, with loose objects and with
// packed ones.
func TestObjectsSayWhatGitSays(t *testing.T) {
	r := newRepo(t)
	heads := []string{
		r.head,
		r.commit(t, "services/a.yaml", "a\nc\n", "big.yaml", numbered(0, 500), "empty.yaml", "\n"),
		r.commit(t, "big.yaml", numbered(3, 200)+"new\n"+numbered(210, 500)+"last", "bin", "a\x00b"),
		r.commit(t, "big.yaml", "", "moved/big.yaml", numbered(3, 200)+"newer\n"+numbered(210, 500)+"last", "bin", "a\x00c"),
		r.commit(t, "services/a.yaml", "x\na\nc"),
	}
	for _, how := range []string{"loose", "packed"} {
		if how == "packed" {
			git(t, r.dir, "gc", "-q", "--aggressive", "--prune=now")
		}
		want, got := history(t, r.dir), objects(t, r.dir)
		for i, base := range append([]string{r.base}, heads...) {
			for _, head := range heads[max(i-1, 0):] {
				a, errA := want.Changes(t.Context(), base, head)
				b, errB := got.Changes(t.Context(), base, head)
				a.Source, b.Source = "", ""
				for i := range a.Files {
					if a.Files[i].Status == host.Removed {
						a.Files[i].Lines = nil // nobody asks for lines that are not there
					}
				}
				if diff := cmp.Diff(a, b, cmpopts.EquateEmpty()); diff != "" || errA != nil || errB != nil {
					t.Errorf("%s, %d to %s: %v, %v, -git +files:\n%s", how, i, host.Short(head), errA, errB, diff)
				}
			}
		}
	}
}

func TestObjectsReadFilesAndParents(t *testing.T) {
	r := newRepo(t)
	git(t, r.dir, "checkout", "-q", "-b", "other", r.base)
	other := r.commit(t, "other.yaml", "o\n")
	git(t, r.dir, "merge", "-q", "-m", "merge", r.head)
	merge := git(t, r.dir, "rev-parse", "HEAD")
	o := objects(t, r.dir)
	if got, err := o.ReadFile(t.Context(), r.base, "services/a.yaml"); err != nil || string(got) != "a\nb\nc\n" {
		t.Errorf("%q, %v", got, err)
	}
	for _, c := range []struct{ commit, path string }{
		{r.head, "gone.yaml"}, {r.head, "services"}, {"HEAD", "services/a.yaml"}, {strings.Repeat("9", 40), "services/a.yaml"}, {r.head, "../x"},
	} {
		if got, err := o.ReadFile(t.Context(), c.commit, c.path); err == nil {
			t.Errorf("%s at %s: %q", c.path, c.commit, got)
		}
	}
	if got, err := o.Parents(t.Context(), merge); err != nil || !slices.Equal(got, []string{other, r.head}) {
		t.Errorf("parents %v, %v", got, err)
	}
	for _, pair := range [][2]string{{other, r.head}, {r.base, r.head}, {r.head, r.head}} {
		want, errWant := history(t, r.dir).MergeBase(t.Context(), pair[0], pair[1])
		if got, err := o.MergeBase(t.Context(), pair[0], pair[1]); err != nil || errWant != nil || got != want {
			t.Errorf("merge base of %v: %s, %v; git says %s, %v", pair, got, err, want, errWant)
		}
	}
}

// A runner fetches the last twenty commits: enough as long as the base is among
// them, and an error, never an empty change, when it is not.
func TestObjectsOfAShallowClone(t *testing.T) {
	r := newRepo(t)
	last := r.commit(t, "services/a.yaml", "x\n")
	deep, flat := t.TempDir(), t.TempDir()
	git(t, deep, "clone", "-q", "--depth=2", "file://"+r.dir, ".")
	git(t, flat, "clone", "-q", "--depth=1", "file://"+r.dir, ".")
	got, err := objects(t, deep).Changes(t.Context(), r.head, last)
	if err != nil || len(got.Files) != 1 || !got.Touches("services/a.yaml", 1) {
		t.Errorf("%+v, %v", got, err)
	}
	for dir, base := range map[string]string{deep: r.base, flat: r.head} {
		if got, err := objects(t, dir).Changes(t.Context(), base, last); err == nil || !strings.Contains(err.Error(), "shallow") {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if got, err := objects(t, flat).Parents(t.Context(), last); err != nil || !slices.Equal(got, []string{r.head}) {
		t.Errorf("parents %v, %v", got, err)
	}
}

func TestObjectsRefuseWhatTheyCannotRead(t *testing.T) {
	if _, err := local.NewObjects(t.TempDir()); err == nil {
		t.Error("a folder without .git is a checkout")
	}
	if _, err := local.NewObjects(""); err == nil {
		t.Error("no folder is a checkout")
	}
	linked := t.TempDir()
	write(t, linked, ".git", "gitdir: /elsewhere\n")
	if _, err := local.NewObjects(linked); err == nil {
		t.Error("a .git file was read")
	}
	r := newRepo(t)
	if err := os.RemoveAll(filepath.Join(r.dir, ".git", "objects")); err != nil {
		t.Fatal(err)
	}
	if got, err := objects(t, r.dir).Changes(t.Context(), r.base, r.head); err == nil {
		t.Errorf("without objects: %+v", got)
	}
	whole := newRepo(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := objects(t, whole.dir).Changes(ctx, whole.base, whole.head); err == nil {
		t.Error("a stopped run went on")
	}
}

func TestOpenReadsAnyCheckout(t *testing.T) {
	r := newRepo(t)
	opened, err := local.Open(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opened.Changes(t.Context(), r.base, r.head); err != nil || len(got.Files) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := local.Open(""); err == nil {
		t.Error("no folder was opened")
	}
}
