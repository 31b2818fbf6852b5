package entrypoint_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/entrypoint"
)

var fenced = regexp.MustCompile("(?s)\n```ya?ml\n(.*?)\n```")

// jobNames returns the names under which GitHub shows the jobs of all workflows in
// a page.
func jobNames(t *testing.T, page string) []string {
	t.Helper()
	var out []string
	for _, block := range fenced.FindAllStringSubmatch(page, -1) {
		var workflow struct {
			Jobs map[string]struct {
				Name string `yaml:"name"`
			} `yaml:"jobs"`
		}
		if err := yaml.Unmarshal([]byte(block[1]), &workflow); err != nil {
			continue // no workflow
		}
		for id, job := range workflow.Jobs {
			out = append(out, id, job.Name)
		}
	}
	return out
}

// GitHub requires a job and a status or check run of the same name both: a reader
// who copies a page must not get such a pair.
func TestNoJobOfThePagesIsCalledAsAStatusOrCheckRun(t *testing.T) {
	ours := []string{"nthlayer"}
	for _, stage := range append(entrypoint.StageNames(), "validate") {
		ours = append(ours, "nthlayer/"+stage)
	}
	found := 0
	check := func(name string, text []byte) {
		for _, job := range jobNames(t, string(text)) {
			found++
			if slices.Contains(ours, job) || strings.HasPrefix(job, "nthlayer:") {
				t.Errorf("%s has a job %q, which is the name of a status or check run", name, job)
			}
		}
	}
	pages := os.DirFS("..")
	err := fs.WalkDir(pages, "docs", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".md") {
			return err
		}
		text, err := fs.ReadFile(pages, path)
		check(path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	readme, err := fs.ReadFile(pages, "README.md")
	if err != nil {
		t.Fatal(err)
	}
	check("README.md", readme)
	if found < 10 {
		t.Errorf("only %d jobs were looked at", found)
	}
}
