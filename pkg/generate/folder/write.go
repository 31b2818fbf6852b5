package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Write writes the changes below dir into the workspace, and the list of digests
// last. Files that are unchanged stay as they are. Edited files are left alone and
// returned, unless force is set; obsolete ones are removed if prune is set. Every
// file is written whole or not at all.
func Write(root *os.Root, dir string, changes []Change, force, prune bool) (skipped []Change, err error) {
	known, err := readManifest(dir, rootReader(root))
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		name := strings.TrimPrefix(c.Path, dir+"/")
		switch {
		case c.Action == Obsolete && prune:
			if err := root.Remove(filepath.FromSlash(c.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return skipped, fmt.Errorf("remove %s: %w", c.Path, err)
			}
			delete(known.Files, name)
			continue
		case c.Action == Obsolete:
			continue
		case c.Action == Edited && !force:
			skipped = append(skipped, c)
			continue
		case c.Action != Unchanged:
			if err := writeFile(root, c.Path, c.New); err != nil {
				return skipped, fmt.Errorf("write %s: %w", c.Path, err)
			}
		}
		known.Files[name] = written{Kind: c.Artefact.Kind, SHA256: c.SHA256()}
	}
	if len(known.Files) == 0 && len(changes) == 0 {
		return skipped, nil
	}
	data, err := known.bytes()
	if err != nil {
		return skipped, err
	}
	list := path.Join(dir, ManifestFile)
	if old, _ := optional(rootReader(root), list); old != nil && string(old) == string(data) {
		return skipped, nil
	}
	if err := writeFile(root, list, data); err != nil {
		return skipped, fmt.Errorf("write %s: %w", list, err)
	}
	return skipped, nil
}

func rootReader(root *os.Root) Reader {
	return func(name string) ([]byte, error) { return root.ReadFile(filepath.FromSlash(name)) }
}

// temporary is what a file is called until it is whole.
const temporary = ".nthlayer-tmp"

// writeFile writes a file beside its place and then moves it there. The root keeps
// links from leading out of the workspace.
func writeFile(root *os.Root, name string, data []byte) error {
	name = filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	beside := name + temporary
	// What a run that died left there, or a link that somebody put there.
	if err := root.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := root.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, root.Remove(beside))
	}
	return root.Rename(beside, name)
}
