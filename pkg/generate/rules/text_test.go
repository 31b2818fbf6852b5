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

// TestAddressesCanBeFollowed makes sure that a link in a message to who is on call ends
// where it was written to end.
func TestAddressesCanBeFollowed(t *testing.T) {
	for text, want := range map[string]string{
		"https://wiki.example.com/Run books/pay.md":      "https://wiki.example.com/Run%20books/pay.md",
		"https://wiki.example.com/a%20b?q=x&y=(1)#top":   "https://wiki.example.com/a%20b?q=x&y=(1)#top",
		"https://wiki.example.com/{{ $labels.x }}/\"a\"": "https://wiki.example.com/%7B%7B%20$labels.x%20%7D%7D/%22a%22",
		"https://wiki.example.com/\u00fcber\n":           "https://wiki.example.com/%C3%BCber%0A",
	} {
		if got := Address(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"https://wiki.example.com/a b/{{ $labels.job }} c/{{ $value }}": "https://wiki.example.com/a%20b/{{ $labels.job }}%20c/{{ $value }}",
		"https://wiki.example.com/{{ $labels.job":                       "https://wiki.example.com/%7B%7B%20$labels.job",
		"https://wiki.example.com/a":                                    "https://wiki.example.com/a",
	} {
		if got := TemplateAddress(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
