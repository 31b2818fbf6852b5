// Package rules holds the pages that explain every rule, one Markdown file each:
// promql/syntax is promql/syntax.md.
package rules

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed */*.md
var pages embed.FS

// Head is what the first lines of a page say.
type Head struct {
	// Severity is error, warning or info.
	Severity string
	// Title is one short sentence about what is wrong.
	Title string
}

// IDs returns the ids of all rules that have a page, sorted.
func IDs() []string {
	var ids []string
	files, err := fs.Glob(pages, "*/*.md")
	if err != nil {
		return nil
	}
	for _, f := range files {
		ids = append(ids, strings.TrimSuffix(f, ".md"))
	}
	slices.Sort(ids)
	return ids
}

// Page returns the page of a rule in Markdown, without its head.
func Page(id string) (string, bool) {
	_, body, ok := split(id)
	return body, ok
}

// Heading returns the head of a rule's page.
func Heading(id string) (Head, bool) {
	head, _, ok := split(id)
	if !ok {
		return Head{}, false
	}
	var h Head
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); key {
		case "severity":
			h.Severity = value
		case "title":
			h.Title = value
		}
	}
	return h, true
}

// split returns the lines between the two --- and what follows them.
func split(id string) (head, body string, ok bool) {
	data, err := pages.ReadFile(id + ".md")
	if err != nil {
		return "", "", false
	}
	text, ok := strings.CutPrefix(string(data), "---\n")
	if !ok {
		return "", "", false
	}
	head, body, ok = strings.Cut(text, "\n---\n")
	return head, strings.TrimLeft(body, "\n"), ok
}
