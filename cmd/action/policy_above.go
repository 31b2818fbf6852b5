package main

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// misnamedPolicy is a file that is meant as the policy and is not read.
const misnamedPolicy = ".nthlayer/policy.yml"

// above returns the reader of the policy of a folder above, where there is none in the
// workspace: a run in a folder of a repository is held to the policy of the repository.
// It looks no higher than the root of the checkout; stray is a policy above where there
// is no checkout, so that nobody can tell whether it is meant. done ends the reading.
func (p policyReader) above(ctx context.Context) (up policyReader, stray string, done func(), err error) {
	done = func() {}
	if p.given || p.trusted.touched(p.file) {
		return p, "", done, nil
	}
	at, err := nearestPolicy(p.trusted.folder)
	if err == nil && at.root != "" {
		err = p.hidden(ctx, at)
	}
	way := at.way()
	switch {
	case err != nil || way == "." || way == "":
		return p, "", done, err
	case at.root == "":
		return p, path.Join(way, nameOfPolicy(at.dir)), done, nil
	case p.trusted.base != nil:
		p.way = way
		return p, "", done, errors.New("the policy lies above the folder of the run, and what a change makes of it cannot be told from there: run in the root of the checkout, or set the workspace of the job to it")
	}
	up = p
	up.trusted.folder, up.way = at.dir, way
	if up.trusted.ws, err = spec.OpenWorkspace(up.trusted.folder); err != nil {
		return p, "", done, err
	}
	return up, "", func() { _ = up.trusted.ws.Close() }, nil
}

// policyPlace is where the nearest policy of a folder is.
type policyPlace struct {
	// from is the folder that is asked about, dir the one with the policy, itself or
	// above, and root that of the checkout around; empty for none.
	from, dir, root string
}

// way is the path from the folder to the one with the policy, as ../..; empty for none.
func (at policyPlace) way() string {
	if at.dir == "" {
		return ""
	}
	way := "."
	for dir := at.from; dir != at.dir; dir = filepath.Dir(dir) {
		way = path.Join(way, "..")
	}
	return way
}

// nearestPolicy looks for a policy in a folder and in those above.
func nearestPolicy(folder string) (policyPlace, error) {
	dir, err := filepath.Abs(folder)
	at := policyPlace{from: dir}
	if err != nil {
		return at, err
	}
	for {
		if at.dir == "" && nameOfPolicy(dir) != "" {
			at.dir = dir
		}
		if there(filepath.Join(dir, ".git")) {
			at.root = dir
			return at, nil
		}
		if dir == filepath.Dir(dir) {
			return at, nil
		}
		dir = filepath.Dir(dir)
	}
}

// nameOfPolicy is what the policy of a folder is called; empty where there is none.
func nameOfPolicy(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, policyFolder)); err != nil && there(filepath.Join(dir, policyFolder)) {
		return organisation.DefaultFile // what reads it tells that the folder is a link to nowhere
	}
	for _, name := range []string{organisation.DefaultFile, misnamedPolicy} {
		if there(filepath.Join(dir, name)) {
			return name
		}
	}
	return ""
}

// there reports whether there is something of a name, be it a link to nothing.
func there(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// misnamed tells a policy that nobody reads, because of its name.
func (p policyReader) misnamed() []report.Finding {
	if p.given || !there(filepath.Join(p.trusted.folder, misnamedPolicy)) {
		return nil
	}
	f := report.At(report.Position{File: p.shown(misnamedPolicy), Line: 1, Column: 1}, organisation.RuleInvalid, report.Error,
		"this is not read as the policy, which is called "+organisation.DefaultFile)
	f.Suggestion = "rename it to policy.yaml"
	return []report.Finding{f}
}

// shown is the path of a file of the policy as it is from the workspace.
func (p policyReader) shown(name string) string { return path.Join(p.way, name) }

// fromAbove takes out of a policy of a folder above what speaks of files by their paths
// from there: a waiver would hold for other files of the same name.
func fromAbove(out *pipeline.Policy, way string) {
	out.Above = way
	if out.Policy == nil {
		return
	}
	policy := *out.Policy
	policy.Waivers = slices.DeleteFunc(slices.Clone(policy.Waivers), func(w organisation.Waiver) bool { return len(w.Files) > 0 })
	out.Policy = &policy
}
