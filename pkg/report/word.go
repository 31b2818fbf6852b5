package report

import "strings"

// Word returns where a text has a word that is not part of a longer one, and false where it
// has none. Letters and digits of ASCII make words longer, and so does each character of
// joining. The empty word is nowhere.
func Word(text, word, joining string) (at int, found bool) {
	joins := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(joining, c) >= 0
	}
	for from := 0; word != ""; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			break
		}
		at, end := from+i, from+i+len(word)
		if (at == 0 || !joins(text[at-1])) && (end == len(text) || !joins(text[end])) {
			return at, true
		}
		from = at + 1
	}
	return 0, false
}
