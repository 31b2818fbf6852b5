package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/report"
)

// Limits bound what one file may cost.
type Limits struct {
	// Bytes is the size of the file.
	Bytes int
	// Depth is how many mappings and lists may stand inside one another.
	Depth int
	// Nodes is the number of values after aliases were expanded.
	Nodes int
	// Aliased is how many of those aliases may make. It is far below Nodes: a file
	// grows by what is written in it, and by aliases it grows without bounds.
	Aliased int
}

// ServiceLimits are the limits of files that a person writes by hand.
func ServiceLimits() Limits {
	return Limits{Bytes: 1 << 20, Depth: 64, Nodes: 100_000, Aliased: 100_000}
}

// RuleLimits are the limits of generated files, which may be large.
func RuleLimits() Limits {
	return Limits{Bytes: 64 << 20, Depth: 64, Nodes: 10_000_000, Aliased: 200_000}
}

// The rules of this package.
const (
	RuleSyntax       = "yaml/syntax"
	RuleDuplicateKey = "yaml/duplicate-key"
	RuleLimit        = "yaml/limit"
	RuleAlias        = "yaml/alias"
	RuleKey          = "yaml/key"
	RuleTag          = "yaml/tag"
)

// Parse reads all documents of a file. Documents that hold nothing are left out.
// A finding means that the file is not to be trusted as a whole; what could be
// read is returned beside it. The name is used in positions as it is.
func Parse(name string, data []byte, limits Limits) (docs []*Node, findings []report.Finding) {
	return ParseContext(context.Background(), name, data, limits)
}

// ParseContext is Parse for a file that may be large. When ctx ends early the
// result is incomplete and nothing is said about it, so callers look at ctx.Err.
func ParseContext(ctx context.Context, name string, data []byte, limits Limits) (docs []*Node, findings []report.Finding) {
	if len(data) > limits.Bytes {
		return nil, []report.Finding{tooLarge(name, limits)}
	}
	c := &converter{ctx: ctx, name: name, file: newSource(data), limits: limits, sizes: sizes{}}
	c.file.name = name
	// The library has been seen to panic on hostile input; a panic here is a
	// file that cannot be read, not the end of the program.
	defer func() {
		if r := recover(); r != nil {
			docs = nil
			c.findings = append(c.findings, c.at(1, 1, RuleSyntax, "the YAML parser gave up on this file", "simplify the file"))
			findings = c.findings
		}
	}()
	if f, bad := c.refuse(); bad {
		return nil, []report.Finding{f}
	}
	dec := yaml.NewDecoder(&endingReader{ctx: ctx, r: bytes.NewReader(c.file.data)})
	for {
		var n yaml.Node
		err := dec.Decode(&n)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return docs, c.findings
		}
		if err != nil {
			return docs, append(c.findings, c.syntax())
		}
		if n.Kind != yaml.DocumentNode || len(n.Content) == 0 {
			continue
		}
		root := c.convert(n.Content[0], "", 0)
		if c.stopped {
			return docs, c.findings
		}
		if !root.IsNull() {
			docs = append(docs, root)
		}
	}
}

// endingReader fails when its context ends. The library reads as it parses, so
// that it stops in the middle of a file.
type endingReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *endingReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// converter turns the library's nodes into ours.
type converter struct {
	ctx      context.Context
	name     string
	file     *source
	limits   Limits
	nodes    int
	expands  []*yaml.Node // uses of aliases being expanded, innermost last
	sizes    sizes
	aliased  int // values made by aliases
	anchors  int // anchors around the node being converted
	stopped  bool
	findings []report.Finding
}

func (c *converter) at(line, column int, rule, message, fix string) report.Finding {
	f := report.At(report.Position{File: c.name, Line: line, Column: column}, rule, report.Error, message)
	f.Suggestion = fix
	f.Snippet = c.file.shown(line)
	return f
}

// place returns where a node of the library begins.
func (c *converter) place(n *yaml.Node) (line, column int) {
	return c.file.fromLibrary(n.Line, n.Column)
}

func (c *converter) position(n *yaml.Node) report.Position {
	line, column := c.place(n)
	return report.Position{File: c.name, Line: line, Column: column}
}

// report reports a node, once however often aliases repeat it.
func (c *converter) report(n *yaml.Node, rule, message, fix string) {
	if len(c.expands) > 0 {
		return
	}
	line, column := c.place(n)
	c.findings = append(c.findings, c.at(line, column, rule, message, fix))
}

// stop reports a limit once; everything after it is left out. What an alias
// repeats is reported where the outermost alias is used.
func (c *converter) stop(n *yaml.Node, rule, message, fix string) *Node {
	if len(c.expands) > 0 {
		n = c.expands[0]
	}
	if !c.stopped {
		line, column := c.place(n)
		c.findings = append(c.findings, c.at(line, column, rule, message, fix))
		c.stopped = true
	}
	return &Node{}
}

