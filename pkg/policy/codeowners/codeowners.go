// Package codeowners reads CODEOWNERS files as GitHub and GitLab do, and says who
// owns a path. Where the two differ the dialect decides.
package codeowners

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// MaxBytes is the largest file that is read: GitHub ignores larger ones.
const MaxBytes = 3 << 20

// Dialect is whose rules hold.
type Dialect string

// The dialects. GitHub anchors a pattern with a slash inside at the root, and one
// that names a folder takes all below it. GitLab has sections, exclusions and
// patterns that hold at any depth unless they begin with a slash.
const (
	GitHub Dialect = "github"
	GitLab Dialect = "gitlab"
)

// Candidates are the paths at which the hosts look for the file, in the order in
// which they do.
func Candidates() []string {
	return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}
}

// Root returns the folder that the paths in a CODEOWNERS file begin at.
func Root(file string) string {
	dir := path.Dir(file)
	switch path.Base(dir) {
	case ".github", ".gitlab", "docs":
		return path.Dir(dir)
	}
	return dir
}

// File is a CODEOWNERS file.
type File struct{ sections []section }

// section is a part of a file that decides for itself. GitHub's files are one.
type section struct{ entries []entry }

// entry is one pattern and its owners.
type entry struct {
	glob    string
	owners  []string
	exclude bool
}

// DialectOf guesses the dialect of a file from where it lies and from whether it has
// sections.
func DialectOf(file string, data []byte) Dialect {
	switch path.Base(path.Dir(file)) {
	case ".github":
		return GitHub
	case ".gitlab":
		return GitLab
	}
	for line := range strings.Lines(string(data)) {
		if _, _, ok := heading(strings.TrimSpace(line)); ok {
			return GitLab
		}
	}
	return GitHub
}

// Parse reads a file. A line that the host would pass over is passed over.
func Parse(data []byte, d Dialect) *File {
	f := &File{sections: []section{{}}}
	at, named := 0, map[string]int{}
	var defaults []string
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if d == GitLab {
			if name, owners, ok := heading(line); ok {
				at, defaults = f.section(named, strings.ToLower(name)), owners
				continue
			}
		}
		if e, ok := parseEntry(line, d); ok {
			if len(e.owners) == 0 {
				e.owners = defaults
			}
			f.sections[at].entries = append(f.sections[at].entries, e)
		}
	}
	return f
}

// section returns the place of a section, which is the same for all of its name.
func (f *File) section(named map[string]int, name string) int {
	if at, ok := named[name]; ok {
		return at
	}
	f.sections = append(f.sections, section{})
	named[name] = len(f.sections) - 1
	return named[name]
}

// heading reads [Name], ^[Name] and [Name][2], with owners behind it.
func heading(line string) (name string, owners []string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(line, "^"), "[")
	if !ok {
		return "", nil, false
	}
	name, rest, ok = strings.Cut(rest, "]")
	if !ok || strings.TrimSpace(name) == "" {
		return "", nil, false
	}
	if more, approvals := strings.CutPrefix(rest, "["); approvals {
		var number string
		if number, rest, ok = strings.Cut(more, "]"); !ok || strings.Trim(number, "0123456789") != "" {
			return "", nil, false
		}
	}
	return strings.TrimSpace(name), ownersOf(strings.Fields(rest)), true
}

// parseEntry reads a pattern and its owners. A blank in a pattern is escaped.
func parseEntry(line string, d Dialect) (entry, bool) {
	pattern, rest := cutPattern(line)
	e := entry{owners: ownersOf(strings.Fields(rest))}
	if negated, ok := strings.CutPrefix(pattern, "!"); ok {
		if d == GitHub {
			return entry{}, false // GitHub skips the line
		}
		pattern, e.exclude = negated, true
	}
	if pattern == "" || d == GitHub && strings.ContainsAny(pattern, "[]") {
		return entry{}, false
	}
	e.glob = globOf(pattern, d)
	return e, doublestar.ValidatePattern(e.glob)
}

// cutPattern splits a line behind its first word, in which a backslash keeps a
// blank.
func cutPattern(line string) (pattern, rest string) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case ' ', '\t':
			return line[:i], line[i:]
		}
	}
	return line, ""
}

// ownersOf returns the owners among words, up to a comment: @user, @org/team, @@role
// and mail addresses.
func ownersOf(words []string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, "#") {
			break
		}
		if strings.Contains(w, "@") {
			out = append(out, w)
		}
	}
	return out
}

// globOf turns a pattern into one that a path from the root must match.
func globOf(pattern string, d Dialect) string {
	body, anchored := strings.CutPrefix(pattern, "/")
	body, folder := strings.CutSuffix(body, "/")
	if d == GitHub && strings.Contains(body, "/") {
		anchored = true
	}
	glob := strings.NewReplacer("{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`).Replace(body)
	if !anchored && !strings.HasPrefix(glob, "**/") && glob != "**" {
		glob = strings.TrimSuffix("**/"+glob, "/")
	}
	if folder {
		return strings.TrimPrefix(glob+"/**/*", "/")
	}
	return glob
}

// Owners returns the owners of a path relative to the root, sorted: of each section
// those of the last pattern that fits. A path that nobody owns has none.
func (f *File) Owners(name string) []string {
	var out []string
	for _, s := range f.sections {
		out = append(out, s.owners(name)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// owners returns the owners that one section gives. What it excludes stays
// excluded, whatever follows.
func (s section) owners(name string) []string {
	var owners []string
	for _, e := range s.entries {
		switch {
		case !fits(e.glob, name):
		case e.exclude:
			return nil
		default:
			owners = e.owners
		}
	}
	return owners
}

// fits reports whether a pattern takes a path, or a folder above it. A star at the
// end stands for what lies in the folder itself.
func fits(glob, name string) bool {
	if ok, err := doublestar.Match(glob, name); err == nil && ok {
		return true
	}
	if strings.HasSuffix(glob, "/*") && glob != "**/*" {
		return false
	}
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if ok, err := doublestar.Match(glob, dir); err == nil && ok {
			return true
		}
	}
	return false
}
