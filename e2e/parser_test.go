//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// githubParser is GitHub's own reader of actions and workflows.
type githubParser struct {
	node, program string
}

func (l *lab) githubParser(t *testing.T) githubParser {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		l.absent(t, required, err)
	}
	return githubParser{node: node, program: l.tool(t, "workflow-parser.cjs", required)}
}

// refused returns what GitHub would refuse in files, one error a line.
func (p githubParser) refused(t *testing.T, paths ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), p.node, append([]string{p.program}, paths...)...).CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	return string(out)
}

// TestGitHubReadsOurFiles shows every action and workflow to GitHub's parser, those
// in the documentation included.
func TestGitHubReadsOurFiles(t *testing.T) {
	l := newLab(t)
	parser := l.githubParser(t)
	paths, err := filepath.Glob(filepath.Join(l.root, ".github", "workflows", "*.y*ml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	paths = append(append(paths, filepath.Join(l.root, "action.yml")), documented(t, l)...)
	if said := parser.refused(t, paths...); said != "" {
		t.Errorf("GitHub would refuse:\n%s", said)
	}
	t.Logf("%d files", len(paths))
}

var workflowBlock = regexp.MustCompile("(?ms)^ *```yaml\n *# \\.github/workflows/([\\w.-]+)\n(.*?)^ *```$")

// documented writes the workflows of all pages into files.
func documented(t *testing.T, l *lab) []string {
	t.Helper()
	pages := []string{filepath.Join(l.root, "README.md")}
	for _, folder := range []string{"docs", "docs/examples"} {
		found, err := filepath.Glob(filepath.Join(l.root, folder, "*.md"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no pages in %s: %v", folder, err)
		}
		pages = append(pages, found...)
	}
	var paths []string
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		for _, found := range workflowBlock.FindAllSubmatch(text, -1) {
			path := filepath.Join(folder, filepath.Base(page)+"-"+string(found[1]))
			if err := os.WriteFile(path, found[2], 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		t.Fatal("no page has a workflow")
	}
	return paths
}

// TestGitHubParserRefuses shows that the parser finds what it is asked for.
func TestGitHubParserRefuses(t *testing.T) {
	l := newLab(t)
	parser := l.githubParser(t)
	action, err := os.ReadFile(filepath.Join(l.root, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, file, text, want string }{
		{"a misspelt key", "action.yml", strings.Replace(string(action), "  image:", "  imag:", 1), "Unexpected value 'imag'"},
		{"an unknown colour", "action.yml", strings.Replace(string(action), "color: blue", "color: pinkish", 1), "Unexpected value 'pinkish'"},
		{"an unknown context", "ci.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ nothing.at_all }}\n", "'nothing'"},
		{"no runner", "ci.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: echo\n", "runs-on"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.file)
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if said := parser.refused(t, path); !strings.Contains(said, tt.want) {
				t.Errorf("it says %q, which lacks %q", said, tt.want)
			}
		})
	}
}
