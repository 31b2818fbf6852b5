package logql

import "regexp"

// streams reads a selector of streams.
func (p *parser) streams() {
	open := p.take()
	picks := false
	for !p.stopped() && !p.at().is("}") {
		picks = p.matcher() || picks
		if !p.comma("}") && !p.at().is("}") {
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

const backslashes = "correct it; in double quotes every backslash is written twice, in backticks once"

// regexp reads a regular expression that has to match a whole text.
func (p *parser) regexp(w word, text string) *regexp.Regexp {
	re, err := regexp.Compile("^(?s:" + text + ")$")
	if err != nil {
		p.wrong(w, "the text is no regular expression: "+reason(text), backslashes)
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

// stages reads what is done with each line, and returns the word that takes a number
// out of it.
func (p *parser) stages() (unwrap word) {
	for !p.stopped() && !p.done() {
		w := p.at()
		if w.is("|") {
			w = p.ahead(1)
		}
		if unwrap.text != "" && w.is(behindNoUnwrap()...) {
			p.fault(w.start, w.end, w.text+" stands behind unwrap, where nothing but labels is filtered", "move it before unwrap")
		}
		switch {
		case p.at().is("|=", "|~", "!=", "!~", "|>", "!>"):
			p.lineFilter()
		case p.took("|"):
			if w.is("unwrap") {
				unwrap = w
			}
			p.stage()
		default:
			return unwrap
		}
	}
	return unwrap
}

// behindNoUnwrap are the stages that never stand behind unwrap.
func behindNoUnwrap() []string {
	return []string{
		"|=", "|~", "!=", "!~", "|>", "!>", "json", "logfmt", "regexp", "pattern", "unpack", "line_format", "label_format", "decolorize", "drop", "keep", "unwrap",
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
				p.wrong(w, "the text is no regular expression: "+err.Error(), backslashes)
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
		for w.is("logfmt") && p.at().is("--strict", "--keep-empty") {
			p.next++
		}
		p.pairs()
	case w.is("unpack", "decolorize"):
		p.next++
	case w.is("regexp", "pattern", "line_format"):
		p.next++
		p.oneText(w.text)
	case w.is("drop", "keep") && p.ahead(1).name():
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

// oneText reads the text of a stage that has one.
func (p *parser) oneText(stage string) {
	w := p.at()
	text, ok := w.quoted()
	if !ok {
		p.unexpected()
		return
	}
	p.next++
	switch stage {
	case "regexp":
		p.captures(w, text)
	case "pattern":
		p.pattern(w, text)
	}
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
		if !p.comma("[", "|", ")") {
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
		name, op, value := p.at(), p.ahead(1), p.ahead(2)
		text, quoted := value.quoted()
		if !quoted && !value.number() {
			p.next += 2
			p.unexpected()
			return
		}
		switch {
		case quoted && op.is("==", ">", ">=", "<", "<="):
			p.fault(op.start, op.end, op.text+" compares a label with a number, and not with a text", "for a text write "+name.text+"="+value.text+", for a number leave the quotes out")
			return
		case !quoted && op.is("=~", "!~"):
			p.fault(value.start, value.end, "a regular expression stands in quotes", `write `+name.text+op.text+`"`+value.text+`"`)
			return
		case quoted && op.is("=~", "!~") && p.regexp(value, text) == nil:
			return
		case !quoted && !value.measure():
			p.outside(value)
			return
		}
		p.next += 3
		if !p.took("and") && !p.took("or") && !p.took(",") {
			return
		}
	}
}
