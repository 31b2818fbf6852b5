package alertmanager

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate/rules"
)

// printer writes the structs of a configuration as the encoder of YAML does, in a
// tenth of its time.
type printer struct {
	b bytes.Buffer
	// unsure says that there was a text that only the encoder can decide about.
	unsure bool
}

// printed is a struct as the encoder writes it; false where only that can tell how, as
// for a node that it has read.
func printed(value any) ([]byte, bool) {
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	var p printer
	p.members(v, 0)
	return p.b.Bytes(), !p.unsure
}

// members writes the fields of a struct by the names of their yaml tags. The first one
// stands where the line is already.
func (p *printer) members(v reflect.Value, indent int) {
	begun := false
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if strings.HasPrefix(options, "omitempty") && empty(v.Field(i)) {
			continue
		}
		if begun {
			p.indent(indent)
		}
		begun = true
		p.b.WriteString(name + ":")
		p.value(v.Field(i), indent, strings.HasSuffix(options, "flow"))
	}
	if !begun {
		p.b.WriteString("{}\n")
	}
}

func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}

// value writes what stands behind a key.
func (p *printer) value(v reflect.Value, indent int, flow bool) {
	switch v.Kind() {
	case reflect.String:
		if rules.IsBlock(v.String()) {
			p.block(v.String(), indent+2)
			return
		}
		p.b.WriteString(" " + p.text(v.String()) + "\n")
	case reflect.Bool:
		p.b.WriteString(" " + strconv.FormatBool(v.Bool()) + "\n")
	case reflect.Map:
		p.texts(v, indent+2)
	case reflect.Slice:
		switch {
		case v.Len() == 0:
			p.b.WriteString(" []\n")
		case flow:
			p.flow(v)
		default:
			p.items(v, indent+2)
		}
	default: // there are no other fields
		p.unsure = true
	}
}

// texts writes a map of texts, sorted by key.
func (p *printer) texts(v reflect.Value, indent int) {
	values, ok := v.Interface().(map[string]string)
	if p.unsure = p.unsure || !ok; len(values) == 0 {
		p.b.WriteString(" {}\n")
		return
	}
	p.b.WriteByte('\n')
	for _, key := range slices.Sorted(maps.Keys(values)) {
		p.indent(indent)
		p.b.WriteString(p.text(key) + ": " + p.text(values[key]) + "\n")
	}
}

// items writes a list of structs, an item from a line on.
func (p *printer) items(v reflect.Value, indent int) {
	p.b.WriteByte('\n')
	for i := range v.Len() {
		p.indent(indent)
		p.b.WriteString("- ")
		p.members(v.Index(i), indent+2)
	}
}

// flow writes a list of texts in one line, in which some signs have a meaning.
func (p *printer) flow(v reflect.Value) {
	for i := range v.Len() {
		p.b.WriteString(map[bool]string{true: " [", false: ", "}[i == 0])
		s := v.Index(i).String()
		text := p.text(s)
		if text == s && strings.ContainsAny(s, ",?[]{}:") {
			text = rules.Quoted(s)
		}
		p.b.WriteString(text)
	}
	p.b.WriteString("]\n")
}

// block writes a text of several lines below its key.
func (p *printer) block(s string, indent int) {
	p.b.WriteString(" |-\n")
	for line := range strings.Lines(s + "\n") {
		if line != "\n" {
			p.indent(indent)
		}
		p.b.WriteString(line)
	}
}

func (p *printer) text(s string) string {
	if s == Nobody {
		return `"` + Nobody + `"` // or it would be no text
	}
	text, ok := rules.Scalar(s)
	p.unsure = p.unsure || !ok
	return text
}

func (p *printer) indent(n int) { p.b.WriteString(strings.Repeat(" ", n)) }
