package dashboard

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// templateLabelPromQL finds variables whose values are asked for by a query that
// Prometheus refuses: the variable stays empty, and every panel with it.
func templateLabelPromQL() rule {
	r := lint.Rule{ID: "dashboard/template-label-promql", Severity: report.Error, Title: "The query of a variable is broken"}
	return rule{r, func(r lint.Rule, b *board) []found {
		queries := lint.NewQueries(lint.Options{}, "promql/syntax")
		var out []found
		for _, v := range b.vars {
			q := v.query()
			if q == nil || v.typ != "query" || b.asks(v) != prometheus {
				continue
			}
			for _, f := range b.broken(q, queries) {
				f.Rule, f.Severity, f.Fix = r.ID, r.Severity, nil
				f.Message = "the variable " + v.name + " is asked for by " + f.Message
				out = append(out, found{f, nil, -1})
			}
		}
		return out
	}}
}

// broken finds what Prometheus refuses in the query of a variable.
func (b *board) broken(q *value, queries lint.Queries) []report.Finding {
	from, to, selector := 0, len(q.text), !asksFor.MatchString(q.text)
	if !selector {
		var ok bool
		if from, to, ok = inner(q.text); !ok {
			return nil
		}
	}
	rd := b.readPart(q, from, to)
	if !rd.sure || strings.TrimSpace(q.text) == "" {
		return nil
	}
	if _, ok := rd.ast.(*parser.VectorSelector); selector && rd.ast != nil && !ok {
		return []report.Finding{rd.text.Whole("", "", "an expression, where Grafana sends it as a selector", "write query_result(...) around it, or label_values(metric, label)")}
	}
	if rd.ast != nil {
		return nil
	}
	found := queries.Check(context.Background(), rd.text)
	for i := range found {
		found[i].Message = "a broken query: " + rd.spell(found[i].Message)
		if m := called.FindStringSubmatch(q.text); selector && m != nil {
			found[i].Suggestion = cmp.Or(report.DidYouMean(m[1], functions()), found[i].Suggestion)
		}
	}
	return found
}

// functions are what Grafana itself evaluates in the query of a variable. It sends
// everything else to Prometheus as a selector.
func functions() []string { return []string{"label_names", "label_values", "metrics", "query_result"} }

var (
	asksFor = regexp.MustCompile(`^\s*(` + strings.Join(functions(), "|") + `)\s*\(`)
	called  = regexp.MustCompile(`^\s*(\w+)\s*\(`)
)

// query returns the text of a variable's query.
func (v variable) query() *value {
	for _, q := range []*value{v.at.get("query", "query"), v.at.get("query"), v.at.get("definition")} {
		if q != nil && q.kind == text {
			return q
		}
	}
	return nil
}

// asks returns where the values of a variable come from.
func (b *board) asks(v variable) sourceKind {
	t := &value{kind: object, fields: []field{{"datasource", v.at.get("datasource")}, {"expr", v.query()}}}
	return b.sourceOf(t, &panel{})
}

var (
	labelValues = regexp.MustCompile(`^\s*label_values\(((?s).*),[^,]*\)\s*$`)
	queryResult = regexp.MustCompile(`^\s*query_result\(((?s).*)\)\s*$`)
)

// inner returns the part of a variable's query that is PromQL, if one is.
func inner(q string) (from, to int, ok bool) {
	for _, form := range []*regexp.Regexp{labelValues, queryResult} {
		if m := form.FindStringSubmatchIndex(q); m != nil && strings.TrimSpace(q[m[2]:m[3]]) != "" {
			return m[2], m[3], true
		}
	}
	return 0, 0, false
}
