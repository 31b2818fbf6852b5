package suppress

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/report"
)

// The rules about comments.
const (
	RuleDetached    = "suppress/detached"
	RuleExpired     = "suppress/expired"
	RuleIgnored     = "suppress/ignored"
	RuleLocked      = "suppress/locked"
	RuleNoReason    = "suppress/no-reason"
	RuleSyntax      = "suppress/syntax"
	RuleUnknownRule = "suppress/unknown-rule"
	RuleUnused      = "suppress/unused"
)

func (s span) String() string { return strconv.Itoa(s.from) + "-" + strconv.Itoa(s.to) }

// Problems returns what is wrong with the comments, once all findings were held
// against them.
func (s *Set) Problems() []report.Finding {
	var out []report.Finding
	for _, f := range s.files {
		for _, c := range f.comments {
			out = append(out, s.problems(f, c)...)
		}
		for _, h := range f.hidden {
			out = append(out, f.ignored(h, len(s.o.Locked) > 0))
		}
	}
	return out
}

func (s *Set) problems(f *File, c scoped) []report.Finding {
	switch {
	case c.mistake != "":
		return f.one(c, RuleSyntax, report.Warning, c.mistake, c.fix)
	case c.about == (span{}):
		return f.one(c, RuleDetached, report.Warning, "the comment stands at nothing, so it leaves nothing out",
			"put it right above the rule, the group or the key, or write disable-file for the whole file")
	}
	var out []report.Finding
	for _, n := range c.rules {
		out = append(out, s.ofRule(f, c, n)...)
	}
	if c.foreign == ours && c.reason == "" {
		out = append(out, f.one(c, RuleNoReason, report.Info, "the comment leaves a rule out without saying why", "add the reason in brackets: (why)")...)
	}
	return out
}

// ofRule says what is wrong with one rule that a comment names. Of what other tools
// look for we may have no rule, and those tools say themselves what is of no use.
func (s *Set) ofRule(f *File, c scoped, n named) []report.Finding {
	targets, name := s.targets(c.foreign, n), n.rule
	if i := slices.IndexFunc(targets, func(t named) bool { return s.fixed(t.rule) }); i >= 0 {
		id := targets[i].rule
		return f.one(c, RuleLocked, report.Warning, "no comment leaves "+id+" out, so its findings stand", s.way(id))
	}
	if c.foreign != ours {
		return s.unheard(f, c, name, len(targets) > 0)
	}
	if !known(name) {
		return f.one(c, RuleUnknownRule, report.Warning, "there is no rule "+name, cmp.Or(report.DidYouMean(name, rules.IDs()), "nthlayer rules lists them"))
	}
	if c.expired(s.o.Now) {
		return f.one(c, RuleExpired, report.Warning, "the snooze of "+name+" ended on "+c.until.Format("2006-01-02")+", so its findings are back",
			"put right what the rule found and remove the comment")
	}
	if s.o.Ran != nil && s.o.Ran(name) && !c.used[name] {
		return f.one(c, RuleUnused, report.Warning, "the comment leaves "+name+" out, which finds nothing here", "remove the comment")
	}
	return nil
}

// unheard tells a name that another tool does not have. Without a configuration of
// promruval its rules have no names here, and a later pint has more checks: only what
// is nearly a name that there is can be told then.
func (s *Set) unheard(f *File, c scoped, name string, heard bool) []report.Finding {
	names := foreignNamed(c.foreign)
	if c.foreign == promruval {
		names = append(names, slices.Sorted(maps.Keys(s.o.Names))...)
	}
	heard = heard || slices.Contains(names, name)
	fix := report.DidYouMean(name, names)
	if heard || c.annotation || fix == "" && (c.foreign == pint || len(s.o.Names) == 0) {
		return nil
	}
	message := "pint has no check " + name
	if c.foreign == promruval {
		message = "promruval has no validator " + name + ", and no rule of a configuration has this name"
	}
	return f.one(c, RuleUnknownRule, report.Warning, message, cmp.Or(fix, "remove the name; docs/promruval.md lists the validators"))
}

// way says what to do about a finding that no comment leaves out.
func (s *Set) way(id string) string {
	if Immune(id) {
		return "put right what the rule found, and remove the comment"
	}
	return "put right what the rule found, or ask whoever keeps .nthlayer/policy.yaml for a waiver; remove the comment"
}

func known(id string) bool {
	_, ok := rules.Heading(id)
	return ok || strings.HasPrefix(id, "policy/")
}

// one returns a finding about a comment.
func (f *File) one(c scoped, rule string, severity report.Severity, message, fix string) []report.Finding {
	text := f.source(c.line)
	at := report.Position{File: f.name, Line: c.line, Column: c.column, EndLine: c.line, EndColumn: 1 + utf8.RuneCountInString(strings.TrimRight(text, " \t"))}
	out := report.At(at, rule, severity, message)
	out.Suggestion, out.Snippet, out.Path = fix, text, "comment "+c.text
	return []report.Finding{out}
}

// ignored says which lines a comment of pint hides. That hides nothing from rules
// that are locked, unless the lines are no YAML.
func (f *File) ignored(h span, locked bool) report.Finding {
	severity := report.Info
	message := fmt.Sprintf("lines %d to %d are left out", h.from, h.to)
	if h.from == h.to {
		message = fmt.Sprintf("line %d is left out", h.from)
	}
	message += " by a comment of pint"
	switch {
	case locked && f.blank:
		severity = report.Error
		message += ", and since the file is no YAML with them, locked rules saw nothing of them either"
	case locked:
		message += ", but for rules that are locked"
	}
	out := report.At(report.Position{File: f.name, Line: h.from, Column: 1}, RuleIgnored, severity, message)
	out.Suggestion, out.Snippet, out.Path = "leave out single rules instead: # nthlayer disable rule-id (reason)", f.source(h.from), "ignored"
	return out
}

// maxShown is how long a line may be, in bytes, to be shown beside a finding.
const maxShown = 400

// source returns a line to show beside a finding.
func (f *File) source(at int) string {
	if !f.inside(at) || len(f.outline.lines[at].text) > maxShown || !utf8.ValidString(f.outline.lines[at].text) {
		return ""
	}
	return f.outline.lines[at].text
}
