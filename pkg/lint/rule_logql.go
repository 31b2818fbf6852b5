package lint

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/logql"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
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

// forLoki reports whether a file is for Loki: an expression of it is LogQL and no
// PromQL, and none says that the file is for Prometheus.
func forLoki(f *rulefile.File) bool {
	rules := rulesIn([]*rulefile.File{f})
	// Nearly no file is, and looking for what only LogQL has takes no parser.
	if !slices.ContainsFunc(rules, func(r *rulefile.Rule) bool { return logql.Looks(r.Expr.V) }) {
		return false
	}
	found := false
	for _, r := range rules {
		switch languageOf(r.Expr) {
		case inPromQL:
			return false
		case inLogQL:
			found = true
		case inEither:
		}
	}
	return found
}

// language is what an expression says about the server that it is for.
type language uint8

const (
	inEither language = iota
	inPromQL
	inLogQL
)

// languageOf tells LogQL from PromQL. A selector of labels alone stands in both, and
// which of the two is meant then stands in the other rules of the file: what both
// languages read says nothing, and neither does what PromQL refuses for the lack of
// anything that only LogQL has.
func languageOf(expr rulefile.Text) language {
	e := newExpr(expr)
	switch {
	case len(e.Errors) == 0:
		if slices.ContainsFunc(e.Selectors, namesMetric) {
			return inPromQL
		}
		return inEither
	case logql.NamesMetric(expr.V) || !strings.Contains(expr.V, "{"):
		return inPromQL
	case logql.Looks(expr.V):
		return inLogQL
	}
	return inEither
}

// namesMetric reports whether a selector is about metrics by their name.
func namesMetric(s promql.Selector) bool {
	return s.Name != "" || s.Matcher(model.MetricNameLabel) != nil
}
