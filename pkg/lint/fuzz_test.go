package lint

import (
	"context"
	"strings"
	"testing"
)

// FuzzRuleFiles looks for panics, for findings outside of the file, and for files
// that Prometheus refuses and we do not.
func FuzzRuleFiles(f *testing.F) {
	for _, seed := range []string{
		"groups: []", "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: |\n      up\n        == 0\n",
		"kind: PrometheusRule\nspec:\n  groups: [{name: a, rules: [{record: 'a:b', expr: \"sum(up\"}]}]",
		"kind: List\nitems:\n- kind: PrometheusRule\n  spec: {groups: }",
		"groups:\n- name: a\n  rules:\n  - &r {alert: A, expr: 'up == 0', annotations: {s: '{{ $labels.a | x }}'}}\n  - *r\n",
		"groups:\n- name: a\n  labels: {a: 1, b: ~, c: yes}\n  interval: 60\n  rules: [{record: ä, expr: \"a\\tb\"}]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := RuleFiles(context.Background(), []File{{Name: "f.yaml", Data: []byte(text)}}, Options{RequireServiceLabel: true})
		lines := 1
		for _, lineBreak := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
			lines += strings.Count(text, lineBreak) // YAML counts all of them
		}
		for _, x := range found {
			if x.Line < 1 || x.Line > lines || x.Column < 1 || x.File != "f.yaml" || x.Message == "" || x.EndLine > lines {
				t.Errorf("outside of the file: %+v", x)
			}
		}
		// Aliases, tags and several documents are read more strictly here.
		if strings.HasPrefix(text, "groups:") && !strings.ContainsAny(text, "&*!?%") && !strings.Contains(text, "---") && !strings.Contains(text, "...") && !strings.Contains(text, "<<") {
			theirs, ours := refusedByPrometheus([]byte(text)), refusedByUs("f.yaml", []byte(text))
			if len(theirs) > 0 && len(ours) == 0 {
				t.Errorf("Prometheus refuses it: %v", theirs)
			}
		}
	})
}
