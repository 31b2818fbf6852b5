package folder

import (
	"errors"
	"io/fs"
	"path"
	"syscall"

	"github.com/nthlayer/action/pkg/spec"
)

// Unreadable says in words why generated files could not be read, and what to do. The
// place is what to look at where the error names nothing better.
func Unreadable(place string, err error) (message, fix string) {
	if failed, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, spec.ErrLeadsOut) {
		return "the generated files could not be read: " + failed.Path + " is a link, or lies behind one, that leads out of the folder of the run",
			"take the link away, or name a folder inside with --output-dir: what a link leads to is not written"
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, syscall.ENOTDIR) {
		return "the generated files could not be read: " + path.Dir(failed.Path) + " is a file, or lies below one, and a folder is needed there",
			"remove or rename that file, or name another folder with --output-dir"
	}
	return "the generated files could not be read: " + err.Error(), "make " + place + " readable, or remove what is in the way"
}
