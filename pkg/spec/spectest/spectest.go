// Package spectest loads service files in tests of other packages.
package spectest

import (
	"context"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec"
)

// Open opens a folder as a workspace until the test ends.
func Open(t testing.TB, dir string) *spec.Workspace {
	t.Helper()
	ws, err := spec.OpenWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// Load loads the service files of an archive in txtar form.
func Load(t testing.TB, archive, environment string) spec.Loaded {
	t.Helper()
	ws := Open(t, filetest.Unpack(t, archive))
	found, problems := ws.Find(context.Background(), []string{"."})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return spec.Load(context.Background(), ws, found, spec.Options{Environment: environment})
}

// Services loads the service files of an archive, which have no errors.
func Services(t testing.TB, archive string) []*spec.Service {
	t.Helper()
	loaded := Load(t, archive, "")
	for _, f := range append(loaded.Unreadable, loaded.Findings...) {
		if f.Severity == "error" {
			t.Fatalf("%s: %s", f.Position(), f.Message)
		}
	}
	return loaded.Services
}
