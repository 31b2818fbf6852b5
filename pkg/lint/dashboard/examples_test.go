package dashboard

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	pages "github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// lintText checks one dashboard, with a .lint file beside it unless that is empty.
func lintText(name, text, beside string) Result {
	set := Read(context.Background(), []lint.File{{Name: name, Data: []byte(text)}}, func(string) ([]byte, bool) {
		return []byte(beside), beside != ""
	})
	return set.Lint(context.Background(), Options{Written: true})
}

// describe prints a finding with the text that it points at.
func describe(f report.Finding) string {
	marked := ""
	if runes := []rune(f.Snippet); f.EndLine == f.Line && f.EndColumn-1 <= len(runes) && f.Column >= 1 && f.Column < f.EndColumn {
		marked = " `" + string(runes[f.Column-1:f.EndColumn-1]) + "`"
	}
	return fmt.Sprintf("%s %s %s%s\n\t%s\n\t%s\n", f.Position(), f.Severity, f.Rule, marked, f.Message, f.Suggestion)
}

func TestEveryRuleHasFixtures(t *testing.T) {
	for _, r := range rules() {
		t.Run(r.ID, func(t *testing.T) {
			dir := filepath.Join("testdata", strings.TrimPrefix(r.ID, "dashboard/"))
			good, err := os.ReadFile(filepath.Join(dir, "good.json"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range lintText("good.json", string(good), "").Written {
				t.Errorf("the good fixture has a finding: %s", describe(f))
			}
			bad, err := os.ReadFile(filepath.Join(dir, "bad.json"))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			own := 0
			for _, f := range lintText("bad.json", string(bad), "").Written {
				if f.Rule == r.ID {
					own++
				}
				if f.Line == 0 || f.Fingerprint == "" || f.Suggestion == "" {
					t.Errorf("a finding without line, fingerprint or suggestion: %+v", f)
				}
				got.WriteString(describe(f))
			}
			if own == 0 {
				t.Error("the bad fixture has no finding of its rule")
			}
			filetest.Golden(t, filepath.Join(dir, "bad.golden"), got.String())
		})
	}
}

var example = regexp.MustCompile("(?ms)^```json (bad|good)\n(.*?)^```$")

func TestPagesAgreeWithTheCode(t *testing.T) {
	for _, r := range rules() {
		t.Run(r.ID, func(t *testing.T) {
			head, _ := pages.Heading(r.ID)
			if diff := cmp.Diff(pages.Head{Severity: string(r.Severity), Title: r.Title}, head); diff != "" {
				t.Errorf("the head of the page (-code +page):\n%s", diff)
			}
			page, _ := pages.Page(r.ID)
			found := map[string]int{}
			for _, m := range example.FindAllStringSubmatch(page, -1) {
				found[m[1]] = 0
				for _, f := range lintText("dashboard.json", m[2], "").Written {
					if m[1] == "good" {
						t.Errorf("the good example has a finding: %s", describe(f))
					}
					if f.Rule == r.ID {
						found[m[1]]++
					}
				}
			}
			if _, ok := found["good"]; !ok || found["bad"] == 0 {
				t.Error("the page has no good example, or no bad one with the finding")
			}
		})
	}
}

func TestOtherPagesAgreeWithTheCode(t *testing.T) {
	for _, r := range []lint.Rule{lintFile(), metricMissing(), {ID: ruleStructure, Severity: report.Error, Title: "A dashboard cannot be read"}} {
		head, _ := pages.Heading(r.ID)
		if diff := cmp.Diff(pages.Head{Severity: string(r.Severity), Title: r.Title}, head); diff != "" {
			t.Errorf("the head of the page of %s (-code +page):\n%s", r.ID, diff)
		}
	}
}

var lintBlock = regexp.MustCompile("(?ms)^```yaml\n((?:# dashboards/.lint|exclusions:)\n.*?)^```$")

func TestExamplesOfTheLintFileCanBeFollowed(t *testing.T) {
	for _, name := range []string{"lint.md", "rules/dashboard/lint-file.md"} {
		page, err := os.ReadFile(filepath.Join("../../../docs", name))
		if err != nil {
			t.Fatal(err)
		}
		m := lintBlock.FindSubmatch(page)
		if m == nil {
			t.Fatalf("%s shows no .lint file", name)
		}
		e := readExceptions(context.Background(), ExceptionsName, m[1], IDs())
		if len(e.problems) > 0 || len(e.entries) == 0 || e.entries[0].panel != "Requests" || e.entries[0].index != 0 {
			t.Errorf("%s: %v", name, e.problems)
		}
	}
}
