package folder

import (
	"bytes"
	"path"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
)

// Written is a file of the workspace that a list says was written.
type Written struct {
	At Place
	// Name is the path below At.Dir, and Data what is there now, with the ends of lines
	// as they were written.
	Name string
	Data []byte

	digest string
}

// WrittenAs returns what the list beside a file says of it, false for a file that no
// list knows. It looks for lists where At puts them: in the folder of the file and the
// two above it.
func WrittenAs(name string, data []byte, read Reader) (Written, bool) {
	for _, at := range holding(path.Clean(name)) {
		list, err := readManifest(at, read)
		if err != nil {
			continue
		}
		in := at.inList(path.Clean(name))
		if file, ok := list.Files[in]; ok {
			return Written{At: at, Name: in, Data: bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), digest: file.SHA256}, true
		}
	}
	return Written{}, false
}

// Edited reports whether the file is not as it was written last.
func (w Written) Edited() bool { return digest(w.Data) != w.digest }

// Was reports whether a text is what was written last.
func (w Written) Was(text []byte) bool { return digest(text) == w.digest }

// maxAbove is how many folders there may be between a file and that of its list: rule
// files lie beside it, by type one below, and those of several parts one deeper.
const maxAbove = 2

// holding returns the places that a file may belong to, nearest first.
func holding(name string) []Place {
	var out []Place
	dir := path.Dir(name)
	for range maxAbove + 1 {
		out = append(out, At(path.Dir(dir), "", path.Base(dir), generate.ByService))
		if parts := strings.Split(strings.TrimPrefix(name, dir+"/"), "/"); len(parts) > 1 {
			out = append(out, At(dir, "", strings.TrimSuffix(parts[1], path.Ext(parts[1])), generate.ByType))
		}
		if dir == "." || dir == "/" {
			break
		}
		dir = path.Dir(dir)
	}
	return out
}
