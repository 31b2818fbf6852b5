package pint

import (
	"context"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/lint"
)

// Where pint alone looks at rule files, one that it is told to pass over is looked at by
// nobody.
func TestAConfigurationThatLeavesFilesOut(t *testing.T) {
	for config, line := range map[string]string{
		`parser { exclude = [".*"] }`:                                         "line 1 ",
		"rule {\n}\nparser {\n  relaxed = [\"a{2}\"]\n  include = [\"x\"]\n}": "line 5 ",
		"parser {\n  exclude = [\n    \"x\",\n  ]\n}":                         "line 2 ",
		"parser /* x */ {\n  exclude = [\"x\"]\n}":                            "line 2 ",
		"parser {\n  exclude = /* */ [\"x\"]\n}":                              "line 2 ",
		"parser {\n  exclude = [ # all\n  \"x\"]\n}":                          "line 2 ",
		"parser {\n  relaxed = [\"}\"]\n  include = [\"x\"]\n}":               "line 3 ",
		"parser {\n  include = [ENV_X]\n}":                                    "line 2 ",
		"parser {\n  include = [ # none\n  ]\n}":                              "",
		"parser {\n  exclude = []\n  # exclude = [\"x\"]\n}":                  "",
		"prometheus \"a\" {\n  exclude = [\"x\"]\n}":                          "",
		"parser {\n  relaxed = [\".*\"]\n}\nci {\n  include = [\"x\"]\n}":     "",
	} {
		read, err := ReadConfig([]byte(config))
		if err != nil {
			t.Errorf("%s: %v", config, err)
		}
		for _, alone := range []bool{true, false} {
			e := Engine{Alone: alone, Config: read, Run: func(context.Context, Call) (Output, error) { return Output{Report: []byte("[]")}, nil }}
			_, err := e.Lint(t.Context(), []lint.File{{Name: "a.yaml", Data: []byte("groups: []\n")}})
			if want := alone && line != ""; (err != nil) != want || want && !strings.HasPrefix(err.Error(), line) {
				t.Errorf("%s, alone %v: %v", config, alone, err)
			}
		}
	}
}
