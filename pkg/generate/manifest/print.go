package manifest

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate/rules"
)

// printed writes a tree as the library does, in a tenth of its time; false for a tree
// with a text or a shape that is left to the library.
func printed(tree *yaml.Node) ([]byte, bool) {
	if tree.Kind != yaml.MappingNode || len(tree.Content) == 0 {
		return nil, false
	}
	p := printer{sure: true}
	p.mapping(tree, 0)
	return []byte(p.b.String()), p.sure
}

type printer struct {
	b    strings.Builder
	sure bool
}

// mapping writes the members. The first one stands where the line is already.
func (p *printer) mapping(n *yaml.Node, indent int) {
	for i := 0; i < len(n.Content); i += 2 {
		if i > 0 {
			p.indent(indent)
		}
		key := n.Content[i]
		p.b.WriteString(p.scalar(key))
		p.b.WriteByte(':')
		p.sure = p.sure && !strings.Contains(key.Value, "\n")
		p.value(n.Content[i+1], indent)
	}
}

// value writes what stands behind a key.
func (p *printer) value(n *yaml.Node, indent int) {
	switch {
	case n.Kind == yaml.ScalarNode || len(n.Content) == 0:
		p.b.WriteByte(' ')
		p.line(n, indent)
	case n.Kind == yaml.MappingNode:
		p.b.WriteByte('\n')
		p.indent(indent + 2)
		p.mapping(n, indent+2)
	default:
		p.b.WriteByte('\n')
		for _, item := range n.Content {
			p.indent(indent + 2)
			p.b.WriteString("- ")
			p.item(item, indent+2)
		}
	}
}

func (p *printer) item(n *yaml.Node, indent int) {
	switch {
	case n.Kind == yaml.ScalarNode || len(n.Content) == 0:
		p.line(n, indent)
	case n.Kind == yaml.MappingNode:
		p.mapping(n, indent+2)
	default:
		p.sure = false // a list in a list
	}
}

// line writes a value to the end of its line, and a text of several lines below it.
func (p *printer) line(n *yaml.Node, indent int) {
	text, clipped := strings.CutSuffix(n.Value, "\n")
	switch {
	case n.Kind == yaml.MappingNode:
		p.b.WriteString("{}\n")
	case n.Kind == yaml.SequenceNode:
		p.b.WriteString("[]\n")
	case n.Tag == "!!str" && n.Style == 0 && rules.IsBlock(text):
		p.b.WriteString(map[bool]string{false: "|-\n", true: "|\n"}[clipped])
		for line := range strings.Lines(text + "\n") {
			if line != "\n" {
				p.indent(indent + 2)
			}
			p.b.WriteString(line)
		}
	default:
		p.b.WriteString(p.scalar(n))
		p.b.WriteByte('\n')
	}
}

// scalar is a value in one line. What has no tag is a number.
func (p *printer) scalar(n *yaml.Node) string {
	text, ok := rules.Scalar(n.Value)
	switch {
	case n.Tag == "" && n.Style == 0:
		ok = n.Value != "" && strings.Trim(n.Value, "0123456789") == "" || strings.Trim(n.Value, "0123456789") == "."
		text = n.Value
	case n.Tag == "!!str" && n.Style == yaml.SingleQuotedStyle:
		ok = n.Value != "" && strings.Trim(n.Value, printable) == ""
		text = rules.Quoted(n.Value)
	case n.Tag != "!!str":
		text, ok = n.Value, n.Style == 0
	case n.Style != 0:
		ok = false
	}
	p.sure = p.sure && ok
	return text
}

// printable are the characters of texts that are written as they are in quotes.
const printable = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.~<=_/:,"

func (p *printer) indent(n int) { p.b.WriteString(strings.Repeat(" ", n)) }
