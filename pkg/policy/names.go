package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// word reads a name, a call or true and false.
func (t *translator) word(w token, operator string) operand {
	switch w.keyword() {
	case "TRUE", "FALSE":
		t.emit(strings.ToLower(w.text))
		return operand{kind: truth, start: w.start, end: w.end}
	case "AND", "OR", "NOT", "IN":
		t.fail(w.start, w.end, "expected a value before "+w.text, "")
		return operand{start: w.start, end: w.end}
	}
	if t.peek().is("(") {
		return t.call(w)
	}
	if key, ok := strings.CutPrefix(w.text, "metadata."); ok {
		t.emitKey(w, key)
		return operand{kind: text, start: w.start, end: w.end}
	}
	for _, v := range variables() {
		if v.name == w.text {
			t.emit(v.kind.method() + "(" + quote(v.name) + ")")
			return operand{kind: v.kind, element: text, variable: v.name, start: w.start, end: w.end}
		}
	}
	t.fail(w.start, w.end, "there is no value called "+w.text, suggestVariable(w.text, operator))
	return operand{start: w.start, end: w.end}
}

// emitKey writes the value of a metadata key.
func (t *translator) emitKey(at token, key string) {
	if t.names != nil && !slices.Contains(t.names.Metadata, key) {
		fix := "add it below metadata:"
		if near := report.DidYouMean(key, t.names.Metadata); near != "" {
			fix = near
		}
		t.fail(at.start, at.end, "the service has no metadata called "+key, fix)
	}
	t.emit("Label(" + quote(key) + ")")
}

// method is the method of facts that returns values of the kind.
func (k kind) method() string {
	switch k {
	case number:
		return "Number"
	case text:
		return "Text"
	case truth:
		return "Truth"
	case list:
		return "List"
	case noKind:
	}
	return ""
}

func suggestVariable(name, operator string) string {
	var names []string
	for _, v := range variables() {
		names = append(names, v.name)
	}
	for _, f := range functions() {
		if f.name == name {
			return "it is a function: " + f.usage
		}
	}
	switch {
	case name == "metadata":
		return "name the key: metadata.region or label('region')"
	case operator != "":
		return "if it is text, quote it: '" + name + "'"
	}
	return didYouMean(name, names)
}

// suggestFunction is for an unknown name with parentheses behind it.
func suggestFunction(name string) string {
	var names []string
	for _, f := range functions() {
		names = append(names, f.name)
	}
	for _, v := range variables() {
		if v.name == name {
			return "it is a value: write " + name + " without parentheses"
		}
	}
	return didYouMean(name, names)
}

// checkConstants refuses constants that a variable never has. A comparison with
// one would never hold, and nobody would notice that the freeze does not apply.
func (t *translator) checkConstants(variable string, literals []token) {
	for _, l := range literals {
		message, suggestion := "", ""
		switch variable {
		case "date":
			if !isDate(l.text) {
				message, suggestion = "not a date: "+l.text, "write it as in '2024-12-20'"
			}
		case "tier":
			message, suggestion = checkTier(l.text)
		case "env", "environment":
			message, suggestion = checkEnvironment(l.text)
		}
		if message != "" {
			t.fail(l.start, l.end, message, suggestion)
			return
		}
	}
}

func checkTier(name string) (message, suggestion string) {
	tier, known := spec.ParseTier(name)
	switch {
	case !known:
		var names []string
		for _, f := range spec.Tiers() {
			names = append(names, string(f.Tier))
		}
		return "there is no tier called " + name, "the tiers are " + strings.Join(names, ", ")
	case string(tier) != name:
		return fmt.Sprintf("tier is never %s here: all spellings of a tier become one", name), fmt.Sprintf("write '%s'", tier)
	}
	return "", ""
}

func checkEnvironment(name string) (message, suggestion string) {
	canonical := spec.NormaliseEnvironment(name)
	if canonical == name {
		return "", ""
	}
	return fmt.Sprintf("the environment is never %s here: it is called %s", name, canonical), fmt.Sprintf("write '%s'", canonical)
}

// didYouMean names the candidate that was most likely meant, or else all.
func didYouMean(name string, candidates []string) string {
	slices.Sort(candidates)
	return cmp.Or(report.DidYouMean(name, candidates), "there are "+strings.Join(candidates, ", "))
}
