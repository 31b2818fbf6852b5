package manifest

import (
	"bytes"
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate/rules"
)

// printed writes a value as the library writes the tree of it, in a twentieth of the
// time; false for one with a text or a shape that is left to the library.
func printed(v reflect.Value) ([]byte, bool) {
	v = inside(v)
	if !isMapping(v) || isEmpty(v) {
		return nil, false
	}
	p := printer{sure: true}
	p.mapping(v, 0)
	return p.b.Bytes(), p.sure
}

// inside is what a pointer or an interface holds; nil stays as it is.
func inside(v reflect.Value) reflect.Value {
	for (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && !v.IsNil() {
		v = v.Elem()
	}
	return v
}

func isMapping(v reflect.Value) bool {
	return v.Kind() == reflect.Map || v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[yaml.Node]()
}

// isEmpty reports whether a mapping has no members.
func isEmpty(v reflect.Value) bool {
	if v.Kind() == reflect.Map {
		return v.Len() == 0
	}
	for range fields(v) {
		return false
	}
	return true
}

type printer struct {
	b    bytes.Buffer
	sure bool
}

// mapping writes the members. The first one stands where the line is already.
func (p *printer) mapping(v reflect.Value, indent int) {
	first := true
	for key, member := range members(v) {
		if !first {
			p.indent(indent)
		}
		first = false
		p.text(key)
		p.b.WriteByte(':')
		p.sure = p.sure && !strings.Contains(key, "\n")
		p.value(inside(member), indent)
	}
}

// value writes what stands behind a key.
func (p *printer) value(v reflect.Value, indent int) {
	switch {
	case isMapping(v) && !isEmpty(v):
		p.b.WriteByte('\n')
		p.indent(indent + 2)
		p.mapping(v, indent+2)
	case v.Kind() == reflect.Slice && v.Len() > 0:
		p.b.WriteByte('\n')
		for i := range v.Len() {
			p.indent(indent + 2)
			p.b.WriteString("- ")
			p.item(inside(v.Index(i)), indent+2)
		}
	default:
		p.b.WriteByte(' ')
		p.line(v, indent)
	}
}

func (p *printer) item(v reflect.Value, indent int) {
	switch {
	case isMapping(v) && !isEmpty(v):
		p.mapping(v, indent+2)
	case v.Kind() == reflect.Slice && v.Len() > 0:
		p.sure = false // a list in a list
	default:
		p.line(v, indent)
	}
}

// line writes a value to the end of its line, and a text of several lines below it.
func (p *printer) line(v reflect.Value, indent int) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		p.b.WriteString("null")
	case reflect.Bool:
		p.b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int:
		p.b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Slice:
		p.b.WriteString("[]")
	case reflect.Map:
		p.b.WriteString("{}")
	case reflect.Struct:
		p.structure(v)
	default:
		if p.block(v.String(), indent+2) {
			return
		}
		p.text(v.String())
	}
	p.b.WriteByte('\n')
}

// structure writes a struct without members, or a number.
func (p *printer) structure(v reflect.Value) {
	n, ok := literal(v)
	if !ok {
		p.b.WriteString("{}")
		return
	}
	left := strings.Trim(n.Value, "0123456789")
	p.sure = p.sure && n.Tag == "" && n.Style == 0 && n.Value != "" && (left == "" || left == ".")
	p.b.WriteString(n.Value)
}

// block writes a text of several lines; false for any other.
func (p *printer) block(s string, indent int) bool {
	body, clipped := strings.CutSuffix(s, "\n")
	if !rules.IsBlock(body) || !plain(s) {
		return false
	}
	p.b.WriteString(map[bool]string{false: "|-\n", true: "|\n"}[clipped])
	for line := range strings.Lines(body + "\n") {
		if line != "\n" {
			p.indent(indent)
		}
		p.b.WriteString(line)
	}
	return true
}

// text writes a text in one line, as the node of text is written.
func (p *printer) text(s string) {
	var written string
	ok := plain(s)
	switch {
	case !ok:
	case ambiguous(s) && !strings.Contains(s, "\n"):
		ok, written = s != "" && strings.Trim(s, printable) == "", rules.Quoted(s)
	default:
		written, ok = rules.Scalar(s)
	}
	p.sure = p.sure && ok
	p.b.WriteString(written)
}

// printable are the characters of texts that are written as they are in quotes.
const printable = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.~<=_/:,"

func (p *printer) indent(n int) {
	for range n / 2 {
		p.b.WriteString("  ")
	}
}
