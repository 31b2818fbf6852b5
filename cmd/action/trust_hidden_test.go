package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// That the workspace has no policy is no proof that the repository has none.
func TestAPolicyThatTheWorkspaceLacksIsNotNone(t *testing.T) {
	link := func(t *testing.T, dir, name, to string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	edit := map[string]string{"services/api.yaml": strings.Replace(apiService, "team: core", "team: core # ours", 1)}
	none := map[string]string{"services/api.yaml": apiService}
	for _, c := range []struct {
		name      string
		base      map[string]string
		make      func(t *testing.T, p *pull)
		why, fix  string
		ofBaseWhy string
	}{
		{
			name: "a sparse checkout", base: organised(),
			make: func(_ *testing.T, p *pull) { p.git("sparse-checkout", "set", "services") },
			why:  "the repository has .nthlayer/policy.yaml, and the workspace does not", fix: "check out all of the repository",
		},
		{
			name: "a policy of another name", base: map[string]string{"services/api.yaml": apiService, ".nthlayer/policy.yml": runbooks},
			make: func(_ *testing.T, p *pull) { p.git("sparse-checkout", "set", "services") },
			why:  "the repository has .nthlayer/policy.yml, and the workspace does not", fix: "check out all of the repository",
		},
		{
			name: "a submodule that is not there", base: none,
			make: func(_ *testing.T, p *pull) {
				p.git("update-index", "--add", "--cacheinfo", "160000,"+p.base+",.nthlayer")
			},
			why: ".nthlayer is a submodule that is not checked out", fix: "check submodules out",
		},
		{
			name: "a link to nowhere", base: organised(),
			make: func(t *testing.T, p *pull) { t.Helper(); link(t, p.dir, policyFile, "../org/policy.yaml") },
			why:  ".nthlayer/policy.yaml is a link, and there is no policy.yaml where it leads", fix: "put the file itself where .nthlayer/policy.yaml is",
			ofBaseWhy: ".nthlayer/policy.yaml is a link, and a change may turn it",
		},
		{
			name: "a folder that is a link to nowhere", base: organised(),
			make: func(t *testing.T, p *pull) { t.Helper(); link(t, p.dir, ".nthlayer", "org") },
			why:  ".nthlayer is a link, and there is no policy.yaml where it leads", fix: "put the file itself where .nthlayer/policy.yaml is",
			ofBaseWhy: ".nthlayer is a link, and a change may turn it",
		},
		{
			name: "a folder that is a link to one without a policy", base: none,
			make: func(t *testing.T, p *pull) { t.Helper(); link(t, p.dir, ".nthlayer", "services") },
			why:  ".nthlayer is a link, and there is no policy.yaml where it leads", fix: "put the file itself where .nthlayer/policy.yaml is",
			ofBaseWhy: ".nthlayer is a link, and a change may turn it",
		},
	} {
		for event, code := range map[string]int{"push": 3, "pull_request": 4} {
			t.Run(c.name+", "+event, func(t *testing.T) {
				t.Parallel()
				p := newPull(t, c.base, edit, nil)
				c.make(t, p)
				r := p.run(false, "INPUT_STAGES", "lint", "GITHUB_EVENT_NAME", event)
				why := c.why
				if event == "pull_request" && c.ofBaseWhy != "" {
					why = c.ofBaseWhy
				}
				if r.code != code || !strings.Contains(r.stdout, why) || !strings.Contains(r.stdout, c.fix) {
					t.Errorf("exit code %d, %q; want %d, %q\n%s", r.code, r.policyRules(), code, why, r.stdout)
				}
			})
		}
	}
}

// A sparse checkout of a folder hides the policy of the repository and not of another one.
func TestAPolicyAboveThatTheWorkspaceLacksIsNotNone(t *testing.T) {
	for _, c := range []struct {
		name, folder string
		files        map[string]string
		exit         int
	}{
		{"at the root", "services", organised(), 3},
		{"on the way", "services/pay", map[string]string{"services/.nthlayer/policy.yaml": runbooks, "services/pay/a.yaml": apiService}, 3},
		{"in another folder", "services", map[string]string{"services/api.yaml": apiService, "other/.nthlayer/policy.yaml": runbooks}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPull(t, c.files, map[string]string{"README.md": "text\n"}, nil)
			p.git("sparse-checkout", "set", "--no-cone", "/"+c.folder+"/*.yaml")
			t.Chdir(filepath.Join(p.dir, c.folder))
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), process{
				args: []string{"lint", "--fail-on", "error", "."}, stdout: &stdout, stderr: &stderr,
				getenv: func(string) string { return "" }, readFile: os.ReadFile, now: time.Now,
			})
			out := stdout.String() + stderr.String()
			if code != c.exit || (c.exit == 3) != strings.Contains(out, "and the workspace does not") {
				t.Errorf("exit code %d\n%s", code, out)
			}
		})
	}
}
