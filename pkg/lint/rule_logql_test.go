package lint

import (
	"context"
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
		"no rules":                {"groups:\n  - name: g\n    rules: []\n", ""},
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
