package promruval

import (
	"bytes"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// nothingThere reads no file.
func nothingThere(string) ([]byte, error) { return nil, errors.New("no such file") }

// config returns a configuration of one rule.
func config(scope, validations string) lint.File {
	return lint.File{Name: "validation.yaml", Data: []byte("validationRules:\n  - name: ours\n    scope: " + scope + "\n    validations:\n" + validations)}
}

func decoded(t *testing.T, files ...lint.File) *Set {
	t.Helper()
	set, found := Decode(t.Context(), files, nothingThere)
	for _, f := range found {
		if f.Severity == report.Error {
			t.Fatalf("%s: %s", f.Position(), f.Message)
		}
	}
	return set
}

// linted returns the findings of a set in rules, as position, rule and message.
func linted(t *testing.T, set *Set, rules string, locked ...string) []string {
	t.Helper()
	out := []string{}
	found := lint.RuleFiles(t.Context(), []lint.File{{Name: "rules.yaml", Data: []byte(rules)}}, lint.Options{More: set.Checks(locked), Locked: locked})
	for _, f := range found {
		if !strings.HasPrefix(f.Rule, "promruval/") {
			continue
		}
		out = append(out, f.Rule+" "+marked(f)+": "+f.Message+" / "+f.Suggestion)
	}
	return out
}

// marked returns the text that a finding points at.
func marked(f report.Finding) string {
	line := []rune(f.Snippet)
	if f.EndLine != f.Line || f.EndColumn-1 > len(line) || f.Column < 1 {
		return "(lines)"
	}
	return string(line[f.Column-1 : f.EndColumn-1])
}

var fence = regexp.MustCompile("(?ms)^```yaml (config|series|bad|good)\n(.*?)^```$")

// Every validator has a page, unless a rule of ours reports the same, and the
// examples on it behave as it says.
func TestPagesOfTheValidators(t *testing.T) {
	for _, r := range table() {
		if r.ours != "" {
			if _, ok := rules.Heading(r.ours); !ok {
				t.Errorf("%s names the rule %s, which there is not", r.name, r.ours)
			}
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			page, ok := rules.Page(r.id)
			if !ok || !strings.Contains(page, "`"+r.name+"`") || !strings.Contains(page, "`"+string(r.scope)+"`") {
				t.Fatalf("docs/rules/%s.md is missing, or does not name the validator and its scope", r.id)
			}
			blocks := map[string]string{}
			for _, m := range fence.FindAllStringSubmatch(page, -1) {
				blocks[m[1]] = m[2]
			}
			if !strings.Contains(blocks["config"], "type: "+r.name+"\n") {
				t.Fatal("the page has no configuration of the validator")
			}
			set := decoded(t, lint.File{Name: "validation.yaml", Data: []byte(blocks["config"])})
			if r.live != nil {
				livePage(t, set, r.id, blocks)
				return
			}
			if got := linted(t, set, blocks["good"]); blocks["good"] == "" || len(got) > 0 {
				t.Errorf("the good example: %q", got)
			}
			got := linted(t, set, blocks["bad"])
			if len(got) == 0 || slices.ContainsFunc(got, func(f string) bool { return !strings.HasPrefix(f, r.id+" ") }) {
				t.Errorf("the bad example: %q", got)
			}
		})
	}
}

func TestTheTableHasAllValidators(t *testing.T) {
	names := map[string]bool{}
	for _, r := range table() {
		names[r.name] = true
	}
	if len(names) != 52 || len(table()) != 52 {
		t.Errorf("%d names in %d rows, promruval has 52", len(names), len(table()))
	}
}

