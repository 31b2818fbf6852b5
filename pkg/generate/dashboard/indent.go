package dashboard

import "bytes"

// indented puts every member of what an encoder of JSON wrote into a line of its own,
// two blanks deeper in each object and list, as json.Indent does. That one checks every
// byte again, which took longer than to make the panels. It returns the objects that
// have a number for an id, too.
func indented(data []byte) ([]byte, []object) {
	p := indenter{out: make([]byte, 0, 5*len(data)/2), line: 1}
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '"':
			end := stringEnd(data, i)
			p.out = append(p.out, data[i:end]...)
			if string(data[i:end]) == `"id"` && data[end] == ':' {
				p.open[len(p.open)-1].id = digits(data[end+1:])
			}
			i = end - 1
		case '{', '[':
			p.out = append(p.out, c)
			if after := data[i+1]; after == '}' || after == ']' {
				p.out = append(p.out, after)
				i++
				continue
			}
			p.open = append(p.open, object{line: p.line})
			p.newLine()
		case '}', ']':
			p.close()
			p.out = append(p.out, c)
		case ',':
			p.out = append(p.out, c)
			p.newLine()
		case ':':
			p.out = append(p.out, ": "...)
		default: // of a number or a word, or the line break at the end
			p.out = append(p.out, c)
		}
	}
	return p.out, p.objects
}

// object is an object that was written, from its first line to its end.
type object struct {
	// id is its member of the name, empty where that is no whole number.
	id        string
	line, end int
}

type indenter struct {
	out  []byte
	line int
	// open are the objects and lists around a place.
	open, objects []object
}

func (p *indenter) newLine() {
	p.out = append(p.out, '\n')
	p.line++
	for range p.open {
		p.out = append(p.out, "  "...)
	}
}

// close ends the innermost object or list.
func (p *indenter) close() {
	last := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	p.newLine()
	if last.end = p.line; last.id != "" {
		p.objects = append(p.objects, last)
	}
}

// digits are those at the beginning of data.
func digits(data []byte) string {
	return string(data[:len(data)-len(bytes.TrimLeft(data, "0123456789"))])
}

// stringEnd returns where the string ends that begins at a quote.
func stringEnd(data []byte, begin int) int {
	i := begin + 1
	for data[i] != '"' {
		if data[i] == '\\' {
			i++ // what is escaped ends nothing
		}
		i++
	}
	return i + 1
}
