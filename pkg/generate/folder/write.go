package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/nthlayer/action/pkg/spec"
)

// Write writes the changes of a place into the workspace, and the list of digests
// last, with what the run notes in it. Files that are unchanged stay as they are. Edited
// files are left alone unless force is set, obsolete ones are removed if prune is set.
// Every file is written whole or not at all, and one that fails does not keep the others.
// It returns the changes with what became of them, as far as an error let it.
func Write(ws *spec.Workspace, at Place, r Record, changes []Change, force, prune bool) ([]Change, error) {
	done := slices.Clone(changes)
	known, err := readManifest(at, Reading(ws))
	if err != nil {
		return failed(done), err
	}
	old, err := known.bytes()
	if err != nil {
		return failed(done), err
	}
	before := len(known.Files)
	w := writer{ws: ws, folders: map[string]*spec.Folder{}}
	defer w.close()
	var problems problems
	for i := range done {
		problems.add(w.change(at, &known, &done[i], force, prune))
	}
	known.forgetMissing(at, changes, r, prune, Reading(ws))
	if len(known.Files) == 0 {
		problems.add(forget(ws, at, before))
		return done, problems.join()
	}
	known.note(r, prune)
	data, err := known.bytes()
	if err != nil || bytes.Equal(old, data) {
		problems.add(err)
		return done, problems.join()
	}
	if err := w.write(at.List, data); err != nil {
		problems.add(fmt.Errorf("write %s: %w", at.List, err))
	}
	return done, problems.join()
}

// failed marks everything that would have been written.
func failed(changes []Change) []Change {
	for i := range changes {
		if changes[i].Action != Unchanged {
			changes[i].Action = Failed
		}
	}
	return changes
}

// change makes one change, notes it in the list and sets what became of it.
func (w *writer) change(at Place, known *manifest, c *Change, force, prune bool) error {
	name := at.inList(c.Path)
	switch {
	case c.Action == Edited && !force, c.Gone() && !prune:
		return nil
	case c.Gone():
		if err := w.ws.Remove(c.Path); err != nil {
			c.Action = Failed
			return err
		}
		removeEmpty(w.ws, path.Dir(c.Path), at.Dir)
		c.Action = Removed
		delete(known.Files, name)
		return nil
	case c.Action != Unchanged:
		if err := w.write(c.Path, c.New); err != nil {
			c.Action = Failed
			return fmt.Errorf("write %s: %w", c.Path, err)
		}
	}
	if c.Action == Edited {
		c.Action = Overwritten
	}
	known.Files[name] = written{Kind: c.Artefact.Kind, SHA256: c.SHA256()}
	return nil
}

// forgetMissing takes the files off the list that are not generated any more and that
// somebody has removed; those of kinds that the run does not make only where it prunes.
func (m *manifest) forgetMissing(at Place, changes []Change, r Record, prune bool, read Reader) {
	maps.DeleteFunc(m.Files, func(name string, f written) bool {
		file := path.Join(at.Dir, name)
		if !prune && !slices.Contains(r.Kinds, f.Kind) || slices.ContainsFunc(changes, func(c Change) bool { return c.Path == file }) {
			return false
		}
		_, err := read(file)
		return errors.Is(err, fs.ErrNotExist)
	})
}

// problems are the errors of several files. A folder that cannot be written gives as
// many as it has files, and the first one says all.
type problems struct {
	first error
	more  int
}

func (p *problems) add(err error) {
	switch {
	case err == nil:
	case p.first == nil:
		p.first = err
	default:
		p.more++
	}
}

func (p *problems) join() error {
	if p.more == 0 {
		return p.first
	}
	return fmt.Errorf("%w; and %d more", p.first, p.more)
}

// forget removes a list that has no files any more.
func forget(ws *spec.Workspace, at Place, before int) error {
	if before == 0 {
		return nil
	}
	if err := ws.Remove(at.List); err != nil {
		return err
	}
	removeEmpty(ws, path.Dir(at.List), path.Dir(at.Dir))
	return nil
}

// Remove removes what was written to a place, the list last, and the folder when
// nothing is left in it. Files that were changed by hand stay, with the list, and are
// returned.
func Remove(ws *spec.Workspace, at Place) (left []string, err error) {
	known, err := readManifest(at, Reading(ws))
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(known.Files)) {
		file := path.Join(at.Dir, name)
		data, err := there(Reading(ws), file)
		switch {
		case err != nil:
			return left, err
		case data == nil:
		case digest(data) != known.Files[name].SHA256:
			left = append(left, file)
		default:
			if err := ws.Remove(file); err != nil {
				return left, err
			}
			removeEmpty(ws, path.Dir(file), at.Dir)
		}
	}
	if len(left) > 0 {
		return left, nil
	}
	return nil, forget(ws, at, len(known.Files))
}

// removeEmpty removes the empty folders from one up to another, which stays. One that is
// not empty ends it, and so does a link.
func removeEmpty(ws *spec.Workspace, dir, top string) {
	for dir != top && dir != "." && ws.RemoveEmpty(dir) == nil {
		dir = path.Dir(dir)
	}
}

// maxFile bounds a generated file in bytes: the largest dashboards have less than one
// megabyte.
const maxFile = 16 << 20

// Reading returns what reads the files of a workspace that were generated, or stand
// where one would be.
func Reading(ws *spec.Workspace) Reader {
	return func(name string) ([]byte, error) {
		data, err := ws.Read(name, maxFile)
		if err == nil && len(data) > maxFile {
			err = fmt.Errorf("it has more than %d bytes, which no generated file has", maxFile)
		}
		return data, err
	}
}

// writer writes files into folders of the workspace, each of which is opened once: a
// workspace follows every part of a path each time.
type writer struct {
	ws      *spec.Workspace
	folders map[string]*spec.Folder
}

func (w *writer) close() {
	for _, f := range w.folders {
		_ = f.Close()
	}
}

// write writes a file whole or not at all. What a power failure takes is generated
// again.
func (w *writer) write(name string, data []byte) error {
	dir := path.Dir(name)
	in, ok := w.folders[dir]
	if !ok {
		var err error
		if in, err = w.ws.Folder(dir); err != nil {
			return err
		}
		w.folders[dir] = in
	}
	return in.Write(path.Base(name), data)
}
