package report

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestClassLeavesNumbersOut holds what leaves numbers out beside the expression that
// says what a number is.
func TestClassLeavesNumbersOut(t *testing.T) {
	number := regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.StringMatching(`([0-9]{1,3}|[.]|[A-Za-zÄß ]{1,3}){0,8}`).Draw(t, "message")
		want := number.ReplaceAllString(strings.ToLower(message), "N")
		if got := string(appendClass(nil, message)); got != want {
			t.Fatalf("of %q: %q, want %q", message, got, want)
		}
	})
}
