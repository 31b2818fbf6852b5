package spec

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// TestFindReportsEachArgumentThatCannotBeRead makes sure that one wrong argument
// does not hide the others, and that the sentences need no knowledge of the
// system.
func TestFindReportsEachArgumentThatCannotBeRead(t *testing.T) {
	ws := workspace(t, "-- a.yaml --\nname: a\n-- b.yaml --\nname: b\n")
	for link, to := range map[string]string{"out.yaml": t.TempDir(), "dangling.yaml": "nowhere.yaml", "loop.yaml": "loop.yaml"} {
		if err := os.Symlink(to, filepath.Join(ws.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	found, problems := ws.Find(context.Background(), []string{
		"b.yaml", "gone.yaml", "a.yaml/x", "zz*.yaml", "[a", "out.yaml", "dangling.yaml", "loop.yaml", "../up.yaml", "a.yaml",
	})
	if diff := cmp.Diff([]string{"a.yaml", "b.yaml"}, paths(found)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := `gone.yaml: no such file or folder
a.yaml/x: no such file or folder
zz*.yaml: no file matches the pattern
[a: not a valid pattern
out.yaml: the link leads out of the workspace
dangling.yaml: the link points to nothing
loop.yaml: the link leads back to itself
../up.yaml: ../up.yaml is outside of the workspace DIR
`
	if diff := cmp.Diff(want, strings.ReplaceAll(sentences(t, problems), ws.dir, "DIR")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLoadSaysWhyAFoundFileCannotBeRead holds for files that a pattern found.
func TestLoadSaysWhyAFoundFileCannotBeRead(t *testing.T) {
	ws := workspace(t, "")
	for link, to := range map[string]string{"a.yaml": t.TempDir(), "b.yaml": "nowhere.yaml"} {
		if err := os.Symlink(to, filepath.Join(ws.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	found, problems := ws.Find(context.Background(), []string{"*.yaml"})
	loaded := Load(context.Background(), ws, found, Options{})
	want := "a.yaml: the link leads out of the workspace\nb.yaml: the link points to nothing\n"
	if diff := cmp.Diff(want, sentences(t, append(problems, loaded.Unreadable...))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// sentences writes findings about input that could not be read, one a line.
func sentences(t *testing.T, findings []report.Finding) string {
	t.Helper()
	var b strings.Builder
	for _, f := range findings {
		if f.Rule != "spec/unreadable" || f.Severity != report.Error || f.Suggestion == "" {
			t.Errorf("not as findings about unreadable input are: %+v", f)
		}
		b.WriteString(f.File + ": " + f.Message + "\n")
	}
	return b.String()
}
