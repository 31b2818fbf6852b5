package lint

import (
	"regexp"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleLogQL tells rule files for the ruler of Loki from those for Prometheus: they
// have the same form, and every expression in them is LogQL. Checking them as PromQL
// would call each rule broken.
type ruleLogQL struct{}

func (ruleLogQL) Rule() Rule {
	return Rule{ID: "rule/logql", Severity: report.Info, Title: "The rules are for Loki and are not checked"}
}

// logQL matches what follows a stream selector in LogQL and nowhere in PromQL: a
// filter of lines, or a parser behind a pipe.
var logQL = regexp.MustCompile("\\}\\s*(\\|=|\\|~|!=\\s*[\"`]|!~\\s*[\"`]|\\|>|\\|\\s*[a-z_]+)")

// take removes the files for Loki, and returns their rules with one finding for each
// file.
func (c ruleLogQL) take(files []*rulefile.File) ([]*rulefile.File, []*rulefile.Rule, []report.Finding) {
	var logs []*rulefile.Rule
	var found []report.Finding
	files = slices.DeleteFunc(files, func(f *rulefile.File) bool {
		first := forLoki(f)
		if first == nil {
			return false
		}
		for _, g := range f.Groups {
			logs = append(logs, g.Rules...)
		}
		r := c.Rule()
		found = append(found, first.Expr.Whole(r.ID, r.Severity, "all rules of this file are LogQL, which Loki's ruler evaluates: they are not checked",
			"load the file into Loki; Prometheus refuses it"))
		return true
	})
	return files, logs, found
}

// forLoki returns the first rule of a file in which every expression is LogQL, and
// nil for any other file. One that parses as PromQL is none.
func forLoki(f *rulefile.File) *rulefile.Rule {
	var first *rulefile.Rule
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			if !logQL.MatchString(r.Expr.V) || len(newExpr(r.Expr).Errors) == 0 {
				return nil
			}
			if first == nil {
				first = r
			}
		}
	}
	return first
}
