package logql

import "regexp"

// streams reads a selector of streams.
func (p *parser) streams() {
	open := p.take()
	picks := false
	for !p.stopped() && !p.at().is("}") {
		picks = p.matcher() || picks
		if !p.took(",") && !p.at().is("}") {
			p.unexpected()
			return
		}
	}
	if p.stopped() {
		return
	}
	end := p.take().end
	if !picks {
		p.fault(open.start, end, "the selector picks every stream, which Loki refuses", `name a label with a value, as in {app="checkout"}`)
	}
}

// matcher reads one matcher, and reports whether it asks for a label that is there.
func (p *parser) matcher() bool {
	name, op, value := p.ahead(0), p.ahead(1), p.ahead(2)
	text, quoted := value.quoted()
	if !name.name() || !op.is("=", "!=", "=~", "!~") || !quoted {
		if op.is("=", "!=", "=~", "!~") && (value.name() || value.number()) {
			p.fault(value.start, value.end, "the value of a matcher stands in quotes", `write `+name.text+op.text+`"`+value.text+`"`)
		}
		p.unexpected()
		return false
	}
	p.next += 3
	switch op.text {
	case "=":
		return text != ""
	case "=~":
		re := p.regexp(value, text)
		return re != nil && !re.MatchString("")
	case "!~":
		re := p.regexp(value, text)
		return re != nil && re.MatchString("")
	}
	return text == ""
}

// regexp reads a regular expression that has to match a whole text.
func (p *parser) regexp(w word, text string) *regexp.Regexp {
	re, err := regexp.Compile("^(?s:" + text + ")$")
	if err != nil {
		p.fault(w.start, w.end, "the text is no regular expression: "+reason(text), "correct it; in double quotes every backslash is written twice, in backticks once")
	}
	return re
}

// reason says why a text is no regular expression.
func reason(text string) string {
	if _, err := regexp.Compile(text); err != nil {
		return err.Error()
	}
	return "a bracket closes nothing"
}

// stages reads what is done with each line.
func (p *parser) stages() {
	for !p.stopped() && !p.done() {
		switch {
		case p.at().is("|=", "|~", "!=", "!~", "|>", "!>"):
			p.lineFilter()
		case p.took("|"):
			p.stage()
		default:
			return
		}
	}
}

func (p *parser) lineFilter() {
	op := p.take()
	for {
		w := p.at()
		text, ok := w.quoted()
		if !ok {
			if p.done() {
				p.unexpected()
			}
			p.outside(w) // ip("...")
			return
		}
		p.next++
		if op.is("|~", "!~") {
			if _, err := regexp.Compile(text); err != nil {
				p.fault(w.start, w.end, "the text is no regular expression: "+err.Error(), "correct it; in double quotes every backslash is written twice, in backticks once")
				return
			}
		}
		if !p.took("or") {
			return
		}
	}
}

// stage reads what stands behind a pipe.
func (p *parser) stage() {
	switch w := p.at(); {
	case w.is("json", "logfmt"):
		p.next++
		for p.at().is("--strict", "--keep-empty") {
			p.next++
		}
		p.pairs()
	case w.is("unpack", "decolorize"):
		p.next++
	case w.is("regexp", "pattern", "line_format"):
		p.next++
		p.text1()
	case w.is("drop", "keep"):
		p.next++
		p.pairs()
	case w.is("unwrap") && p.ahead(1).name() && !p.ahead(2).is("("):
		p.next += 2
	case w.name() && p.ahead(1).is("=", "==", "!=", "=~", "!~", ">", ">=", "<", "<="):
		p.labelFilter()
	default:
		p.unexpected()
	}
}

func (p *parser) text1() {
	if _, ok := p.at().quoted(); !ok {
		p.unexpected()
		return
	}
	p.next++
}

// pairs reads names, each with or without a value, separated by commas.
func (p *parser) pairs() {
	for p.at().name() && !p.stopped() {
		p.next++
		if p.at().is("=", "!=", "=~", "!~") {
			if _, ok := p.ahead(1).quoted(); ok {
				p.next += 2
			}
		}
		if !p.took(",") {
			return
		}
	}
}

// labelFilter reads comparisons of labels.
func (p *parser) labelFilter() {
	for {
		if !p.at().name() || !p.ahead(1).is("=", "==", "!=", "=~", "!~", ">", ">=", "<", "<=") {
			p.unexpected()
			return
		}
		op, value := p.ahead(1), p.ahead(2)
		text, quoted := value.quoted()
		if !quoted && !value.number() {
			p.next += 2
			p.unexpected()
			return
		}
		p.next += 3
		if op.is("=~", "!~") && p.regexp(value, text) == nil {
			return
		}
		if !p.took("and") && !p.took("or") && !p.took(",") {
			return
		}
	}
}
