package rulefile

import (
	"context"
	"strings"
	"testing"
)

func TestFieldsAndLimitsAsPrometheusReadsThem(t *testing.T) {
	for line, want := range map[string]string{
		"    limit: 1e3":                         "",
		"    limit: 1.5":                         "",
		"    limit: 5":                           "",
		"    limit: 1e30":                        "write the number of series",
		"    limit: .inf":                        "write the number of series",
		"    limit: '5'":                         "write the number of series",
		"    eval_interval: 1m":                  "remove it; known are",
		"    int: 1m":                            "did you mean interval?",
		"        keep_firing: 5m":                "did you mean keep_firing_for?",
		"        keepFiringFor: 5m":              "did you mean keep_firing_for?",
		"        ann: {}":                        "did you mean annotations?",
		"        a: b":                           "remove it; known are",
		"        keep_firing_for_the_moment: 5m": "remove it; known are",
	} {
		text := "groups:\n  - name: g\n" + line + "\n    rules:\n      - alert: A\n        expr: up == 0\n"
		if strings.HasPrefix(line, "        ") {
			text = "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n" + line + "\n"
		}
		_, found := Parse(context.Background(), "r.yaml", []byte(text))
		switch {
		case want == "" && len(found) > 0:
			t.Errorf("%s: %+v", line, found)
		case want != "" && (len(found) != 1 || !strings.HasPrefix(found[0].Suggestion, want)):
			t.Errorf("%s: got %+v, want %s", line, found, want)
		}
	}
}
