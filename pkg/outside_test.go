package pkg_test

import (
	"go/ast"
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

// doors are how a program reaches beyond itself, and the files that may use them.
// Whoever reads these files knows what is run and who is asked: there is nothing
// else, such as a count of users that somebody collects.
func doors() []struct {
	pkg   string
	names []string // nothing is the whole package
	files []string
} {
	return []struct {
		pkg   string
		names []string
		files []string
	}{
		{"os/exec", nil, []string{"pkg/host/local/git.go", "pkg/host/tool/tool.go"}},
		{"plugin", nil, nil},
		{"os", []string{"StartProcess"}, nil},
		{"syscall", []string{"Exec", "ForkExec", "StartProcess", "Socket", "Connect"}, nil},
		{"net", []string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialUnix", "LookupHost", "LookupTXT", "DefaultResolver", "Resolver"}, nil},
		{"net", []string{"Dialer"}, []string{"pkg/transport/pages/pages.go"}},
		{"net/http", []string{"Get", "Post", "PostForm", "Head", "DefaultClient", "DefaultTransport"}, nil},
		{"net/http", []string{"Client", "Transport"}, []string{"pkg/transport/transport.go", "pkg/transport/options.go", "pkg/transport/pages/pages.go"}},
	}
}

// throughDoors returns the doors that a file goes through and may not.
func throughDoors(file *ast.File, name string) []string {
	called := map[string]string{} // packages by what the file calls them
	var out []string
	for _, i := range file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		local := path.Base(imported)
		if i.Name != nil {
			local = i.Name.Name
		}
		called[local] = imported
		for _, d := range doors() {
			if d.pkg == imported && !slices.Contains(d.files, name) && (d.names == nil || local == ".") {
				out = append(out, imported)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if pointer, ok := n.(*ast.StarExpr); ok { // a client that is passed on was made elsewhere
			_, named := pointer.X.(*ast.SelectorExpr)
			return !named
		}
		used, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := used.X.(*ast.Ident)
		if !ok {
			return true
		}
		for _, d := range doors() {
			if d.pkg == called[of.Name] && slices.Contains(d.names, used.Sel.Name) && !slices.Contains(d.files, name) {
				out = append(out, d.pkg+"."+used.Sel.Name)
			}
		}
		return true
	})
	return out
}

func TestNothingElseIsRunOrAsked(t *testing.T) {
	files := 0
	for _, dir := range []string{"pkg", "entrypoint", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(file string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && (d.Name() == "testdata" || forTests(d.Name())) {
				return filepath.SkipDir
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			files++
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			name := strings.TrimPrefix(filepath.ToSlash(file), "../")
			for _, door := range throughDoors(parsed, name) {
				t.Errorf("%s uses %s: git is started by pkg/host/local, other programs by pkg/host/tool, and servers are asked through pkg/transport", name, door)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d files were looked at", files)
	}
}

func TestDoorsAreFound(t *testing.T) {
	for text, want := range map[string][]string{
		`import "os/exec"; var _ = exec.Command`:                           {"os/exec"},
		`import run "os/exec"; var _ = run.Command`:                        {"os/exec"},
		`import "plugin"`:                                                  {"plugin"},
		`import "net/http"; var _, _ = http.Get("x")`:                      {"net/http.Get"},
		`import "net/http"; var _ = http.Client{}`:                         {"net/http.Client"},
		`import h "net/http"; var _ = &h.Transport{}`:                      {"net/http.Transport"},
		`import "net"; var _, _ = net.Dial("tcp", "x")`:                    {"net.Dial"},
		`import . "net/http"`:                                              {"net/http", "net/http"},
		`import "net/http"; func f(c *http.Client) { _ = http.MethodGet }`: nil,
		`import "net"; var _ = net.ParseIP`:                                nil,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := throughDoors(file, "pkg/x/x.go"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
