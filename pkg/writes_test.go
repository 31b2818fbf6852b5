package pkg_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writers are the files that change something on the disk, each with why it goes
// nowhere that it should not. Files of a workspace are written by package spec alone,
// whose os.Root follows no link out of it, and which stays out of .git.
func writers() map[string]string {
	return map[string]string{
		"pkg/spec/write.go":         "removes by a root, after it asked where the folder is",
		"pkg/spec/folder.go":        "writes by a root, after it asked where the folder is",
		"pkg/host/github/runner.go": "appends to the files that the runner of GitHub names in the environment",
		"cmd/action/output.go":      "writes what -o names, after it asked where links lead",
		"cmd/action/pint.go":        "writes into a folder of its own below the system's for temporary files",
	}
}

// changes reports whether a name is that of a function of package os, or of a method of
// os.Root, which changes something on the disk.
func changes(name string) bool {
	return slices.Contains([]string{
		"Chmod", "Chown", "Chtimes", "CopyFS", "Create", "CreateTemp", "Lchown", "Link", "Mkdir", "MkdirAll", "MkdirTemp",
		"OpenFile", "Remove", "RemoveAll", "Rename", "Symlink", "Truncate", "WriteFile",
	}, name)
}

// ofWorkspace reports whether a call is one of package spec, which is what others are
// to use: a workspace has methods of the same names.
func ofWorkspace(of ast.Expr) bool {
	name := ""
	switch of := of.(type) {
	case *ast.Ident:
		name = of.Name
	case *ast.SelectorExpr:
		name = of.Sel.Name
	}
	return slices.Contains([]string{"ws", "Workspace", "folder"}, name)
}

// hasRoot reports whether a file names os.Root, or what opens one.
func hasRoot(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if used, ok := n.(*ast.SelectorExpr); ok {
			of, ok := used.X.(*ast.Ident)
			found = found || ok && of.Name == "os" && (used.Sel.Name == "Root" || used.Sel.Name == "OpenRoot")
		}
		return true
	})
	return found
}

// writesIn returns what a file calls that changes something on the disk: functions and,
// where its package has a root, methods.
func writesIn(file *ast.File, root bool) []string {
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		used, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !changes(used.Sel.Name) {
			return true
		}
		of, _ := used.X.(*ast.Ident)
		if of != nil && (of.Name == "os" || of.Name == "renameio") || root && !ofWorkspace(used.X) {
			out = append(out, used.Sel.Name)
		}
		return true
	})
	return out
}

// TestNothingElseIsWritten makes sure that a new way to write a file is looked at by
// somebody: a pull request may bring a link along that leads out of the workspace.
func TestNothingElseIsWritten(t *testing.T) {
	parsed := map[string]*ast.File{}
	roots := map[string]bool{}
	for _, dir := range []string{"pkg", "entrypoint", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(file string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && (d.Name() == "testdata" || forTests(d.Name())) {
				return filepath.SkipDir
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			name := strings.TrimPrefix(filepath.ToSlash(file), "../")
			parsed[name], err = parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err == nil && hasRoot(parsed[name]) {
				roots[path.Dir(name)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range parsed {
		calls := writesIn(file, roots[path.Dir(name)])
		switch known := writers()[name] != ""; {
		case len(calls) > 0 && !known:
			t.Errorf("%s calls %s: write files of the workspace by spec.Workspace, or say in writers why it is safe", name, calls)
		case len(calls) == 0 && known:
			t.Errorf("%s writes nothing: take it off the list", name)
		}
	}
	for name := range writers() {
		if parsed[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestWritesAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		`func f() { os.WriteFile("x", nil, 0) }`:          true,
		`func f(r *os.Root) { r.MkdirAll("x", 0) }`:       true,
		`func f(x y, r os.Root) { x.r.Rename("a", "b") }`: true,
		`func f(x y) { x.Truncate(5) }`:                   false,
		`func f() { renameio.WriteFile("x", nil, 0) }`:    true,
		`func f() { os.ReadFile("x") }`:                   false,
		`func f(ws *spec.Workspace) { ws.Remove("x") }`:   false,
		`func f(o y) { o.Workspace.Create("x", nil) }`:    false,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(writesIn(file, hasRoot(file))) > 0; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
