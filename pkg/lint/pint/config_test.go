package pint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/lint/pint"
)

func TestAConfigurationCannotUndoOffline(t *testing.T) {
	for config, want := range map[string]string{
		"": "",
		"checks {\n  enabled = [\"promql/series\"]\n}":        "",
		"rule {\n  enable = [\"promql/regexp\"]\n}":           "",
		"rule {\n  # enable = [\"promql/series\"]\n}":         "",
		"rule {\n  // enable = [\"promql/series\"]\n}":        "",
		"rule {\n  disable = [\"promql/series\"]\n}":          "",
		"rule {\n  enable = [\"promql/series\"]\n}":           "line 2: enable makes pint ask its servers for promql/series even with --offline",
		"rule { enable=[ \"promql/nan\",\n \"rule/link\", ]}": "line 1: enable makes pint ask its servers for rule/link even with --offline",
		"/*\n# */ rule { enable = [\"query/cost\"] }":         "line 2: enable makes pint ask its servers for query/cost",
		"rule {\n enable = [\"promql/${ENV_X}\"]\n}":          "line 2: enable is no list of plain strings",
		"rule {\n enable = [\n // all\n \"a/b\"]\n}":          "",
		"rule {\n enable = concat([\"promql/series\"])\n}":    "line 2: enable is no list of plain strings",
		"rule {\n enable = []\n}":                             "",
		"rule {\n enable = ENV_CHECKS\n}":                     "line 2: enable is no list of plain strings",
		"rule {\n enable = [\"promql\\u002fseries\"]\n}":      "line 2: enable is no list of plain strings",
		// Comments, wherever HCL has them.
		"rule {\n enable /* x */ = [\"promql/series\"]\n}":                               "line 2: enable makes pint ask its servers for promql/series",
		"rule /*\n*/ {\n enable = [\n # \"]\n \"promql/series\"]\n}":                     "line 3: enable makes pint ask its servers for promql/series",
		"rule {\n comment = \"/*\"\n enable = [\"promql/series\"]\n comment = \"*/\"\n}": "line 3: enable makes pint ask its servers for promql/series",
		"rule {\n comment = \"${ENV_X} $${x} $\" # enable = [\"promql/series\"]\n}":      "",
		// What is not read is refused, and so is what pint would not read.
		"rule {\n comment = <<A\n enable = [\"promql/series\"]\nA\n}": `line 2: "<<A" cannot be read here, so nobody knows whether pint asks a server: write it more plainly`,
		"rule {\n comment = \"${\"\n enable = [\"promql/series\"]\n}": `line 2: "\"${\"" cannot be read here`,
		"rule {\r enable = [\"promql/series\"]\n}":                    `line 1: "\r enable`,
		"/* all\nrule {\n}":                    `line 1: "/* all" cannot`,
		"rule {\n enable = [\"promql/nan\"\n}": "line 3: } does not belong here",
		"rule {\n enable = [\"promql/nan\"":    "line 2: the end of the file does not belong here",
		"rule {\n enable\n}":                   "line 2: the end of the line does not belong here",
		"}":                                    "line 1: } does not belong here",
		"rule {\n match {\n }\n":               "line 4: the block rule is not closed",
	} {
		got := ""
		if _, err := pint.ReadConfig([]byte(config)); err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s\ngot  %s\nwant %s", config, got, want)
		}
	}
}

func TestOnlyWhatTheConfigurationNamesIsPassedOn(t *testing.T) {
	config := `prometheus "p" {
  uri = "${ENV_PROM_URI}"
  headers = { "X-Auth": "${ENV_API_TOKEN}", "Y": "${ENV_BASIC_AUTH}${ENV_ADMIN_PASSWORD}${ENV_THAT}" }
  tags = [ENV_REGION, ENV_REGION, ENV_UNSET, ENV_SIGNING_KEY]
}`
	env := map[string]string{
		"PROM_URI": "http://prometheus:9090", "API_TOKEN": "s1", "BASIC_AUTH": "s2", "ADMIN_PASSWORD": "s3", "REGION": "eu", "PATH": "/bin",
		"THAT": "https://me:s4@example.com", "GITHUB_TOKEN": "s5", "SIGNING_KEY": "s6",
	}
	c, err := pint.ReadConfig([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Environment(func(name string) string { return env[name] })
	want := []string{"ADMIN_PASSWORD=", "API_TOKEN=", "BASIC_AUTH=", "PROM_URI=http://prometheus:9090", "REGION=eu", "SIGNING_KEY=", "THAT="}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (pint.Config{}).Environment(func(string) string { return "x" }); got != nil {
		t.Errorf("without a configuration: %q", got)
	}
}

func TestEngines(t *testing.T) {
	for value, want := range map[string][2]bool{"": {}, "nthlayer": {}, "pint": {true, true}, "both": {true, false}} {
		if runs, alone, err := pint.ParseEngine(value); err != nil || [2]bool{runs, alone} != want {
			t.Errorf("%s: %v, %v, %v", value, runs, alone, err)
		}
	}
	if _, _, err := pint.ParseEngine("promtool"); err == nil {
		t.Error("promtool is an engine")
	}
}

// The checks of pint 0.80, all of which have a rule here but one.
func TestEveryCheckHasARule(t *testing.T) {
	checks := []string{
		"alerts/absent", "alerts/annotation", "alerts/comparison", "alerts/count", "alerts/for", "alerts/template", "group/interval",
		"promql/aggregate", "promql/counter", "promql/fragile", "promql/impossible", "promql/nan", "promql/offset", "promql/range_query",
		"promql/rate", "promql/regexp", "promql/selector", "promql/series", "promql/syntax", "promql/vector_matching",
		"rule/dependency", "rule/duplicate", "rule/for", "rule/label", "rule/link", "rule/name", "rule/owner", "rule/reject", "rule/report", "yaml/parse",
	}
	for _, check := range checks {
		ids := append(pint.Ours(check), pint.RuleOf(check, "anything"))
		for _, id := range ids {
			if _, ok := rules.Heading(id); !ok || id == pint.RuleOther {
				t.Errorf("%s: there is no rule %s", check, id)
			}
		}
	}
	for problem, want := range map[string]string{
		"promql/regexp smelly regexp selector":              "promql/regexp",
		"promql/regexp redundant regexp anchors":            "promql/regexp-without-pattern",
		"promql/rate chained rate call":                     "promql/rate-of-sum",
		"promql/rate duration too small":                    "promql/rate-interval",
		"alerts/annotation invalid annotation value":        "alert/annotation-pattern",
		"alerts/annotation required annotation not set":     "alert/annotation-required",
		"yaml/parse yaml: found character":                  "yaml/syntax",
		"yaml/parse unexpected key apiVersion":              "rule/structure",
		"promql/features required feature flag not enabled": "promql/experimental",
		"promql/tomorrow a check that is new":               "pint/other",
	} {
		check, text, _ := strings.Cut(problem, " ")
		if got := pint.RuleOf(check, text); got != want {
			t.Errorf("%s: %s, want %s", problem, got, want)
		}
	}
}
