package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// policyInWords returns the policy of the current folder, nil where there is none.
// One with mistakes is an error: what is printed of it would be wrong.
func policyInWords(ctx context.Context, file string) (*organisation.Policy, error) {
	ws, err := spec.OpenWorkspace(".")
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	reader := newPolicyReader(entrypoint.Settings{Workspace: ".", Policy: file}, ws)
	reader.withoutBaseline = true
	got := reader.read(ctx)
	if got.Unknown != "" {
		return nil, errors.New(got.Unknown)
	}
	var problems []error
	for _, f := range got.Findings {
		if f.Severity == report.Error {
			problems = append(problems, errors.New(f.Position().String()+": "+f.Message+": "+f.Suggestion))
		}
	}
	return got.Policy, errors.Join(problems...)
}

// ruleList is what is printed of the rules: those of the product, and the policy.
type ruleList struct {
	policy *organisation.Policy
	// today is the day of the run, as 2026-01-31.
	today string
	out   io.Writer
	err   error
}

// line writes one line. After an error nothing is written.
func (l *ruleList) line(parts ...string) {
	if l.err == nil {
		_, l.err = fmt.Fprintln(l.out, strings.Join(parts, ""))
	}
}

// severity returns how loud a rule is by the policy: off when it is disabled.
func (l *ruleList) severity(id string) string {
	head, _ := rules.Heading(id)
	if l.policy == nil {
		return head.Severity
	}
	if slices.Contains(l.policy.Lint.Disabled, id) {
		return "off"
	}
	if s, ok := l.policy.Lint.Severities[id]; ok {
		return string(s)
	}
	return head.Severity
}

// terminal prints the policy for a terminal.
func (l *ruleList) terminal() {
	if l.policy == nil {
		return
	}
	l.line("The policy ", render.TerminalText(l.policy.File))
	for _, s := range l.policy.Sentences() {
		l.line("")
		l.line("  ", render.TerminalText(s.Name), " (", loudness(s), ")")
		l.line("    ", render.TerminalText(s.Text))
		if s.Why != "" {
			l.line("    ", render.TerminalText(s.Why))
		}
	}
	for _, s := range l.sections() {
		l.line("")
		l.line("  ", s.title)
		for _, text := range s.lines {
			l.line("    ", render.TerminalText(text))
		}
	}
	l.line("")
}

// section is a list in the policy.
type section struct {
	title string
	lines []string
}

// sections are what the policy holds beside its rules; none is empty.
func (l *ruleList) sections() []section {
	all := []section{{"Waivers", l.policy.WaiverSentences(l.today)}, {"Settings", l.policy.Settings}}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.lines) == 0 })
}

// loudness is the severity of a rule of the policy, off when the policy disables it.
func loudness(s organisation.Sentence) string {
	if s.Off {
		return "off"
	}
	return string(s.Severity)
}

// markdown prints the policy and the rules as a page.
func (l *ruleList) markdown() {
	if l.policy != nil {
		l.line("# The policy ", render.MarkdownCode(l.policy.File))
		for _, s := range l.policy.Sentences() {
			l.line("")
			l.line("- **", render.MarkdownText(s.Name), "** (", loudness(s), "): ", render.MarkdownText(strings.TrimSpace(s.Text+" "+s.Why)))
		}
		for _, s := range l.sections() {
			l.line("")
			l.line("## ", s.title)
			l.line("")
			for _, text := range s.lines {
				l.line("- ", render.MarkdownText(text))
			}
		}
		l.line("")
	}
	l.line("# The rules of nthlayer")
	l.line("")
	l.line("| Rule | Severity | What it finds |")
	l.line("|---|---|---|")
	for _, id := range rules.IDs() {
		head, _ := rules.Heading(id)
		l.line("| `", id, "` | ", l.severity(id), " | ", render.MarkdownText(head.Title), " |")
	}
}
