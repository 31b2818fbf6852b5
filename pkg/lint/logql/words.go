package logql

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// word is one token: a name, a number, a string, an operator or a bracket.
type word struct {
	text       string
	start, end int
}

var token = regexp.MustCompile("^(?:\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`]*`|[A-Za-z_][\\w:]*|[0-9][\\w.]*|--[a-z-]+|\\|=|\\|~|\\|>|!=|!~|!>|=~|==|>=|<=|\\S)")

// split returns the words of the query, without comments.
func (p *parser) split() []word {
	var out []word
	for at := 0; at < len(p.text); {
		switch p.text[at] {
		case ' ', '\t', '\r', '\n':
			at++
		case '#':
			n := strings.IndexByte(p.text[at:], '\n')
			if n < 0 {
				n = len(p.text) - at
			}
			at += n
		default:
			w := word{token.FindString(p.text[at:]), at, 0}
			w.end = at + max(1, len(w.text))
			if w.text == `"` || w.text == "`" {
				p.fault(at, at+1, "the string is not closed", "close it with "+w.text)
				return out
			}
			out = append(out, w)
			at = w.end
		}
	}
	return out
}

// brackets finds brackets that are not closed, or close nothing.
func (p *parser) brackets() {
	var open []word
	closing := map[string]string{")": "(", "]": "[", "}": "{"}
	for _, w := range p.words {
		switch w.text {
		case "(", "[", "{":
			open = append(open, w)
		case ")", "]", "}":
			if len(open) == 0 || open[len(open)-1].text != closing[w.text] {
				p.fault(w.start, w.end, w.text+" closes nothing", "remove it, or open the bracket")
				return
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		w := open[len(open)-1]
		p.fault(w.start, w.end, w.text+" is not closed", "close it")
	}
}

func (w word) name() bool {
	return w.text != "" && (w.text[0] == '_' || w.text[0] >= 'a' && w.text[0] <= 'z' || w.text[0] >= 'A' && w.text[0] <= 'Z')
}

func (w word) number() bool { return w.text != "" && w.text[0] >= '0' && w.text[0] <= '9' }

// measure reports whether a number is one that labels are compared with: without a
// unit, or with one of time or of bytes.
func (w word) measure() bool {
	_, err := strconv.ParseFloat(w.text, 64)
	return err == nil || duration(w.text) || bytesUnit.MatchString(w.text)
}

var bytesUnit = regexp.MustCompile("^[0-9.]+[KMGTPEkmgtpe]?i?[Bb]?$")

// quoted returns the text of a string.
func (w word) quoted() (string, bool) {
	if len(w.text) < 2 || w.text[0] != '"' && w.text[0] != '`' {
		return "", false
	}
	s, err := strconv.Unquote(w.text)
	return s, err == nil
}

func (w word) is(texts ...string) bool { return slices.Contains(texts, w.text) }
