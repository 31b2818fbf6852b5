package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// errChanged is why a file is not replaced.
var errChanged = errors.New("somebody else changed it meanwhile")

// beside is what a file is called until it is whole.
const beside = ".nthlayer-tmp"

// Replace puts new content in place of a file's, whole or not at all. The file keeps
// its mode. A link is followed as Read does, and stays. It refuses when the file does
// not hold the old content any more.
func (w *Workspace) Replace(name string, old, data []byte) error {
	if err := w.replace(name, old, data); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (w *Workspace) replace(name string, old, data []byte) error {
	now, err := w.Read(name, len(old)+1)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, old) {
		return errChanged
	}
	target, info, err := w.real(name)
	if err != nil {
		return err
	}
	return w.put(filepath.FromSlash(target), data, info)
}

// create makes a file that is not there yet. What a run that died left there is
// removed, and so is a link that somebody put there.
func (w *Workspace) create(name string) (*os.File, error) {
	for {
		f, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
		if err := w.root.Remove(name); err != nil {
			return nil, err
		}
	}
}
