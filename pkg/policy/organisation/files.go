package organisation

import (
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/spec/document"
)

// inside reads a path of a file in the workspace. Leaving it is refused.
func (d *decoder) inside(n *document.Node, what string) Text {
	v := d.text(n, what)
	if !v.Set() {
		return v
	}
	clean := path.Clean(v.V)
	if !fs.ValidPath(clean) || clean == "." || !filepath.IsLocal(clean) || strings.ContainsAny(v.V, "\\\x00\n") {
		d.wrong(n, what+" "+strconv.Quote(v.V)+" is no path inside the workspace", "write one with slashes from the workspace, as .nthlayer/baseline.yaml")
		return Text{}
	}
	v.V = clean
	return v
}
