package organisation

import (
	"path"
	"strconv"
	"strings"
	"unicode"
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

// slug is a name as hosts write it in addresses: Platform SRE is platform-sre.
func slug(name string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// lastPart is what stands behind the last slash of an owner: payments of
// @example/shop/payments.
func lastPart(owner string) string { return path.Base(strings.TrimPrefix(owner, "@")) }

// blank reports whether nobody can see anything of a text.
func blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}