func (c *converter) convert(n *yaml.Node, path string, depth int) *Node {
	if c.stopped {
		return &Node{}
	}
	c.nodes++
	if c.nodes%1024 == 0 && c.ctx.Err() != nil {
		c.stopped = true
		return &Node{}
	}
	if c.nodes > c.limits.Nodes {
		return c.stop(n, RuleLimit, fmt.Sprintf("the file has more than %d values once its aliases are expanded", c.limits.Nodes), "use fewer aliases, or split the file")
	}
	if depth > c.limits.Depth {
		return c.stop(n, RuleLimit, c.depthMessage(), "flatten the file")
	}
	if n.Kind == yaml.AliasNode {
		return c.alias(n, path, depth)
	}
	if n.Anchor != "" {
		c.anchors++
		defer func() { c.anchors-- }()
	}
	out := &Node{At: c.position(n), Path: path, file: c.file, shared: c.anchors > 0 || len(c.expands) > 0}
	c.tag(n)
	switch n.Kind {
	case yaml.ScalarNode:
		c.scalar(n, out)
	case yaml.SequenceNode:
		out.Kind = Sequence
		for i, item := range n.Content {
			out.Items = append(out.Items, c.convert(item, path+"["+strconv.Itoa(i)+"]", depth+1))
		}
	case yaml.MappingNode:
		out.Kind = Mapping
		c.mapping(n, out, depth)
	case yaml.DocumentNode, yaml.AliasNode: // a document holds neither; an alias was followed above
	}
	return out
}

func (c *converter) alias(n *yaml.Node, path string, depth int) *Node {
	for _, open := range c.expands {
		if open.Alias == n.Alias {
			c.expands = nil
			return c.stop(n, RuleAlias, fmt.Sprintf("the alias *%s stands inside the value that it repeats", n.Value), "write the value out")
		}
	}
	if len(c.expands) == 0 {
		if c.aliased += c.sizes.of(n.Alias, c.limits.Aliased+1); c.aliased > c.limits.Aliased {
			return c.stop(n, RuleLimit, fmt.Sprintf("the aliases of the file up to here repeat more than %d values", c.limits.Aliased), "use fewer aliases, or split the file")
		}
	}
	c.expands = append(c.expands, n)
	out := c.convert(n.Alias, path, depth+1)
	c.expands = c.expands[:max(0, len(c.expands)-1)]
	return out
}

func (c *converter) scalar(n *yaml.Node, out *Node) {
	out.Text = n.Value
	out.style = styleOf(n)
	out.Quoted = out.style != plain
	switch n.ShortTag() {
	case "!!null":
		out.Kind, out.Text = Null, ""
	case "!!int":
		out.Kind = Int
	case "!!float":
		out.Kind = Float
	case "!!bool":
		out.Kind = Bool
	default:
		out.Kind = String
	}
}

func styleOf(n *yaml.Node) style {
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		return singleQuoted
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted
	case n.Style&yaml.LiteralStyle != 0:
		return literal
	case n.Style&yaml.FoldedStyle != 0:
		return folded
	}
	return plain
}

func (c *converter) mapping(n *yaml.Node, out *Node, depth int) {
	index := make(map[string]int, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			c.report(key, RuleKey, "a key must be text, not a list or a mapping", "write the key as plain text")
			continue
		}
		if first, ok := index[key.Value]; ok {
			c.report(key, RuleDuplicateKey,
				fmt.Sprintf("the key %q stands here a second time; the first is at line %d", key.Value, out.Fields[first].KeyAt.Line),
				"keep one of the two, or merge them")
			continue
		}
		c.tag(key)
		index[key.Value] = len(out.Fields)
		out.Fields = append(out.Fields, Field{
			Key:   key.Value,
			KeyAt: c.position(key),
			Value: c.convert(value, childPath(out.Path, key.Value), depth+1),
			style: styleOf(key),
		})
		if c.stopped {
			return
		}
	}
	for _, m := range merges {
		c.merge(m, out, index, depth)
	}
}

// merge adds the fields of a << value that the mapping does not have itself.
func (c *converter) merge(m *yaml.Node, out *Node, index map[string]int, depth int) {
	from := c.convert(m, out.Path, depth+1)
	sources := []*Node{from}
	if from.Kind == Sequence {
		sources = from.Items
	}
	for _, s := range sources {
		if s.Kind != Mapping {
			if !c.stopped {
				c.report(m, RuleAlias, "<< merges mappings; this is "+s.Kind.String(), "name an anchor of a mapping")
			}
			continue
		}
		for _, f := range s.Fields {
			if own, ok := index[f.Key]; ok {
				out.Fields[own].Value.covers = true
				continue
			}
			index[f.Key] = len(out.Fields)
			out.Fields = append(out.Fields, f)
		}
	}
}

// childPath returns the path of a key, quoted where a dot or a bracket in it
// would be misread.
func childPath(path, key string) string {
	if strings.ContainsAny(key, ".[]\" ") || key == "" {
		return path + "[" + strconv.Quote(key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
