// Package filetest holds what tests do with files: it unpacks archives of input
// into folders and compares output with golden files.
package filetest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// The flag that go test takes for every package that has golden files.
var update = flag.Bool("update", false, "write the golden files anew")

// Unpack writes the files of an archive in txtar form into a new folder and returns
// the folder.
func Unpack(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		Write(t, dir, f.Name, f.Data)
	}
	return dir
}

// Write writes one file into a folder, and the folders on its way.
func Write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Golden compares a text with a file, or writes it into the file when the test runs
// with -update.
func Golden(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); look at it and run the test with -update:\n%s", path, diff)
	}
}
