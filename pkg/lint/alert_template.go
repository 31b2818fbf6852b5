package lint

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/prometheus/prometheus/template"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// alertTemplate reports templates in labels and annotations that Prometheus
// refuses, those that print a label which the expression cannot have, and those
// that use a template which nobody defines, ask for a query that is no PromQL or
// print the value where or as it should not be. It parses templates and never runs them: a template from a pull request could
// print gigabytes.
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
	out = append(out, c.unfed(p, tree)...)
	out = append(out, c.values(p, e, tree, inLabel)...)
	if e.AST == nil {
		return out
	}
	return append(out, c.lostLabels(p, e, tree)...)
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

// lostLabels reports labels that the result of the expression cannot have.
func (c alertTemplate) lostLabels(p rulefile.Pair, e *Expr, tree *parse.Tree) []report.Finding {
	var out []report.Finding
	known := labelVisitor{}.labelsOf(e.AST)
	for _, ref := range labelReferences(tree.Root) {
		if known.may(ref.label) {
			continue
		}
		start := find(p.Value.V, ref.at, ref.label)
		message := fmt.Sprintf("the template of %s prints the label %s, which the result of the expression does not have", p.Key.V, ref.label)
		out = append(out, p.Value.Finding(c.Rule().ID, report.Warning, start, start+len(ref.label), message, missingLabelFix(known, e.Rule, ref.label)))
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

func missingLabelFix(known labelSet, r *rulefile.Rule, label string) string {
	for _, l := range r.AllLabels() {
		if l.Key.V == label {
			return "write its value as text: the rule adds the label itself, and templates see only the labels of the result"
		}
	}
	if !known.closed || len(known.names) == 0 {
		return "keep " + label + " in the aggregation, as in sum by (" + label + ") (...), or remove it from the template"
	}
	return "keep " + label + " in the aggregation, or print one of " + strings.Join(known.names, ", ")
}

var (
	templateLine = regexp.MustCompile(`^template: alert:(\d+): ?(.*)$`)
	quotedWord   = regexp.MustCompile(`"([^"]+)"`)
)

// broken turns the error of the template parser, which names a line, into a
// finding at that line or at the word that it quotes.
func (c alertTemplate) broken(p rulefile.Pair, err error) report.Finding {
	r := c.Rule()
	message, line := err.Error(), 1
	if m := templateLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	start, end := lineRange(p.Value.V, line)
	if m := quotedWord.FindStringSubmatch(message); m != nil {
		if i := strings.Index(p.Value.V[start:end], m[1]); i >= 0 {
			start, end = start+i, start+i+len(m[1])
		}
	}
	return p.Value.Finding(r.ID, r.Severity, start, end, "the template of "+p.Key.V+" is wrong: "+message, c.fix(message))
}

func (c alertTemplate) fix(message string) string {
	m := quotedWord.FindStringSubmatch(message)
	if m == nil || !strings.Contains(message, "not defined") {
		return "correct the template; see the template reference of Prometheus for its functions and variables"
	}
	names := make([]string, 0, len(c.functions))
	for name := range c.functions {
		names = append(names, name)
	}
	if question := report.DidYouMean(m[1], names); question != "" && len(m[1]) > 3 {
		return question
	}
	return "close the braces before it, use a function of Prometheus's templates, or write $labels." + m[1] + " for a label"
}

// lineRange returns the bytes of a line, counted from 1.
func lineRange(text string, line int) (start, end int) {
	for ; line > 1; line-- {
		i := strings.IndexByte(text[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
	}
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		return start, start + i
	}
	return start, len(text)
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
