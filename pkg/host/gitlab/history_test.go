package gitlab_test

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
	g.SetFile(base, "big.yaml", strings.Repeat("x", host.MaxFile+1))
	api := client(t, at(g), token, nil)
	for path, want := range map[string]string{"services/a.yaml": "name: a\n", odd: "name: odd\n"} {
		if got, err := api.ReadFile(t.Context(), base, path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, c := range []struct{ commit, path string }{{head, "services/a.yaml"}, {base, "gone.yaml"}, {"main", "services/a.yaml"}, {base, "big.yaml"}} {
		if got, err := api.ReadFile(t.Context(), c.commit, c.path); err == nil {
			t.Errorf("%s at %s: %d bytes", c.path, c.commit, len(got))
		}
	}
	g.Break(hosttest.Fault{Path: "/files/", Status: 403, Message: "403 Forbidden"})
	_, err := api.ReadFile(t.Context(), base, "services/a.yaml")
	if e := hosttest.Classified(t, err); e.Kind != host.Permission || !strings.Contains(e.Need, "read_api") {
		t.Errorf("%+v", e)
	}
}

func TestParentsAndMergeBase(t *testing.T) {
	g := server(t)
	g.SetParents(merged, base, head)
	g.SetMergeBase(base)
	api := client(t, at(g), token, nil)
	if got, err := api.Parents(t.Context(), merged); err != nil || !slices.Equal(got, []string{base, head}) {
		t.Errorf("parents %v, %v", got, err)
	}
	if got, err := api.Parents(t.Context(), base); err == nil {
		t.Errorf("a commit that is not there has the parents %v", got)
	}
	if got, err := api.MergeBase(t.Context(), base, head); err != nil || got != base {
		t.Errorf("merge base %q, %v", got, err)
	}
}
