package document

import (
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The tags of YAML 1.2's core schema. The library's own meaning of a tag is not
// asked for: it follows YAML 1.1 in parts.
const (
	tagNull  = "!!null"
	tagBool  = "!!bool"
	tagInt   = "!!int"
	tagFloat = "!!float"
	tagText  = "!!str"
	tagList  = "!!seq"
	tagMap   = "!!map"
	tagMerge = "!!merge"
)

func customTag(at int, tag string) mistake {
	return mistake{
		at: at, width: len([]rune(tag)), rule: RuleTag,
		message: "the tag " + strconv.Quote(tag) + " has no meaning here",
		fix:     "remove the tag, or put text that begins with ! into quotes",
	}
}

// tag reports a tag that is none of the core ones, and one that its value does
// not fit.
func (c *converter) tag(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle == 0 || len(c.expands) > 0 {
		return
	}
	at := c.tagAt(n)
	written := c.file.data[at:]
	if i := strings.IndexAny(string(written[:min(len(written), maxShown)]), " \t\r\n,[]{}"); i > 0 {
		written = written[:i]
	}
	m := customTag(at, string(written[:min(len(written), maxShown)]))
	fits, core := fitsTag(n)
	if core && fits {
		return
	}
	if core {
		m.message, m.fix = "the value is not of its tag "+n.Tag, "remove the tag, or write a value of its kind"
	}
	c.findings = append(c.findings, c.mistake(m))
}

// tagAt returns the offset of a value's tag, which an anchor may stand before.
func (c *converter) tagAt(n *yaml.Node) int {
	line, column := c.place(n)
	at := c.file.offset(line, column)
	if n.Anchor != "" && at < len(c.file.data) && c.file.data[at] == '&' {
		if i := strings.IndexByte(string(c.file.data[at:min(len(c.file.data), at+maxShown)]), '!'); i > 0 {
			return at + i
		}
	}
	return at
}

// The forms of the core schema, YAML 1.2.2 section 10.3.2, and 1.1's octal
// numbers and digits with underlines, which the library takes for numbers too.
var (
	nullForm  = regexp.MustCompile(`^(?:~|null|Null|NULL)?$`)
	boolForm  = regexp.MustCompile(`^(?:true|True|TRUE|false|False|FALSE)$`)
	intForm   = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+|0b[01]+)$`)
	floatForm = regexp.MustCompile(`^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

// fitsTag reports whether a value is of its tag, and whether that is a core tag.
func fitsTag(n *yaml.Node) (fits, core bool) {
	scalar := n.Kind == yaml.ScalarNode
	switch n.Tag {
	case tagMap:
		return n.Kind == yaml.MappingNode, true
	case tagList:
		return n.Kind == yaml.SequenceNode, true
	case tagText:
		return scalar, true
	case tagNull:
		return scalar && nullForm.MatchString(n.Value), true
	case tagBool:
		return scalar && boolForm.MatchString(n.Value), true
	case tagInt:
		return scalar && intForm.MatchString(n.Value), true
	case tagFloat:
		return scalar && floatForm.MatchString(n.Value), true
	case tagMerge:
		return scalar && n.Value == "<<", true
	}
	return false, false
}
