package lint

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint/fix"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// kinds are the kinds of files that hold expressions. EXPR stands for one, FOR
// and KEY for a line with a duration and the key of an expression.
func kinds() map[string]string {
	const service = "service: {name: checkout, team: a, tier: low, type: api}\nresources:\n"
	rule := "- alert: A\n  exprKEY: EXPR # why\n  FOR\n  labels: {severity: critical}\n"
	under := func(indent, text string) string {
		return indent + strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\n"+indent), indent)
	}
	return map[string]string{
		"rule file":                   "groups:\n- name: a\n  rules:\n" + under("  ", rule),
		"PrometheusRule":              "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\nspec:\n  groups:\n  - name: a\n    rules:\n" + under("    ", rule),
		"second document":             "kind: PrometheusRule\nspec: {groups: []}\n---\n# the second\nkind: PrometheusRule\nspec:\n  groups:\n  - name: a\n    rules:\n" + under("    ", rule),
		"list":                        "kind: List\nitems:\n- kind: PrometheusRule\n  spec:\n    groups:\n    - name: a\n      rules:\n" + under("      ", rule),
		"alert of a service":          service + "- kind: Alert\n  name: A\n  spec:\n    exprKEY: EXPR # why\n    FOR\n    severity: critical\n",
		"SLO of a service":            service + "- kind: SLO\n  name: a\n  spec:\n    objective: 99.9\n    window: 30d\n    good_query: sum(rate(good{service=\"checkout\"}[5m]))\n    total_queryKEY: EXPR # why\n",
		"recording rule of a service": service + "- kind: RecordingRule\n  name: a\n  spec:\n    record: a:b:c\n    exprKEY: EXPR # why\n",
		"dashboard of a service":      service + "- kind: Dashboard\n  name: a\n  spec:\n    panels:\n    - title: a\n      exprKEY: EXPR # why\n",
	}
}

// Each rule with a fix has it in each kind of file, or there is a reason.
func TestFixesByKindOfFile(t *testing.T) {
	forLine := regexp.MustCompile(`(?m)^ *FOR\n`)
	const whole = "sum(up{job=\"a\",service=\"checkout\"}) > 5"
	for _, c := range []struct {
		name, rule string
		expr, want string
		// line is what takes the place of FOR, key the end of a misspelt key.
		line, key string
		// without are the kinds that this cannot be written in.
		without []string
	}{
		{name: "a regexp without a pattern", rule: "promql/regexp-without-pattern", expr: `'sum(up{job=~"a",service="checkout"}) > 5'`, want: `'` + whole + `'`},
		{name: "needless anchors", rule: "promql/regexp-without-pattern", expr: `"sum(up{job=~\"^a$\",service=\"checkout\"}) > 5"`, want: `"` + strings.ReplaceAll(whole, `"`, `\"`) + `"`},
		{name: "float noise", rule: "promql/float-noise", expr: `sum(up{service="checkout"}) > 0.30000000000000004`, want: `sum(up{service="checkout"}) > 0.3`},
		{
			name: "a sum without le", rule: "promql/quantile-without-le",
			expr: `histogram_quantile(0.9, sum by (job) (rate(x_bucket{service="checkout"}[5m]))) > 1`,
			want: `histogram_quantile(0.9, sum by (le, job) (rate(x_bucket{service="checkout"}[5m]))) > 1`,
		},
		{
			name: "a duration of nothing", rule: "alert/for", expr: `'` + whole + `'`, want: `'` + whole + `'`, line: "for: 0s",
			without: []string{"SLO of a service", "recording rule of a service", "dashboard of a service"},
		},
		{
			name: "a misspelt key", rule: "structure", expr: `'` + whole + `'`, want: `'` + whole + `'`, key: "s",
		},
	} {
		for kind, file := range kinds() {
			if c.line == "" {
				file = forLine.ReplaceAllString(file, "")
			}
			if strings.Contains(strings.Join(c.without, "\n"), kind) {
				continue
			}
			t.Run(c.name+" in a "+kind, func(t *testing.T) {
				write := func(expr, line, misspelt string) string {
					return strings.NewReplacer("EXPR", expr, "KEY", misspelt, "FOR", line).Replace(file)
				}
				for _, eol := range []string{"\n", "\r\n"} {
					text := strings.ReplaceAll(write(c.expr, c.line, c.key), "\n", eol)
					want := strings.ReplaceAll(forLine.ReplaceAllString(write(c.want, "FOR", ""), ""), "\n", eol)
					if diff := cmp.Diff(want, fixAnyFile(t, text, c.rule)); diff != "" {
						t.Errorf("lines end with %q (-want +got):\n%s", eol, diff)
					}
				}
			})
		}
	}
}

// fixAnyFile applies the fixes of a rule to a service file or a file of rules.
func fixAnyFile(t *testing.T, text, rule string) string {
	t.Helper()
	out := fix.File(t.Context(), "a.yaml", []byte(text), slicesOf(findingsOfAny(t, text), rule), document.RuleLimits())
	if len(out.Refused) > 0 {
		t.Fatalf("%v in\n%s", out.Refused[0].Err, text)
	}
	return string(out.Data)
}

func findingsOfAny(t *testing.T, text string) []report.Finding {
	t.Helper()
	if !strings.Contains(text, "service: {") {
		return RuleFiles(context.Background(), []File{{Name: "a.yaml", Data: []byte(text)}}, Options{})
	}
	loaded := loadServices(t, example{{Name: "a.yaml", Data: []byte(text)}}, "")
	return append(loaded.Findings, Services(context.Background(), loaded.Services, Options{})...)
}

func slicesOf(findings []report.Finding, rule string) []report.Finding {
	var out []report.Finding
	for _, f := range findings {
		if f.Rule == rule || rule == "structure" && (f.Rule == "rule/structure" || f.Rule == "spec/unknown-field") {
			out = append(out, f)
		}
	}
	return out
}

// A duration of nothing in the part for one environment stands over another one:
// nobody offers to remove it.
func TestADurationThatStandsOverAnotherStays(t *testing.T) {
	const text = `service: {name: checkout, team: a, tier: low, type: api}
resources:
- kind: Alert
  name: A
  spec:
    expr: sum(up{service="checkout"}) > 5
    for: 5m
    severity: critical
environments:
  dev:
    resources:
    - kind: Alert
      name: A
      spec:
        for: 0s
`
	loaded := loadServices(t, example{{Name: "a.yaml", Data: []byte(text)}}, "dev")
	found := slicesOf(Services(context.Background(), loaded.Services, Options{}), "alert/for")
	if len(found) != 1 || found[0].Line != 15 || found[0].Fix != nil {
		t.Errorf("%+v", found)
	}
}
