// Package sticky keeps exactly one comment of ours on a pull request, whatever
// runs write at once, and never touches anybody else's. It knows no host: it
// works on the few calls of host.CommentStore.
package sticky

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Marker is the hidden first line of our comments. It says which comment this
// is (Key) and which run wrote it.
type Marker struct {
	// Key tells several comments on one pull request apart, as for the legs of
	// a matrix.
	Key string
	// SHA is the commit that the comment reports on.
	SHA     string
	Run     int64
	Attempt int
	// Text is the digest of what the comment says, without what is different in
	// every run; empty when it is not known.
	Text string
}

// keyPattern keeps a key from ending the hidden comment or adding a field.
var keyPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// ValidKey reports whether a comment key may be used: 1 to 40 letters, digits,
// dots, underscores and hyphens, beginning with a letter or digit.
func ValidKey(key string) bool { return keyPattern.MatchString(key) && !strings.Contains(key, "--") }

const markerFormat = "<!-- nthlayer:report v=1 key=%s sha=%s run=%d attempt=%d%s%s -->"

// The whole first line has to match, so that a marker that is quoted, indented
// or followed by anything is not ours.
var markerPattern = regexp.MustCompile(
	`^<!-- nthlayer:report v=1 key=([A-Za-z0-9][A-Za-z0-9._-]{0,39}) sha=([0-9a-f]{40}|[0-9a-f]{64}) run=(\d{1,18}) attempt=(\d{1,9})(?: text=([0-9a-f]{16}))?(?: seal=([0-9a-f]{16}))? -->$`)

// String returns the marker as the first line of a comment, without a seal.
func (m Marker) String() string { return m.line("") }

func (m Marker) line(seal string) string {
	text := ""
	if m.Text != "" {
		text = " text=" + m.Text
	}
	if seal != "" {
		seal = " seal=" + seal
	}
	return fmt.Sprintf(markerFormat, m.Key, m.SHA, m.Run, m.Attempt, text, seal)
}

// Seal returns a comment: the marker with a seal over itself and the text, and the
// text. The seal is no secret. It tells a comment that somebody edited by hand,
// which would otherwise stand as if a run had written it.
func (m Marker) Seal(text string) string { return m.line(m.seal(text)) + "\n" + text }

// sealBytes is how much longer a seal makes the marker.
const sealBytes = len(" seal=") + 16

// seal is over the text as any host keeps it: without the blanks around it.
func (m Marker) seal(text string) string {
	return digest(m.line("") + "\n" + strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
}

// Parse splits a comment into its marker and the text below it. It is false for
// a comment that does not begin with our full marker. One whose seal is broken was
// edited by hand: it is older than any run, and nothing that it says is believed.
func Parse(body string) (Marker, string, bool) {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	line, rest, _ := strings.Cut(body, "\n")
	m := markerPattern.FindStringSubmatch(line)
	if m == nil || !ValidKey(m[1]) {
		return Marker{}, "", false
	}
	run, errRun := strconv.ParseInt(m[3], 10, 64)
	attempt, errAttempt := strconv.Atoi(m[4])
	if errRun != nil || errAttempt != nil {
		return Marker{}, "", false
	}
	marker := Marker{Key: m[1], SHA: m[2], Run: run, Attempt: attempt, Text: m[5]}
	if m[6] != "" && m[6] != marker.seal(rest) {
		return Marker{Key: m[1], SHA: m[2]}, "", true
	}
	return marker, rest, true
}

// digest returns 16 hexadecimal digits that tell texts apart.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// older reports whether marker a was written by an older run than b.
func older(a, b Marker) bool { return compareRuns(a, b) < 0 }

func compareRuns(a, b Marker) int {
	return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Attempt, b.Attempt))
}

// compare says which of two comments has to stand: the one about the commit that
// is the head now, else that of the newer run. It is positive for a, negative for
// b. An empty head leaves the order to the runs.
func compare(a, b Marker, head string) int {
	about := func(m Marker) int {
		if head != "" && m.SHA == head {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(about(a), about(b)), compareRuns(a, b))
}
