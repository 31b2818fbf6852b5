package report

// Clip returns at most so many characters of a text that a sentence quotes; a cut
// ends in three dots, which count.
func Clip(text string, most int) string {
	const dots = "..."
	if len(text) <= most { // no text has more characters than bytes
		return text
	}
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:max(most-len(dots), 0)]) + dots
}
