package dashboard

import (
	"regexp"
	"strings"

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
			if q == nil || v.typ != "query" || !b.asksPrometheus(v) {
				continue
			}
			from, to, ok := inner(q.text)
			if !ok {
				continue
			}
			rd := readPart(q, from, to)
			if rd.ast != nil || !rd.sure {
				continue
			}
			for _, f := range queries.Check(rd.text) {
				f.Rule, f.Severity, f.Fix = r.ID, r.Severity, nil
				f.Message = "the variable " + v.name + " is asked for by a broken query: " + f.Message
				out = append(out, found{f, nil, -1})
			}
		}
		return out
	}}
}

// query returns the text of a variable's query.
func (v variable) query() *value {
	for _, q := range []*value{v.at.get("query", "query"), v.at.get("query"), v.at.get("definition")} {
		if q != nil && q.kind == text {
			return q
		}
	}
	return nil
}

// asksPrometheus reports whether the values of a variable come from Prometheus.
func (b *board) asksPrometheus(v variable) bool {
	t := &value{kind: object, fields: []field{{"datasource", v.at.get("datasource")}, {"expr", v.query()}}}
	return b.sourceOf(t, &panel{}) == prometheus
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
