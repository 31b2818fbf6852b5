package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// trusted reads files from where a change cannot reach: as they were before it.
type trusted struct {
	ws     *spec.Workspace
	folder string
	// base is nil where the checkout is trusted.
	base    host.BaseReader
	changes host.Changes
	// proposed is set where a change is looked at.
	proposed bool
}

func newTrusted(s entrypoint.Settings, ws *spec.Workspace) trusted {
	t := trusted{ws: ws, folder: s.Workspace, base: s.Base, changes: s.Changes, proposed: s.Base != nil}
	if s.PolicyRef == entrypoint.PolicyHead {
		t.base = nil
	}
	return t
}

// ref says which versions of files are read.
func (t trusted) ref() report.PolicyRef {
	switch {
	case t.base != nil:
		return report.PolicyOfBase
	case t.proposed:
		return report.PolicyOfHead
	}
	return report.PolicyOfCheckout
}

// where says which files are read.
func (t trusted) where() string {
	if t.base == nil {
		return ""
	}
	return " before this change"
}

// read returns a file as it was before the change. What the change does not touch
// is as it is in the checkout. The error is fs.ErrNotExist only when it is certain
// that there was no file.
func (t trusted) read(ctx context.Context, name string) ([]byte, error) {
	limit := document.RuleLimits().Bytes
	if t.base == nil {
		return t.checkout(name, limit)
	}
	if t.changes.Known() {
		if via := t.linked(name); via != "" {
			return nil, stuck{via + " is a link, and a change may turn it", "put the file itself where " + name + " is"}
		}
		if by := t.folderTouched(name); by != "" {
			return nil, fmt.Errorf("the change replaces %s, in which %s lies", by, name)
		}
		if !t.touched(name) {
			return t.checkout(name, limit)
		}
		if err := t.before(name); err != nil {
			return nil, err
		}
	}
	data, err := t.base.ReadBase(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("%s could not be read as it was before: %w", name, neverAbsent{err})
	}
	return data, nil
}

// before is fs.ErrNotExist for a file that the change brings.
func (t trusted) before(name string) error {
	if f, ok := t.changes.Find(name); ok && (f.Status == host.Added || f.Status == host.Renamed) {
		return fs.ErrNotExist
	}
	return nil
}

// checkout reads a file as it is now.
func (t trusted) checkout(name string, limit int) ([]byte, error) {
	data, err := t.ws.Read(name, limit)
	if via := t.linked(name); via != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, stuck{via + " is a link, and there is no " + path.Base(name) + " where it leads", "put the file itself where " + name + " is"}
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return data, nil
}

// neverAbsent hides that an error may say that there is no file: hosts say so of
// what a token may not see.
type neverAbsent struct{ error }

// touched reports whether the change edits, adds, removes or moves a file.
func (t trusted) touched(name string) bool {
	if t.base == nil {
		return false
	}
	for _, f := range t.changes.Files {
		if f.Path == name || f.Previous == name {
			return true
		}
	}
	return false
}

// folderTouched returns the folder of a file that the change itself touches, as it
// does with a link or a submodule, and "" when there is none.
func (t trusted) folderTouched(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if t.touched(dir) {
			return dir
		}
	}
	return ""
}

// linked returns the first link on the way to a file, and "" when there is none.
func (t trusted) linked(name string) string {
	parts := strings.Split(name, "/")
	for i := range parts {
		way := path.Join(parts[:i+1]...)
		if info, err := os.Lstat(filepath.Join(t.folder, filepath.FromSlash(way))); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return way
		}
	}
	return ""
}
