package lint

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestOnlyFilesThatAreLogQLAllThroughAreLeftToLoki makes sure that one broken rule
// is not taken for one of Loki's, and that PromQL is never passed over.
func TestOnlyFilesThatAreLogQLAllThroughAreLeftToLoki(t *testing.T) {
	const head = "groups:\n  - name: g\n    rules:\n"
	rule := func(expr string) string {
		return "      - {alert: A, labels: {severity: warning}, expr: '" + expr + "'}\n"
	}
	lines, promql := rule(`count_over_time({app="a"} |= "x" [5m]) > 0`), rule(`up{job="a"} == 0`)
	for name, test := range map[string]struct{ file, want string }{
		"all LogQL":               {head + lines + rule(`sum(rate({app="a"} | json [5m])) > 1`), ""},
		"more than is read":       {head + lines + rule(`sum(rate({app="a"} | json | label_format a=b [5m])) > 1`), "rule/logql"},
		"broken LogQL":            {head + lines + rule(`sum(rate({app="a"} | json)) > 1`), "loki/syntax"},
		"lines":                   {head + lines + rule(`{app="a"} | json`), "loki/lines"},
		"a group twice":           {head + lines + "  - name: g\n    interval: 5\n    rules:\n" + lines, "group/duplicate rule/duration"},
		"LogQL beside PromQL":     {head + lines + promql, "promql/syntax"},
		"a broken rule":           {head + rule(`up{job="a"} | 1`) + promql, "promql/syntax"},
		"a comparison in PromQL":  {head + rule(`up{job="a"} != 0`), ""},
		"fields of Loki":          {"namespace: checkout\n" + strings.Replace(head, "    rules:", "    remote_write: [{url: http://a}]\n    rules:", 1) + lines, ""},
		"a field of Mimir":        {strings.Replace(head, "    rules:", "    source_tenants: [a]\n    rules:", 1) + lines, "rule/structure"},
		"of Loki, in PromQL":      {"namespace: checkout\n" + head + rule(`up == 0`), "rule/structure"},
		"no rules":                {"groups:\n  - name: g\n    rules: []\n", ""},
		"in both languages":       {head + lines + rule(`sum(rate({app="a"}[5m])) > 100`) + rule(`absent_over_time({app="a"}[5m])`), ""},
		"in both, more in LogQL":  {head + rule(`bytes_over_time({app="a"}[5m] offset 1h) > 1MB`) + lines, ""},
		"a misspelt function":     {head + lines + rule(`sum(rates({app="a"}[5m]))`), "rule/logql"},
		"a metric by its label":   {head + lines + rule(`{__name__="up", app="a"} == 0`), "promql/syntax"},
		"a broken rule, no pipe":  {head + lines + rule(`sum(up{app="a"} > 1`), "promql/syntax promql/syntax"},
		"broken, and no selector": {head + lines + rule(`sum(up > 1`), "promql/syntax promql/syntax"},
		"a name inside of a text": {head + lines + rule(`sum(rate({app="a"} |= "up{" [5m])) > 0`), ""},
		"a metric and a pipe":     {head + rule(`up{job="a"} | json`), "promql/syntax"},
		"only in both":            {head + rule(`sum(rate({app="a"}[5m])) > 100`), ""},
		"a broken matcher behind": {head + rule(`up{job="a"} != "x"`) + promql, "promql/syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range RuleFiles(context.Background(), []File{{Name: "r.yaml", Data: []byte(test.file)}}, Options{}) {
				if f.Rule != "alert/for" {
					got = append(got, f.Rule)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

func TestFilesForLokiAreToldAmongThoseForPrometheus(t *testing.T) {
	const logs = "groups:\n- name: g\n  rules:\n  - alert: Panics\n    for: 5m\n    expr: 'sum(count_over_time({app=\"a\"} |= \"x\" [5m])) > 0'\n"
	const metrics = "groups:\n- name: g\n  rules:\n  - alert: Down\n    for: 5m\n    expr: 'up{job=\"a\"} == 0'\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  int
	}{
		"side by side":         {map[string]string{"rules/a.yaml": logs, "rules/b.yaml": metrics}, 1},
		"alone":                {map[string]string{"rules/a.yaml": logs, "rules/c.yaml": logs}, 0},
		"in two folders":       {map[string]string{"rules/a.yaml": logs, "rules/x/b.yaml": metrics}, 0},
		"by its name":          {map[string]string{"rules/app-logs.yaml": logs, "rules/b.yaml": metrics}, 0},
		"by its folder":        {map[string]string{"Loki/a.yaml": logs, "Loki/b.yaml": metrics}, 0},
		"a catalogue":          {map[string]string{"rules/catalog.yaml": logs, "rules/b.yaml": metrics}, 1},
		"beside nothing":       {map[string]string{"rules/a.yaml": logs, "rules/b.yaml": "groups:\n- name: g\n  rules: []\n"}, 0},
		"both in one file":     {map[string]string{"rules/a.yaml": logs + strings.TrimPrefix(strings.ReplaceAll(metrics, "name: g", "name: h"), "groups:\n")}, 0},
		"one that is left out": {map[string]string{"rules/a.yaml": "# nthlayer disable-file loki/beside-prometheus (Prometheus loads rules-*.yaml)\n" + logs, "rules/b.yaml": metrics}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var files []File
			for _, f := range slices.Sorted(maps.Keys(test.files)) {
				files = append(files, File{Name: f, Data: []byte(test.files[f])})
			}
			got := 0
			for _, f := range RuleFiles(context.Background(), files, Options{}) {
				if f.Rule == "loki/beside-prometheus" {
					got++
				} else if f.Rule != "promql/syntax" || !strings.Contains(f.Suggestion, "looks like LogQL") {
					t.Errorf("unexpected: %s", describe(f))
				}
			}
			if got != test.want {
				t.Errorf("%d findings, want %d", got, test.want)
			}
		})
	}
}
