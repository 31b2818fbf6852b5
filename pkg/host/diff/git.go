package diff

import (
	"fmt"
	"strconv"
	"strings"
)

// File is one file of a git diff.
type File struct {
	// Old and New are the paths before and after; empty where the file did not
	// exist.
	Old, New string
	Lines    Lines
	// Binary is true for a file whose lines git does not show.
	Binary bool
}

// ParseGit reads the output of git diff with the usual a/ and b/ prefixes.
func ParseGit(text string) ([]File, error) {
	var p gitParser
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if err := p.line(line); err != nil {
			return nil, err
		}
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	return p.files, nil
}

type gitParser struct {
	files []File
	open  bool
	h     hunk
}

// line reads one line. Inside a hunk the header's counts decide, so that a
// removed line "-- a/x" is never taken for a file header.
func (p *gitParser) line(text string) error {
	if p.open && !p.h.done() {
		f := &p.files[len(p.files)-1]
		lines, err := p.h.line(text, f.Lines)
		f.Lines = lines
		return err
	}
	if strings.HasPrefix(text, "diff --git ") {
		return p.begin(strings.TrimPrefix(text, "diff --git "))
	}
	if !p.open {
		if text == "" {
			return nil
		}
		return fmt.Errorf("expected \"diff --git\", found %q", clip(text))
	}
	return p.header(text)
}

func (p *gitParser) begin(paths string) error {
	p.files = append(p.files, File{})
	p.open, p.h = true, hunk{}
	// The two paths are the same unless a rename line or --- and +++ follow.
	// Mode changes and empty files have neither, so take it from here.
	f := &p.files[len(p.files)-1]
	if half := len(paths) / 2; len(paths)%2 == 1 && half > 2 && paths[half] == ' ' {
		oldPath, errOld := prefixed(paths[:half], "a/")
		newPath, errNew := prefixed(paths[half+1:], "b/")
		if errOld == nil && errNew == nil && oldPath == newPath {
			f.Old, f.New = oldPath, newPath
		}
	}
	return nil
}

// header reads a line between "diff --git" and the first hunk, or a hunk's own
// header.
func (p *gitParser) header(text string) (err error) {
	f := &p.files[len(p.files)-1]
	switch {
	case strings.HasPrefix(text, "@@"):
		f.Lines, err = step(&p.h, text, f.Lines)
	case strings.HasPrefix(text, "--- "):
		f.Old, err = prefixed(text[4:], "a/")
	case strings.HasPrefix(text, "+++ "):
		f.New, err = prefixed(text[4:], "b/")
	case strings.HasPrefix(text, "rename from "):
		f.Old, err = unquote(strings.TrimPrefix(text, "rename from "))
	case strings.HasPrefix(text, "rename to "):
		f.New, err = unquote(strings.TrimPrefix(text, "rename to "))
	case strings.HasPrefix(text, "new file mode "):
		f.Old = ""
	case strings.HasPrefix(text, "deleted file mode "):
		f.New = ""
	case strings.HasPrefix(text, "Binary files "), strings.HasPrefix(text, "GIT binary patch"):
		f.Binary = true
	}
	return err
}

func (p *gitParser) end() error {
	if p.open && !p.h.done() {
		return fmt.Errorf("the diff is cut off inside a hunk")
	}
	for _, f := range p.files {
		if f.Old == "" && f.New == "" {
			return fmt.Errorf("the diff has a file without a name")
		}
	}
	return nil
}

// prefixed returns the path behind a/ or b/, and nothing for /dev/null. Git
// ends a path that holds a blank with a tab.
func prefixed(s, prefix string) (string, error) {
	s = strings.TrimSuffix(s, "\t")
	if s == "/dev/null" {
		return "", nil
	}
	s, err := unquote(s)
	if err != nil {
		return "", err
	}
	path, ok := strings.CutPrefix(s, prefix)
	if !ok || path == "" {
		return "", fmt.Errorf("the path %q does not begin with %s", clip(s), prefix)
	}
	return path, nil
}

// unquote undoes git's C-style quoting of paths with unusual characters.
func unquote(s string) (string, error) {
	if !strings.HasPrefix(s, `"`) {
		return s, nil
	}
	if path, err := strconv.Unquote(s); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("the path %s is badly quoted", clip(s))
}
