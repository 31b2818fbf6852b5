package promruval

import (
	"regexp"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

func forIsNotLongerThan(p *params) check {
	limit := p.limit()
	return func(t target) []fault { return longer("for", t.rule.For, limit) }
}

func keepFiringForIsNotLongerThan(p *params) check {
	limit := p.limit()
	return func(t target) []fault { return longer("keep_firing_for", t.rule.KeepFiringFor, limit) }
}

func longer(field string, v rulefile.Text, limit time.Duration) []fault {
	d, err := model.ParseDuration(v.V)
	if err != nil || time.Duration(d) <= limit {
		return nil
	}
	return whole(v, field+": "+v.V+" is longer than "+promql.Duration(limit), "wait at most "+promql.Duration(limit))
}

// nameMatch reads regexp and negative, and returns what holds a name to them.
func (p *params) nameMatch(needed bool) func(name rulefile.Text, what string) []fault {
	re := p.pattern("regexp", "")
	if needed {
		re = p.neededPattern("regexp")
	}
	return matching(re, p.boolean(false, "negative"))
}

func matching(re *regexp.Regexp, negative bool) func(name rulefile.Text, what string) []fault {
	return func(name rulefile.Text, what string) []fault {
		switch {
		case re.MatchString(name.V) != negative:
			return nil
		case negative:
			return whole(name, what+" "+name.V+" matches "+shown(re), "choose a name that does not match")
		}
		return whole(name, what+" "+name.V+" does not match "+shown(re), "choose a name that matches as a whole")
	}
}

func alertNameMatchesRegexp(p *params) check {
	match := p.nameMatch(true)
	return func(t target) []fault { return match(t.rule.Name, "the name of the alert") }
}

func recordedNameMatches(p *params) check {
	match := p.nameMatch(true)
	return func(t target) []fault { return match(t.rule.Name, "the recorded name") }
}

func recordedNameDoesNotMatch(p *params) check {
	match := matching(p.neededPattern("regexp"), true)
	return func(t target) []fault { return match(t.rule.Name, "the recorded name") }
}

func annotationIsValidURL(p *params) check {
	name, asTemplate := p.needed("annotation"), p.boolean(false, "asTemplate")
	if p.boolean(false, "resolveUrl") && !p.failed {
		p.add(p.get("resolveUrl"), report.Info, "resolveUrl: no page is asked for here", "nthlayer lint --check-urls asks for the pages of runbooks")
	}
	return func(t target) []fault {
		a, ok := ofAnnotations().find(t.rule, name)
		if !ok {
			return nil
		}
		text := a.Value.V
		switch plain := lint.WithoutActions(text, ""); {
		case plain != text && !asTemplate:
			return whole(a.Value, "the annotation "+name+" is a template, no address", "set asTemplate: true for it, or write the address out")
		case asTemplate:
			text = plain
		}
		if why, fix := lint.WrongLink(text); why != "" {
			return whole(a.Value, "the annotation "+name+" "+why, fix)
		}
		return nil
	}
}

func annotationIsValidPromQL(p *params) check {
	name := p.needed("annotation")
	return func(t target) []fault {
		a, ok := ofAnnotations().find(t.rule, name)
		if !ok {
			return nil
		}
		_, errs := promql.ParseAll(a.Value.V)
		var out []fault
		for _, err := range errs {
			out = append(out, fault{a.Value, err.Start, err.End, "the annotation " + name + " is no PromQL: " + err.Message, "correct the expression"})
		}
		return out
	}
}
