// Package promtool reads the unit tests of rules that promtool runs, and runs them
// with the embedded engine: promtool test rules without promtool.
package promtool

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/ruler"
	"github.com/nthlayer/action/pkg/spec/document"
)

// The rules of this package.
const (
	RuleFailed = "test/failed"
	RuleFile   = "test/file"
	RuleRules  = "test/rule-file"
)

// File is a file of unit tests.
type File struct {
	// Name is the path of the file as it was given to Parse.
	Name string
	// RuleFiles are the patterns of the rule files, relative to the file.
	RuleFiles []Pattern
	// Interval is how often rules are evaluated; 1m when the file does not say.
	Interval time.Duration
	// Order are the names of groups that are evaluated in this order.
	Order []string
	// Fuzzy accepts numbers that are next to one another.
	Fuzzy bool
	Tests []Test
}

// Pattern is one entry of rule_files.
type Pattern struct {
	Text string
	At   report.Position
}

// Test is one set of series and what is expected of them.
type Test struct {
	// Name is the test's own, or its number: test 2.
	Name string
	// At is where the test begins in its file.
	At          report.Position
	Start       time.Time
	Inputs      []ruler.Input
	External    map[string]string
	ExternalURL string
	Alerts      []AlertTest
	Queries     []QueryTest
}

// end is the latest time that a test asks about.
func (t Test) end() time.Duration {
	var end time.Duration
	for _, a := range t.Alerts {
		end = max(end, a.At)
	}
	for _, q := range t.Queries {
		end = max(end, q.At)
	}
	return end
}

// AlertTest is an entry of alert_rule_test.
type AlertTest struct {
	// At is the time since the start of the test.
	At    time.Duration
	Name  string
	Want  []ruler.Alert
	place place
}

// QueryTest is an entry of promql_expr_test.
type QueryTest struct {
	Expr  string
	At    time.Duration
	Want  []Sample
	place place
}

// Sample is an expected sample: a number, or the text of a histogram.
type Sample struct {
	Labels    labels.Labels
	Value     float64
	Histogram string
}

// place is where an expectation stands in its file.
type place struct {
	at   report.Position
	path string
}

// Is reports whether a document is a file of unit tests.
func Is(n *document.Node) bool { return n.Has("tests") && (n.Has("rule_files") || !n.Has("groups")) }

// Parse reads a file of unit tests. A finding means that the file is not run.
func Parse(ctx context.Context, name string, data []byte) (*File, []report.Finding) {
	docs, findings := document.ParseContext(ctx, name, data, document.RuleLimits())
	r := &reader{findings: findings}
	switch {
	case len(findings) > 0:
		return nil, findings
	case len(docs) == 0:
		return nil, []report.Finding{broken(report.Position{File: name, Line: 1, Column: 1}, "", "the file is empty", "write rule_files and tests")}
	}
	// promtool, too, reads the first document and passes over others.
	f := r.file(docs[0])
	f.Name = name
	return f, r.findings
}

func broken(at report.Position, path, message, fix string) report.Finding {
	f := report.At(at, RuleFile, report.Error, message)
	f.Path, f.Suggestion = path, fix
	return f
}
