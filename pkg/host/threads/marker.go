// Package threads keeps one resolvable thread of ours for each finding on a
// changed line, whatever runs write at once, and never touches anybody else's.
// It knows no host: it works on the few calls of Host.
package threads

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/nthlayer/action/pkg/host/sticky"
)

// marker is the hidden first line of the first note of our threads.
type marker struct {
	// key tells the threads of several jobs on one merge request apart.
	key string
	// rule and finding (its fingerprint) say what the thread is about.
	rule, finding string
	// text is the digest of what the note says.
	text string
}

const markerFormat = "<!-- nthlayer:thread v=1 key=%s rule=%s finding=%s text=%s -->"

// The whole first line has to match, so that a marker that is quoted, indented
// or followed by anything is not ours.
var (
	markerPattern = regexp.MustCompile(
		`^<!-- nthlayer:thread v=1 key=([A-Za-z0-9._-]{1,40}) rule=([a-z0-9/-]{1,80}) finding=([0-9a-f]{32}(?:#[0-9]{1,6})?) text=([0-9a-f]{16}) -->$`)
	rulePattern    = regexp.MustCompile(`^[a-z0-9]+(?:[/-][a-z0-9]+)*$`)
	findingPattern = regexp.MustCompile(`^[0-9a-f]{32}(?:#[0-9]{1,6})?$`)
)

// maxRule is the longest rule id in a marker, in characters.
const maxRule = 80

// String returns the marker as the first line of a note.
func (m marker) String() string {
	return fmt.Sprintf(markerFormat, m.key, m.rule, m.finding, m.text)
}

// valid reports whether the marker can be read again. A report file may come
// from somewhere else, with rules and fingerprints of its own making.
func (m marker) valid() bool {
	return sticky.ValidKey(m.key) && len(m.rule) <= maxRule && rulePattern.MatchString(m.rule) && findingPattern.MatchString(m.finding)
}

// parse returns the marker of a note. It is false for a note that does not begin
// with our full marker.
func parse(body string) (marker, bool) {
	line, _, _ := strings.Cut(strings.ReplaceAll(body, "\r\n", "\n"), "\n")
	found := markerPattern.FindStringSubmatch(line)
	if found == nil {
		return marker{}, false
	}
	m := marker{key: found[1], rule: found[2], finding: found[3], text: found[4]}
	return m, m.valid()
}

// digest returns 16 hexadecimal digits that tell texts apart.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
