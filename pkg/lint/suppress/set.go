package suppress

import (
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
	covers map[string]map[string]*cover
	// Suppressed is how many findings were left out.
	Suppressed int
}

// NewSet returns the comments of files, of which any may be nil.
func NewSet(o Options, files []*File) *Set {
	s := &Set{o: o, named: map[string]*File{}, covers: map[string]map[string]*cover{}}
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

// cover returns the comments that leave something out, by rule.
func (s *Set) cover(f *File) map[string]*cover {
	out := map[string]*cover{}
	for i, c := range f.comments {
		if c.mistake != "" || c.expired(s.o.Now) || c.about == (span{}) {
			continue
		}
		for _, n := range c.rules {
			for _, t := range s.targets(c.foreign, n) {
				if out[t.rule] == nil {
					out[t.rule] = &cover{by: map[string]*marks{}}
				}
				out[t.rule].add(t.about, mark{span: c.about, number: i})
			}
		}
	}
	for _, c := range out {
		c.nest()
	}
	return out
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
// the comment is part of the change, and those about what nobody can read or answer.
func Immune(id string) bool {
	if contains([]string{"spec/unreadable", "query/unanswered", "pint/unanswered"}, id) {
		return true
	}
	stage, _, _ := strings.Cut(id, "/")
	return contains([]string{"gate", "change", "yaml", "suppress", "verify", "generate", "push", "import", "test", "tech"}, stage)
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
	c := s.covers[f.File][f.Rule]
	if c == nil {
		return false
	}
	number, found := c.of(f)
	if found {
		file.comments[number].used[f.Rule] = true
	}
	return found
}

// hides reports whether a comment of pint hides a line. Hidden lines are sorted.
func (f *File) hides(line int) bool {
	at := sort.Search(len(f.hidden), func(i int) bool { return f.hidden[i].to >= line })
	return at < len(f.hidden) && f.hidden[at].has(line)
}
