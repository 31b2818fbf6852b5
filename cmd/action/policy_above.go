package main

import (
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
func (p policyReader) above() (up policyReader, stray string, done func(), err error) {
	done = func() {}
	if p.given || p.trusted.touched(p.file) {
		return p, "", done, nil
	}
	way, inside, err := nearestPolicy(p.trusted.folder)
	switch {
	case err != nil || way == "." || way == "":
		return p, "", done, err
	case !inside:
		return p, path.Join(way, nameOfPolicy(filepath.Join(p.trusted.folder, way))), done, nil
	case p.trusted.base != nil:
		p.way = way
		return p, "", done, errors.New("the policy lies above the folder of the run, and what a change makes of it cannot be told from there: run in the root of the checkout, or set the workspace of the job to it")
	}
	up = p
	up.trusted.folder, up.way = filepath.Join(p.trusted.folder, way), way
	if up.trusted.ws, err = spec.OpenWorkspace(up.trusted.folder); err != nil {
		return p, "", done, err
	}
	return up, "", func() { _ = up.trusted.ws.Close() }, nil
}

// nearestPolicy returns the way from a folder to the nearest one with a policy, itself or
// above, as ../..; empty when there is none. It is inside of the checkout that the folder
// is in.
func nearestPolicy(folder string) (way string, inside bool, err error) {
	dir, err := filepath.Abs(folder)
	if err != nil {
		return "", false, err
	}
	found := ""
	for at := "."; ; at = path.Join(at, "..") {
		if found == "" && nameOfPolicy(dir) != "" {
			found = at
		}
		if there(filepath.Join(dir, ".git")) {
			return found, true, nil
		}
		if dir == filepath.Dir(dir) {
			return found, false, nil
		}
		dir = filepath.Dir(dir)
	}
}

// nameOfPolicy is what the policy of a folder is called; empty where there is none.
func nameOfPolicy(dir string) string {
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
