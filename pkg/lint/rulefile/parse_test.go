package rulefile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline prints what was read, a line for each group and rule.
func outline(f *File) string {
	var b strings.Builder
	for _, g := range f.Groups {
		b.WriteString("group " + g.Name.V + " interval=" + g.Interval.V + "\n")
		for _, r := range g.Rules {
			b.WriteString("  " + r.Kind.String() + " " + r.Name.V + ": " + r.Expr.V + " for=" + r.For.V)
			for _, l := range r.AllLabels() {
				b.WriteString(" " + l.Key.V + "=" + l.Value.V)
			}
			b.WriteString(" at " + r.Expr.At().String() + " path " + r.Expr.Path + "\n")
		}
	}
	return b.String()
}

func TestParseReadsAllShapes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain file", `groups:
- name: a
  interval: 30s
  labels: {cluster: x, severity: low}
  rules:
  - alert: Down
    expr: |
      up
        == 0
    for: 5m
    labels: {severity: page, priority: 1, muted: false}
  - record: job:up:sum
    expr: sum(up)
`, `group a interval=30s
  alert Down: up
  == 0
 for=5m cluster=x muted=false priority=1 severity=page at r.yaml:8:7 path a/Down/expr
  record job:up:sum: sum(up) for= cluster=x severity=low at r.yaml:13:11 path a/job:up:sum/expr
`},
		{"resources, some of other kinds", `kind: ConfigMap
data: {}
---
kind: PrometheusRule
spec:
  groups:
  - name: a
    rules:
    - {alert: Down, expr: up == 0}
---
kind: List
items:
- kind: Service
- kind: PrometheusRule
  spec:
    groups:
    - name: a
`, `group a interval=
  alert Down: up == 0 for= at r.yaml:9:27 path a/Down/expr
group a interval=
`},
		{"anchors", `groups:
- name: a
  rules:
  - &r {alert: Down, expr: up == 0}
  - <<: *r
    for: 5m
`, `group a interval=
  alert Down: up == 0 for= at r.yaml:4:28 path a/Down/expr
  alert Down: up == 0 for=5m at r.yaml:4:28 path a/Down/expr
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, findings := Parse(t.Context(), "r.yaml", []byte(c.text))
			if len(findings) > 0 {
				t.Errorf("findings: %v", findings)
			}
			if diff := cmp.Diff(c.want, outline(f)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestResourcesAreLoadedAlone(t *testing.T) {
	f, _ := Parse(t.Context(), "r.yaml", []byte("kind: PrometheusRule\nspec: {groups: [{name: a}]}\n---\nkind: List\nitems: [{kind: PrometheusRule, spec: {groups: [{name: a}]}}]\n---\nkind: PrometheusRule\nspec: {groups: [{name: a}, {name: b}]}\n"))
	seen := map[int]int{}
	for _, g := range f.Groups {
		seen[g.Document]++
	}
	if len(f.Groups) != 4 || len(seen) != 3 {
		t.Errorf("%d groups in %d documents", len(f.Groups), len(seen))
	}
}

func TestWhatCanBeReadIsKeptBesideTheFindings(t *testing.T) {
	f, findings := Parse(t.Context(), "r.yaml", []byte("groups:\n- name: a\n  owner: me\n  rules:\n  - {alert: A, expr: up == 0}\n  - {alert: B, record: b, expr: up}\n- rules: [{alert: C, expr: up == 1}]\n"))
	if len(findings) != 3 {
		t.Errorf("%d findings: %v", len(findings), findings)
	}
	if got := outline(f); !strings.Contains(got, "alert A") || !strings.Contains(got, "alert C") {
		t.Errorf("got:\n%s", got)
	}
}

func TestATextThatNobodyWroteHasAFindingWithoutAPlace(t *testing.T) {
	f := Text{V: "x"}.Whole("a/b", "error", "message", "fix")
	if f.Line != 0 || f.Rule != "a/b" || f.Suggestion != "fix" {
		t.Errorf("got %+v", f)
	}
}
