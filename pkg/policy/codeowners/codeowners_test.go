package codeowners_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/codeowners"
)

func TestOwners(t *testing.T) {
	const sections = "* @example/all\n[Services] @example/sre\n/services/\n/services/web.yaml @example/web # theirs\n!/services/old.yaml\n" +
		"/services/old.yaml @example/late\n^[Docs][2] docs@example.com\n*.md\n[services]\n/services/api.yaml @example/api\n"
	for _, c := range []struct {
		name    string
		dialect codeowners.Dialect
		text    string
		path    string
		want    string
	}{
		{"behind a byte order mark", codeowners.GitHub, "\ufeff* @example/all", "a/b/c.yaml", "@example/all"},
		{"all", codeowners.GitHub, "* @example/all", "a/b/c.yaml", "@example/all"},
		{"the last one wins", codeowners.GitHub, "* @example/all\n*.yaml @ada", "a/b.yaml", "@ada"},
		{"without owners it is nobody's", codeowners.GitHub, "* @example/all\n/services/\n", "services/a.yaml", ""},
		{"a folder", codeowners.GitHub, "/services/ @example/sre", "services/shop/a.yaml", "@example/sre"},
		{"a folder of another name", codeowners.GitHub, "/services/ @example/sre", "more/services/a.yaml", ""},
		{"a folder at any depth", codeowners.GitHub, "services/ @example/sre", "more/services/a.yaml", "@example/sre"},
		{"a folder without its slash", codeowners.GitHub, "/services @example/sre", "services/shop/a.yaml", "@example/sre"},
		{"a slash inside anchors", codeowners.GitHub, "services/shop @example/sre", "more/services/shop/a.yaml", ""},
		{"only what lies in the folder", codeowners.GitHub, "services/* @example/sre", "services/shop/a.yaml", ""},
		{"what lies in the folder", codeowners.GitHub, "services/* @example/sre", "services/a.yaml", "@example/sre"},
		{"any folders", codeowners.GitHub, "/services/**/a.yaml @ada", "services/x/y/a.yaml", "@ada"},
		{"an escaped blank", codeowners.GitHub, `/my\ services/ @ada`, "my services/a.yaml", "@ada"},
		{"a comment", codeowners.GitHub, "# *  @all\n* @ada # @bob", "a", "@ada"},
		{"GitHub skips exclusions", codeowners.GitHub, "* @ada\n!a @bob", "a", "@ada"},
		{"mail, and more than one", codeowners.GitHub, "* ada@example.com @bob", "a", "@bob ada@example.com"},
		{"sections add up", codeowners.GitLab, sections, "services/web.yaml", "@example/all @example/web"},
		{"the section's owners", codeowners.GitLab, sections, "services/shop.yaml", "@example/all @example/sre"},
		{"sections of one name are one", codeowners.GitLab, sections, "services/api.yaml", "@example/all @example/api"},
		{"excluded for good", codeowners.GitLab, sections, "services/old.yaml", "@example/all"},
		{"an optional section", codeowners.GitLab, sections, "a.md", "@example/all docs@example.com"},
		{"at any depth", codeowners.GitLab, "services/shop.yaml @ada", "more/services/shop.yaml", "@ada"},
		{"a heading is no pattern", codeowners.GitHub, "[Services] @ada", "S", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(codeowners.Parse([]byte(c.text), c.dialect).Owners(c.path), " ")
			if got != c.want {
				t.Errorf("%s is owned by %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestWhereTheFileIsSaysHowToReadIt(t *testing.T) {
	for _, c := range []struct {
		file, text string
		want       codeowners.Dialect
		root       string
	}{
		{".github/CODEOWNERS", "[Services] @a", codeowners.GitHub, "."},
		{".gitlab/CODEOWNERS", "* @a", codeowners.GitLab, "."},
		{"CODEOWNERS", "* @a", codeowners.GitHub, "."},
		{"CODEOWNERS", "* @a\n^[Services] @b", codeowners.GitLab, "."},
		{"repo/docs/CODEOWNERS", "* @a", codeowners.GitHub, "repo"},
	} {
		if got := codeowners.DialectOf(c.file, []byte(c.text)); got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.file, c.text, got, c.want)
		}
		if got := codeowners.Root(c.file); got != c.root {
			t.Errorf("%s: the root is %s, want %s", c.file, got, c.root)
		}
	}
}

// Whatever stands in a file, reading and asking end, and a pattern that takes
// everything takes the path.
func FuzzParse(f *testing.F) {
	f.Add("* @a\n[S][1] @b\n/x/ \n!y", "x/y", true)
	f.Add("\\", "\\", false)
	f.Add("**/[a-{ @x", "a", true)
	f.Fuzz(func(t *testing.T, text, name string, gitLab bool) {
		d := codeowners.GitHub
		if gitLab {
			d = codeowners.GitLab
		}
		for _, o := range codeowners.Parse([]byte(text), d).Owners(name) {
			if !strings.Contains(text, o) {
				t.Errorf("%q is an owner and stands nowhere", o)
			}
		}
		clean := strings.ContainsAny(name, "/\\") || name == "" || name == "." || name == ".."
		last := codeowners.Parse([]byte("* @first\n* @last\n"), d).Owners(name)
		if !clean && !slices.Equal(last, []string{"@last"}) {
			t.Errorf("%q is owned by %q", name, last)
		}
	})
}
