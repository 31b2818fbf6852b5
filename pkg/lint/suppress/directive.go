package suppress

import (
	"regexp"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/report"
)

// directive is what one comment asks for.
type directive struct {
	// line and column are where the comment begins.
	line, column int
	// text is the comment without its #.
	text  string
	rules []named
	// until is when a snooze ends; zero for what is left out for good.
	until  time.Time
	reason string
	// whole is set for a comment about its file, foreign for one of another tool.
	whole   bool
	foreign tool
	// mistake says what is wrong with the comment, and fix how to put it right.
	mistake, fix string
}

// named is one rule of a comment; about is what the findings must be about, empty
// for all of the rule.
type named struct{ rule, about string }

// tool is whose comment it is.
type tool uint8

const (
	ours tool = iota
	pint
	promruval
)

// verbs are the words that follow nthlayer in a comment.
func verbs() []string { return []string{"disable", "disable-file", "snooze", "snooze-file"} }

// parse reads the text of a comment, without its #. It returns false for a comment
// that asks for nothing.
func parse(text string) (directive, bool) {
	d := directive{text: strings.TrimSpace(text)}
	word, rest := cutWord(d.text)
	switch word {
	case "nthlayer", "NthLayer": // the name of the command, and that of the product
		return d.own(rest)
	case "pint":
		return d.pint(rest)
	case "ignore_validations:":
		d.foreign = promruval
		for _, name := range strings.FieldsFunc(withoutRemark(rest), separates) {
			d.rules = append(d.rules, named{rule: name})
		}
		return d, len(d.rules) > 0
	}
	return directive{}, false
}

// own reads # nthlayer disable a/b, c/d (reason).
func (d directive) own(rest string) (directive, bool) {
	verb, rest := cutWord(rest)
	if !contains(verbs(), verb) {
		near := report.Nearest(verb, verbs())
		if near == "" {
			return directive{}, false // a sentence that begins with our name
		}
		return d.wrong("nthlayer knows no "+verb+" in a comment", "write # nthlayer "+near), true
	}
	d.whole = strings.HasSuffix(verb, "-file")
	if strings.HasPrefix(verb, "snooze") {
		date, behind := cutWord(rest)
		until, ok := moment(date)
		if !ok {
			return d.wrong("a snooze needs a date behind it", "write # nthlayer "+verb+" 2026-12-31 rule-id (reason)"), true
		}
		d.until, rest = until, behind
	}
	m := ownRules.FindStringSubmatch(rest)
	if m == nil {
		return d.wrong("the comment names no rules, or holds more than rules and a reason", "write # nthlayer "+verb+" rule-id, rule-id (reason)"), true
	}
	for _, id := range strings.FieldsFunc(m[1], separates) {
		d.rules = append(d.rules, named{rule: id})
	}
	d.reason = strings.TrimSpace(m[2])
	return d, true
}

// ownRules are ids that commas part, and a reason in brackets.
var ownRules = regexp.MustCompile(`^([a-z0-9-]+/[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+/[a-z0-9-]+)*)\s*(?:\((.*)\))?\s*$`)

// pint reads # pint disable promql/series(metric) and its kin. Its comments that
// switch nothing off belong to others, and are passed over.
func (d directive) pint(rest string) (directive, bool) {
	d.foreign = pint
	verb, rest := cutWord(rest)
	scope, word, scoped := strings.Cut(verb, "/")
	if !scoped {
		word = scope
	}
	d.whole = scoped && scope == "file"
	if scoped && !d.whole {
		return directive{}, false // rule/owner, rule/set; hidden.go reads ignore/...
	}
	rest = withoutRemark(rest)
	switch word {
	case "disable":
	case "snooze":
		date, behind := cutWord(rest)
		until, ok := moment(date)
		if !ok {
			return d.wrong("a snooze needs a date behind it", "write # pint "+verb+" 2026-12-31 check"), true
		}
		d.until, rest = until, behind
	default:
		return directive{}, false
	}
	name, about, _ := strings.Cut(rest, "(")
	if name = strings.TrimSpace(name); name == "" {
		return d.wrong("the comment names no check", "write # pint "+verb+" with the name of a check"), true
	}
	d.rules = []named{{rule: name, about: strings.TrimSuffix(strings.TrimSpace(about), ")")}}
	return d, true
}

func (d directive) wrong(mistake, fix string) directive {
	d.mistake, d.fix = mistake, fix
	return d
}

// expired reports whether a snooze is over. Without a time nothing is.
func (d directive) expired(now time.Time) bool {
	return !d.until.IsZero() && !now.IsZero() && !now.Before(d.until)
}

// moment reads a date, which begins at midnight UTC, or a time.
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func cutWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	at := strings.IndexAny(text, " \t")
	if at < 0 {
		return text, ""
	}
	return text[:at], strings.TrimSpace(text[at:])
}

// withoutRemark cuts a comment behind a comment.
func withoutRemark(text string) string {
	text, _, _ = strings.Cut(text, " #")
	return strings.TrimSpace(text)
}

func separates(r rune) bool { return r == ',' || r == ' ' || r == '\t' }
