package render

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
)

// sinks are the texts that only the escaper of their sink may write. A new sink is
// a new line here.
func sinks() []struct {
	what    string
	literal *regexp.Regexp
	allowed []string
} {
	return []struct {
		what    string
		literal *regexp.Regexp
		allowed []string
	}{
		{"a workflow command", regexp.MustCompile(`(?m)^\s*::($|[a-z-]+(::| [a-z]+=|$))`), []string{"pkg/render/escape.go"}},
		{"an old workflow command", regexp.MustCompile(`##\[`), nil},
		{"a command file's delimiter", regexp.MustCompile(`(?i)<<_?gh|<<EOF|ghadelimiter`), nil},
	}
}

// TestOnlyTheEscapersWriteToTheirSinks reads the string literals of the module.
func TestOnlyTheEscapersWriteToTheirSinks(t *testing.T) {
	const root = "../.."
	files := 0
	for _, dir := range []string{"pkg", "entrypoint", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if entry != nil && entry.IsDir() && strings.HasSuffix(entry.Name(), "test") {
				return filepath.SkipDir // packages for tests read what sinks get
			}
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return ignoreMissing(err)
			}
			files++
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			checkLiterals(t, path, filepath.ToSlash(name))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 10 {
		t.Errorf("only %d files were read", files)
	}
}

// ignoreMissing lets a directory be absent that is still to be written.
func ignoreMissing(err error) error {
	if err != nil && strings.Contains(err.Error(), "no such file") {
		return nil
	}
	return err
}

func checkLiterals(t *testing.T, path, name string) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return // what does not parse does not build
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			return true
		}
		for _, sink := range sinks() {
			if sink.literal.MatchString(text) && !slices.Contains(sink.allowed, name) {
				t.Errorf("%s: %q writes %s itself, use package render", set.Position(literal.Pos()), text, sink.what)
			}
		}
		return true
	})
}

func TestSinkPatternsFindWhatTheyForbid(t *testing.T) {
	for _, text := range []string{"::error file=a", "::", "ok\n::group::x", "  ::add-mask::", "::stop-commands::", "##[error]", "name<<EOF\n"} {
		if !slices.ContainsFunc(sinks(), func(s struct {
			what    string
			literal *regexp.Regexp
			allowed []string
		},
		) bool {
			return s.literal.MatchString(text)
		}) {
			t.Errorf("%q is not found", text)
		}
	}
}
