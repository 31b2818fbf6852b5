package folder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestALinkThatLeadsOut makes sure that a link out of the folder is called so, and that
// nobody looks for permissions, also where one link is behind another.
func TestALinkThatLeadsOut(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	for name, target := range map[string]string{"out": outside, "up": "../x", "again": "out", "loop": "loop", "list": filepath.Join(outside, "list.json")} {
		if err := os.Symlink(target, filepath.Join(inside, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, leads := range map[string]bool{"out/a.yaml": true, "up/a.yaml": true, "again/a.yaml": true, "list": true, "loop/a.yaml": false, "none/a.yaml": false} {
		_, err := root.ReadFile(filepath.FromSlash(name))
		if err == nil {
			t.Fatalf("%s was read", name)
		}
		message, fix := Unreadable("gen/pay", err)
		if leads != strings.Contains(message, name+" is a link, or lies behind one, that leads out of the folder of the run") ||
			leads == strings.Contains(fix, "make gen/pay readable") || strings.Contains(message, "statat") && leads {
			t.Errorf("%s: %s; %s", name, message, fix)
		}
	}
}
