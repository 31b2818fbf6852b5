// Package logql reads the part of LogQL that alerts on logs are made of: streams,
// filters of lines, parsers, filters of labels, aggregations over time and over
// labels, and comparisons. It tells what is wrong where Loki is sure to refuse a
// query, and where a query goes beyond what it knows.
package logql

import (
	"regexp"
	"unicode/utf8"
)

// MaxBytes is how long a query may be to be read.
const MaxBytes = 128 << 10

// maxDepth is how deep brackets may nest.
const maxDepth = 100

// Query is what is known of a query.
type Query struct {
	// Fault is why Loki refuses the query; nil when nothing says that it does.
	Fault *Fault
	// Outside is where the query goes beyond what is read here; nil when all of it
	// was read.
	Outside *Span
	// Lines is set for a query that returns lines and no numbers.
	Lines bool
}

// Span is a range of bytes of a query.
type Span struct{ Start, End int }

// Fault is a mistake, with the place and the way out.
type Fault struct {
	Span
	Message, Fix string
	// Literal is set where another text or number at this place would be right.
	Literal bool
}

// Parse reads a query.
func Parse(text string) Query {
	if len(text) > MaxBytes || !utf8.ValidString(text) {
		return Query{Outside: &Span{0, len(text)}}
	}
	p := &parser{text: text}
	p.words = p.split()
	p.brackets()
	if p.stopped() {
		return p.query
	}
	if p.at().text == "{" {
		p.query.Lines = true
		p.streams()
		p.stages()
	} else {
		p.numbers(0)
	}
	if !p.stopped() && !p.done() {
		p.outside(p.at())
	}
	return p.query
}

// parser reads the words of a query one after the other. After the first mistake, or
// the first word that it does not know, it reads no more.
type parser struct {
	text  string
	words []word
	next  int
	query Query
}

// stopped reports whether nothing more is read.
func (p *parser) stopped() bool { return p.query.Fault != nil || p.query.Outside != nil }

func (p *parser) done() bool { return p.next >= len(p.words) }

// at returns the word that comes next. Behind the end that is an empty one.
func (p *parser) at() word { return p.ahead(0) }

func (p *parser) ahead(n int) word {
	if p.next+n < len(p.words) {
		return p.words[p.next+n]
	}
	return word{start: len(p.text), end: len(p.text)}
}

func (p *parser) take() word {
	w := p.at()
	p.next++
	return w
}

// took takes a word if it comes next.
func (p *parser) took(text string) bool {
	if p.stopped() || p.done() || p.at().text != text {
		return false
	}
	p.next++
	return true
}

// want takes a word that has to come next.
func (p *parser) want(text string) bool {
	if p.took(text) {
		return true
	}
	p.unexpected()
	return false
}

func (p *parser) outside(w word) {
	if !p.stopped() {
		p.query.Outside = &Span{w.start, max(w.end, w.start)}
	}
}

func (p *parser) fault(start, end int, message, fix string) {
	if !p.stopped() {
		p.query.Fault = &Fault{Span{start, end}, message, fix, false}
	}
}

// wrong stops at a text or a number that is not what stands at this place.
func (p *parser) wrong(w word, message, fix string) {
	if !p.stopped() {
		p.query.Fault = &Fault{Span{w.start, w.end}, message, fix, true}
	}
}

// comma takes a comma, which stands behind no last element.
func (p *parser) comma(closing ...string) bool {
	w := p.at()
	if !p.took(",") {
		return false
	}
	if p.at().is(closing...) {
		p.fault(w.start, w.end, "nothing stands behind the comma", "remove it")
	}
	return true
}

// unexpected stops at a word that nothing is known of. A query that ends too early
// is a mistake.
func (p *parser) unexpected() {
	if p.done() {
		p.fault(max(0, len(p.text)-1), len(p.text), "the query ends too early", "complete it")
		return
	}
	p.outside(p.at())
}

// Ranges returns the ranges in brackets that a query writes out, with their brackets.
func Ranges(text string) []Span {
	p := &parser{text: text}
	p.words = p.split()
	var out []Span
	for i := range len(p.words) - min(2, len(p.words)) {
		if p.words[i].is("[") && duration(p.words[i+1].text) && p.words[i+2].is("]") {
			out = append(out, Span{p.words[i].start, p.words[i+2].end})
		}
	}
	return out
}

// NamesMetric reports whether a metric is written before a selector, as in
// up{job="a"}, which PromQL has and LogQL has not.
func NamesMetric(text string) bool {
	p := &parser{text: text}
	p.words = p.split()
	for i := range len(p.words) - min(1, len(p.words)) {
		if p.words[i+1].is("{") && p.words[i].name() && !p.words[i].is("and", "or", "unless", "bool") {
			return true
		}
	}
	return false
}

// Looks reports whether a text has what follows a stream selector in LogQL and stands
// nowhere in PromQL: a filter of lines, or a parser behind a pipe.
func Looks(text string) bool { return behindSelector.MatchString(text) }

var behindSelector = regexp.MustCompile("\\}\\s*(\\|=|\\|~|!=\\s*[\"`]|!~\\s*[\"`]|\\|>|\\|\\s*[a-z_]+)")
