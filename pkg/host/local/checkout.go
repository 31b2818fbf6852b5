package local

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

// Checkout is what the files under .git say about a folder of the workspace.
type Checkout struct {
	// Dir is the folder, "." for the workspace itself.
	Dir string
	// Head is the commit that is checked out; empty when there is none.
	Head string
	// PullRefs are the pull request refs (pull/7/merge, pull/7/head) that point
	// to Head.
	PullRefs []string
	// Remotes are the addresses of the repositories that it was fetched from.
	Remotes []string
	// Lost is set when .git leads to a place that cannot be read from here, so
	// that nothing else is known.
	Lost bool
}

// ReadCheckout reads the checkout in a folder of the workspace without running
// git, so that it works in an image that has none. It follows the .git files of
// worktrees and submodules as far as they stay in the workspace. It is false for
// a folder that is no root of a checkout.
func ReadCheckout(workspace fs.FS, dir string) (Checkout, bool, error) {
	c := Checkout{Dir: dir}
	info, err := fs.Stat(workspace, path.Join(dir, ".git"))
	if errors.Is(err, fs.ErrNotExist) {
		return Checkout{}, false, nil
	}
	if err != nil {
		return Checkout{}, false, fmt.Errorf("read the checkout in %s: %w", dir, err)
	}
	g := openGitDir(workspace, dir, info)
	text, err := fs.ReadFile(workspace, path.Join(g.own, "HEAD"))
	switch {
	case info.IsDir() && errors.Is(err, fs.ErrNotExist):
		return Checkout{}, false, nil
	case g.own == "" || errors.Is(err, fs.ErrNotExist):
		c.Lost = true
		return c, true, nil
	case err != nil:
		return Checkout{}, false, fmt.Errorf("read which commit is checked out in %s: %w", dir, err)
	}
	c.Remotes = g.remotes()
	packed := g.packedRefs()
	head := strings.TrimSpace(string(text))
	if ref, ok := strings.CutPrefix(head, "ref: "); ok {
		head = g.resolve(packed, ref)
	}
	if host.IsCommit(head) {
		c.Head, c.PullRefs = head, g.pullRefs(packed, head)
	}
	return c, true, nil
}

// gitDir is where git keeps its files: those of one worktree, and those that all
// worktrees share. Both are folders of fs.
type gitDir struct {
	fs          fs.FS
	own, common string
}

func openGitDir(workspace fs.FS, dir string, info fs.FileInfo) gitDir {
	g := gitDir{fs: workspace, own: path.Join(dir, ".git")}
	if !info.IsDir() {
		g.own = followed(workspace, dir)
	}
	g.common = g.commonDir()
	return g
}

// fetched returns the commit that a branch had when it was fetched from origin;
// empty when it was not.
func fetched(workspace fs.FS, dir, branch string) string {
	info, err := fs.Stat(workspace, path.Join(dir, ".git"))
	if err != nil || branch == "" {
		return ""
	}
	g := openGitDir(workspace, dir, info)
	return g.resolve(g.packedRefs(), "refs/remotes/origin/"+branch)
}

// followed returns the folder that a .git file names, or nothing when it is not
// in the workspace. The path may be that of the machine on which the container
// runs: the workspace then holds the end of it.
func followed(workspace fs.FS, dir string) string {
	text, err := fs.ReadFile(workspace, path.Join(dir, ".git"))
	if err != nil {
		return ""
	}
	named, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
	if !ok {
		return ""
	}
	if !path.IsAbs(named) {
		return folder(workspace, path.Join(dir, named))
	}
	for rest := strings.TrimLeft(named, "/"); strings.Contains("/"+rest, "/.git/"); {
		if found := folder(workspace, rest); found != "" {
			return found
		}
		_, rest, _ = strings.Cut(rest, "/")
	}
	return ""
}

func folder(workspace fs.FS, name string) string {
	if info, err := fs.Stat(workspace, name); err != nil || !info.IsDir() {
		return ""
	}
	return name
}

// commonDir returns the folder that a worktree shares with the others.
func (g gitDir) commonDir() string {
	text, err := fs.ReadFile(g.fs, path.Join(g.own, "commondir"))
	if err != nil {
		return g.own
	}
	named := strings.TrimSpace(string(text))
	if path.IsAbs(named) {
		return g.own
	}
	return path.Join(g.own, named)
}

func (g gitDir) resolve(packed map[string]string, ref string) string {
	if !fs.ValidPath(ref) {
		return ""
	}
	for _, dir := range []string{g.own, g.common} {
		if text, err := fs.ReadFile(g.fs, path.Join(dir, ref)); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	return packed[ref]
}

// packedRefs reads the file packed-refs: one "commit ref" a line.
func (g gitDir) packedRefs() map[string]string {
	text, err := fs.ReadFile(g.fs, path.Join(g.common, "packed-refs"))
	if err != nil {
		return nil
	}
	refs := make(map[string]string)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if sha, ref, ok := strings.Cut(lines.Text(), " "); ok && host.IsCommit(sha) {
			refs[ref] = sha
		}
	}
	return refs
}

// remotes reads the addresses in git's configuration.
func (g gitDir) remotes() []string {
	text, err := fs.ReadFile(g.fs, path.Join(g.common, "config"))
	if err != nil {
		return nil
	}
	var out []string
	section := ""
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && strings.HasPrefix(section, "[remote ") && strings.TrimSpace(key) == "url" {
			out = append(out, strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return out
}

// pullPrefixes are the places where checkouts keep the refs of pull requests.
var pullPrefixes = []string{"refs/remotes/pull/", "refs/pull/"}

func (g gitDir) pullRefs(packed map[string]string, head string) []string {
	var out []string
	for _, prefix := range pullPrefixes {
		for ref, sha := range packed {
			if sha == head && strings.HasPrefix(ref, prefix) {
				out = append(out, ref)
			}
		}
		matches, err := fs.Glob(g.fs, path.Join(g.common, prefix)+"/*/*")
		if err != nil {
			continue
		}
		for _, m := range matches {
			ref := strings.TrimPrefix(m, g.common+"/")
			if g.resolve(nil, ref) == head {
				out = append(out, ref)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func folderWord(dir string) string {
	if dir == "." {
		return "the root"
	}
	return "the folder " + dir
}
