// Package folder compares generated artefacts with the files of a folder and writes
// them there. A file that somebody changed by hand is told from one that only is
// older, by a list of digests that lies beside the files.
package folder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
)

// ManifestFile is the name of the list of digests.
const ManifestFile = ".nthlayer.json"

// Action is what writing an artefact would do to the file of that name.
type Action string

// The actions. Edited is a file that was changed by hand, or is none of ours;
// Obsolete is one of ours that is not generated any more.
const (
	Create    Action = "create"
	Update    Action = "update"
	Unchanged Action = "unchanged"
	Edited    Action = "edited"
	Obsolete  Action = "obsolete"
)

// Change is one file of a folder and what becomes of it.
type Change struct {
	// Path is relative to the workspace, with slashes.
	Path   string
	Action Action
	// Old is what is there now, nil for nothing; New is what would be.
	Old, New []byte
	// Artefact is the zero value for an obsolete file.
	Artefact generate.Artefact
}

// SHA256 is the digest of the new file, of an obsolete one that of the old.
func (c Change) SHA256() string {
	if c.Action == Obsolete {
		return digest(c.Old)
	}
	return digest(c.New)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Reader reads a file of the workspace; the error is fs.ErrNotExist for a file that
// is not there.
type Reader func(path string) ([]byte, error)

// Compare returns what becomes of each file when the artefacts are written to the
// folder dir, sorted by path. The artefacts are all that there are of the kinds:
// what else of these was written there before is obsolete.
func Compare(dir string, artefacts []generate.Artefact, kinds []generate.Kind, read Reader) ([]Change, error) {
	known, err := readManifest(dir, read)
	if err != nil {
		return nil, err
	}
	var out []Change
	made := map[string]bool{}
	for _, a := range artefacts {
		made[a.Path] = true
		c := Change{Path: path.Join(dir, a.Path), New: a.Bytes, Artefact: a}
		if c.Old, err = optional(read, c.Path); err != nil {
			return nil, err
		}
		c.Action = action(c.Old, c.New, known.Files[a.Path].SHA256)
		out = append(out, c)
	}
	for name, file := range known.Files {
		if made[name] || !slices.Contains(kinds, file.Kind) {
			continue
		}
		old, err := optional(read, path.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if old != nil && digest(old) == file.SHA256 {
			out = append(out, Change{Path: path.Join(dir, name), Action: Obsolete, Old: old})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// Files returns the paths of the files that were written to a folder, with that of
// the list itself, sorted.
func Files(dir string, read Reader) ([]string, error) {
	known, err := readManifest(dir, read)
	out := []string{path.Join(dir, ManifestFile)}
	for name := range known.Files {
		out = append(out, path.Join(dir, name))
	}
	slices.Sort(out)
	return out, err
}

// Kinds returns the kinds of what was written to a folder, sorted.
func Kinds(dir string, read Reader) ([]generate.Kind, error) {
	known, err := readManifest(dir, read)
	var out []generate.Kind
	for _, file := range known.Files {
		out = append(out, file.Kind)
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

func optional(read Reader, name string) ([]byte, error) {
	data, err := read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
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
	case digest(old) != written:
		return Edited
	}
	return Update
}

// manifest is the list of what was written.
type manifest struct {
	Version int `json:"version"`
	// Files are by path below the folder.
	Files map[string]written `json:"files"`
}

// written is a file as it was written last.
type written struct {
	Kind   generate.Kind `json:"kind"`
	SHA256 string        `json:"sha256"`
}

// maxManifest bounds the list: a service has about a dozen files.
const maxManifest = 1 << 20

// readManifest reads the list of a folder; without one nothing was written there. A
// list that cannot be read counts as none, so that nothing is taken for ours.
func readManifest(dir string, read Reader) (manifest, error) {
	none := manifest{Version: 1, Files: map[string]written{}}
	data, err := optional(read, path.Join(dir, ManifestFile))
	if err != nil || data == nil || len(data) > maxManifest {
		return none, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Version != 1 || m.Files == nil {
		return none, nil //nolint:nilerr // see above
	}
	for name := range m.Files {
		if !fs.ValidPath(name) || name == ManifestFile {
			delete(m.Files, name)
		}
	}
	return m, nil
}

func (m manifest) bytes() ([]byte, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	return append(data, '\n'), err
}
