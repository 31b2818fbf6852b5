// Package manifest writes YAML documents of other tools: the one way from a value
// with yaml tags to bytes that YAML 1.1 and 1.2 read alike, with the place that
// each document came from.
package manifest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Document is one document of a file.
type Document struct {
	// Value is a struct or a map with yaml tags. Maps are written sorted.
	Value any
	// Foot are lines of comment behind the document; nil for none.
	Foot []string
	// What names the document in a trace, Origin is the place that it is there for.
	What   string
	Origin spec.Origin
	// List is the key of a list at the top of Value whose items have places of their
	// own, and Items are these, in order; empty for none.
	List  string
	Items []Item
}

// Item is one item of a document's list.
type Item struct {
	What   string
	Origin spec.Origin
}

// Number is a number as it is written, so that 0.999 stays 0.999.
func Number(literal string) yaml.Node {
	return yaml.Node{Kind: yaml.ScalarNode, Value: literal}
}

// Write returns the documents as one file, below the header as comments, and where
// each came from. Equal documents give equal bytes.
func Write(header []string, docs []Document) ([]byte, []generate.Trace, error) {
	var b bytes.Buffer
	var traces []generate.Trace
	comments(&b, header)
	for i, d := range docs {
		if i > 0 {
			b.WriteString("---\n")
		}
		first := bytes.Count(b.Bytes(), []byte("\n")) + 1
		body, err := encode(d.Value)
		if err != nil {
			return nil, nil, fmt.Errorf("write %s: %w", d.What, err)
		}
		b.Write(body)
		comments(&b, d.Foot)
		inside, err := items(body, d, first)
		if err != nil {
			return nil, nil, err
		}
		whole := generate.Trace{Line: first, EndLine: bytes.Count(b.Bytes(), []byte("\n")), What: d.What, Origin: d.Origin}
		traces = append(traces, orWhole(inside, whole)...)
	}
	return b.Bytes(), traces, nil
}

// orWhole returns the traces of a document's items, or that of all of it.
func orWhole(items []generate.Trace, whole generate.Trace) []generate.Trace {
	if len(items) == 0 {
		return []generate.Trace{whole}
	}
	return items
}

// File adds a file with the documents to a result; without documents it is none. The
// unit is given in the plural, and is the singular for one.
func File(out generate.Result, file generate.Artefact, header []string, docs []Document) generate.Result {
	if len(docs) == 0 {
		return out
	}
	data, trace, err := Write(header, docs)
	if err != nil {
		out.Findings = append(out.Findings, report.Finding{Rule: "generate/expression", Severity: report.Error, Message: file.Path + " could not be written: " + err.Error()})
		return out
	}
	if file.Count == 1 {
		file.Unit = strings.TrimSuffix(file.Unit, "s")
	}
	file.Bytes, file.Trace = data, trace
	out.Artefacts = append(out.Artefacts, file)
	return out
}

func encode(value any) ([]byte, error) {
	v := reflect.ValueOf(value)
	if data, ok := printed(v); ok {
		return data, nil
	}
	return library(node(v))
}

func library(tree *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(tree); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func comments(b *bytes.Buffer, lines []string) {
	for _, line := range lines {
		text := "# " + Line(line)
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}

// Line is a text as one line of a comment, with the blanks that indent it.
func Line(s string) string {
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	return indent + strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || invisible(r) }), " ")
}

// items reads the lines of a list's items back from a written document that begins
// at a line of the file.
func items(body []byte, d Document, first int) ([]generate.Trace, error) {
	if len(d.Items) == 0 {
		return nil, nil
	}
	var read map[string]yaml.Node
	if err := yaml.Unmarshal(body, &read); err != nil {
		return nil, fmt.Errorf("read the written %s: %w", d.What, err)
	}
	list := read[d.List]
	if len(list.Content) != len(d.Items) {
		return nil, fmt.Errorf("%s has %d %s and places for %d", d.What, len(list.Content), d.List, len(d.Items))
	}
	var out []generate.Trace
	for i, item := range d.Items {
		out = append(out, generate.Trace{Line: first + list.Content[i].Line - 1, What: item.What, Origin: item.Origin})
	}
	last := first + bytes.Count(body, []byte("\n")) - 1
	for i := range slices.Backward(out) {
		out[i].EndLine = last
		last = out[i].Line - 1
	}
	return out, nil
}
