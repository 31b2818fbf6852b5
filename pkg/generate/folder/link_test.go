package folder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// TestALinkThatLeadsOut makes sure that a link out of the folder is called so, and that
// nobody looks for permissions, also where one link is behind another.
func TestALinkThatLeadsOut(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	read := Reading(spectest.Open(t, inside))
	for name, target := range map[string]string{"out": outside, "up": "../x", "again": "out", "loop": "loop", "list": filepath.Join(outside, "list.json")} {
		if err := os.Symlink(target, filepath.Join(inside, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, leads := range map[string]bool{"out/a.yaml": true, "up/a.yaml": true, "again/a.yaml": true, "list": true, "loop/a.yaml": false, "none/a.yaml": false} {
		_, err := optional(read, name)
		if leads && err == nil {
			t.Fatalf("%s was read", name)
		}
		if err == nil {
			continue // there is nothing
		}
		message, fix := Unreadable("gen/pay", err)
		if leads != strings.Contains(message, name+" is a link, or lies behind one, that leads out of the folder of the run") ||
			leads == strings.Contains(fix, "make gen/pay readable") || strings.Contains(message, "statat") && leads {
			t.Errorf("%s: %s; %s", name, message, fix)
		}
	}
}

// TestAFileInPlaceOfAFolder makes sure that the file is named, and not the call that
// the system refused.
func TestAFileInPlaceOfAFolder(t *testing.T) {
	dir := t.TempDir()
	filetest.Write(t, dir, "gen", nil)
	read := Reading(spectest.Open(t, dir))
	for _, name := range []string{"gen/.nthlayer.json", "gen/pay/.nthlayer.json"} {
		_, err := optional(read, name)
		message, fix := Unreadable("gen/pay", err)
		want := "the generated files could not be read: " + filepath.ToSlash(filepath.Dir(name)) + " is a file, or lies below one, and a folder is needed there"
		if message != want || fix != "remove or rename that file, or name another folder with --output-dir" {
			t.Errorf("%s: %s; %s", name, message, fix)
		}
	}
}
