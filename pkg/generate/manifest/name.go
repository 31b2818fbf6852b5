package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// maxName is how long a DNS label may be (RFC 1123), which most names in Kubernetes
// are.
const maxName = 63

var notIdentifier = regexp.MustCompile(`[^a-z0-9]+`)

// Identifier makes a DNS label of a name: lower-case letters, digits and hyphens, at
// most 63. One that had to be changed ends in a hash of what it was, so that two
// names stay two.
func Identifier(name string) string {
	id := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if id == name && len(id) <= maxName {
		return id
	}
	sum := sha256.Sum256([]byte(name))
	return strings.TrimLeft(strings.TrimRight(id[:min(len(id), maxName-9)], "-")+"-"+hex.EncodeToString(sum[:4]), "-")
}
