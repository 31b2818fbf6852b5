package logql

import "regexp"

// captures makes sure that a regular expression takes labels out of lines.
func (p *parser) captures(w word, text string) {
	re, err := regexp.Compile(text)
	if err != nil {
		p.wrong(w, "the text is no regular expression: "+err.Error(), backslashes)
		return
	}
	p.labelsOf(w, re.SubexpNames(), "", "(?P<status>[0-9]+)")
}

var capture = regexp.MustCompile("<([A-Za-z_][A-Za-z0-9_]*)>")

// pattern makes sure that a pattern takes labels out of lines.
func (p *parser) pattern(w word, text string) {
	var names []string
	before := -1
	for _, at := range capture.FindAllStringSubmatchIndex(text, -1) {
		if at[0] == before {
			p.wrong(w, "two captures stand side by side, and nothing says where the first one ends", "write what stands between them, or make one of them")
			return
		}
		before = at[1]
		names = append(names, text[at[2]:at[3]])
	}
	p.labelsOf(w, names, "_", "<status>")
}

// labelsOf makes sure that captures name labels, each once.
func (p *parser) labelsOf(w word, names []string, none, example string) {
	seen := map[string]bool{none: true}
	for _, name := range names {
		if seen[name] && name != none {
			p.wrong(w, "two captures have the name "+name, "rename one of them")
			return
		}
		seen[name] = true
	}
	if len(seen) == 1 {
		p.wrong(w, "the text names no label to take out of the line", "write a capture with a name, as in "+example)
	}
}
