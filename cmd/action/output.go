package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/google/renameio/v2"

	"github.com/nthlayer/action/entrypoint"
)

// maxOutputLinks bounds a chain of links, as the system does.
const maxOutputLinks = 40

// outputFile is where a report goes that is not written to standard output.
type outputFile struct {
	// name is what the user wrote, target the file itself when name is a link.
	name, target string
	// direct is set for what must not be replaced: devices and pipes.
	direct bool
}

// openOutput finds out where a report goes before any work is done. It refuses
// folders and files that the run reads.
func openOutput(name string, inputs entrypoint.Inputs) (outputFile, error) {
	o := outputFile{name: name}
	if err := stays(".", name); err != nil {
		return o, o.failed(err)
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return o, fmt.Errorf("-o %s is a folder: name a file in it, as %s", name, filepath.Join(name, "report.txt"))
	case err == nil && !info.Mode().IsRegular():
		o.direct = true
		return o, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return o, o.failed(err)
	}
	o.target, err = linkTarget(name)
	if err != nil {
		return o, o.failed(err)
	}
	if input := inputs.At(o.target); input != "" {
		return o, fmt.Errorf("-o %s would overwrite %s: write the report to another file", name, input)
	}
	if _, err := os.Stat(filepath.Dir(o.target)); err != nil {
		return o, o.failed(err)
	}
	return o, nil
}

// stays refuses an output that a link of the workspace leads out of it, and any that
// lies below .git: a change may have brought the link along. A path that leads out by
// itself may go anywhere else.
func stays(workspace, name string) error {
	target, err := linkTarget(name)
	if err != nil {
		return err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(target))
	if err != nil {
		return nil //nolint:nilerr // writing says that the folder is not there
	}
	whole, err := filepath.Abs(filepath.Join(folder, filepath.Base(target)))
	if err != nil {
		return err
	}
	workspace, err = filepath.Abs(workspace)
	if err != nil {
		return err
	}
	base, err := filepath.EvalSymlinks(workspace)
	if err != nil {
		return err
	}
	ofGit := func(part string) bool { return strings.EqualFold(part, ".git") }
	switch {
	case slices.ContainsFunc(strings.Split(filepath.ToSlash(whole), "/"), ofGit):
		return errors.New("this leads below .git, which belongs to git: choose another place")
	case below(workspace, name) && !below(base, whole):
		return errors.New("a link leads out of the workspace: name the place itself, or remove the link")
	}
	return nil
}

// below reports whether a path, as it is written, is one below a folder.
func below(folder, name string) bool {
	to, err := filepath.Abs(name)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(folder, to)
	return err == nil && filepath.IsLocal(rel)
}

// linkTarget follows links to the place where the file is or would be. A link to
// a file that is not there yet is followed too.
func linkTarget(name string) (string, error) {
	for range maxOutputLinks {
		to, err := os.Readlink(name)
		if err != nil {
			return name, nil //nolint:nilerr // it is no link, or nothing is there
		}
		if !filepath.IsAbs(to) {
			// The folder may be a link itself, behind which .. means another one.
			dir, err := filepath.EvalSymlinks(filepath.Dir(name))
			if err != nil {
				return "", err
			}
			to = filepath.Join(dir, to)
		}
		name = to
	}
	return "", syscall.ELOOP
}

// write writes a regular file whole or not at all, and into devices and pipes as
// they are.
func (o outputFile) write(data []byte) error {
	if !o.direct {
		return o.failed(renameio.WriteFile(o.target, data, 0o644, renameio.WithTempDir(filepath.Dir(o.target))))
	}
	f, err := os.OpenFile(o.name, os.O_WRONLY, 0)
	if err != nil {
		return o.failed(err)
	}
	_, err = f.Write(data)
	return o.failed(errors.Join(err, f.Close()))
}

// failed names the output as the user did, and not the temporary file beside it.
func (o outputFile) failed(err error) error {
	if err == nil {
		return nil
	}
	reason := err.Error()
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		reason = errno.Error()
	}
	return fmt.Errorf("write the report to %s: %s", o.name, strings.TrimSpace(reason))
}
