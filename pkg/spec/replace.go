package spec

import (
	"bytes"
	"errors"
	"fmt"
	"path"
)

// errChanged is why a file is not replaced.
var errChanged = errors.New("somebody else changed it meanwhile")

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
	f, err := w.folder(path.Dir(target), target)
	if err != nil {
		return err
	}
	return errors.Join(f.put(path.Base(target), data, info), f.Close())
}
