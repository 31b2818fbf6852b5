package main

import (
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
// It looks no higher than the root of the checkout. done ends the reading.
func (p policyReader) above() (up policyReader, done func(), err error) {
	done = func() {}
	dir, err := filepath.Abs(p.trusted.folder)
	if err != nil || p.given || p.trusted.base != nil || hasPolicy(dir) {
		return p, done, err
	}
	way := "."
	for !there(filepath.Join(dir, ".git")) {
		if dir == filepath.Dir(dir) {
			return p, done, nil // no checkout is around the workspace
		}
		dir, way = filepath.Dir(dir), path.Join(way, "..")
		if up.file == "" && hasPolicy(dir) {
			up = p
			up.trusted.folder, up.way = dir, way
		}
	}
	if up.file == "" {
		return p, done, nil
	}
	up.trusted.ws, err = spec.OpenWorkspace(up.trusted.folder)
	if err != nil {
		return p, done, err
	}
	return up, func() { _ = up.trusted.ws.Close() }, nil
}

func hasPolicy(dir string) bool {
	return there(filepath.Join(dir, organisation.DefaultFile)) || there(filepath.Join(dir, misnamedPolicy))
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
