package rules

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPlainLeavesNoTemplate makes sure that no number of braces in a name opens a
// template.
func TestPlainLeavesNoTemplate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("{} a"))).Draw(t, "text")
		if got := Plain(text); strings.Contains(got, "{{") || strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
