package generate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"

	"github.com/nthlayer/action/pkg/spec"
)

// FolderUID is the uid of the folder that the dashboards of the service's team lie
// in; empty without a team, for the folder that everybody has.
func (j Job) FolderUID() string {
	if j.Service.Team.V == "" {
		return ""
	}
	uid := "nthl-" + notForUID().ReplaceAllString(j.Service.Team.V, "-")
	if uid == "nthl-"+j.Service.Team.V && len(uid) <= maxUID {
		return uid
	}
	// Two teams whose names differ in what a uid cannot hold have two folders.
	sum := sha256.Sum256([]byte(j.Service.Team.V))
	return uid[:min(len(uid), maxUID-9)] + "-" + hex.EncodeToString(sum[:4])
}

// UnknownTechnology is a dependency whose technology no file of the catalogue
// describes.
type UnknownTechnology struct {
	Dependency spec.Dependency
	// Technology is as the service file spells it.
	Technology string
}

// UnknownTechnologies returns the dependencies that Dependencies has a finding
// about instead of a use, in the order of the file.
func (j Job) UnknownTechnologies() []UnknownTechnology {
	var out []UnknownTechnology
	for _, d := range j.Service.Dependencies {
		spelling := cmp.Or(d.Type.V, technologyIn(j.Catalog, d))
		if spelling == "" || d.Kind == spec.DependencyService || d.Kind == spec.DependencyExternal {
			continue
		}
		if _, ok := j.Catalog.Lookup(spelling); !ok {
			out = append(out, UnknownTechnology{d, spelling})
		}
	}
	return out
}
