package loki

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// counted is what the recogniser reads out of a rule's expression.
type counted struct {
	by       []string
	matchers []string
	// lines picks lines before they are read; empty takes all.
	lines   string
	stages  []string
	pattern string
	window  time.Duration
	more    int
}

// logQL recognises the part of LogQL that rules are written in. It reads a text
// from left to right and keeps the first error.
type logQL struct {
	rest string
	err  error
}

var (
	name    = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*`)
	literal = regexp.MustCompile("^(`[^`\r]*`|\"(?:[^\"\\\\\n]|\\\\.)*\")")
	op      = regexp.MustCompile(`^(=~|!~|!=|=)`)
	number  = regexp.MustCompile(`^[0-9]+$`)
	length  = regexp.MustCompile(`^[0-9a-z]+`)
)

func recognise(text string) (counted, error) {
	p := &logQL{rest: text}
	var c counted
	p.word("sum")
	p.word("by")
	p.word("(")
	c.by = p.list(func() string { return p.take(name, "a label") })
	p.word(")")
	p.word("(")
	p.word("count_over_time")
	p.word("(")
	p.word("{")
	c.matchers = p.list(p.matcher)
	p.word("}")
	p.pipeline(&c)
	p.word("[")
	d, err := model.ParseDuration(p.take(length, "a duration"))
	p.fail(err)
	c.window = time.Duration(d)
	for _, w := range []string{"]", ")", ")", ">"} {
		p.word(w)
	}
	if !number.MatchString(p.rest) {
		p.fail(fmt.Errorf("%q is no number", p.rest))
	}
	c.more, _ = strconv.Atoi(p.rest)
	return c, p.err
}

func (p *logQL) fail(err error) {
	if p.err == nil && err != nil {
		p.err = fmt.Errorf("before %q: %w", p.rest, err)
	}
}

func (p *logQL) word(w string) {
	if p.err != nil {
		return
	}
	rest, ok := strings.CutPrefix(p.rest, w)
	if !ok {
		p.fail(fmt.Errorf("want %s", w))
	}
	p.rest = strings.TrimLeft(rest, " ")
}

func (p *logQL) take(form *regexp.Regexp, what string) string {
	got := form.FindString(p.rest)
	if p.err != nil || got == "" {
		p.fail(fmt.Errorf("want %s", what))
		return ""
	}
	p.rest = strings.TrimLeft(p.rest[len(got):], " ")
	return got
}

func (p *logQL) list(item func() string) []string {
	out := []string{item()}
	for p.err == nil && strings.HasPrefix(p.rest, ",") {
		p.word(",")
		out = append(out, item())
	}
	return out
}

func (p *logQL) text() string {
	s, err := strconv.Unquote(p.take(literal, "a string"))
	p.fail(err)
	return s
}

func (p *logQL) matcher() string {
	label := p.take(name, "a label")
	how := p.take(op, "=, !=, =~ or !~")
	value := p.text()
	if strings.HasSuffix(how, "~") {
		_, err := regexp.Compile(value)
		p.fail(err)
	}
	return label + how + value
}

// pipeline reads the stages and, as the last of them, the pattern of the lines.
func (p *logQL) pipeline(c *counted) {
	for p.err == nil && strings.HasPrefix(p.rest, "| ") {
		p.word("|")
		stage := p.take(name, "a stage")
		switch stage {
		case "json", "logfmt":
			p.list(p.matcher)
		case "line_format":
			p.text()
		case "drop":
			p.list(func() string { return p.take(name, "a label") })
		default:
			p.fail(fmt.Errorf("there is no stage %s", stage))
		}
		c.stages = append(c.stages, stage)
	}
	c.pattern = p.filter()
	if p.err == nil && strings.HasPrefix(p.rest, "|~") {
		c.lines, c.pattern = c.pattern, p.filter()
	}
}

func (p *logQL) filter() string {
	p.word("|~")
	pattern := p.text()
	_, err := regexp.Compile(pattern)
	p.fail(err)
	return pattern
}
