package folder

import (
	"io/fs"
	"path"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
)

// ManifestFile is the name of the list of digests in the folder of a service.
const ManifestFile = ".nthlayer.json"

// listsDir is the folder of the lists of all services, where files lie by type.
const listsDir = ".nthlayer"

// Place is where the artefacts of one service lie.
type Place struct {
	// Dir is the folder that the paths in the list are relative to, List the list of
	// digests. Both are relative to the workspace, with slashes.
	Dir, List string
	// Service and Environment say whose artefacts they are.
	Service, Environment string
	Layout               generate.Layout
}

// At returns the place of a service's artefacts below a folder: DIR/SERVICE or, by
// type, DIR itself; for an environment below DIR/ENVIRONMENT, so that what is
// deployed to one place lies in one folder.
func At(dir, environment, service string, layout generate.Layout) Place {
	p := Place{Dir: path.Join(dir, environment), Service: service, Environment: environment, Layout: layout}
	if layout == generate.ByType {
		p.List = path.Join(p.Dir, listsDir, service+".json")
		return p
	}
	p.Layout, p.Dir = generate.ByService, path.Join(p.Dir, service)
	p.List = path.Join(p.Dir, ManifestFile)
	return p
}

// Patterns are those of all lists below a folder, for fs.Glob.
func Patterns(dir string) []string {
	dir = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
	var out []string
	for _, in := range []string{dir, path.Join(dir, "*")} {
		out = append(out, path.Join(in, "*", ManifestFile), path.Join(in, listsDir, "*.json"))
	}
	return out
}

// Of returns the place that a list below a folder belongs to, false for a file that
// is no list.
func Of(dir, list string) (Place, bool) {
	rel, ok := strings.CutPrefix(list, path.Clean(dir)+"/")
	if path.Clean(dir) == "." {
		rel, ok = list, true
	}
	parts := strings.Split(rel, "/")
	environment := ""
	if len(parts) == 3 {
		environment, parts = parts[0], parts[1:]
	}
	if !ok || len(parts) != 2 {
		return Place{}, false
	}
	service, layout := parts[0], generate.ByService
	if parts[0] == listsDir {
		service, layout = strings.TrimSuffix(parts[1], ".json"), generate.ByType
	}
	p := At(dir, environment, service, layout)
	return p, p.List == path.Clean(list)
}

// file returns the path of an artefact in the list.
func (p Place) file(artefact string) string {
	if p.Layout == generate.ByType {
		return p.Layout.Path(p.Service, artefact)
	}
	return artefact
}

// inList returns the path in the list of a file of the workspace.
func (p Place) inList(name string) string {
	if p.Dir == "." {
		return name
	}
	return strings.TrimPrefix(name, p.Dir+"/")
}

// owns reports whether a path in the list may be that of an artefact of the service:
// it leads nowhere else, and by type it has the name of the service in it.
func (p Place) owns(name string) bool {
	if !fs.ValidPath(name) || name == ManifestFile || strings.HasPrefix(name, listsDir+"/") {
		return false
	}
	if p.Layout != generate.ByType {
		return true
	}
	parts := strings.Split(name, "/")
	if len(parts) == 2 {
		return strings.TrimSuffix(parts[1], path.Ext(parts[1])) == p.Service
	}
	return len(parts) > 2 && parts[1] == p.Service
}
