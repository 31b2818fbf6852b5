package lint

import (
	"fmt"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/prometheus/prometheus/template"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// alertTemplate reports templates in labels and annotations that Prometheus refuses,
// and those that it loads and that print a label which the expression cannot have, are
// sure to fail when they are run, or print the value where or as it should not be. It
// parses templates and never runs them: one from a pull request could print gigabytes.
type alertTemplate struct {
	functions map[string]any
}

func newAlertTemplate() alertTemplate {
	c := alertTemplate{functions: map[string]any{}}
	template.RegisterFeatures(collector(c.functions))
	for _, name := range builtinFunctions() {
		c.functions[name] = true
	}
	return c
}

func (alertTemplate) Rule() Rule {
	return Rule{ID: "alert/template", Severity: report.Error, Title: "A template in a label or annotation is wrong"}
}

func (c alertTemplate) CheckRule(r *rulefile.Rule, e *Expr) []report.Finding {
	if r.Kind != rulefile.Alert {
		return nil
	}
	var out []report.Finding
	for i, pairs := range [][]rulefile.Pair{r.Labels, r.Annotations} {
		for _, p := range pairs {
			if strings.Contains(p.Value.V, "{{") {
				p.Value = p.Value.Remembered()
				out = append(out, c.check(p, e, i == 0)...)
			}
		}
	}
	return out
}

// definitions is what Prometheus puts in front of every template.
const definitions = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

// defining returns a template behind the definitions of the variables that it names,
// and blanks in place of the others: parsing all four costs more than most templates.
func defining(text string) string {
	var b strings.Builder
	b.Grow(len(definitions) + len(text))
	for definition := range strings.SplitAfterSeq(definitions, "}}") {
		name, _, _ := strings.Cut(strings.TrimPrefix(definition, "{{"), " ")
		if strings.Contains(text, name) {
			b.WriteString(definition)
			continue
		}
		for range len(definition) {
			b.WriteByte(' ')
		}
	}
	b.WriteString(text)
	return b.String()
}

func (c alertTemplate) check(p rulefile.Pair, e *Expr, inLabel bool) []report.Finding {
	tree, defined := parse.New("alert"), map[string]*parse.Tree{}
	if _, err := tree.Parse(defining(p.Value.V), "", "", defined, c.functions); err != nil {
		return one(c.broken(p, err))
	}
	out := append(c.undefined(p, tree, defined), c.queries(p, tree)...)
	reading := readTemplate(tree.Root, defined)
	out = append(out, c.failing(p, reading.failures)...)
	out = append(out, c.values(p, e, reading.values, inLabel)...)
	if e.AST == nil {
		return out
	}
	return append(out, c.lostLabels(p, e, reading.labels)...)
}

// read returns what a template does, nothing where it does not parse.
func (c alertTemplate) read(p rulefile.Pair) templateReading {
	tree, defined := parse.New("alert"), map[string]*parse.Tree{}
	if _, err := tree.Parse(defining(p.Value.V), "", "", defined, c.functions); err != nil {
		return templateReading{}
	}
	return readTemplate(tree.Root, defined)
}

// undefined reports templates that nobody defines. Prometheus loads such a rule
// and fails when the alert fires.
func (c alertTemplate) undefined(p rulefile.Pair, tree *parse.Tree, defined map[string]*parse.Tree) []report.Finding {
	var out []report.Finding
	for _, ref := range undefinedTemplates(tree.Root, defined) {
		quoted := strconv.Quote(ref.name)
		start := find(p.Value.V, ref.at, quoted)
		out = append(out, p.Value.Finding(c.Rule().ID, report.Warning, start, min(start+len(quoted), len(p.Value.V)),
			fmt.Sprintf("the template of %s uses the template %s, which is not defined, so an error is sent in place of the text", p.Key.V, quoted),
			"define it in the same text, or write the text itself; the templates of Alertmanager are not known to Prometheus"))
	}
	return out
}

// find returns where a word stands in a text, at or behind a place in the parsed
// text, which has the definitions in front.
func find(text string, at int, word string) int {
	start := max(0, min(at-len(definitions), len(text)))
	if i := strings.Index(text[start:], word); i >= 0 {
		start += i
	}
	return start
}

// placeOf returns where a node stands in a text, as near as the parser says: the place
// of a chain of fields is inside of it.
func placeOf(text string, n parse.Node) (start, end int) {
	spelt := n.String()
	at := max(0, min(int(n.Position())-len(definitions), len(text)))
	if i := strings.LastIndex(text[:min(len(text), at+len(spelt))], spelt); i >= 0 {
		return i, i + len(spelt)
	}
	return at, min(at+1, len(text))
}

// collector gathers the names of the functions that Prometheus adds.
type collector map[string]any

func (c collector) Enable(_, name string)      { c[name] = true }
func (c collector) Disable(_, _ string)        {}
func (c collector) Set(_, name string, _ bool) { c[name] = true }

func (c collector) Get() map[string]map[string]bool { return nil }

// builtinFunctions are those of text/template, which does not list them.
func builtinFunctions() []string {
	return []string{
		"and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or",
		"print", "printf", "println", "slice", "urlquery",
	}
}
