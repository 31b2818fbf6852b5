// Package folder compares generated artefacts with the files of a folder and writes
// them there. A file that somebody changed by hand is told from one that only is
// older, by a list of digests that lies beside the files.
package folder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
)

// Action is what writing an artefact would do to the file of that name.
type Action string

// The actions. Edited is a file that was changed by hand, or is none of ours;
// Obsolete is one of ours that is not generated any more. The last three are only what
// became of a file: one that was changed by hand and overwritten all the same, one that
// was removed, and one that could not be written or removed.
const (
	Create      Action = "create"
	Update      Action = "update"
	Unchanged   Action = "unchanged"
	Edited      Action = "edited"
	Obsolete    Action = "obsolete"
	Overwritten Action = "overwritten"
	Removed     Action = "removed"
	Failed      Action = "failed"
)

// Change is one file of a folder and what becomes of it.
type Change struct {
	// Path is relative to the workspace, with slashes.
	Path   string
	Action Action
	// Old is what is there now, nil for nothing; New is what would be. A checkout of Git
	// may have turned the ends of lines into those of Windows: Old has them as written.
	Old, New []byte
	// Artefact is the zero value for a file that is not generated any more.
	Artefact generate.Artefact
	// digest is that of New, empty when it was not worked out yet.
	digest string
}

// Gone reports whether the file is not generated any more.
func (c Change) Gone() bool { return c.Artefact.Path == "" }

// SHA256 is the digest of the new file, of one that is not generated any more that of
// the old.
func (c Change) SHA256() string {
	if c.Gone() {
		return digest(c.Old)
	}
	if c.digest != "" {
		return c.digest
	}
	return digest(c.New)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Reader reads a file of the workspace; the error is fs.ErrNotExist for a file that
// is not there, and another one for a folder that is.
type Reader func(path string) ([]byte, error)

// within returns what reads the files of a folder: nothing where there is no folder, so
// that nobody looks for each of its files.
func within(dir string, read Reader) Reader {
	if _, err := read(dir); !errors.Is(err, fs.ErrNotExist) {
		return read
	}
	return func(string) ([]byte, error) { return nil, fs.ErrNotExist }
}

// Compare returns what becomes of each file when the artefacts are written to a
// place, sorted by path. The artefacts are all that there are of the kinds: what else
// of these was written there before is obsolete.
func Compare(at Place, artefacts []generate.Artefact, kinds []generate.Kind, read Reader) ([]Change, error) {
	read = within(at.Dir, read)
	known, err := readManifest(at, read)
	if err != nil {
		return nil, err
	}
	var out []Change
	made := map[string]bool{}
	for _, a := range artefacts {
		name := at.file(a.Path)
		made[name] = true
		c := Change{Path: path.Join(at.Dir, name), New: a.Bytes, Artefact: a, digest: digest(a.Bytes)}
		if c.Old, err = there(read, c.Path); err != nil {
			return nil, err
		}
		c.Action = action(c.Old, c.New, known.Files[name].SHA256)
		out = append(out, c)
	}
	for name, file := range known.Files {
		if made[name] || !slices.Contains(kinds, file.Kind) {
			continue
		}
		old, err := there(read, path.Join(at.Dir, name))
		if err != nil {
			return nil, err
		}
		if old == nil {
			continue
		}
		gone := Change{Path: path.Join(at.Dir, name), Action: Obsolete, Old: old}
		if digest(old) != file.SHA256 {
			gone.Action = Edited
		}
		out = append(out, gone)
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// Made returns the kinds, sorted, of which files were written to a place and still are
// there.
func Made(at Place, read Reader) ([]generate.Kind, error) {
	known, err := readManifest(at, read)
	if err != nil {
		return nil, err
	}
	var out []generate.Kind
	for name, file := range known.Files {
		if slices.Contains(out, file.Kind) {
			continue
		}
		data, err := optional(read, path.Join(at.Dir, name))
		if err != nil {
			return nil, err
		}
		if data != nil {
			out = append(out, file.Kind)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Files returns the paths of the files that were written to a place, with that of
// the list itself, sorted.
func Files(at Place, read Reader) ([]string, error) {
	known, err := readManifest(at, read)
	out := []string{at.List}
	for name := range known.Files {
		out = append(out, path.Join(at.Dir, name))
	}
	slices.Sort(out)
	return out, err
}

// there reads a file as it was written, nil for none.
func there(read Reader, name string) ([]byte, error) {
	data, err := optional(read, name)
	if bytes.Contains(data, []byte("\r\n")) {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	return data, err
}

func optional(read Reader, name string) ([]byte, error) {
	data, err := read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}

func action(old, wanted []byte, written string) Action {
	switch {
	case old == nil:
		return Create
	case bytes.Equal(old, wanted):
		return Unchanged
	case len(old) > 0 && digest(old) != written:
		return Edited // an empty file is nobody's work: a power failure leaves one
	}
	return Update
}
