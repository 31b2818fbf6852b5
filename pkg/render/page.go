package render

import (
	"fmt"
	"slices"
	"strings"
)

// class is what a part of a page is worth. When a page is too long, classes are
// given up in the order of their values.
type class int

const (
	classPassing class = iota // services with which all is well
	classDetails              // figures behind a verdict, the portfolio, insights
	classInfo
	classWarning
	classUnknown // what could not be decided
	classTwice   // what is bad and told again by an error: gate decisions, rows of services and metrics
	classError
	classWorst // the first rows of the table of services, which says what the verdict is about
	classKeep  // never given up: the verdict and the foot
)

// part is a piece of a page that is kept or dropped as a whole: a table row, a
// list item, a folded block. Because parts are never cut, every tag and every
// fence that is opened is closed.
type part struct {
	class class
	// noun is what a dropped part is counted as, as "warning".
	noun string
	text string
}

// section is a run of parts that share a head, as a table's; head and foot go
// when the last part went.
type section struct {
	head, foot string
	parts      []part
}

func (s section) size() int {
	n := 0
	for _, p := range s.parts {
		n += len(p.text)
	}
	if n == 0 {
		return 0
	}
	return n + len(s.head) + len(s.foot)
}

func (s section) write(b *strings.Builder) {
	if s.size() == 0 {
		return
	}
	b.WriteString(s.head)
	for _, p := range s.parts {
		b.WriteString(p.text)
	}
	b.WriteString(s.foot)
}

// page is a text in sections, the last of them the foot.
type page struct{ sections []section }

// noteBytes is kept free for the sentence that says what is missing.
const noteBytes = 400

// fit returns the text of the page in at most limit bytes, without parts of the
// lowest class as far as that takes. What was dropped is counted, and note turns
// the count into the text that goes before the foot. The parts that are never
// dropped stay even where they alone exceed the limit; 0 is no limit.
func (p page) fit(limit int, note func(dropped string) string) string {
	size := 0
	for _, s := range p.sections {
		size += s.size()
	}
	dropped := make(map[string]int)
	if limit > 0 && size > limit {
		for c := classPassing; c < classKeep && size > limit-noteBytes; c++ {
			size = p.drop(c, size, limit-noteBytes, dropped)
		}
	}
	var b strings.Builder
	for i, s := range p.sections {
		if i == len(p.sections)-1 && len(dropped) > 0 {
			b.WriteString(note(droppedWords(dropped)))
		}
		s.write(&b)
	}
	return b.String()
}

// drop takes parts of one class away, the last first, until the size is in the
// limit or there are none left; it returns the new size.
func (p page) drop(c class, size, limit int, dropped map[string]int) int {
	for i := len(p.sections) - 1; i >= 0 && size > limit; i-- {
		s := &p.sections[i]
		before := s.size()
		kept := before
		for j := len(s.parts) - 1; j >= 0 && size-(before-kept) > limit; j-- {
			if s.parts[j].class != c || s.parts[j].text == "" {
				continue
			}
			kept -= len(s.parts[j].text)
			dropped[s.parts[j].noun]++
			s.parts[j].text = ""
		}
		size -= before - s.size()
	}
	return size
}

func droppedWords(dropped map[string]int) string {
	nouns := make([]string, 0, len(dropped))
	for noun := range dropped {
		nouns = append(nouns, noun)
	}
	slices.Sort(nouns)
	words := make([]string, 0, len(nouns))
	for _, noun := range nouns {
		words = append(words, count(dropped[noun], noun))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return fmt.Sprintf("%s and %s", strings.Join(words[:len(words)-1], ", "), words[len(words)-1])
}
