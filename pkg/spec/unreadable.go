package spec

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/nthlayer/action/pkg/report"
)

// ruleUnreadable is the rule about what was asked for and could not be read.
const ruleUnreadable = "spec/unreadable"

// ErrLeadsOut is why a file is neither read nor written.
var ErrLeadsOut = errors.New("the link leads out of the workspace")

var (
	errIrregular = errors.New("it is a pipe, a device or a socket, not a file")
	errFolder    = errors.New("it is a folder, not a file")
	errGit       = errors.New("it is below .git, where git keeps credentials")
)

// unreadable returns the finding about a path as the user wrote it.
func unreadable(name, message, fix string) []report.Finding {
	f := report.At(report.Position{File: name}, ruleUnreadable, report.Error, message)
	f.Suggestion = fix
	return []report.Finding{f}
}

// unreadable says why a path of the workspace could not be read, in words that
// do not need the names of system calls.
func (w *Workspace) unreadable(name string, err error) []report.Finding {
	var errno syscall.Errno
	var failed *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		if info, lstat := w.root.Lstat(filepath.FromSlash(name)); lstat == nil && info.Mode()&fs.ModeSymlink != 0 {
			return unreadable(name, "the link points to nothing", "correct the link, or remove it")
		}
		return unreadable(name, "no such file or folder", "correct the path")
	case errors.Is(err, errIrregular), errors.Is(err, errFolder):
		return unreadable(name, err.Error(), "name a file")
	case errors.Is(err, errGit):
		return unreadable(name, err.Error(), "remove the link that leads there, or name another file")
	case errors.Is(err, syscall.ELOOP):
		return unreadable(name, "the link leads back to itself", "correct the link, or remove it")
	case errors.Is(err, fs.ErrPermission):
		return unreadable(name, "the program may not read it", "correct the permissions of the file and of its folders")
	case errors.As(err, &errno):
		return unreadable(name, "it cannot be read: "+errno.Error(), "check the disk and the file system")
	// What os.Root refuses and the system does not is a path out of the folder.
	case errors.Is(err, ErrLeadsOut), errors.As(err, &failed):
		return unreadable(name, ErrLeadsOut.Error(), "link to a file inside the workspace, or put the file there")
	}
	return unreadable(name, "it cannot be read: "+err.Error(), "check the file")
}
