package tech

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// RuleAlert is the rule about users' own alerts that cannot be used.
const RuleAlert = "tech/alert"

const seePage = "correct it or take it out; nthlayer rules " + RuleAlert + " shows a whole file"

// own is a file of a user's own alerts.
type own struct {
	Technology string   `yaml:"technology"`
	Metrics    []Metric `yaml:"metrics"`
	Alerts     []Alert  `yaml:"alerts"`
}

// Reader reads a file, and one byte more than the limit at most.
type Reader func(name string, limit int) ([]byte, error)

// With returns a catalogue in which the alerts of a user's files stand beside those
// of their technologies, or in place of the ones of the same name. An alert that
// cannot be used is reported and left out. Every file is read with the limits of
// service files.
func (c *Catalog) With(files []string, read Reader) (*Catalog, []report.Finding) {
	if len(files) == 0 {
		return c, nil
	}
	r := ownReader{catalog: &Catalog{all: slices.Clone(c.all), byName: c.byName}, seen: map[string]report.Position{}}
	for _, name := range files {
		r.file(name, read)
	}
	return r.catalog, report.Normalise(r.found)
}

// ownReader reads files of users' own alerts into a catalogue.
type ownReader struct {
	catalog *Catalog
	found   []report.Finding
	// seen are the places of the alerts by name.
	seen map[string]report.Position
}

func (r *ownReader) file(name string, read Reader) {
	data, err := read(name, document.ServiceLimits().Bytes)
	if err != nil {
		r.found = append(r.found, finding(&document.Node{At: report.Position{File: name}}, "the file cannot be read: "+err.Error()))
		return
	}
	docs, found := document.Parse(name, data, document.ServiceLimits())
	r.found = append(r.found, found...)
	if len(found) > 0 || len(docs) == 0 {
		return
	}
	if len(docs) > 1 || docs[0].Kind != document.Mapping {
		r.found = append(r.found, finding(docs[len(docs)-1], "a file of your own alerts is one mapping with the keys technology, metrics and alerts"))
		return
	}
	var content own
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&content); err != nil {
		r.found = append(r.found, misfits(docs[0], err)...)
		return
	}
	r.alerts(docs[0], content)
}

// alerts checks the alerts of a file and adds those that are fine.
func (r *ownReader) alerts(root *document.Node, content own) {
	i, ok := r.catalog.byName[strings.ToLower(content.Technology)]
	if !ok {
		message := fmt.Sprintf("technology %q is not known", content.Technology)
		if near := r.catalog.Suggest(content.Technology); near != "" {
			message += "; " + near
		}
		r.found = append(r.found, finding(place(root, "technology"), message))
		return
	}
	t := &r.catalog.all[i]
	v, _ := newVocabulary(*t)
	v.open = true
	for n, m := range content.Metrics {
		r.report(root, index("metrics", n), v.declare(m))
	}
	t.Alerts = slices.Clone(t.Alerts)
	for n, a := range content.Alerts {
		at := index("alerts", n)
		wrong := v.checkAlert(a)
		wrong = append(wrong, r.taken(place(root, at+".name"), a.Name, t.Name)...)
		r.report(root, at, wrong)
		if len(wrong) == 0 {
			a.Origin = spec.OriginAt(place(root, at).At, at)
			t.put(a)
		}
	}
}

// put adds an alert, in place of one of the same name.
func (t *Technology) put(a Alert) {
	i := slices.IndexFunc(t.Alerts, func(old Alert) bool { return old.Name == a.Name })
	if i < 0 {
		t.Alerts = append(t.Alerts, a)
		return
	}
	t.Alerts[i] = a
}

// taken says where the name of an alert is used already: in a user's files, or by
// another technology.
func (r *ownReader) taken(at *document.Node, name, technology string) problems {
	var found problems
	if first, ok := r.seen[name]; ok {
		found.add("name", "the alert %s is there twice, first at %s", name, first)
		return found
	}
	r.seen[name] = at.At
	for _, t := range r.catalog.all {
		if t.Name != technology && slices.ContainsFunc(t.Alerts, func(a Alert) bool { return a.Name == name }) {
			found.add("name", "%s is an alert of %s and cannot be one of %s too", name, t.Name, technology)
		}
	}
	return found
}

func (r *ownReader) report(root *document.Node, at string, found problems) {
	for _, p := range found {
		r.found = append(r.found, finding(place(root, at+"."+p.path), p.message))
	}
}

func finding(n *document.Node, message string) report.Finding {
	f := report.At(n.At, RuleAlert, report.Error, message)
	f.Path, f.Suggestion, f.Snippet = n.Path, seePage, n.SourceLine(n.At.Line)
	return f
}

var step = regexp.MustCompile(`^([a-z_]+)(?:\[(\d+)\])?$`)

// place returns the value at a path, or the nearest one above it that is there.
func place(root *document.Node, at string) *document.Node {
	node := root
	for _, part := range strings.Split(at, ".") {
		m := step.FindStringSubmatch(part)
		if m == nil {
			return node
		}
		next := node.Get(m[1])
		if i, err := strconv.Atoi(m[2]); err == nil && next != nil && i < len(next.Items) {
			next = next.Items[i]
		}
		if next == nil {
			return node
		}
		node = next
	}
	return node
}

var misfit = regexp.MustCompile(`^line (\d+): (.*)$`)

// misfits turns what the YAML library says about keys and types into findings at
// the lines that it names.
func misfits(root *document.Node, err error) []report.Finding {
	list, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return []report.Finding{finding(root, "the file cannot be read: "+err.Error())}
	}
	var out []report.Finding
	for _, text := range list.Errors {
		f := finding(root, text)
		if m := misfit.FindStringSubmatch(text); m != nil {
			f.Line, _ = strconv.Atoi(m[1])
			f.Column, f.EndLine, f.EndColumn = 1, 0, 0
			f.Message, _, _ = strings.Cut(m[2], " in type tech.")
			f.Snippet = root.SourceLine(f.Line)
		}
		out = append(out, f)
	}
	return out
}
