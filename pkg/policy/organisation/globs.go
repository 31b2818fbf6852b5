package organisation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/nthlayer/action/pkg/spec/document"
)

// Glob is a pattern of names or of files, as in .gitignore.
type Glob struct {
	// Written is as somebody wrote it.
	Written string
	// whole is what a whole path from the workspace has to match.
	whole string
}

// globs reads patterns of names or of files.
func (d *decoder) globs(n *document.Node, what string) []Glob {
	var out []Glob
	for _, v := range d.texts(n, what) {
		if strings.HasPrefix(v.V, "!") {
			d.wrong(v.At.node, strconv.Quote(v.V)+" would take something out again, which no pattern does here", "name what it is for")
			continue
		}
		g := newGlob(v.V)
		if !doublestar.ValidatePattern(g.whole) || backwards(g.whole) {
			d.wrong(v.At.node, strconv.Quote(v.V)+" is no pattern", "write a name, or a pattern as checkout-* or services/**/*.yaml")
			continue
		}
		out = append(out, g)
	}
	return out
}

// backwards reports whether a pattern has a range that no letter is in, as [z-a].
func backwards(pattern string) bool {
	runes, inside := []rune(pattern), false
	for i := 0; i < len(runes); i++ {
		switch {
		case runes[i] == '\\':
			i++
		case !inside:
			inside = runes[i] == '['
		case runes[i] == ']':
			inside = false
		case i+2 < len(runes) && runes[i+1] == '-' && runes[i+2] != ']':
			if runes[i+2] != '\\' && runes[i] > runes[i+2] {
				return true
			}
			i += 2
		}
	}
	return false
}

// newGlob reads a pattern. A star stands for any text within one part of a path, ** for
// any number of parts. A pattern without a slash is about the last part in whatever
// folder, so that * is everything; one that ends in a slash is about all below the
// folder. Any other one is from the workspace on.
func newGlob(written string) Glob {
	pattern := written
	anchored := strings.HasPrefix(pattern, "/") || strings.HasPrefix(pattern, "./")
	pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "./"), "/")
	folder := strings.HasSuffix(pattern, "/")
	pattern = strings.TrimSuffix(pattern, "/")
	if !anchored && !strings.Contains(pattern, "/") {
		pattern = "**/" + pattern
	}
	if folder {
		pattern += "/**/*"
	}
	return Glob{written, pattern}
}

// fits reports whether the pattern fits a name.
func (g Glob) fits(name string) bool {
	ok, err := doublestar.Match(g.whole, name)
	return err == nil && ok
}

// matchesAny reports whether one of the patterns fits a name; no patterns fit all.
func matchesAny(patterns []Glob, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(g Glob) bool { return g.fits(name) })
}

// sameGlobs reports whether two lists have the same patterns, in whatever order.
func sameGlobs(a, b []Glob) bool {
	within := func(some, all []Glob) bool {
		return !slices.ContainsFunc(some, func(s Glob) bool { return !slices.ContainsFunc(all, func(g Glob) bool { return g.whole == s.whole }) })
	}
	return within(a, b) && within(b, a)
}

// eitherOf joins patterns as in "a, b or c".
func eitherOf(patterns []Glob) string {
	var out []string
	for _, p := range patterns {
		out = append(out, p.Written)
	}
	return either(out)
}
