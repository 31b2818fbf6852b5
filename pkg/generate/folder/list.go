package folder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
)

// manifest is the list of what was written.
type manifest struct {
	Version int `json:"version"`
	Record
	// Files are by path below the folder.
	Files map[string]written `json:"files"`
}

// Record is what a run notes beside the digests: from what it wrote, and with which
// choices. Whoever checks the files makes them in the same way.
type Record struct {
	// Source is the service file, relative to the workspace, with slashes.
	Source string `json:"source,omitempty"`
	// Kinds are those that were asked for, by this run or one before, sorted; nil is
	// not known.
	Kinds   []generate.Kind `json:"kinds,omitempty"`
	Choices Choices         `json:"options,omitzero"`
}

// written is a file as it was written last.
type written struct {
	Kind   generate.Kind `json:"kind"`
	SHA256 string        `json:"sha256"`
}

const version = 1

// maxManifest bounds the list: a service has about a dozen files.
const maxManifest = 1 << 20

// readManifest reads the list of a place; without one nothing was written there. A
// list that cannot be read counts as none, so that nothing is taken for ours.
func readManifest(at Place, read Reader) (manifest, error) {
	none := manifest{Version: version, Files: map[string]written{}}
	data, err := optional(read, at.List)
	if err != nil || data == nil || len(data) > maxManifest {
		return none, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Version != version || m.Files == nil {
		return none, nil //nolint:nilerr // see above
	}
	maps.DeleteFunc(m.Files, func(name string, _ written) bool { return !at.owns(name) })
	return m, nil
}

// Recorded returns what the last run noted at a place, false when nothing was written
// there. Unlike those who write, it believes a list only when all of it is as a run
// writes it: whoever changes the list could have the check look at less. What is wrong
// with it is returned as lines; the error is that it could not be read at all.
func Recorded(at Place, known []generate.Kind, read Reader) (r Record, wrong []string, there bool, err error) {
	data, err := optional(read, at.List)
	switch {
	case err != nil || data == nil:
		return Record{}, nil, false, err
	case len(data) > maxManifest:
		return Record{}, []string{fmt.Sprintf("it has more than %d bytes", maxManifest)}, true, nil
	}
	var m manifest
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Record{}, []string{strings.TrimPrefix(err.Error(), "json: ")}, true, nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		wrong = append(wrong, "something follows the list")
	}
	return m.Record, append(wrong, m.wrong(at, known)...), true, nil
}

// wrong says what of a list no run writes.
func (m manifest) wrong(at Place, known []generate.Kind) []string {
	var out []string
	add := func(bad bool, format string, args ...any) {
		if bad {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(m.Version != version, "it has the version %d, and %d is known", m.Version, version)
	add(m.Source == "", "it does not say which service file it is of")
	add(m.Source != "" && !isFile(m.Source), "source is no path of a service file")
	add(len(m.Kinds) == 0, "it does not say which kinds were made")
	for _, k := range m.Kinds {
		add(!slices.Contains(known, k), "there is no kind %q", k)
	}
	if err := m.Choices.Check(); err != nil {
		out = append(out, strings.Split(err.Error(), "\n")...)
	}
	digest := regexp.MustCompile(`^[0-9a-f]{64}$`)
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		f := m.Files[name]
		add(!at.owns(name), "%q is no path of a file of %s", name, at.Service)
		add(!slices.Contains(known, f.Kind), "%s has the kind %q, which there is not", name, f.Kind)
		add(!digest.MatchString(f.SHA256), "%s has no digest", name)
	}
	return out
}

func isFile(name string) bool {
	ext := path.Ext(name)
	return fs.ValidPath(name) && (ext == ".yaml" || ext == ".yml")
}

func (m manifest) bytes() ([]byte, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	return append(data, '\n'), err
}

// note puts what a run notes into the list. The kinds of runs before stay, as their
// files do, unless the run prunes: then it is those of the run and of what is left.
func (m *manifest) note(r Record, prune bool) {
	kinds := slices.Clone(r.Kinds)
	if !prune {
		kinds = append(kinds, m.Kinds...)
	}
	for _, f := range m.Files {
		kinds = append(kinds, f.Kind)
	}
	slices.Sort(kinds)
	m.Record, m.Kinds = r, slices.Compact(kinds)
}