// A mistake is told at its place, and its validation is left out.
func TestMistakesInParameters(t *testing.T) {
	for _, c := range []struct{ scope, validation, want string }{
		{"Alert", "type: hasLabel", `there is no validator "hasLabel" / did you mean hasLabels? @ hasLabel`},
		{"Alert", "type: maxRulesPerGroup", "maxRulesPerGroup is for the scope Group, not for Alert"},
		{"Group", "type: hasLabels", "hasLabels is for the scope All rules, not for Group"},
		{"All rules", "type: hasAnnotations", "hasAnnotations is for the scope Alert, not for All rules"},
		{"Alert", "type: hasLabels", "hasLabels: labels is missing"},
		{"Alert", "{type: hasLabels, params: {label: [a]}}", "hasLabels: labels is missing"},
		{"Alert", "{type: hasLabels, params: {labels: [a], searchInExp: true}}", `hasLabels has no key "searchInExp" / did you mean searchInExpr? @ searchInExp`},
		{"Alert", "{type: hasLabels, params: {labels: a}}", "hasLabels: labels is text, not a list"},
		{"Alert", "{type: hasLabels, params: {labels: [a], searchInExpr: maybe}}", `searchInExpr is "maybe", not true or false`},
		{"Alert", "{type: labelMatchesRegexp, params: {regexp: a}}", "label is missing"},
		{"Alert", "{type: labelMatchesRegexp, params: {label: a, regexp: '('}}", "regexp is no regular expression"},
		{"Alert", "{type: alertNameMatchesRegexp, params: {regexp: ''}}", "regexp is missing"},
		{"Alert", "{type: labelHasAllowedValue, params: {label: a}}", "allowedValues is missing"},
		{"Alert", "{type: exclusiveLabels, params: {firstLabel: a}}", "secondLabel is missing"},
		{"Alert", "{type: forIsNotLongerThan, params: {limit: soon}}", `limit is "soon", not a duration`},
		{"Alert", "type: forIsNotLongerThan", "limit is missing"},
		{"Alert", "{type: expressionDoesNotUseOlderDataThan, params: {limit: 0s}}", "limit is missing"},
		{"Alert", "{type: doesNotContainTypos, params: {maxLevenshteinDistance: 1, maxDifferenceRatio: 0.1}}", "cannot both be given"},
		{"Alert", "{type: doesNotContainTypos, params: {wellKnownRuleLabels: [a]}}", "maxLevenshteinDistance or maxDifferenceRatio is missing"},
		{"Alert", "{type: doesNotContainTypos, params: {maxDifferenceRatio: 2}}", "is above 1"},
		{"Alert", "type: hasSourceTenantsForMetrics", "sourceTenants is missing"},
		{"Alert", "{type: hasSourceTenantsForMetrics, params: {sourceTenants: {a: [{regex: b}]}}}", `has no key "regex"`},
		{"Alert", "type: expressionUsesOnlyAllowedLabelValuesForMetricRegexp", "allowedLabelValues is missing"},
		{"Alert", "{type: expressionDoesNotUseMetrics, params: {metricNameRegexps: ['(']}}", "is no regular expression"},
		{"Alert", "{type: nonEmptyLabels, params: {label: a}}", `nonEmptyLabels has no key "label" / remove it`},
		{"Alert", "{type: expressionCanBeEvaluated, params: {timeSeriesLimit: many}}", `timeSeriesLimit is "many", not a number`},
		{"Group", "{type: hasAllowedEvaluationInterval, params: {minimum: 5m, maximum: 1m}}", "minimum is above maximum"},
		{"Group", "type: hasAllowedQueryOffset", "minimum or maximum is missing"},
		{"Group", "{type: maxRulesPerGroup, params: {limit: 1.5}}", "limit is no whole number"},
		{"Group", "{type: maxRulesPerGroup, params: [1]}", "params is a list, not a mapping"},
		{"Group", "{type: maxRulesPerGroup, param: {limit: 1}}", `a validation has no key "param" / did you mean params?`},
		{"Group", "{type: maxRulesPerGroup, paramsFromFile: a.yaml}", "the parameters cannot be read: no such file"},
		{"Group", "{type: maxRulesPerGroup, paramsFromFile: /a.yaml}", "must be a path from the configuration on"},
		{"Group", "{type: maxRulesPerGroup, paramsFromFile: a.yaml, params: {limit: 1}}", "both params and paramsFromFile"},
		{"Groups", "type: maxRulesPerGroup", "has no scope that there is / did you mean Group? @ Groups"},
	} {
		set, found := Decode(t.Context(), []lint.File{config(c.scope, "      - "+c.validation+"\n")}, nothingThere)
		got := ""
		for _, f := range found {
			got += f.Message + " / " + f.Suggestion + " @ " + marked(f) + "\n"
			if f.Rule != RuleConfig || f.Severity != report.Error || f.Line == 0 || f.Suggestion == "" {
				t.Errorf("%s: %+v", c.validation, f)
			}
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s for %s: %q has no %q", c.validation, c.scope, got, c.want)
		}
		if n := len(set.Checks(nil)); n > 0 && !strings.Contains(c.validation, "param:") {
			t.Errorf("%s is applied in spite of its mistake", c.validation)
		}
	}
}

// A rule without a name is applied as promruval does, and nothing is said of a name.
func TestARuleWithoutAName(t *testing.T) {
	f := config("Alert", "      - {type: hasLabels, params: {labels: [team]}}\n")
	f.Data = bytes.Replace(f.Data, []byte("  - name: ours\n    scope"), []byte("  - scope"), 1)
	set, found := Decode(t.Context(), []lint.File{f}, nothingThere)
	if len(found) != 1 || found[0].Severity != report.Warning || found[0].Line != 2 || !strings.Contains(found[0].Message, "no name") {
		t.Errorf("%+v", found)
	}
	got := linted(t, set, "groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up == 0, annotations: {disabled_validation_rules: 'b, '}}\n")
	want := []string{"promruval/has-labels A: A has no label team / add team: below labels:"}
	if diff := cmp.Diff(want, got); diff != "" || len(set.Names()) > 0 {
		t.Errorf("%v %s", set.Names(), diff)
	}
}

func TestWhyAFileCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "statat", Path: "a.yaml", Err: syscall.ENOENT}, "there is no such file"},
		{&fs.PathError{Op: "openat", Path: "a.yaml", Err: syscall.EACCES}, "permission denied"},
		{errors.New("the server said no"), "the server said no"},
	} {
		got := Unreadable("a.yaml", c.err)
		if got.Message != "the configuration cannot be read: "+c.want || got.File != "a.yaml" || got.Suggestion == "" {
			t.Errorf("%v: %+v", c.err, got)
		}
	}
}

