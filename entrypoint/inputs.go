package entrypoint

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/spec"
)

// Inputs are the files that a run reads. Nothing that it writes may take the place of
// one.
type Inputs struct {
	workspace string
	// words say what a file is, by where it lies.
	words map[string]string
}

// InputsOf returns what a run over files of its workspace reads. Of what the policy names
// it knows only the baseline that nobody named otherwise.
func InputsOf(s Settings, files []string) Inputs {
	in := Inputs{workspace: s.Workspace, words: map[string]string{}}
	in.Add(cmp.Or(s.Policy, organisation.DefaultFile), "the policy")
	in.Add(organisation.DefaultBaseline, "the baseline")
	if name, ok := strings.CutPrefix(s.Prometheus.URL, "file:"); ok {
		in.Add(name, "the source of metrics, "+name)
	}
	if s.Prometheus.CAFile != "" {
		in.Add(s.Prometheus.CAFile, "the ca-file")
	}
	for _, f := range files {
		in.Add(filepath.FromSlash(f), "the input "+f)
	}
	return in
}

// Add adds a file by its path, from the workspace where it is no whole one, and says
// what it is.
func (in Inputs) Add(name, words string) {
	at := realPath(in.workspace, name)
	in.words[at] = words
	if target, err := filepath.EvalSymlinks(at); err == nil {
		in.words[target] = words
	}
}

// Except leaves out a file that the run is there to write.
func (in Inputs) Except(name string) { delete(in.words, realPath(in.workspace, name)) }

// At says in words what the run reads at a path, and is empty for nothing. An environment,
// a template and own alerts count whoever uses them. A link in place of the file is not
// followed, because a file would replace it.
func (in Inputs) At(name string) string {
	at := realPath(in.workspace, name)
	if words := in.words[at]; words != "" {
		return words
	}
	info, err := os.Lstat(at)
	if err != nil {
		return ""
	}
	if rel, err := filepath.Rel(realPath(in.workspace, "."), at); err == nil && filepath.IsLocal(rel) {
		if rel = filepath.ToSlash(rel); spec.IsLayer(rel) || spec.IsOwnAlerts(rel) {
			return "the input " + rel
		}
	}
	// One file may have several names, and not every system tells capitals.
	for _, file := range slices.Sorted(maps.Keys(in.words)) {
		if other, err := os.Lstat(file); err == nil && os.SameFile(info, other) {
			return in.words[file]
		}
	}
	return ""
}
