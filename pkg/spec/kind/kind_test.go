package kind

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	const rule = "  rules:\n  - alert: A\n    expr: up == 0\n"
	indented := strings.ReplaceAll("\ngroups:\n- name: a\n"+rule, "\n", "\n    ")
	for name, tt := range map[string]struct {
		text string
		want Kind
	}{
		"rules":                        {"groups:\n- name: a\n" + rule, Rules},
		"behind a byte order mark":     {"\ufeffgroups:\n- name: a\n" + rule, Rules},
		"JSON":                         {`{"groups": [{"name": "a"}]}`, Rules},
		"a resource":                   {"kind: PrometheusRule\nspec:\n  groups: []\n", Rules},
		"a resource as JSON":           {"{\n  \"kind\": \"PrometheusRule\"\n}", Rules},
		"groups misspelt":              {"group:\n- name: a\n" + rule, Rules},
		"groups misspelt below a mark": {"\ufeffgruops:\n- name: a\n" + rule, Rules},
		"group without rules":          {"group:\n- name: a\n", Other},
		"group in a resource":          {"group: x\nkind: Deployment\nexpr: a\nalert: b\n", Other},
		"a template":                   {"{{- if .Values.on }}\ngroups:\n- name: a\n" + rule + "{{- end }}\n", Template},
		"a template of Jinja":          {"{% if on %}\ngroups:\n- name: a\n" + rule + "{% endif %}\n", Template},
		"a template of a manifest":     {"kind: Service\n{{- with .Values.x }}\nspec: {}\n{{- end }}\n", Template},
		"a broken service file":        {"name: x\n{{- if .y }}\nteam: a\n{{- end }}\n", Other},
		"a text with a template":       {"groups:\n- name: a\n" + rule + "    annotations:\n      a: |\n        {{ if $labels.x }}x{{ end }}\n", Rules},
		"a template hidden from YAML":  {"groups:\n- name: a\n# pint ignore/next-line\n{{ if .x }}\n" + rule, Rules},
		"VictoriaMetrics":              {"kind: VMRule\nspec:\n  groups:\n  - name: a\n  " + strings.ReplaceAll(rule, "\n", "\n  "), VictoriaMetrics},
		"Loki":                         {"kind: AlertingRule\nspec:\n  groups:\n  - name: a\n  " + strings.ReplaceAll(rule, "\n", "\n  "), Loki},
		"a ConfigMap":                  {"kind: ConfigMap\ndata:\n  a.yaml: |" + indented, ConfigMap},
		"a ConfigMap of other things":  {"kind: ConfigMap\ndata:\n  a: b\n", Other},
		"values of a chart":            {"additionalPrometheusRulesMap:\n  a:" + indented, Values},
		"rules of Grafana":             {"apiVersion: 1\ngroups:\n- orgId: 1\n  folder: x\n  name: a\n" + rule, Grafana},
		"a list of groups":             {"# a\n- name: a\n" + rule, Bare},
		"a list of rules":              {"---\n- alert: A\n  expr: up == 0\n", Bare},
		"a list of something else":     {"- name: a\n  expr: b\n", Other},
		"Prometheus 1":                 {"ALERT Down\n  IF up == 0\n", Old},
		"a service":                    {"name: x\nteam: a\nalerts:\n- alert: A\n  expr: up == 0\n", Other},
		"a recording rule of ours":     {"service: {name: x}\nresources:\n- kind: RecordingRule\n  spec:\n    expr: up\n", Other},
		"a deployment":                 {"kind: Deployment\nspec: {}\n", Other},
		"nothing":                      {"", Other},
	} {
		t.Run(name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n", "\r"} {
				text := strings.ReplaceAll(tt.text, "\n", end)
				if got := Of([]byte(text)); got != tt.want {
					t.Errorf("kind %d, want %d of\n%q", got, tt.want, text)
				}
			}
		})
	}
}

// What is left out is told with a way out.
func TestWhatIsNotReadIsTold(t *testing.T) {
	for k := Other; k <= Old; k++ {
		read := k == Other || k == Rules
		if (k.What() == "") != read || (k.Fix() == "") != read {
			t.Errorf("kind %d: %q, %q", k, k.What(), k.Fix())
		}
	}
}
