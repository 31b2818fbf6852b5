// Package lint holds the checks over expressions, rule files and service files.
// One check is one file, one test and one page in docs/rules; the file is named
// after the rule: promql_syntax.go is promql/syntax. Checks return findings and
// do nothing else.
package lint

import (
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Options say how to lint. The zero value is the default.
type Options struct {
	// ServiceLabel is the label that carries the service's name; empty means
	// service.
	ServiceLabel string
	// RequireServiceLabel asks for the service label in rule files too.
	RequireServiceLabel bool
	// Disabled are the ids of rules that are left out.
	Disabled []string
	// Severities replace the severity of findings by rule id.
	Severities map[string]report.Severity
	// Locked are the ids of rules that no comment in a file switches off.
	Locked []string
	// Checks configure the rules that look for nothing without a policy.
	Checks organisation.Checks
	// Metadata is what rules must carry; the zero value asks for nothing.
	Metadata organisation.Metadata
	// DeadLinks are addresses that lead to no page, and why.
	DeadLinks map[string]string
	// Beside are rule files that are not linted, and whose recording rules count: those
	// that a change leaves alone.
	Beside []File
	// Names are the ids that stand behind names of rules in comments of promruval.
	Names map[string][]string
	// Asked are the ids of rules that another program looked for, as pint.
	Asked []string
	// More are checks beside those of the table.
	More []Check
	// Now decides which gate exceptions and snoozes have expired. The zero time
	// turns that off.
	Now time.Time
}

// Rule says what a check looks for. The page in docs/rules says why, and how to
// put it right.
type Rule struct {
	// ID is <stage>/<name> in kebab case.
	ID string
	// Severity is that of the rule's findings, unless the page names milder
	// cases.
	Severity report.Severity
	// Title is one short sentence about what is wrong.
	Title string
}

// Page returns the rule's page in Markdown, or "".
func (r Rule) Page() string {
	page, _ := rules.Page(r.ID)
	return page
}

// Rules returns every rule of the product, sorted by id: those of the checks here
// and those that other stages report.
func Rules() []Rule {
	var out []Rule
	for _, id := range rules.IDs() {
		head, _ := rules.Heading(id)
		out = append(out, Rule{ID: id, Severity: report.Severity(head.Severity), Title: head.Title})
	}
	return out
}

// Check looks for one thing. What it looks at is one of the interfaces below; a
// check may implement several.
type Check interface {
	Rule() Rule
}

// BrokenExprCheck looks at an expression that does not parse.
type BrokenExprCheck interface {
	Check
	CheckBrokenExpr(e *Expr) []report.Finding
}

// ExprCheck looks at an expression that parses.
type ExprCheck interface {
	Check
	CheckExpr(e *Expr) []report.Finding
}

// RuleCheck looks at an alerting or recording rule of a rule file, or an alert of
// a service file. The expression's AST is nil when it does not parse.
type RuleCheck interface {
	Check
	CheckRule(r *rulefile.Rule, e *Expr) []report.Finding
}

// AnyRuleCheck is a RuleCheck that looks at rules for Loki too, because it does not
// mind in what language their expressions are. The AST is nil there.
type AnyRuleCheck interface {
	RuleCheck
	AnyLanguage()
}

// LogCheck looks at a rule for Loki.
type LogCheck interface {
	Check
	CheckLog(r *rulefile.Rule, q logql.Query) []report.Finding
}

// GroupCheck looks at a group of a rule file.
type GroupCheck interface {
	Check
	CheckGroup(g *rulefile.Group) []report.Finding
}

// FileCheck looks at a rule file by itself.
type FileCheck interface {
	Check
	CheckFile(f *rulefile.File) []report.Finding
}

// FilesCheck looks at all rule files together. Each is let go before the next is read,
// so that the check keeps what it needs of it. Files for Loki are shown only to a check
// that does not mind the language, as AnyRuleCheck does not.
type FilesCheck interface {
	Check
	// Keep adds what is needed of a file. It is called for several files at a time.
	Keep(f *rulefile.File, to *Kept)
	// CheckFiles looks at what was kept of the files, in their order.
	CheckFiles(kept []*Kept) []report.Finding
}

// ServiceCheck looks at one service.
type ServiceCheck interface {
	Check
	CheckService(s *spec.Service) []report.Finding
}

// ServicesCheck looks at all services together.
type ServicesCheck interface {
	Check
	CheckServices(services []*spec.Service) []report.Finding
}

// Expr is one PromQL expression with what stands around it. It is parsed once,
// for all checks.
type Expr struct {
	rulefile.Text
	// AST is nil when the expression does not parse; Errors say why.
	AST       parser.Expr
	Errors    []*promql.SyntaxError
	Selectors []promql.Selector
	// Rule is the rule of the expression, nil for one of an SLO.
	Rule *rulefile.Rule
	// Owner and SLO are nil in a rule file; SLO also for an alert.
	Owner *spec.Service
	SLO   *spec.SLO
	// Field is the field of the SLO's indicator: good, total, ratio ...
	Field string
	// trial is set for an expression that tries fixes out.
	trial bool
	// lexed are the tokens of the text, once somebody asked for them.
	lexed []parser.Item
}

func newExpr(t rulefile.Text) *Expr {
	e := &Expr{Text: t.Remembered()}
	if t.V == "" {
		return e
	}
	e.AST, e.Errors = promql.ParseAll(t.V)
	e.Selectors = promql.Selectors(e.AST)
	return e
}

// about returns a finding about a node of the expression.
func (e *Expr) about(r Rule, n parser.Node, message, suggestion string) report.Finding {
	at := n.PositionRange()
	return e.Finding(r.ID, r.Severity, int(at.Start), int(at.End), message, suggestion)
}

// source returns the text of a node. Printing the node instead would cost the
// square of its depth.
func (e *Expr) source(n parser.Node) string {
	at := n.PositionRange()
	end := min(int(at.End), len(e.V))
	return strings.TrimSpace(e.V[min(int(at.Start), end):end])
}

// one returns a single finding as a list, which is what most checks have.
func one(f report.Finding) []report.Finding { return []report.Finding{f} }