func TestSeveralFiles(t *testing.T) {
	first := lint.File{Name: "org/validation.yaml", Data: []byte(`
prometheus: {url: http://prometheus.example.com, timeout: 5s}
validationRules:
  - name: severities
    scope: Alert
    onlyIf:
      - {type: labelMatchesRegexp, params: {label: team, regexp: payments}}
      - {type: maxRulesPerGroup, params: {limit: 2}}
    validations:
      - type: labelHasAllowedValue
        paramsFromFile: ./severities.yaml
        additionalDetails: ask Ada
`)}
	second := lint.File{Name: "team.yaml", Data: []byte("customExcludeAnnotation: not_here\nvalidationRules:\n  - {name: titles, scope: Alert, validations: [{type: hasAnnotations, params: {annotations: [title]}}]}\n")}
	set, found := Decode(t.Context(), []lint.File{first, second}, func(name string) ([]byte, error) {
		if name != "org/severities.yaml" {
			return nil, errors.New("no such file: " + name)
		}
		return []byte("label: severity\nallowedValues: [critical, warning]\n"), nil
	})
	if len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	const rules = `groups:
  - name: g
    rules:
      - alert: A
        expr: up == 0
        labels: {severity: critcal, team: payments}
      - alert: B
        expr: up == 0
        annotations: {title: b, not_here: titles}
        labels: {severity: critcal, team: stock}
`
	want := []string{
		"promruval/has-annotations A: A has no annotation title (rule titles) / add title: below annotations:",
		"promruval/label-has-allowed-value critcal: the label severity: critcal is not allowed (rule severities) / did you mean critical? (ask Ada)",
	}
	if diff := cmp.Diff(want, linted(t, set, rules)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// With a third rule in the group the condition no longer holds.
	if got := linted(t, set, rules+"      - record: a:b:c\n        expr: up\n"); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// The annotation leaves out the rule that it names, but for rules that are locked.
func TestExcludedRules(t *testing.T) {
	set := decoded(t, config("Alert", "      - {type: hasLabels, params: {labels: [team]}}\n"))
	const rules = "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        annotations: {disabled_validation_rules: 'others, ours'}\n"
	if got := linted(t, set, rules); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if got := linted(t, set, rules, "promruval/has-labels"); len(got) != 1 {
		t.Errorf("locked: %q", got)
	}
	if got := linted(t, set, strings.Replace(rules, "ours", "our", 1)); len(got) != 1 {
		t.Errorf("another name: %q", got)
	}
	comment := strings.Replace(rules, "      - alert", "      # ignore_validations: hasLabels\n      - alert", 1)
	if got := linted(t, set, strings.Replace(comment, "ours", "our", 1)); len(got) != 0 {
		t.Errorf("comment: %q", got)
	}
}

func TestConfigurationsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "is no configuration of promruval",
		"- a":                      "a configuration begins with validationRules:",
		"validationRule: []":       `has no key "validationRule"`,
		"validationRules: {a: b}":  "validationRules is a mapping, not a list",
		"validationRules: [a]":     "a rule is a mapping",
		"prometheus: {uri: a}":     `prometheus has no key "uri"`,
		"customDisableComment: no": "comments that begin with no are not read",
		"validationRules: [{name: a, scope: Alert, onlyIf: [{type: hasLabel}], validations: [{type: nonEmptyLabels}]}]": `there is no validator "hasLabel"`,
		"validationRules: [{name: a, scope: Alert, validations: [b, {params: {}}]}]":                                    "a validation has no type",
	} {
		set, found := Decode(t.Context(), []lint.File{{Name: "a.yaml", Data: []byte(text)}}, nothingThere)
		if !slices.ContainsFunc(found, func(f report.Finding) bool { return strings.Contains(f.Message, want) }) {
			t.Errorf("%q: %+v", text, found)
		}
		if len(set.Checks(nil)) > 0 {
			t.Errorf("%q gives checks", text)
		}
	}
	if _, found := Decode(t.Context(), []lint.File{{Name: "a.jsonnet"}}, nothingThere); len(found) != 1 {
		t.Errorf("%+v", found)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("validationRules:\n  - name: ours\n    scope: Alert\n    validations:\n      - {type: hasLabels, params: {labels: [a]}}\n", "sum(up)")
	f.Add("validationRules: [{scope: All rules, validations: [{type: logQlExpressionUsesFiltersFirst}, {type: expressionIsValidLogQL}]}]", "{a=`b`} | json != \"c\"")
	f.Fuzz(func(t *testing.T, config, expr string) {
		set, found := Decode(t.Context(), []lint.File{{Name: "a.yaml", Data: []byte(config)}}, nothingThere)
		for _, f := range found {
			if f.Message == "" || f.File == "" {
				t.Errorf("%+v", f)
			}
		}
		rules := "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: |\n          " + strings.ReplaceAll(expr, "\n", "\n          ") + "\n"
		lint.RuleFiles(t.Context(), []lint.File{{Name: "r.yaml", Data: []byte(rules)}}, lint.Options{More: set.Checks(nil)})
	})
}
