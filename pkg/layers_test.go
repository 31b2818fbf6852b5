// Package pkg_test holds the packages to the order in which they rest on each
// other.
package pkg_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nthlayer/action/"

// layers are the parts of the program, ground first. A package imports only what
// stands before its layer, and what is in the layer itself.
func layers() []string {
	return []string{
		"pkg/report", "pkg/spec", "pkg/tech", "pkg/promql", "pkg/slo", "pkg/transport", "pkg/source", "pkg/policy",
		"pkg/generate", "pkg/lint", "pkg/verify", "pkg/gate", "pkg/portfolio",
		"pkg/pipeline", "pkg/render", "pkg/host", "pkg/push", "entrypoint", "cmd",
	}
}

// stages return values and know nothing of each other: only the pipeline does.
func stages() []string {
	return []string{"pkg/generate", "pkg/lint", "pkg/verify", "pkg/gate", "pkg/portfolio"}
}

// onlyReport are layers that stand on nothing but the words of results, so that
// whoever reads them has to know no other package.
func onlyReport() []string { return []string{"pkg/spec", "pkg/promql"} }

// exceptions are imports of what is no layer, each with its reason.
func exceptions() map[string][]string {
	return map[string][]string{
		"docs": {"pkg/report"}, // the schema is data, beside the pages that name it
		"docs/rules": {
			"pkg/lint", // the pages of its rules are data, embedded where people read them
			"cmd",      // nthlayer rules prints them
		},
	}
}

// layerOf returns the layer of a package, and "" for what is no part of the
// program: end-to-end tests and benchmarks, which may use everything.
func layerOf(pkg string) string {
	for _, l := range layers() {
		if pkg == l || strings.HasPrefix(pkg, l+"/") {
			return l
		}
	}
	return ""
}

// forTests reports whether a package serves tests: filetest, sourcetest.
func forTests(pkg string) bool { return strings.HasSuffix(path.Base(pkg), "test") }

// breach says what is wrong with an import of one of our packages by another, or
// is empty.
func breach(importer, imported string) string {
	from, to := layerOf(importer), layerOf(imported)
	switch {
	case forTests(importer), from == "" && !strings.HasPrefix(importer, "pkg/"):
		return ""
	case forTests(imported):
		return "only tests use it"
	case from == "":
		return "the importer has no layer: add it to the list, at its place"
	case to == "":
		if slices.Contains(exceptions()[imported], from) {
			return ""
		}
		return "it is no part of the program"
	case from == to:
		return ""
	case slices.Contains(stages(), from) && slices.Contains(stages(), to):
		return "a stage knows no other stage"
	case slices.Contains(onlyReport(), from) && to != "pkg/report":
		return from + " stands on pkg/report alone"
	case slices.Index(layers(), to) > slices.Index(layers(), from):
		return to + " stands above " + from
	}
	return ""
}

func TestPackagesImportOnlyWhatTheyRestOn(t *testing.T) {
	files := 0
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name := d.Name(); name != ".." && strings.HasPrefix(name, ".") || name == "testdata" {
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		files++
		importer := path.Dir(strings.TrimPrefix(filepath.ToSlash(file), "../"))
		for _, imported := range ownImports(t, file) {
			if why := breach(importer, imported); why != "" {
				t.Errorf("%s imports %s: %s", file, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were looked at; is the path right?", files)
	}
}

// ownImports returns which of our packages a file imports.
func ownImports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for _, i := range parsed.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if imported, ok := strings.CutPrefix(name, module); ok {
			own = append(own, imported)
		}
	}
	return own
}

func TestBreachesOfTheOrderAreFound(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		wrong              bool
	}{
		{"pkg/spec", "pkg/report", false},
		{"pkg/spec", "pkg/spec/document", false},
		{"pkg/source/memory", "pkg/spec/document", false},
		{"pkg/lint", "docs/rules", false},
		{"cmd/action", "docs/rules", false},
		{"tools/bench", "pkg/source/sourcetest", false},
		{"tools/bench", "pkg/slo", false},
		{"pkg/spec/spectest", "pkg/filetest", false},
		{"pkg/report", "pkg/spec", true},
		{"pkg/gate", "pkg/lint", true},
		{"pkg/verify", "pkg/lint/rulefile", true},
		{"pkg/promql", "pkg/spec", true},
		{"pkg/lint", "pkg/render", true},
		{"pkg/render", "entrypoint", true},
		{"pkg/gate", "docs/rules", true},
		{"pkg/gate", "tools/bench", true},
		{"pkg/gate", "pkg/spec/spectest", true},
		{"pkg/util", "pkg/report", true},
	} {
		if why := breach(c.importer, c.imported); (why != "") != c.wrong {
			t.Errorf("%s imports %s: got %q", c.importer, c.imported, why)
		}
	}
}
