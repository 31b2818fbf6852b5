package entrypoint

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/local"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// selected returns the files that the services of a run name, and what is wrong
// with those that name nothing.
func selected(ctx context.Context, s Settings) ([]string, []report.Finding, error) {
	ws, err := spec.OpenWorkspace(s.Workspace)
	if err != nil {
		return nil, nil, err
	}
	defer ws.Close()
	var patterns []string
	if s.ServicesGiven {
		patterns = s.Services
	}
	found, problems := ws.Find(ctx, patterns)
	files := make([]string, 0, len(found))
	for _, f := range found {
		files = append(files, f.Path)
	}
	return files, problems, nil
}

// overwritten returns which files that a run writes would replace one that it
// reads.
func overwritten(values Values, reads Inputs) []string {
	c := checker{values: values, workspace: reads.workspace}
	for _, o := range Options() {
		if o.Kind != Path || values[o.Name].Text == "" {
			continue
		}
		if input := reads.At(values[o.Name].Text); input != "" {
			c.wrong(o.Name, "another path than that of "+input+", which it would replace")
		}
	}
	return c.problems
}

// guard refuses a run with the rights of the base over files that are not the
// base's.
func guard(ctx context.Context, s Settings, commit string) error {
	if s.Host.Event != host.PullRequestTarget {
		return nil
	}
	ws, err := spec.OpenWorkspace(s.Workspace)
	if err != nil {
		return err
	}
	defer ws.Close()
	return local.GuardTarget(ctx, s.Host, commit, s.Workspace, s.Files, ws.Layers(ctx, s.Files))
}

// doubted leaves out what is posted on a commit where the workspace does not hold
// it. The report of another run says itself what it is about.
func doubted(ctx context.Context, s Settings, commit string) Settings {
	if s.FromReport == "" && s.Host.Unsure == "" {
		s.Host.Unsure = local.Doubt(ctx, s.Host, commit, s.Workspace, s.Files)
	}
	return s
}

// repository returns the folder of the checkout of the run's repository: the
// workspace, unless the files that the run looks at show another.
func repository(s Settings) string {
	place, err := local.Locate(s.Host, s.Workspace, s.Files, host.Changes{})
	if err != nil {
		return s.Workspace
	}
	return filepath.Join(s.Workspace, filepath.FromSlash(place.Root))
}

// placed gives changes the paths that files have in the workspace. Where nothing
// shows that the workspace has the files of the change, what changed is not
// known: everything is looked at, rather than nothing.
func placed(changes host.Changes, s Settings) host.Changes {
	if !changes.Known() {
		return changes
	}
	place, err := local.Locate(s.Host, s.Workspace, s.Files, changes)
	if err != nil {
		return host.Changes{
			Precision: host.UnknownChange, Source: changes.Source,
			Notes: append(changes.Notes, "which of the files changed cannot be told: "+err.Error()),
		}
	}
	out := changes.At(place)
	outside := 0
	for _, file := range s.Files {
		if !place.Covers(file) {
			outside++
		}
	}
	if outside > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf(
			"%d of the %d files are in other checkouts than that of %s: whether they changed is not known, so they are looked at", outside, len(s.Files), s.Host.Repo))
	}
	return out
}

// maxSource is the largest file whose lines are looked at, in bytes.
const maxSource = 8 << 20

// inWorkspace returns a function that reads regular files below the workspace. It
// follows no link out of it, and waits for no pipe.
func inWorkspace(workspace string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) { return readInside(workspace, name, maxSource) }
}

// readInside reads a regular file of at most so many bytes below the workspace.
func readInside(workspace, name string, most int64) ([]byte, error) {
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // nothing is written
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%s is no regular file of at most %d bytes", name, most)
	}
	return root.ReadFile(name)
}
