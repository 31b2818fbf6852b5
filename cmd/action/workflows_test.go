package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lintWorkflow runs actionlint over a workflow. `make lint` installs it and names
// it in NTHLAYER_ACTIONLINT; without that the tests need Go alone, and take it
// where it happens to be there.
func lintWorkflow(t *testing.T, path, text string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	program := os.Getenv("NTHLAYER_ACTIONLINT")
	if program == "" {
		program = filepath.Join(root, ".cache", "tools", "actionlint")
		if _, err := os.Stat(program); errors.Is(err, fs.ErrNotExist) {
			t.Logf("%s: there is no actionlint here; make lint has it", path)
			return
		}
	}
	c := exec.Command(program, "-no-color", "-shellcheck=", "-pyflakes=", "-stdin-filename", path, "-")
	c.Dir = root // its configuration is there
	c.Stdin = strings.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", path, err, out)
	}
}

var (
	usesLine = regexp.MustCompile(`(?m)^ *(?:- )?uses: *(\S+)( # v[0-9]+\.[0-9]+\.[0-9]+)?$`)
	pinned   = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
)

func TestOwnWorkflowsArePinned(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lintWorkflow(t, strings.TrimPrefix(path, "../../"), string(data))
		for _, m := range usesLine.FindAllStringSubmatch(string(data), -1) {
			if m[1] != "./" && (!pinned.MatchString(m[1]) || m[2] == "") {
				t.Errorf("%s: %s is not pinned to a commit, with its version behind it", path, m[1])
			}
		}
	}
}
