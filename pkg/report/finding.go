package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Severity is how bad a finding is.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Rank orders severities: 0 for error, 1 for warning, 2 for info.
func (s Severity) Rank() int {
	switch s {
	case Error:
		return 0
	case Warning:
		return 1
	case Info:
		return 2
	}
	return 2
}

// Position is a place in a file. Line and Column count from 1, in characters; 0 is
// not known. EndLine and EndColumn are the place behind the last character, 0 when
// only the start is known.
type Position struct {
	File      string
	Line      int
	Column    int
	EndLine   int
	EndColumn int
}

// String returns file:line:column, leaving out what is not known.
func (p Position) String() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
		if p.Column > 0 {
			s += ":" + strconv.Itoa(p.Column)
		}
	}
	return s
}

// Finding is one thing that is wrong, with the place, the rule and the fix.
type Finding struct {
	// Rule is <stage>/<name> in kebab case, as promql/syntax.
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Service  string   `json:"service,omitempty"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	EndLine  int      `json:"end_line,omitempty"`
	// EndColumn is the column behind the last character.
	EndColumn int `json:"end_column,omitempty"`
	// Message is one sentence about what is wrong.
	Message string `json:"message"`
	// Suggestion is one sentence about the fix.
	Suggestion  string `json:"suggestion,omitempty"`
	Fingerprint string `json:"fingerprint"`

	// Path is the YAML path of the value, as resources[2].spec.objective. It
	// keeps the fingerprint stable when lines move.
	Path string `json:"-"`
	// Value is what the finding is about where the message does not say it, or says more
	// numbers than that, as "always until 2030-01-31". A baseline knows the finding with
	// this value alone. Empty is the numbers of the message.
	Value string `json:"-"`
	// Snippet is the line of the file at Line, for terminals to show with a
	// caret under Column. Empty when there is none.
	Snippet string `json:"-"`
	// Fix puts the finding right for certain; nil when a person has to decide.
	Fix *Fix `json:"-"`
}

// At returns a finding of the rule at a place.
func At(p Position, rule string, severity Severity, message string) Finding {
	return Finding{
		Rule: rule, Severity: severity, Message: message,
		File: p.File, Line: p.Line, Column: p.Column, EndLine: p.EndLine, EndColumn: p.EndColumn,
	}
}

// Position returns the place of the finding.
func (f Finding) Position() Position {
	return Position{File: f.File, Line: f.Line, Column: f.Column, EndLine: f.EndLine, EndColumn: f.EndColumn}
}

// Compare orders findings by file, line, column, severity, rule, service and
// message.
func Compare(a, b Finding) int { return compare(&a, &b) }

func compare(a, b *Finding) int {
	if c := cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Service, b.Service),
		strings.Compare(a.Message, b.Message),
	)
}

// appendClass appends the message without the numbers that change from run to run, so
// that "burned 41.2 %" and "burned 41.3 %" are the same finding. A run may have
// hundreds of thousands of messages, which is why no regular expression does it.
func appendClass(out []byte, message string) []byte {
	text := strings.ToLower(message)
	for i := 0; i < len(text); {
		end := digits(text, i)
		if end == i {
			out = append(out, text[i])
			i++
			continue
		}
		if end < len(text) && text[end] == '.' {
			if more := digits(text, end+1); more > end+1 {
				end = more
			}
		}
		out = append(out, 'N')
		i = end
	}
	return out
}

// digits returns where the digits end that begin at i.
func digits(text string, i int) int {
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i
}

// printer makes fingerprints. It keeps the memory of the last text that it hashed.
type printer struct{ text []byte }

// fingerprint hashes the rule, the service (the file, where a finding belongs to
// no service), the YAML path and the message class. Lines and columns are left
// out on purpose: an inserted line must not make every finding below it new.
func (p *printer) fingerprint(f *Finding) string {
	text := append(append(p.text[:0], f.Rule...), 0)
	if f.Service == "" {
		text = append(append(text, "file:"...), f.File...)
	} else {
		text = append(append(text, "service:"...), f.Service...)
	}
	text = append(append(text, 0), f.Path...)
	text = append(appendClass(append(text, 0), f.Message), 0)
	p.text = text
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Normalise returns the findings sorted, without exact repeats and with
// fingerprints; a fingerprint that several findings share gets #2, #3 and so on
// in their order. The argument is left as it is.
func Normalise(findings []Finding) []Finding {
	out := sorted(findings)
	seen := make(map[string]int, len(out))
	var p printer
	for i := range out {
		fp := p.fingerprint(&out[i])
		seen[fp]++
		if n := seen[fp]; n > 1 {
			fp += "#" + strconv.Itoa(n)
		}
		out[i].Fingerprint = fp
	}
	return out
}

// sorted returns the findings in order, without exact repeats. Findings are large, so
// that their addresses are sorted, and often in order already.
func sorted(findings []Finding) []Finding {
	order := make([]*Finding, len(findings))
	for i := range findings {
		order[i] = &findings[i]
	}
	if !slices.IsSortedFunc(order, compare) {
		slices.SortStableFunc(order, compare)
	}
	order = slices.CompactFunc(order, func(a, b *Finding) bool { return compare(a, b) == 0 })
	out := slices.Grow(findings[:0:0], len(order))
	for _, f := range order {
		out = append(out, *f)
	}
	return out
}

// Count returns the number of errors, warnings and infos.
func Count(findings []Finding) (errors, warnings, infos int) {
	for _, f := range findings {
		switch f.Severity {
		case Error:
			errors++
		case Warning:
			warnings++
		case Info:
			infos++
		}
	}
	return errors, warnings, infos
}

// VerdictOf returns fail for any error, warn for any warning, else pass.
func VerdictOf(findings []Finding) Verdict {
	errors, warnings, _ := Count(findings)
	switch {
	case errors > 0:
		return Fail
	case warnings > 0:
		return Warn
	}
	return Pass
}
