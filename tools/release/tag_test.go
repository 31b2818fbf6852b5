package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// git runs git in a folder, without any configuration of this machine.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("git", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// checkout makes a repository with a release to be and a server for it. The module
// in it holds no more than this program.
func checkout(t *testing.T) (work, server string) {
	t.Helper()
	root := t.TempDir()
	work, server = filepath.Join(root, "work"), filepath.Join(root, "server")
	git(t, root, "init", "-q", "--bare", server)
	git(t, root, "init", "-q", "-b", "main", work)
	for name, from := range map[string]string{
		"go.mod": "../../go.mod", "go.sum": "../../go.sum", "action.yml": "../../action.yml",
		"tools/release/main.go": "main.go", "tools/release/layer.go": "layer.go", "tools/release/pin.go": "pin.go", "tools/release/tag.sh": "tag.sh",
	} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	git(t, work, "add", ".")
	git(t, work, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "source")
	git(t, work, "remote", "add", "origin", server)
	git(t, work, "push", "-q", "origin", "main", "HEAD:refs/tags/v1", "HEAD:refs/tags/v1.2.3")
	return work, server
}

func tag(t *testing.T, work, version, digest string) error {
	t.Helper()
	c := exec.Command(filepath.Join(work, "tools", "release", "tag.sh"), version, digest)
	c.Dir = work
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GOFLAGS=-mod=mod")
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	return err
}

func TestTagsMoveToTheCommitThatIsPinned(t *testing.T) {
	work, server := checkout(t)
	source := git(t, server, "rev-parse", "main")
	if err := tag(t, work, "v1.2.3", someDigest); err != nil {
		t.Fatal(err)
	}
	pinned := git(t, server, "rev-parse", "v1.2.3")
	for _, name := range []string{"v1", "v1.2"} {
		if got := git(t, server, "rev-parse", name); got != pinned {
			t.Errorf("%s is %s, v1.2.3 is %s", name, got, pinned)
		}
	}
	if got := git(t, server, "rev-parse", pinned+"^"); got != source || git(t, server, "rev-parse", "main") != source {
		t.Errorf("the pinned commit is on %s, main was %s", got, source)
	}
	if got := git(t, server, "diff", "--name-only", source, pinned); got != "action.yml" {
		t.Errorf("the pinned commit changes %q", got)
	}
	if text := git(t, server, "show", pinned+":action.yml"); !strings.Contains(text, "image: docker://ghcr.io/nthlayer/action@"+someDigest) {
		t.Error("action.yml is not pinned")
	}
}

func TestVersionBeforeAReleaseMovesNoOtherTag(t *testing.T) {
	work, server := checkout(t)
	source := git(t, server, "rev-parse", "main")
	if err := tag(t, work, "v1.3.0-rc.1", someDigest); err != nil {
		t.Fatal(err)
	}
	if git(t, server, "rev-parse", "v1") != source || git(t, server, "rev-parse", "v1.3.0-rc.1") == source {
		t.Errorf("v1 moved, or v1.3.0-rc.1 did not:\n%s", git(t, server, "for-each-ref"))
	}
}

func TestNothingIsPushedForADigestThatIsNone(t *testing.T) {
	work, server := checkout(t)
	before := git(t, server, "for-each-ref")
	for _, c := range [][2]string{{"v1.2.3", ""}, {"v1.2.3", "sha256:1"}, {"main", someDigest}} {
		if err := tag(t, work, c[0], c[1]); err == nil {
			t.Errorf("%q was tagged", c)
		}
	}
	if after := git(t, server, "for-each-ref"); after != before {
		t.Errorf("refs changed:\n%s", after)
	}
}
