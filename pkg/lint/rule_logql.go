package lint

import (
	"regexp"

	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleLogQL reports the parts of LogQL that are not checked.
type ruleLogQL struct{}

func (ruleLogQL) Rule() Rule {
	return Rule{ID: "rule/logql", Severity: report.Info, Title: "A part of the LogQL is not checked"}
}

func (c ruleLogQL) CheckLog(r *rulefile.Rule, q logql.Query) []report.Finding {
	if q.Outside == nil {
		return nil
	}
	rule := c.Rule()
	return one(r.Expr.Finding(rule.ID, rule.Severity, q.Outside.Start, q.Outside.End, "this LogQL is not checked from here on", "try it in Loki"))
}

// logQL matches what follows a stream selector in LogQL and nowhere in PromQL: a
// filter of lines, or a parser behind a pipe.
var logQL = regexp.MustCompile("\\}\\s*(\\|=|\\|~|!=\\s*[\"`]|!~\\s*[\"`]|\\|>|\\|\\s*[a-z_]+)")

// apart tells the files for the ruler of Loki from those for Prometheus: they have the
// same form, and every expression in them is LogQL. Checking them as PromQL would call
// each rule broken.
func apart(files []*rulefile.File) (prometheus, loki []*rulefile.File) {
	for _, f := range files {
		if forLoki(f) {
			loki = append(loki, f)
			continue
		}
		prometheus = append(prometheus, f)
	}
	return prometheus, loki
}

// rulesIn returns all rules of files.
func rulesIn(files []*rulefile.File) []*rulefile.Rule {
	var out []*rulefile.Rule
	for _, f := range files {
		for _, g := range f.Groups {
			out = append(out, g.Rules...)
		}
	}
	return out
}

// forLoki reports whether every expression of a file is LogQL. One that parses as
// PromQL is none.
func forLoki(f *rulefile.File) bool {
	found := false
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			if !logQL.MatchString(r.Expr.V) || len(newExpr(r.Expr).Errors) == 0 {
				return false
			}
			found = true
		}
	}
	return found
}
