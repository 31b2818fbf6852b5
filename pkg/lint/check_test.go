package lint

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// exprCase is an expression and the parts of it that a rule finds something about.
type exprCase struct {
	expr string
	want []string
}

// tryExpressions tries the expressions of alerts that wait five minutes, one rule
// file each.
func tryExpressions(t *testing.T, id string, checks organisation.Checks, cases []exprCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.expr, func(t *testing.T) {
			text := "groups:\n- name: a\n  rules:\n  - alert: A\n    for: 5m\n    expr: |-\n      " + c.expr + "\n"
			tryRules(t, id, checks, text, c.want)
		})
	}
}

// tryRules compares what a rule marks in a rule file.
func tryRules(t *testing.T, id string, checks organisation.Checks, text string, want []string) {
	t.Helper()
	var got []string
	for _, f := range RuleFiles(context.Background(), []File{{Name: "a.yaml", Data: []byte(text)}}, Options{Checks: checks}) {
		if f.Rule == id {
			got = append(got, markedBy(f))
		}
		if f.Rule == "rule/structure" || f.Rule == "promql/syntax" || strings.HasPrefix(f.Rule, "yaml/") {
			t.Errorf("the case is broken: %s", describe(f))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s in\n%s(-want +got):\n%s", id, text, diff)
	}
}

// markedBy returns the text that a finding points at.
func markedBy(f report.Finding) string {
	_, rest, ok := strings.Cut(describe(f), "`")
	if !ok {
		return f.Position().String()
	}
	marked, _, _ := strings.Cut(rest, "`\n")
	return marked
}
