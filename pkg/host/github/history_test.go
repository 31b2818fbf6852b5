package github_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

func TestFilesOfACommit(t *testing.T) {
	g := server(t)
	const odd = "services/mit Lücke & 50%?ref=x#y.yaml"
	g.SetFile(base, "services/a.yaml", "name: a\n")
	g.SetFile(base, odd, "name: odd\n")
	api := client(t, at(g), token, nil)
	for path, want := range map[string]string{"services/a.yaml": "name: a\n", odd: "name: odd\n"} {
		if got, err := api.ReadFile(t.Context(), base, path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, c := range []struct{ commit, path string }{{head, "services/a.yaml"}, {base, "gone.yaml"}, {"main", "services/a.yaml"}} {
		if got, err := api.ReadFile(t.Context(), c.commit, c.path); err == nil {
			t.Errorf("%s at %s: %q", c.path, c.commit, got)
		}
	}
	_, err := api.ReadFile(t.Context(), base, "gone.yaml")
	if e := hosttest.Classified(t, err); e.Kind != host.NotFound || e.Need != "contents: read" {
		t.Errorf("%+v", e)
	}
}

func TestAFileThatIsTooLargeIsNotCutOff(t *testing.T) {
	g := server(t)
	g.SetFile(base, "big.yaml", strings.Repeat("x", host.MaxFile+1))
	g.SetFile(base, "full.yaml", strings.Repeat("x", host.MaxFile))
	api := client(t, at(g), token, nil)
	if got, err := api.ReadFile(t.Context(), base, "big.yaml"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := api.ReadFile(t.Context(), base, "full.yaml"); err != nil || len(got) != host.MaxFile {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestAFileThatIsRefusedIsAnError(t *testing.T) {
	g := server(t)
	g.SetFile(base, "a.yaml", "name: a\n")
	g.Break(hosttest.Fault{Path: "/contents/", Status: 403, Message: "Resource not accessible by integration"})
	_, err := client(t, at(g), token, nil).ReadFile(t.Context(), base, "a.yaml")
	if e := hosttest.Classified(t, err); e.Kind != host.Permission || e.Need != "contents: read" {
		t.Errorf("%+v", e)
	}
}

func TestParentsAndMergeBase(t *testing.T) {
	g := server(t)
	g.SetParents(head, base, strings.Repeat("4", 40))
	g.SetMergeBase(base)
	api := client(t, at(g), token, nil)
	if got, err := api.Parents(t.Context(), head); err != nil || !slices.Equal(got, []string{base, strings.Repeat("4", 40)}) {
		t.Errorf("parents %v, %v", got, err)
	}
	if got, err := api.Parents(t.Context(), base); err == nil {
		t.Errorf("a commit that is not there has the parents %v", got)
	}
	if got, err := api.MergeBase(t.Context(), base, head); err != nil || got != base {
		t.Errorf("merge base %q, %v", got, err)
	}
}
