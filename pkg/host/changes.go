package host

import (
	"cmp"
	"slices"

	"github.com/nthlayer/action/pkg/host/diff"
)

// Precision is how much is known about a change.
type Precision string

// The precisions.
const (
	// ByLine: the changed lines are known, except of files marked Whole.
	ByLine Precision = "lines"
	// ByFile: only the touched files are known; all their lines count as
	// changed.
	ByFile Precision = "files"
	// Everything: there is nothing to compare with (a schedule, a new branch),
	// so all files count as changed.
	Everything Precision = "everything"
	// UnknownChange: there is a change and it could not be read.
	UnknownChange Precision = "unknown"
)

// FileStatus is what happened to a file.
type FileStatus string

// The file statuses.
const (
	Added    FileStatus = "added"
	Modified FileStatus = "modified"
	Removed  FileStatus = "removed"
	Renamed  FileStatus = "renamed"
)

// ChangedFile is one file that a change touches.
type ChangedFile struct {
	Path string
	// Previous is the path before a rename.
	Previous string
	Status   FileStatus
	// Lines are the changed lines of the new file.
	Lines diff.Lines
	// Whole is true when the lines are not known: all of them count.
	Whole bool
}

// Touches reports whether the change touches a line. Line 0 asks for the file.
func (f ChangedFile) Touches(line int) bool {
	if f.Status == Removed {
		return false
	}
	return f.Whole || line == 0 || f.Lines.Has(line)
}

// Changes is what a pull request or push touches.
type Changes struct {
	Precision Precision
	// Files are sorted by path. Empty when Precision is Everything or
	// UnknownChange.
	Files []ChangedFile
	// Source says where this is from, as "pull request files".
	Source string
	// Notes say what is missing, and why.
	Notes []string
	// Place is where the workspace has the files, whose paths follow it.
	Place Place
}

// Find returns the changed file with a path.
func (c Changes) Find(path string) (ChangedFile, bool) {
	i, ok := slices.BinarySearchFunc(c.Files, path, func(f ChangedFile, p string) int { return cmp.Compare(f.Path, p) })
	if !ok {
		return ChangedFile{}, false
	}
	return c.Files[i], true
}

// Known reports whether the list of touched files is complete, so that other
// files may be left out of a run.
func (c Changes) Known() bool { return c.Precision == ByLine || c.Precision == ByFile }

// Touches reports whether a line counts as changed. With everything changed it
// does; of an unknown change nothing is claimed.
func (c Changes) Touches(path string, line int) bool {
	switch c.Precision {
	case Everything:
		return true
	case UnknownChange:
		return false
	case ByLine, ByFile:
	}
	f, ok := c.Find(path)
	return ok && (c.Precision == ByFile && f.Status != Removed || f.Touches(line))
}

// Paths returns the paths that exist after the change.
func (c Changes) Paths() []string {
	var out []string
	for _, f := range c.Files {
		if f.Status != Removed {
			out = append(out, f.Path)
		}
	}
	return out
}

// Removed returns the paths that do not exist any more: deleted files, and the
// old names of renamed ones.
func (c Changes) Removed() []string {
	var out []string
	for _, f := range c.Files {
		if f.Status == Removed {
			out = append(out, f.Path)
		}
		if f.Status == Renamed && f.Previous != "" {
			out = append(out, f.Previous)
		}
	}
	slices.Sort(out)
	return out
}

// SortFiles orders files by path and drops repeats, keeping the first of each.
func SortFiles(files []ChangedFile) []ChangedFile {
	slices.SortStableFunc(files, func(a, b ChangedFile) int { return cmp.Compare(a.Path, b.Path) })
	return slices.CompactFunc(files, func(a, b ChangedFile) bool { return a.Path == b.Path })
}

// ChangedFiles returns the files of a diff.
func ChangedFiles(files []diff.File) []ChangedFile {
	out := make([]ChangedFile, 0, len(files))
	for _, f := range files {
		c := ChangedFile{Path: f.New, Status: Modified, Lines: f.Lines, Whole: f.Binary}
		switch {
		case f.New == "":
			c.Path, c.Status = f.Old, Removed
		case f.Old == "":
			c.Status = Added
		case f.Old != f.New:
			c.Previous, c.Status = f.Old, Renamed
		}
		out = append(out, c)
	}
	return SortFiles(out)
}
