package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"github.com/nthlayer/action/pkg/host/local"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/policy/organisation"
)

// policyFolder is the folder of the policy.
var policyFolder = path.Dir(organisation.DefaultFile)

// stuck says why the policy cannot be read, and the way out.
type stuck struct{ why, fix string }

func (s stuck) Error() string { return s.why }

// unread notes why the policy, or a file that it names, cannot be read.
func unread(out *pipeline.Policy, err error) {
	out.Unknown, out.Fix = err.Error(), ""
	if s, ok := errors.AsType[stuck](err); ok {
		out.Fix = s.fix
	}
}

// hidden returns an error where git has a policy that the workspace lacks, as after a
// sparse checkout or one without submodules: that there is no file is no proof then that
// there is no policy. It asks about the folders from the one of the run up to the root of
// its checkout, or to the one in which a policy was found.
func (p policyReader) hidden(ctx context.Context, at policyPlace) error {
	var folders []string
	for dir := at.from; dir != at.dir; dir = filepath.Dir(dir) {
		below, err := filepath.Rel(at.root, dir)
		if err != nil {
			return fmt.Errorf("find the folder of the run in its checkout: %w", err)
		}
		folders = append(folders, path.Join(filepath.ToSlash(below), policyFolder))
		if dir == at.root {
			break
		}
	}
	if len(folders) == 0 {
		return nil
	}
	tracked, err := local.TrackedIn(ctx, at.root, folders...)
	if err != nil {
		return fmt.Errorf("git does not say whether the repository has a policy: %w", err)
	}
	for _, t := range tracked {
		if err := at.missing(t, folders); err != nil {
			return err
		}
	}
	return nil
}

// missing returns an error for a policy, or for what stands in place of its folder.
func (at policyPlace) missing(t local.Tracked, folders []string) error {
	file := filepath.Join(at.root, filepath.FromSlash(t.Path))
	name, err := filepath.Rel(at.from, file)
	if err != nil {
		name = file
	}
	name = filepath.ToSlash(name)
	switch {
	case slices.Contains(folders, t.Path) && t.Submodule && there(filepath.Join(file, ".git")):
		return nil
	case slices.Contains(folders, t.Path) && t.Submodule:
		return stuck{name + " is a submodule that is not checked out", "check submodules out, as actions/checkout does with submodules: true"}
	case slices.Contains(folders, t.Path):
		return stuck{name + " is no folder", "put the policy itself at " + path.Join(name, path.Base(organisation.DefaultFile))}
	case slices.Contains(folders, path.Dir(t.Path)) && isPolicy(path.Base(t.Path)):
		return stuck{"the repository has " + name + ", and the workspace does not", "check out all of the repository, as a sparse checkout leaves files out; where there is to be no policy, git rm the file"}
	}
	return nil
}

// isPolicy reports whether a file of the policy's folder is one, or is meant as one.
func isPolicy(name string) bool {
	return name == path.Base(organisation.DefaultFile) || name == path.Base(misnamedPolicy)
}
