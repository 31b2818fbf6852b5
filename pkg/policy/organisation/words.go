package organisation

import (
	"path"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/nthlayer/action/pkg/spec/document"
)

// listed joins words as in "a, b and c".
func listed(words []string) string { return joined(words, " and ") }

// either joins words as in "a, b or c".
func either(words []string) string { return joined(words, " or ") }

func joined(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + last + words[len(words)-1]
}

// counted is a number and its noun: 1 SLO, 2 SLOs. The plural is the noun with an s
// unless it is given.
func counted(n int, noun string, plural ...string) string {
	switch {
	case n == 1:
	case len(plural) > 0:
		noun = plural[0]
	default:
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// globs reads patterns as of the shell, in which ** stands for any folders.
func (d *decoder) globs(n *document.Node, what string) []string {
	var out []string
	for _, v := range d.texts(n, what) {
		if !doublestar.ValidatePattern(v.V) {
			d.wrong(v.At.node, strconv.Quote(v.V)+" is no pattern", "write a name, or a pattern as checkout-* or services/**/*.yaml")
			continue
		}
		out = append(out, v.V)
	}
	return out
}

// matchesAny reports whether one of the patterns fits a name; no patterns fit all.
func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, err := doublestar.Match(p, name); err == nil && ok {
			return true
		}
	}
	return len(patterns) == 0
}

// slug is a name as hosts write it in addresses: Platform SRE is platform-sre.
func slug(name string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// lastPart is what stands behind the last slash of an owner: payments of
// @example/shop/payments.
func lastPart(owner string) string { return path.Base(strings.TrimPrefix(owner, "@")) }
