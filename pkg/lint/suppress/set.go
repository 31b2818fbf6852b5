package suppress

import (
	"regexp"
	"sort"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// Set is the comments of several files, against which findings are held.
type Set struct {
	o     Options
	files []*File
	named map[string]*File
	// covers tell which comment covers a line, by file and rule.
	covers map[string]map[string][]cover
	// Suppressed is how many findings were left out.
	Suppressed int
}

// cover is, for each line, the number of the comment that is about it, counted
// from 1; the innermost where there are several. About is what a finding must
// mention.
type cover struct {
	about string
	by    []int32
}

// NewSet returns the comments of files, of which any may be nil.
func NewSet(o Options, files []*File) *Set {
	s := &Set{o: o, named: map[string]*File{}, covers: map[string]map[string][]cover{}}
	for _, f := range files {
		if f == nil {
			continue
		}
		s.files = append(s.files, f)
		s.named[f.name] = f
		s.covers[f.name] = s.cover(f)
	}
	return s
}

// cover paints the lines that each comment is about. Comments of one rule are
// about objects inside one another or apart, so the later one is the inner one.
func (s *Set) cover(f *File) map[string][]cover {
	out := map[string][]cover{}
	seen := map[string]bool{}
	for i, c := range f.comments {
		if c.mistake != "" || c.expired(s.o.Now) || c.about == (span{}) {
			continue
		}
		for _, n := range c.rules {
			for _, t := range s.targets(c.foreign, n) {
				key := strings.Join([]string{t.rule, t.about, c.about.String()}, " ")
				if !seen[key] {
					out[t.rule] = paint(out[t.rule], t.about, c.about, int32(i+1), len(f.outline.lines)+1) //nolint:gosec // a file has no more comments than bytes
				}
				seen[key] = true
			}
		}
	}
	return out
}

func paint(covers []cover, about string, lines span, number int32, size int) []cover {
	at := -1
	for i := range covers {
		if covers[i].about == about {
			at = i
		}
	}
	if at < 0 {
		covers = append(covers, cover{about: about, by: make([]int32, size)})
		at = len(covers) - 1
	}
	for l := lines.from; l <= min(lines.to, size-1); l++ {
		covers[at].by[l] = number
	}
	return covers
}

// targets returns the rules of ours that a name in a comment stands for, and what
// their findings must be about.
func (s *Set) targets(of tool, n named) []named {
	var out []named
	for _, id := range ourRules(of, n.rule) {
		out = append(out, named{rule: id, about: n.about})
	}
	if of != promruval {
		return out
	}
	for _, id := range s.o.Names[n.rule] {
		out = append(out, named{rule: id, about: "(rule " + n.rule + ")"}) // other rules have the same validators
	}
	return out
}

// fixed reports whether no comment reaches a rule.
func (s *Set) fixed(id string) bool { return contains(s.o.Locked, id) || Immune(id) }

// Immune reports whether a rule is out of reach of comments whatever the
// organisation says: those about the gate and about what a change weakens, since
// the comment is part of the change, and those about files that nobody can read.
func Immune(id string) bool {
	stage, _, _ := strings.Cut(id, "/")
	return contains([]string{"gate", "change", "yaml", "suppress", "verify", "generate", "push", "import", "test"}, stage)
}

// Apply returns the findings that no comment leaves out, and counts the others. It
// may be called for several parts of a run.
func (s *Set) Apply(findings []report.Finding) []report.Finding {
	if len(s.files) == 0 {
		return findings
	}
	kept := make([]report.Finding, 0, len(findings))
	for _, f := range findings {
		if s.leavesOut(f) {
			s.Suppressed++
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

func (s *Set) leavesOut(f report.Finding) bool {
	file := s.named[f.File]
	if file == nil || s.fixed(f.Rule) {
		return false
	}
	if file.hides(f.Line) {
		return true
	}
	for _, c := range s.covers[f.File][f.Rule] {
		if f.Line >= len(c.by) || c.by[f.Line] == 0 || !mentions(f, c.about) {
			continue
		}
		file.comments[c.by[f.Line]-1].used[f.Rule] = true
		return true
	}
	return false
}

// hides reports whether a comment of pint hides a line. Hidden lines are sorted.
func (f *File) hides(line int) bool {
	at := sort.Search(len(f.hidden), func(i int) bool { return f.hidden[i].to >= line })
	return at < len(f.hidden) && f.hidden[at].has(line)
}

// mentions reports whether a finding is about a metric or a selector, as pint writes
// them behind the name of a check. A tag or a server in that place is about neither,
// and a word in quotes is the value of a label.
func mentions(f report.Finding, about string) bool {
	name, matchers, _ := strings.Cut(about, "{")
	if name != "" && !regexp.MustCompile(`(^|[^\w:"])`+regexp.QuoteMeta(name)+`($|[^\w:"])`).MatchString(f.Message) {
		return false
	}
	for m := range strings.SplitSeq(strings.TrimSuffix(matchers, "}"), ",") {
		if m = strings.TrimSpace(m); !strings.Contains(f.Message, m) && !strings.Contains(f.Snippet, m) {
			return false
		}
	}
	return true
}
