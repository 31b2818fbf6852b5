package promruval

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// pairsOf is labels or annotations: what they are called, and where a rule has them.
type pairsOf struct {
	what string
	of   func(r *rulefile.Rule) []rulefile.Pair
}

func ofLabels() pairsOf { return pairsOf{"label", (*rulefile.Rule).AllLabels} }

func ofAnnotations() pairsOf {
	return pairsOf{"annotation", func(r *rulefile.Rule) []rulefile.Pair { return r.Annotations }}
}

func (k pairsOf) find(r *rulefile.Rule, name string) (rulefile.Pair, bool) {
	for _, p := range k.of(r) {
		if p.Key.V == name {
			return p, true
		}
	}
	return rulefile.Pair{}, false
}

// all asks for each name; elsewhere reports whether it is there in another way.
func (k pairsOf) all(names []string, elsewhere func(t target, name string) bool) check {
	return func(t target) []fault {
		var out []fault
		for _, name := range names {
			if _, ok := k.find(t.rule, name); !ok && !elsewhere(t, name) {
				out = append(out, whole(t.rule.Name, t.rule.Name.V+" has no "+k.what+" "+name, "add "+name+": below "+k.what+"s:")...)
			}
		}
		return out
	}
}

func nowhere(target, string) bool { return false }

func (k pairsOf) none(names []string) check {
	return func(t target) []fault {
		var out []fault
		for _, name := range names {
			if p, ok := k.find(t.rule, name); ok {
				out = append(out, whole(p.Key, "the "+k.what+" "+name+" is not allowed", "remove it")...)
			}
		}
		return out
	}
}

func (k pairsOf) any(names []string) check {
	return func(t target) []fault {
		if slices.ContainsFunc(names, func(name string) bool { _, ok := k.find(t.rule, name); return ok }) {
			return nil
		}
		list := strings.Join(names, ", ")
		return whole(t.rule.Name, t.rule.Name.V+" has none of the "+k.what+"s "+list, "add one of "+list)
	}
}

func (k pairsOf) matches(name string, re *regexp.Regexp, negative bool) check {
	return func(t target) []fault {
		p, ok := k.find(t.rule, name)
		if !ok || re.MatchString(p.Value.V) != negative {
			return nil
		}
		value := "the " + k.what + " " + name + ": " + report.Clip(p.Value.V, 80)
		if negative {
			return whole(p.Value, value+" matches "+shown(re), "write a value that does not match")
		}
		return whole(p.Value, value+" does not match "+shown(re), "write a value that matches as a whole")
	}
}

// allowedValue asks for one of a few values. Of a list with commas one is enough, as
// promruval has it.
func (k pairsOf) allowedValue(name string, values []string, commas, templates bool) check {
	return func(t target) []fault {
		p, ok := k.find(t.rule, name)
		if !ok || templates && strings.Contains(p.Value.V, "{{") {
			return nil
		}
		given := []string{p.Value.V}
		if commas {
			given = strings.Split(p.Value.V, ",")
		}
		if slices.ContainsFunc(given, func(v string) bool { return slices.Contains(values, v) }) {
			return nil
		}
		fix := report.DidYouMean(p.Value.V, values)
		if fix == "" {
			fix = "use one of " + strings.Join(values, ", ")
		}
		return whole(p.Value, "the "+k.what+" "+name+": "+report.Clip(p.Value.V, 80)+" is not allowed", fix)
	}
}

func hasLabels(p *params) check {
	names, inExpr := p.neededTexts("labels"), p.boolean(false, "searchInExpr")
	return ofLabels().all(names, func(t target, name string) bool {
		return inExpr && slices.ContainsFunc(used(t.expr, nil), func(u use) bool { return u.label == name })
	})
}

func doesNotHaveLabels(p *params) check {
	names, inExpr := p.neededTexts("labels"), p.boolean(false, "searchInExpr")
	rule := ofLabels().none(names)
	return func(t target) []fault {
		out := rule(t)
		if inExpr {
			out = append(out, forbidden(t.expr, nil, func(l string) bool { return slices.Contains(names, l) })...)
		}
		return out
	}
}

func hasAnyOfLabels(p *params) check { return ofLabels().any(p.neededTexts("labels")) }

func labelMatchesRegexp(p *params) check {
	return ofLabels().matches(p.needed("label"), p.pattern("regexp", ""), p.boolean(false, "negative"))
}

func labelHasAllowedValue(p *params) check {
	return ofLabels().allowedValue(p.needed("label"), p.neededTexts("allowedValues"), p.boolean(false, "commaSeparatedValue"), p.boolean(false, "ignoreTemplatedValues"))
}

func nonEmptyLabels(*params) check {
	return func(t target) []fault {
		var out []fault
		for _, l := range t.rule.Labels {
			if l.Value.V == "" {
				out = append(out, whole(l.Key, "the label "+l.Key.V+" is empty, which drops it", "write a value, or remove it")...)
			}
		}
		return out
	}
}

func exclusiveLabels(p *params) check {
	first, firstValue := p.needed("firstLabel"), p.text("firstLabelValue")
	second, secondValue := p.needed("secondLabel"), p.text("secondLabelValue")
	return func(t target) []fault {
		a, hasA := ofLabels().find(t.rule, first)
		b, hasB := ofLabels().find(t.rule, second)
		if !hasA || !hasB || firstValue != "" && a.Value.V != firstValue || secondValue != "" && b.Value.V != secondValue {
			return nil
		}
		return whole(b.Key, "the label "+second+": "+b.Value.V+" is not allowed beside "+first+": "+a.Value.V, "remove one of the two")
	}
}

func hasAnnotations(p *params) check {
	return ofAnnotations().all(p.neededTexts("annotations"), nowhere)
}

func doesNotHaveAnnotations(p *params) check {
	return ofAnnotations().none(p.neededTexts("annotations"))
}

func hasAnyOfAnnotations(p *params) check {
	return ofAnnotations().any(p.neededTexts("annotations"))
}

func annotationMatchesRegexp(p *params) check {
	return ofAnnotations().matches(p.needed("annotation"), p.pattern("regexp", ""), p.boolean(false, "negative"))
}

func annotationHasAllowedValue(p *params) check {
	return ofAnnotations().allowedValue(p.needed("annotation"), p.neededTexts("allowedValues"), p.boolean(false, "commaSeparatedValue"), false)
}
