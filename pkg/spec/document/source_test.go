package document

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Long lines are counted in steps, short ones character by character.
func TestPlacesInALongLine(t *testing.T) {
	for name, text := range map[string]string{
		"plain":     strings.Repeat("a", 3000) + "\n" + strings.Repeat("b", 2000),
		"wide":      strings.Repeat("aé漢", 700) + "\r\n" + strings.Repeat("é", 1500) + "\n\nx",
		"broken":    strings.Repeat("a\xff\xe6", 900) + "\n" + strings.Repeat("\xc3", 1100),
		"steps":     strings.Repeat("漢", countEvery) + "\n" + strings.Repeat("漢", 2*countEvery),
		"one break": "\n" + strings.Repeat("x", 1300),
	} {
		s := newSource([]byte(text))
		for at := 0; at <= len(text); {
			before := text[:at]
			start := 1 + strings.LastIndexByte(before, '\n')
			line, column := 1+strings.Count(before, "\n"), 1+utf8.RuneCountInString(before[start:])
			if l, c := s.place(at); l != line || c != column {
				t.Fatalf("%s: offset %d is at %d:%d, want %d:%d", name, at, l, c, line, column)
			}
			if got := s.offset(line, column); got != at {
				t.Fatalf("%s: %d:%d is offset %d, want %d", name, line, column, got, at)
			}
			_, w := utf8.DecodeRuneInString(text[at:])
			at += max(w, 1)
		}
		if end := strings.IndexByte(text, '\n'); s.offset(1, 5000) != end {
			t.Errorf("%s: behind the first line is offset %d, want %d", name, s.offset(1, 5000), end)
		}
	}
}
