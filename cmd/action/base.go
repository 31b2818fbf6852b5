package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/spec"
)

// maxBaseFiles is how many files are read of the base: each may be a request to
// the host. A change of more service files than that is nobody's daily work.
const maxBaseFiles = 300

// baseFiles puts the workspace together as it was before the change of a run:
// files that the change does not touch are those of the checkout.
type baseFiles struct {
	reader  host.BaseReader
	changes host.Changes
	ws      *spec.Workspace
	// args are the files, folders and patterns of the run.
	args []string
}

// base returns how to find what the run's change is compared with, nil where
// there is no proposed change.
func base(s entrypoint.Settings, ws *spec.Workspace, args []string) func(context.Context) (pipeline.Base, error) {
	if s.Base == nil {
		return nil
	}
	return baseFiles{reader: s.Base, changes: s.Changes, ws: ws, args: args}.load
}

// load reads what the files that matter were before. What could not be read is in
// the result. The error is for a change of which nothing is known.
func (b baseFiles) load(ctx context.Context) (pipeline.Base, error) {
	if !b.changes.Known() {
		notes := cmp.Or(strings.Join(b.changes.Notes, "; "), "the event does not say what to compare with")
		return pipeline.Base{}, errors.New("it is not known which files it touches: " + notes)
	}
	files, moved := b.touched()
	wanted := b.wanted(ctx, files)
	if len(wanted) > maxBaseFiles {
		return pipeline.Base{}, fmt.Errorf("it touches %d files of services, no more than %d are compared", len(wanted), maxBaseFiles)
	}
	unread := b.read(ctx, files, wanted)
	ws := b.ws.Over(files)
	return pipeline.Base{Workspace: ws, Files: b.affected(b.find(ctx, ws), files), Moved: moved, New: b.brought(), Unread: unread, Environments: b.environments()}, nil
}

// environments returns those that a block of a service file may name, and those
// of the environment files that the change touches: the end of
// checkout-eu-prod.yaml is one, and nobody can tell where it begins. A name too
// many changes nothing. The shortest come first, for they are tried first.
func (b baseFiles) environments() []string {
	out := []string{"dev", "staging", "prod"}
	for _, f := range b.changes.Files {
		for _, name := range []string{f.Path, f.Previous} {
			stem := strings.TrimSuffix(path.Base(name), path.Ext(name))
			for more := spec.IsLayer(name); more; _, stem, more = strings.Cut(stem, "-") {
				out = append(out, spec.NormaliseEnvironment(stem))
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	return slices.Compact(out)
}

// find returns the files that the run would have looked at. What it cannot find
// was not there: with the change all arguments name something.
func (b baseFiles) find(ctx context.Context, ws *spec.Workspace) []spec.Found {
	found, _ := ws.Find(ctx, b.args)
	return found
}

// touched returns the files that the change touches as they were: nil for those
// that did not exist, an empty content, to be read, for the others. moved holds
// the present paths of files by their former ones.
func (b baseFiles) touched() (files map[string][]byte, moved map[string]string) {
	files, moved = map[string][]byte{}, map[string]string{}
	for _, f := range b.changes.Files {
		if f.Status == host.Added || f.Status == host.Renamed {
			files[f.Path] = nil
		}
	}
	for _, f := range b.changes.Files {
		switch f.Status {
		case host.Modified, host.Removed:
			files[f.Path] = []byte{}
		case host.Renamed:
			files[f.Previous] = []byte{}
			moved[f.Previous] = f.Path
		case host.Added:
		}
	}
	return files, moved
}

// brought returns the present paths of files that did not exist.
func (b baseFiles) brought() map[string]bool {
	out := map[string]bool{}
	for _, f := range b.changes.Files {
		out[f.Path] = f.Status == host.Added || f.Status == host.Renamed
	}
	return out
}

// wanted returns the files to read: those that the run would have looked at, and
// those that service files are laid over or under. The others are forgotten.
func (b baseFiles) wanted(ctx context.Context, files map[string][]byte) []string {
	looked := map[string]bool{}
	for _, f := range b.find(ctx, b.ws.Over(files)) {
		looked[f.Path] = true
	}
	var out []string
	for name, data := range files {
		switch {
		case data == nil:
		case looked[name] || spec.IsLayer(name):
			out = append(out, name)
		default:
			delete(files, name)
		}
	}
	slices.Sort(out)
	return out
}

// read reads the wanted files and returns those that it could not read. They are
// left out: what stands in the checkout is not what it was.
func (b baseFiles) read(ctx context.Context, files map[string][]byte, wanted []string) []pipeline.Unread {
	texts, failed := make([][]byte, len(wanted)), make([]error, len(wanted))
	var g errgroup.Group
	g.SetLimit(4)
	for i, name := range wanted {
		g.Go(func() error {
			texts[i], failed[i] = b.reader.ReadBase(ctx, name)
			return nil
		})
	}
	_ = g.Wait() // the functions return no error
	var unread []pipeline.Unread
	for i, name := range wanted {
		if failed[i] == nil {
			files[name] = append([]byte{}, texts[i]...) // an empty file is there
			continue
		}
		files[name] = nil
		unread = append(unread, pipeline.Unread{File: name, Why: name + " could not be read as it was before: " + failed[i].Error()})
	}
	return unread
}

// touchesLayer reports whether the change touches an environment or a template:
// it changes services then whose own files it does not touch.
func (b baseFiles) touchesLayer() bool {
	for _, f := range b.changes.Files {
		if spec.IsLayer(f.Path) || spec.IsLayer(f.Previous) {
			return true
		}
	}
	return false
}

// affected returns the files of which the change may have changed a service: all
// of them when it touches an environment or a template.
func (b baseFiles) affected(found []spec.Found, files map[string][]byte) []spec.Found {
	if b.touchesLayer() {
		return found
	}
	var out []spec.Found
	for _, f := range found {
		if files[f.Path] != nil {
			out = append(out, f)
		}
	}
	return out
}
