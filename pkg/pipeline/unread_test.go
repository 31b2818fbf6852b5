package pipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// lintFolder lints all files of an archive as those of a folder.
func lintFolder(t *testing.T, archive string, change func(*Options)) *report.Report {
	t.Helper()
	dir := filetest.Unpack(t, archive)
	ws := spectest.Open(t, dir)
	found, problems := ws.Find(t.Context(), []string{"."})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o := Options{Stages: []Stage{Lint}, Workspace: ws, Files: found, Beside: ws.FindBeside(t.Context(), []string{"."}), At: at()}
	if change != nil {
		change(&o)
	}
	return Run(t.Context(), o)
}

func placesOf(rep *report.Report) (out []string) {
	for _, f := range rep.Findings {
		out = append(out, fmt.Sprintf("%s %s %s", f.File, f.Severity, f.Rule))
	}
	return out
}

const (
	broken = "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: sum(up\n"
	vmRule = "kind: VMRule\nspec:\n  groups:\n  - name: a\n    rules:\n    - alert: A\n      expr: sum(up\n"
	chart  = "{{- if .Values.on }}\n" + broken + "{{- end }}\n"
)

func TestRuleFilesAreFoundWhateverTheyAreCalled(t *testing.T) {
	rep := lintFolder(t, "-- a.yaml --\n\ufeff"+broken+"-- b.YAML --\n"+broken+"-- c.YML --\n"+broken+"-- d.rules --\n"+broken+
		"-- e.json --\n"+`{"groups": [{"name": "e", "rules": [{"alert": "E", "expr": "sum(up"}]}]}`+"\n"+
		"-- f.rules --\nKERNEL==\"x\"\n-- g.json --\n{}\n-- h.txt --\n"+broken+"-- i.yaml --\nkind: Service\n", nil)
	var files []string
	for _, f := range rep.Findings {
		if f.Rule == ruleSyntax {
			files = append(files, f.File)
		}
	}
	if diff := cmp.Diff([]string{"a.yaml", "b.YAML", "c.YML", "d.rules", "e.json"}, files); diff != "" || rep.Summary.RuleFiles != 5 {
		t.Errorf("%d rule files (-want +got):\n%s", rep.Summary.RuleFiles, diff)
	}
}

func TestMisspeltGroupsAreAMistake(t *testing.T) {
	rep := lintFolder(t, "-- a.yaml --\n"+strings.Replace(broken, "groups", "group", 1), nil)
	if diff := cmp.Diff([]string{"a.yaml error rule/structure"}, placesOf(rep)); diff != "" || rep.Verdict != report.Fail {
		t.Errorf("%s (-want +got):\n%s", rep.Verdict, diff)
	}
}

func TestFilesNearRulesAreTold(t *testing.T) {
	archive := "-- good.yaml --\ngroups: []\n"
	for i := range 7 {
		archive += fmt.Sprintf("-- charts/%d.yaml --\n%s", i, chart)
	}
	archive += "-- vm.yaml --\n" + vmRule + "-- deployment.yaml --\nkind: Deployment\nspec: {}\n"
	rep := lintFolder(t, archive, nil)
	want := []string{"charts/0.yaml info rule/unread", "vm.yaml info rule/unread"}
	if diff := cmp.Diff(want, placesOf(rep)); diff != "" || rep.Verdict != report.Pass || rep.Summary.Unreadable != 0 {
		t.Errorf("%s, %d unreadable (-want +got):\n%s", rep.Verdict, rep.Summary.Unreadable, diff)
	}
	if got := rep.Findings[0].Message; !strings.Contains(got, "7 files were not read (charts/0.yaml, charts/1.yaml, charts/2.yaml, charts/3.yaml, charts/4.yaml and 2 more)") {
		t.Error(got)
	}
	left := func(o *Options) { o.Changed = func(file string) bool { return file == "good.yaml" } }
	if got := placesOf(lintFolder(t, archive, left)); len(got) > 0 {
		t.Errorf("files that nobody changed are told: %v", got)
	}
	off := func(o *Options) { o.Disabled = []string{RuleUnread} }
	if got := placesOf(lintFolder(t, archive, off)); len(got) > 0 {
		t.Errorf("what is switched off is told: %v", got)
	}
}

func TestExamplesOfThePageAboutUnreadFiles(t *testing.T) {
	page, _ := rules.Page(RuleUnread)
	examples := regexp.MustCompile("(?ms)^```yaml (bad|good) (\\S+)\n(.*?)^```$").FindAllStringSubmatch(page, -1)
	if len(examples) != 2 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, m := range examples {
		rep := lintFolder(t, "-- "+m[2]+" --\n"+m[3], nil)
		if slices.Contains(placesOf(rep), m[2]+" info "+RuleUnread) != (m[1] == "bad") {
			t.Errorf("the %s example: %v", m[1], placesOf(rep))
		}
	}
}
