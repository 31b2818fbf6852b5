package dashboard

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// Names in a service file are hostile text. Grafana puts the values of variables
// into titles, descriptions, texts and links, and shows descriptions and texts as
// Markdown.

// plain is a text for a title: one line, in which Grafana sees no variable. The
// space of no width between the characters is not seen by people.
func plain(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !unicode.IsGraphic(r) }), " ")
	return strings.ReplaceAll(strings.ReplaceAll(s, "$", "$\u200b"), "[", "[\u200b")
}

// markdown is a text inside of Markdown that is no markup there, nor a variable of
// Grafana.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case strings.ContainsRune("!\"#$&'*+<=>@[\\]^_`{|}~", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// address is a link that may be followed; false for anything but a web page, as
// javascript:.
func address(s string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	return strings.NewReplacer("$", "%24", "[", "%5B", "]", "%5D", "{", "%7B", "}", "%7D").Replace(u.String()), true
}
