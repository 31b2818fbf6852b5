package host

import (
	"path"
	"slices"
	"strings"
)

// Place says where the repository of a run is, seen from the workspace. The zero
// value is the usual one: the workspace is the repository.
type Place struct {
	// Root is the folder of the workspace that the repository is in; empty for
	// the workspace itself.
	Root string
	// Within is the folder of the repository that the workspace is, where it is
	// only a part of it.
	Within string
	// Others are folders of the workspace with checkouts of their own, as
	// submodules: what happened to the files in them is not known.
	Others []string
}

// Inside reports whether a file is below a folder; "." and "" hold all files.
func Inside(dir, file string) bool {
	return dir == "." || dir == "" || strings.HasPrefix(file, dir+"/")
}

// Covers reports whether a change can say anything about a file of the
// workspace.
func (p Place) Covers(file string) bool {
	if !Inside(p.Root, file) {
		return false
	}
	return !slices.ContainsFunc(p.Others, func(other string) bool {
		aroundRoot := Inside(other, path.Join(p.Root, "x"))
		return Inside(other, file) && !aroundRoot
	})
}

// Repository returns the path in the repository of a file of the workspace.
func (p Place) Repository(file string) string {
	if p.Root != "" && p.Root != "." {
		file = strings.TrimPrefix(file, p.Root+"/")
	}
	return path.Join(p.Within, file)
}

// workspace returns the path in the workspace of a file of the repository, false
// for one that is outside.
func (p Place) workspace(file string) (string, bool) {
	if !Inside(p.Within, file) {
		return "", false
	}
	if p.Within != "" {
		file = strings.TrimPrefix(file, p.Within+"/")
	}
	return path.Join(p.Root, file), true
}

// At returns the changes with the paths that the files have in the workspace.
// Files outside of it are left out.
func (c Changes) At(place Place) Changes {
	out := c
	out.Place, out.Files = place, nil
	for _, f := range c.Files {
		if moved, ok := f.at(place); ok {
			out.Files = append(out.Files, moved)
		}
	}
	out.Files = SortFiles(out.Files)
	return out
}

// at returns a changed file as it is seen in the workspace: one that came from
// outside was added, one that went outside was removed.
func (f ChangedFile) at(place Place) (ChangedFile, bool) {
	name, is := place.workspace(f.Path)
	if f.Previous == "" {
		f.Path = name
		return f, is
	}
	previous, was := place.workspace(f.Previous)
	switch {
	case is && was:
		f.Path, f.Previous = name, previous
	case is:
		f.Path, f.Previous, f.Status = name, "", Added
	case was && f.Status == Renamed:
		f = ChangedFile{Path: previous, Status: Removed}
	default:
		return ChangedFile{}, false
	}
	return f, true
}
