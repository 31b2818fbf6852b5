package pint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// pages is where the documentation of pint is.
const pages = "https://cloudflare.github.io/pint/"

// checkName is the form of pint's names of checks, and of their pages.
var checkName = regexp.MustCompile(`^[a-z]+/[a-z_]+$`)

// link is a link of Markdown, as pint writes it.
var link = regexp.MustCompile(`\[([^\]\n]*)\]\((https?://[^)\s]+)\)`)

// findings returns the problems in our words. A problem of a file that was not asked
// about is an error: whatever wrote it did not look at the files that it was given.
func findings(problems []Problem, files []lint.File) ([]report.Finding, error) {
	lines, texts := map[string][]string{}, map[string][]byte{}
	for _, f := range files {
		texts[f.Name] = f.Data
	}
	var out []report.Finding
	for len(problems) > 0 {
		p, n := problems[0], repeats(problems)
		problems = problems[n:]
		text, asked := texts[p.Path]
		if !asked {
			return nil, fmt.Errorf("it reports %q, a file that it was not given", report.Clip(p.Path, 200))
		}
		if lines[p.Path] == nil {
			lines[p.Path] = report.Lines(text)
		}
		out = append(out, finding(p, n, lines[p.Path]))
	}
	return out, nil
}

// repeats returns how many problems at the beginning look the same. They are about
// different things, which the report does not tell.
func repeats(problems []Problem) int {
	n := 1
	for n < len(problems) && same(problems[0], problems[n]) {
		n++
	}
	return n
}

func same(a, b Problem) bool {
	return a.Path == b.Path && a.Reporter == b.Reporter && a.Problem == b.Problem && a.Details == b.Details && a.Severity == b.Severity && slices.Equal(a.Lines, b.Lines)
}

// The longest texts, in characters.
const (
	maxProblem = 300
	maxDetails = 400
	maxShown   = 400
)

func finding(p Problem, times int, lines []string) report.Finding {
	first, last := p.Span()
	at := report.Position{File: p.Path, Line: min(first, len(lines)), EndLine: min(last, len(lines))}
	message := "pint " + oneLine(p.Reporter, 60) + ": " + oneLine(p.Problem, maxProblem)
	if times > 1 {
		message += fmt.Sprintf(" (%d times)", times)
	}
	f := report.At(at, RuleOf(p.Reporter, p.Problem), severities()[p.Severity], message)
	f.Suggestion = advice(p) + " See " + page(p.Reporter)
	f.Path = pathPrefix + p.Reporter
	if at.Line > 0 {
		if line := strings.TrimRight(lines[at.Line-1], "\r"); len(line) <= maxShown && utf8.ValidString(line) {
			f.Snippet = line
		}
	}
	return f
}

// advice is the first sentence of what pint adds to a problem, but for links to pages
// of Prometheus. What it draws in the terminal, as the place in the line and the name of
// a label, is not in its report as JSON.
func advice(p Problem) string {
	for sentence := range strings.SplitAfterSeq(oneLine(p.Details, maxDetails), ". ") {
		if sentence = strings.TrimSpace(sentence); sentence != "" && !link.MatchString(sentence) && !strings.HasSuffix(sentence, "...") {
			return strings.TrimSuffix(sentence, ".") + "."
		}
	}
	return "pint lint " + p.Path + " shows what it is about, which its report as JSON leaves out."
}

// pathPrefix stands before the name of the check in the path of a finding of pint. It
// keeps its fingerprint apart from those of ours.
const pathPrefix = "pint "

// page is where pint explains a check.
func page(check string) string {
	if !checkName.MatchString(check) {
		return pages
	}
	return pages + "checks/" + check + ".html"
}

func oneLine(text string, most int) string {
	return report.Clip(strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " "), most)
}

// Topic tells findings of one rule about the same lines apart: those about how a
// number is printed, those about what cannot be read, and those about a label that a join
// is in the way of from the others.
func Topic(text string) string {
	for _, topic := range []string{"humanize", unreadable, "orphaned label"} {
		if strings.Contains(text, topic) {
			return topic
		}
	}
	return ""
}

// unreadable is the topic of what pint cannot read.
const unreadable = "syntax error"

// Topics returns the topics of pint's that a finding of ours covers. Only an error of ours
// says that something cannot be read.
func Topics(f report.Finding) []string {
	out := []string{Topic(f.Message + f.Suggestion)}
	if f.Severity == report.Error || f.Rule == "promql/syntax" {
		out = append(out, unreadable)
	}
	return out
}

// place is what findings must share to be about the same thing.
type place struct{ file, rule, topic string }

// spans are ranges of lines by where they begin.
type spans struct {
	from []int
	// reach is the last line of this and of all before it.
	reach []int
}

// Only returns what pint finds and we do not: what is left when everything is gone
// of which one of ours has the same rule and a line in common. Ours knows the
// characters that it is about, and pint's the lines.
func Only(theirs, ours []report.Finding) []report.Finding {
	known := map[place]*spans{}
	sorted := slices.Clone(ours)
	slices.SortStableFunc(sorted, func(a, b report.Finding) int { return cmp.Compare(a.Line, b.Line) })
	for _, f := range sorted {
		for _, topic := range Topics(f) {
			at := place{f.File, f.Rule, topic}
			if known[at] == nil {
				known[at] = &spans{}
			}
			known[at].add(f.Line, max(f.Line, f.EndLine))
		}
	}
	ids := map[string][]string{}
	return slices.DeleteFunc(slices.Clone(theirs), func(f report.Finding) bool {
		check := strings.TrimPrefix(f.Path, pathPrefix)
		if _, ok := ids[check]; !ok {
			ids[check] = Ours(check)
		}
		return slices.ContainsFunc(ids[check], func(rule string) bool {
			s := known[place{f.File, rule, Topic(f.Message)}]
			return s != nil && s.meet(f.Line, max(f.Line, f.EndLine))
		})
	})
}

func (s *spans) add(from, to int) {
	if n := len(s.reach); n > 0 {
		to = max(to, s.reach[n-1])
	}
	s.from, s.reach = append(s.from, from), append(s.reach, to)
}

// meet reports whether one of the spans has a line in common with this one.
func (s *spans) meet(from, to int) bool {
	at, _ := slices.BinarySearch(s.from, to+1)
	return at > 0 && s.reach[at-1] >= from
}
