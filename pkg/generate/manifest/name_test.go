package manifest

import (
	"strings"
	"testing"
)

func TestIdentifier(t *testing.T) {
	long := strings.Repeat("a", 63)
	for name, want := range map[string]string{"pay-availability": "pay-availability", long: long} {
		if got := Identifier(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	seen := map[string]string{}
	for _, name := range []string{"a.b", "a-b", "a_b", "A-b", "...", "---", long + "a", long + "b", "é"} {
		id := Identifier(name)
		if other, ok := seen[id]; ok || len(id) > 63 || strings.Trim(id, "-") != id || id == "" {
			t.Errorf("%s is %q, as %q", name, id, other)
		}
		seen[id] = name
	}
}
