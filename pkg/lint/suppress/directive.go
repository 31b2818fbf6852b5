package suppress

import (
	"regexp"
	"strings"
	"time"
	"unicode"

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
	// annotation is set for what stands in an annotation, and not in a comment.
	annotation bool
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

// promruvalMark is where a comment of promruval begins, wherever in a line that is.
const promruvalMark = "ignore_validations:"

// parse reads the text of a comment, without its #. It returns false for a comment
// that asks for nothing.
func parse(text string) (directive, bool) {
	d := directive{text: strings.TrimSpace(text)}
	switch word, rest := cutWord(d.text); word {
	case "nthlayer", "NthLayer": // the name of the command, and that of the product
		return d.own(rest)
	}
	if rest, ok := behindPint(d.text); ok {
		return d.pint(rest)
	}
	if _, names, ok := strings.Cut(d.text, promruvalMark); ok {
		d.foreign = promruval
		for name := range strings.SplitSeq(withoutRemark(names), ",") {
			if name = strings.TrimSpace(name); name != "" {
				d.rules = append(d.rules, named{rule: name})
			}
		}
		return d, len(d.rules) > 0
	}
	return d.nearly()
}

// behindPint returns what follows the name of pint, which may stand behind a # of a
// comment, but not behind one that stands right behind another # or behind a word.
func behindPint(text string) (rest string, ok bool) {
	for {
		text = strings.TrimSpace(text)
		behind := strings.TrimLeftFunc(text, unicode.IsLetter)
		word := text[:len(text)-len(behind)]
		if behind == "" || behind[0] == ' ' || behind[0] == '\t' {
			if word == "pint" {
				return strings.TrimSpace(behind), true
			}
		} else {
			behind = behind[1:] // pint looks for the next # behind what is no letter
		}
		_, next, more := strings.Cut(behind, "#")
		if !more {
			return "", false
		}
		text = next
	}
}

// nearly tells a comment that is meant for us or for pint, and spelt so that it is not
// read.
func (d directive) nearly() (directive, bool) {
	if m := meant.FindStringSubmatch(d.text); m != nil {
		if verb := report.Nearest(strings.ToLower(m[1]), verbs()); verb != "" {
			return d.wrong("a comment for nthlayer begins with # nthlayer "+verb+", so this one is not read", "write # nthlayer "+verb+" rule-id (reason)"), true
		}
	}
	if m := meantForPint.FindStringSubmatch(d.text); m != nil {
		verb := strings.ToLower(m[1])
		return d.wrong("a comment for pint begins with # pint "+verb+", so pint does not read this one, and it leaves nothing out", "write # pint "+verb+" and the name of one check"), true
	}
	return directive{}, false
}

// meantForPint matches the name of pint in other spellings, as ## pint and # pint: have it.
var meantForPint = regexp.MustCompile(`(?i)^[#!@\s]*pint[\s:,=_-]+((?:file/)?(?:disable|snooze))\s.*\b[a-z]+/[a-z_]+`)

// meant matches our name in the spellings of other tools, as // nolint: and #! have them.
var meant = regexp.MustCompile(`(?i)^[#!@\s]*nthlayer[\s:/,=_-]+([a-z]+(?:-file)?)\b`)

// own reads # nthlayer disable a/b, c/d (reason).
func (d directive) own(rest string) (directive, bool) {
	verb, rest := cutWord(rest)
	if !contains(verbs(), verb) {
		near := report.Nearest(strings.ToLower(verb), verbs())
		if id, _, _ := strings.Cut(rest, " "); near == "" && known(id) {
			near = verbs()[0]
		}
		if near == "" {
			return d.nearly() // or a sentence that begins with our name
		}
		return d.wrong("nthlayer knows no "+verb+" in a comment", "write # nthlayer "+near), true
	}
	d.whole = strings.HasSuffix(verb, "-file")
	if strings.HasPrefix(verb, "snooze") {
		date, behind := cutWord(rest)
		until, ok := moment(date)
		if !ok {
			mistake, fix := noMoment(date)
			return d.wrong(mistake, fix+": # nthlayer "+verb+" 2026-12-31 rule-id (reason)"), true
		}
		d.until, rest = until, behind
	}
	m := ownRules.FindStringSubmatch(rest)
	if m == nil {
		return d.wrong(noRules(rest), "write # nthlayer "+verb+" rule-id, rule-id (reason)"), true
	}
	for _, id := range strings.FieldsFunc(m[1], separates) {
		d.rules = append(d.rules, named{rule: id})
	}
	d.reason = strings.TrimSpace(m[2])
	return d, true
}

// ownRules are ids that commas part, and a reason in brackets.
var ownRules = regexp.MustCompile(`^([a-z0-9-]+/[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+/[a-z0-9-]+)*)\s*(?:\((.*)\))?\s*$`)

// noRules says why a text is no list of rules with a reason.
func noRules(text string) string {
	first, behind := cutWord(text)
	ids, _, _ := strings.Cut(text, "(")
	switch {
	case first == "" || first[0] == '(':
		return "the comment names no rules"
	case strings.Contains(ids, "*"):
		return "there are no wildcards in comments, so every rule has to be named"
	case !strings.Contains(first, "/"):
		return first + " is no rule: ids have two parts, as in promql/impossible"
	case known(strings.TrimRight(first, ",")) && behind != "" && !strings.Contains(behind, "("):
		return "the reason stands without brackets"
	}
	return "the comment holds more than rules with commas between them and a reason in brackets"
}

// pintWords are what follows pint in a comment of its.
func pintWords() []string {
	return strings.Fields("disable snooze file/disable file/snooze file/owner rule/owner rule/set " +
		"ignore/begin ignore/end ignore/file ignore/line ignore/next-line")
}

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
	switch near := report.Nearest(verb, pintWords()); {
	case near != "" && near != verb:
		return d.wrong("pint knows no "+verb+" in a comment", "write # pint "+near), true
	case near != "" && scope == "ignore" && rest != "":
		return d.wrong("text stands behind "+verb+", so pint hides nothing for it", "write # pint "+verb+" alone"), true
	case scoped && !d.whole:
		return directive{}, false // rule/owner, rule/set; hidden.go reads ignore/...
	}
	switch word {
	case "disable":
	case "snooze":
		date, behind := cutWord(rest)
		until, ok := moment(date)
		if !ok {
			mistake, fix := noMoment(date)
			return d.wrong(mistake, fix+": # pint "+verb+" 2026-12-31 check"), true
		}
		d.until, rest = until, behind
	default:
		return directive{}, false
	}
	name, about, brackets := strings.Cut(rest, "(")
	first, more := cutWord(name)
	switch {
	case first == "":
		return d.wrong("the comment names no check", "write # pint "+verb+" with the name of a check"), true
	case more != "", strings.HasSuffix(first, ","), brackets && !strings.HasSuffix(about, ")"):
		fix := "write # pint " + verb + " with one name alone; other checks and the reason take comments of their own"
		if !d.until.IsZero() && first[0] >= '0' && first[0] <= '9' {
			fix = "write day and time as one word, as in # pint " + verb + " 2026-12-31T10:00:00Z check"
		}
		return d.wrong("the comment holds more than the name of one check, so pint leaves nothing out for it", fix), true
	}
	name = first
	about = strings.TrimSuffix(about, ")")
	if contains(ofLabels(), name) {
		about, _, _ = strings.Cut(about, ":") // and whether the label is needed, and its values
	}
	d.rules = []named{{rule: name, about: about}}
	return d, true
}

// ofLabels are the checks of pint that a comment names with a label or an annotation.
// Those of other checks stand behind theirs with their colons.
func ofLabels() []string { return strings.Fields("alerts/annotation promql/aggregate rule/label") }

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

// noMoment says why a text is no date, and how to put it right.
func noMoment(text string) (mistake, fix string) {
	const write = "write year, month and day, or a time with its zone"
	switch _, err := time.Parse(time.DateOnly, text); {
	case err != nil && strings.Contains(err.Error(), "out of range"):
		return "there is no day " + text, "write a day of the calendar"
	case text != "" && text[0] >= '0' && text[0] <= '9':
		return text + " is no date that is read here", write
	}
	return "a snooze needs a date behind it", write
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
