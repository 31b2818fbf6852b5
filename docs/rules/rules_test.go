package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nthlayer/action/docs/rules"
)

// id is the form of a rule's id. Media types and versions have it too.
var id = regexp.MustCompile(`^[a-z]+/[a-z][a-z0-9-]*$`)

// notRules are the texts of that form that are no rules.
func notRules() []string {
	return []string{
		"application/json", "application/yaml", "application/openmetrics-text", "text/html", "text/plain", // media types
		"srm/v1", "opensrm/v1", "openslo/v1", "prometheus/v1", "apps/v1", "batch/v1", "grafana/dashboard-selector", "owner/name",
	}
}

// codeIDs returns the ids in the program's code, with a place of each.
func codeIDs(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(filepath.Dir(path), "test") {
			return err
		}
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if _, ok := n.(*ast.ImportSpec); ok {
				return false
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && id.MatchString(text) && !slices.Contains(notRules(), text) {
					found[text] = files.Position(lit.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryRuleOfTheCodeHasAPageAndEveryPageARule(t *testing.T) {
	code, pages := codeIDs(t, "../../pkg"), rules.IDs()
	for id, at := range code {
		if !slices.Contains(pages, id) {
			t.Errorf("%s (%s) has no page: write docs/rules/%s.md", id, at, id)
		}
	}
	for _, id := range pages {
		if _, ok := code[id]; !ok {
			t.Errorf("docs/rules/%s.md explains a rule that no code reports", id)
		}
	}
	if len(code) < 50 {
		t.Errorf("only %d rules were found in the code; is the path right?", len(code))
	}
}
