// Package local reads the checkout that a run stands in: which commit is checked
// out, and what changed since another one. It never runs anything that the
// checkout brings along.
package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
	"github.com/nthlayer/action/pkg/report"
)

// gitPaths are the places where git may be. PATH is not asked: a job's PATH may
// begin with a folder of the checkout.
var gitPaths = []string{"/usr/bin/git", "/usr/local/bin/git", "/opt/homebrew/bin/git"}

// maxDiff bounds what is read of git's output, in bytes.
const maxDiff = 64 << 20

// gitTimeout bounds one git call.
const gitTimeout = 30 * time.Second

// Git compares two commits of a checkout with the git command.
type Git struct {
	command string
	dir     string
}

// errNoCheckout is what git says in many ways.
var errNoCheckout = errors.New("the workspace is no git checkout")

// NewGit returns a Git for a checkout. It is an error when git is not
// installed, as in the image of the GitHub action.
func NewGit(dir string) (*Git, error) {
	i := slices.IndexFunc(gitPaths, func(p string) bool {
		info, err := os.Stat(p)
		return err == nil && info.Mode().IsRegular()
	})
	if i < 0 {
		return nil, errors.New("git is not installed here")
	}
	if dir == "" {
		return nil, errors.New("no checkout to compare in")
	}
	return &Git{command: gitPaths[i], dir: dir}, nil
}

// Changes returns what head changed since it branched off base. Both are full
// commit ids and must be in the checkout; a shallow clone often lacks base.
func (g *Git) Changes(ctx context.Context, base, head string) (host.Changes, error) {
	if !host.IsCommit(base) || !host.IsCommit(head) {
		return host.Changes{}, fmt.Errorf("cannot compare %q with %q: full commit ids are needed", base, head)
	}
	out, err := g.run(ctx, maxDiff, "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv",
		"--find-renames", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", base+"..."+head, "--")
	if err != nil {
		return host.Changes{}, err
	}
	files, err := diff.ParseGit(out)
	if err != nil {
		return host.Changes{}, fmt.Errorf("read the output of git diff: %w", err)
	}
	return host.Changes{Precision: host.ByLine, Source: "git diff", Files: host.ChangedFiles(files)}, nil
}

// run calls git. More than limit bytes of output are an error.
func (g *Git) run(ctx context.Context, limit int, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, gitTimeout)
	defer cancel()
	cmd := g.call(ctx, args...)
	var stdout bytes.Buffer
	var stderr beginning
	cmd.Stdout = &limited{w: &stdout, left: limit}
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		if strings.Contains(strings.ToLower(stderr.String()), "not a git repository") {
			return "", errNoCheckout
		}
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, firstLine(stderr.String()))
	}
	return stdout.String(), nil
}

// call returns a call of git with a configuration of its own: no hooks, no file
// system monitor, no external diff, no settings of the machine or the user, no
// fetching of missing objects, no questions.
func (g *Git) call(ctx context.Context, args ...string) *exec.Cmd {
	safe := []string{
		"-c", "safe.directory=" + g.dir, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
		"-c", "protocol.ext.allow=never", "-c", "core.attributesFile=/dev/null", "--no-pager", "-C", g.dir,
	}
	cmd := exec.CommandContext(ctx, g.command, append(safe, args...)...)
	cmd.Env = []string{
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C", "HOME=/nonexistent",
	}
	return cmd
}

// firstLine returns what git says first: behind it may come pages of advice.
func firstLine(said string) string {
	const most = 200
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return report.Clip(line, most)
}

// beginning keeps the first bytes that are written to it. The buffer is no
// embedded one: its ReadFrom would read around the limit.
type beginning struct{ kept bytes.Buffer }

func (b *beginning) Write(p []byte) (int, error) {
	const most = 4096
	b.kept.Write(p[:min(len(p), most-b.kept.Len())])
	return len(p), nil
}

func (b *beginning) String() string { return b.kept.String() }

// limited refuses more than left bytes.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, errors.New("the output is too large")
	}
	l.left -= len(p)
	return l.w.Write(p)
}
