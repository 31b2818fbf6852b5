package suppress

import (
	"cmp"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// cover is the comments of a file that leave findings of one rule out.
type cover struct {
	// by has them by what a finding must be about; order is how that was first met, and
	// odd those about more than a name.
	by         map[string]*marks
	order, odd []*marks
}

// marks are the comments about one thing.
type marks struct {
	about string
	first int
	list  []mark
}

// mark is a comment, by its number in the file, and the lines that it is about. Around
// is the mark that stands around it, or -1.
type mark struct {
	span
	number, around int
}

func (c *cover) add(about string, m mark) {
	of := c.by[about]
	if of == nil {
		of = &marks{about: about, first: len(c.order)}
		c.by[about] = of
		c.order = append(c.order, of)
		if about != "" && !word.MatchString(about) {
			c.odd = append(c.odd, of)
		}
	}
	of.list = append(of.list, m)
}

// nest sorts the comments and links each to the one around it. Of those about the same
// lines the first counts: the others are too many.
func (c *cover) nest() {
	for _, of := range c.order {
		slices.SortStableFunc(of.list, func(a, b mark) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
		of.list = slices.CompactFunc(of.list, func(a, b mark) bool { return a.span == b.span })
		var around []int
		for i := range of.list {
			m := &of.list[i]
			for len(around) > 0 && of.list[around[len(around)-1]].to < m.from {
				around = around[:len(around)-1]
			}
			m.around = -1
			if len(around) > 0 {
				m.around = around[len(around)-1]
			}
			around = append(around, i)
		}
	}
}

// of returns the number of the innermost comment that leaves a finding out.
func (c *cover) of(f report.Finding) (number int, found bool) {
	for _, of := range c.candidates(f) {
		if i := of.covering(f.Line); i >= 0 && mentions(f, of.about) {
			return of.list[i].number, true
		}
	}
	return 0, false
}

// candidates returns what a finding may be about, in the order of the comments. A name
// is looked up among the words of the message, of which there are few, where a file may
// have thousands of comments.
func (c *cover) candidates(f report.Finding) []*marks {
	const few = 16
	if len(c.order) <= few {
		return c.order
	}
	out := slices.Clone(c.odd)
	for _, about := range append(words.FindAllString(f.Message, -1), "") {
		if of := c.by[about]; of != nil && !slices.Contains(out, of) {
			out = append(out, of)
		}
	}
	slices.SortFunc(out, func(a, b *marks) int { return cmp.Compare(a.first, b.first) })
	return out
}

// words are the names in a message, word is a text that is one.
var (
	words = regexp.MustCompile(`[\w:]+`)
	word  = regexp.MustCompile(`^[\w:]+$`)
)

// covering returns the innermost mark that has a line, or -1.
func (m *marks) covering(line int) int {
	i := sort.Search(len(m.list), func(i int) bool { return m.list[i].from > line }) - 1
	for i >= 0 && !m.list[i].has(line) {
		i = m.list[i].around
	}
	return i
}

// mentions reports whether a finding is about a metric or a selector, as pint writes
// them behind the name of a check. A tag or a server in that place is about neither,
// and a word in quotes is the value of a label.
func mentions(f report.Finding, about string) bool {
	name, matchers, _ := strings.Cut(about, "{")
	if _, named := report.Word(f.Message, name, `_:"`); name != "" && !named {
		return false
	}
	for m := range strings.SplitSeq(strings.TrimSuffix(matchers, "}"), ",") {
		if m = strings.TrimSpace(m); !strings.Contains(f.Message, m) && !strings.Contains(f.Snippet, m) {
			return false
		}
	}
	return true
}
