package pint_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/report"
)

// given is a file of five lines.
func given() []lint.File {
	return []lint.File{{Name: "rules.yaml", Data: []byte("groups:\n- name: a\n  rules:\n  - record: a:b\n    expr: sum(up)\n")}}
}

// answer is a pint that prints a text.
func answer(text string, code int, said string) *pint.Engine {
	return &pint.Engine{Program: "/bin/pint", Run: func(context.Context, pint.Call) (pint.Output, error) {
		return pint.Output{Report: []byte(text), Code: code, Said: said}, nil
	}}
}

const fragile = `{"path":"rules.yaml","reporter":"promql/fragile","problem":"fragile\n query","details":"Read [this](https://example.com/x).\nThen that.","severity":"Warning","lines":[5,4],"owner":"me"}`

func TestProblemsAreToldInOurWords(t *testing.T) {
	text := "[" + strings.Join([]string{
		fragile,
		`{"path":"rules.yaml","reporter":"alerts/template","problem":"use humanize filters for the results","severity":"Information","lines":[3]}`,
		`{"path":"rules.yaml","reporter":"alerts/template","problem":"use humanize filters for the results","severity":"Information","lines":[3]}`,
		`{"path":"rules.yaml","reporter":"promql/regexp","problem":"smelly regexp selector","severity":"Bug","lines":[2,3]}`,
		`{"path":"rules.yaml","reporter":"yaml/parse","problem":"unexpected key x","severity":"Fatal","lines":[99]}`,
		`{"path":"rules.yaml","reporter":"Some Check","problem":"new","severity":"Fatal"}`,
	}, ",") + "]\n"
	got, err := answer(text, 1, "").Lint(t.Context(), given())
	if err != nil {
		t.Fatal(err)
	}
	at := func(from, to int, rule string, severity report.Severity, message, fix, snippet string) report.Finding {
		return report.Finding{File: "rules.yaml", Line: from, EndLine: to, Rule: rule, Severity: severity, Message: message, Suggestion: fix, Snippet: snippet}
	}
	const docs = "https://cloudflare.github.io/pint/"
	const more = "pint lint rules.yaml shows what it is about, which its report as JSON leaves out. "
	want := []report.Finding{
		at(4, 5, "promql/fragile", report.Warning, "pint promql/fragile: fragile query", "Then that. See "+docs+"checks/promql/fragile.html", "  - record: a:b"),
		at(3, 3, "alert/template", report.Info, "pint alerts/template: use humanize filters for the results (2 times)", more+"See "+docs+"checks/alerts/template.html", "  rules:"),
		at(2, 3, "promql/regexp", report.Error, "pint promql/regexp: smelly regexp selector", more+"See "+docs+"checks/promql/regexp.html", "- name: a"),
		at(6, 6, "rule/structure", report.Error, "pint yaml/parse: unexpected key x", more+"See "+docs+"checks/yaml/parse.html", ""),
		at(0, 0, "pint/other", report.Error, "pint Some Check: new", more+"See "+docs, ""),
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(report.Finding{}, "Path")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsNoAnswerIsAnError(t *testing.T) {
	bug := strings.Replace(fragile, "Warning", "Bug", 1)
	for name, c := range map[string]struct {
		report string
		code   int
		said   string
		want   string
	}{
		"nothing":             {"", 1, "level=INFO msg=x\nlevel=ERROR msg=\"no such file\"\n", `it wrote no report, and its exit code is 1; it said: level=INFO msg=x / level=ERROR msg="no such file"`},
		"nothing and well":    {" \n", 0, "", "it wrote no report, and its exit code is 0"},
		"too old":             {"", 1, "Incorrect Usage: flag provided but not defined: -json", "it is too old: the report as JSON came with pint 0.67; it said: Incorrect Usage: flag provided but not defined: -json"},
		"garbage":             {"<html>", 0, "", "what it wrote is no report of pint: invalid character '<' looking for beginning of value"},
		"no list":             {`{"path":"x"}`, 0, "", "what it wrote is no report of pint: json: cannot unmarshal object into Go value of type []pint.Problem"},
		"null":                {`null`, 0, "", "what it wrote is no report of pint: it holds no list"},
		"cut off":             {`[{"path":"rules`, 0, "", "what it wrote is no report of pint: unexpected EOF"},
		"more behind":         {`[] []`, 0, "", "what it wrote is no report of pint: something stands behind the list"},
		"no severity":         {`[{"path":"a","reporter":"b","problem":"c","severity":"Terrible"}]`, 0, "", "what it wrote is no report of pint: entry 1 has no path, reporter or problem, or its severity is none of Fatal, Bug, Warning and Information"},
		"no problem":          {`[{"path":"a","reporter":"b","severity":"Bug"}]`, 0, "", "what it wrote is no report of pint: entry 1 has no path, reporter or problem, or its severity is none of Fatal, Bug, Warning and Information"},
		"another file":        {`[{"path":"../secret","reporter":"b","problem":"c","severity":"Bug"}]`, 1, "", `it reports "../secret", a file that it was not given`},
		"code without bug":    {"[" + fragile + "]", 1, "level=ERROR msg=boom", "its exit code is 1, which its report does not explain; it said: level=ERROR msg=boom"},
		"code of a crash":     {"[" + bug + "]", 2, "panic", "its exit code is 2, which its report does not explain; it said: panic"},
		"a lot of last words": {"", 1, strings.Repeat("x", 5000) + "\n" + strings.Repeat("y ", 200) + "\n\x1b[31mend", "it wrote no report, and its exit code is 1; it said: " + strings.TrimSpace(strings.Repeat("y ", 200)) + " / \x1b[31mend"},
	} {
		got, err := answer(c.report, c.code, c.said).Lint(t.Context(), given())
		if err == nil || err.Error() != c.want || got != nil {
			t.Errorf("%s:\ngot  %v, %v\nwant %s", name, got, err, c.want)
		}
	}
	e := answer("[]", 0, "")
	e.Run = func(context.Context, pint.Call) (pint.Output, error) {
		return pint.Output{Said: "almost"}, errors.New("it hung")
	}
	_, err := e.Lint(t.Context(), given())
	if err == nil || err.Error() != "it hung; it said: almost" {
		t.Errorf("got %v", err)
	}
	f := e.Unanswered(err)
	if f.Rule != pint.RuleUnanswered || f.Severity != report.Warning || f.Message != "nobody knows what pint would find: /bin/pint: it hung; it said: almost" {
		t.Errorf("got %+v", f)
	}
}

func TestAReportWithBugsMayComeWithAnyGoodCode(t *testing.T) {
	bug := strings.Replace(fragile, "Warning", "Bug", 1)
	for _, code := range []int{0, 1} {
		if got, err := answer("["+bug+"]", code, "").Lint(t.Context(), given()); err != nil || len(got) != 1 {
			t.Errorf("exit code %d: %v, %v", code, got, err)
		}
	}
	if got, err := answer("", 1, "").Lint(t.Context(), nil); err != nil || got != nil {
		t.Errorf("without a file pint is not asked: %v, %v", got, err)
	}
}

// Names are patterns to pint: each must match its file alone, and none is an option.
func TestEveryFileIsAskedForByItsName(t *testing.T) {
	names := []string{"-n", "a[1].yaml", "a1.yaml", "b*.yaml", "bb.yaml", "c?d.yaml", "cxd.yaml", `e\f.yaml`, "{g}.yaml", "h i.yaml"}
	t.Chdir(t.TempDir())
	var files []lint.File
	for _, n := range names {
		if err := os.WriteFile(n, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, lint.File{Name: n})
	}
	e := answer("[]", 0, "")
	var args []string
	e.Run = func(_ context.Context, c pint.Call) (pint.Output, error) {
		args = c.Arguments("/tmp/x.hcl")
		return pint.Output{Report: []byte("[]")}, nil
	}
	if _, err := e.Lint(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	end := slices.Index(args, "--")
	if lint := slices.Index(args, "lint"); end < 0 || !slices.Contains(args[:lint], "--offline") || args[slices.Index(args, "--config")+1] != "/tmp/x.hcl" {
		t.Fatalf("arguments %q", args)
	}
	var matched []string
	for _, pattern := range args[end+1:] {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) != 1 {
			t.Errorf("%s matches %q, %v", pattern, found, err)
		}
		matched = append(matched, found...)
	}
	if diff := cmp.Diff(names, matched); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResourcesAreReadWithoutAConfiguration(t *testing.T) {
	config := ""
	e := answer("", 0, "")
	e.Run = func(_ context.Context, c pint.Call) (pint.Output, error) {
		config = string(c.Config)
		return pint.Output{Report: []byte("[]")}, nil
	}
	files := []lint.File{
		{Name: "plain.yaml", Data: []byte("# kind: PrometheusRule\ngroups: []\n")},
		{Name: "k8s/a+${x}.yaml", Data: []byte("apiVersion: x\r\nkind: PrometheusRule\r\nspec: {}\r\n")},
		{Name: `k8s/"b".yaml`, Data: []byte("kind: CustomResourceDefinition\nspec:\n  groups: []\n")},
		{Name: "k8s/list.yaml", Data: []byte("kind: List\nitems: []\n")},
	}
	if _, err := e.Lint(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	const want = `parser {
  relaxed = [
    "^k8s/a\\+\\$\\{x\\}\\.yaml$",
    "^k8s/\"b\"\\.yaml$",
    "^k8s/list\\.yaml$",
  ]
}
`
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	mine, err := pint.ReadConfig([]byte("# mine\n"))
	if err != nil {
		t.Fatal(err)
	}
	e.Config = mine
	if _, err := e.Lint(t.Context(), files); err != nil || config != "# mine\n" {
		t.Errorf("%v, %q", err, config)
	}
}
