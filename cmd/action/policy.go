package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// policyOf returns what reads the organisation's policy for a run.
func policyOf(s entrypoint.Settings, promruvals ...string) func(context.Context, *spec.Workspace) pipeline.Policy {
	return func(ctx context.Context, ws *spec.Workspace) pipeline.Policy {
		p := newPolicyReader(s, ws)
		p.promruvals = promruvals
		return p.read(ctx)
	}
}

func newPolicyReader(s entrypoint.Settings, ws *spec.Workspace) policyReader {
	return policyReader{trusted: newTrusted(s, ws), here: ws, file: cmp.Or(s.Policy, organisation.DefaultFile), given: s.Policy != ""}
}

// policyReader reads the policy and the files that it names.
type policyReader struct {
	trusted trusted
	// here is the workspace of the run, way the path from there to the folder of the
	// policy: empty, or one upwards.
	here *spec.Workspace
	way  string
	file string
	// given is set when somebody named the file, which has to be there then.
	given bool
	// promruvals are configurations of promruval that the command line names.
	promruvals []string
	// withoutBaseline leaves the baseline out, so that a new one can be written.
	withoutBaseline bool
}

// read reads the policy, and the configurations of promruval that it and the command
// line name.
func (p policyReader) read(ctx context.Context) pipeline.Policy {
	p, done, err := p.above()
	if err != nil {
		return pipeline.Policy{Unknown: err.Error()}
	}
	defer done()
	out := p.policy(ctx)
	out.Findings = append(out.Findings, p.misnamed()...)
	p.promruval(ctx, &out)
	if p.way != "" {
		fromAbove(&out, p.way)
	}
	return out
}

func (p policyReader) policy(ctx context.Context) pipeline.Policy {
	var out pipeline.Policy
	data, err := p.trusted.read(ctx, p.file)
	out.Findings = p.edited(p.file, func(data []byte) []report.Finding {
		_, findings := organisation.Decode(p.shown(p.file), data, judgedRules())
		return findings
	})
	switch {
	case errors.Is(err, fs.ErrNotExist) && !p.given:
		return out
	case errors.Is(err, fs.ErrNotExist):
		out.Unknown = p.file + " is not there" + p.trusted.where()
		return out
	case err != nil:
		out.Unknown = err.Error()
		return out
	}
	policy, findings := organisation.Decode(p.shown(p.file), data, judgedRules())
	out.Policy, out.Edited = policy, p.trusted.touched(p.file)
	out.Findings = append(out.Findings, out.Said(findings)...)
	if policy.Baseline.Set() && !p.withoutBaseline {
		p.baseline(ctx, policy.Baseline, &out)
	}
	return out
}

// baseline reads the baseline that the policy names.
func (p policyReader) baseline(ctx context.Context, name organisation.Text, out *pipeline.Policy) {
	data, err := p.trusted.read(ctx, name.V)
	out.Findings = append(out.Findings, p.edited(name.V, func(data []byte) []report.Finding {
		_, findings := organisation.DecodeBaseline(p.shown(name.V), data)
		return findings
	})...)
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.trusted.touched(name.V):
		// The change brings it: nothing is known until it is merged.
	case errors.Is(err, fs.ErrNotExist):
		missing := name.At.Finding(organisation.RuleInvalid, report.Error, "there is no baseline "+name.V, "write it: nthlayer lint --write-baseline")
		out.Findings = append(out.Findings, out.Said([]report.Finding{missing})...)
	case err != nil:
		out.Unknown = err.Error()
	default:
		baseline, findings := organisation.DecodeBaseline(p.shown(name.V), data)
		out.Baseline = baseline
		out.Findings = append(out.Findings, findings...)
	}
}

// judgedRules are the ids of the rules that a policy decides about.
func judgedRules() []string {
	var checks []string
	for _, c := range lint.Checks(lint.Options{}) {
		checks = append(checks, c.Rule().ID)
	}
	return slices.DeleteFunc(rules.IDs(), func(id string) bool { return !organisation.Judged(id, checks) })
}

// edited returns what is to be said about a file that the change edits: that it
// counts later, and what is wrong with it.
func (p policyReader) edited(file string, check func([]byte) []report.Finding) []report.Finding {
	if !p.trusted.touched(file) {
		return nil
	}
	out := []report.Finding{organisation.Changed(file)}
	if data, err := p.trusted.ws.Read(file, document.ServiceLimits().Bytes); err == nil {
		out = append(out, check(data)...)
	}
	return out
}

// trusted reads files from where a change cannot reach: as they were before it.
type trusted struct {
	ws      *spec.Workspace
	folder  string
	base    host.BaseReader
	changes host.Changes
}

func newTrusted(s entrypoint.Settings, ws *spec.Workspace) trusted {
	t := trusted{ws: ws, folder: s.Workspace, base: s.Base, changes: s.Changes}
	if s.PolicyRef == entrypoint.PolicyHead {
		t.base = nil
	}
	return t
}

// where says which files are read.
func (t trusted) where() string {
	if t.base == nil {
		return ""
	}
	return " before this change"
}

// read returns a file as it was before the change. What the change does not touch
// is as it is in the checkout. The error is fs.ErrNotExist only when it is certain
// that there was no file.
func (t trusted) read(ctx context.Context, name string) ([]byte, error) {
	limit := document.RuleLimits().Bytes
	if t.base == nil {
		return t.checkout(name, limit)
	}
	if t.changes.Known() {
		if via := t.linked(name); via != "" {
			return nil, fmt.Errorf("%s is a link, and a change may turn it: put the file itself where %s is", via, name)
		}
		if by := t.folderTouched(name); by != "" {
			return nil, fmt.Errorf("the change replaces %s, in which %s lies", by, name)
		}
		if !t.touched(name) {
			return t.checkout(name, limit)
		}
		if f, ok := t.changes.Find(name); ok && (f.Status == host.Added || f.Status == host.Renamed) {
			return nil, fs.ErrNotExist
		}
	}
	data, err := t.base.ReadBase(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("%s could not be read as it was before: %w", name, neverAbsent{err})
	}
	return data, nil
}

// checkout reads a file as it is now.
func (t trusted) checkout(name string, limit int) ([]byte, error) {
	data, err := t.ws.Read(name, limit)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return data, nil
}

// neverAbsent hides that an error may say that there is no file: hosts say so of
// what a token may not see.
type neverAbsent struct{ error }

// touched reports whether the change edits, adds, removes or moves a file.
func (t trusted) touched(name string) bool {
	if t.base == nil {
		return false
	}
	for _, f := range t.changes.Files {
		if f.Path == name || f.Previous == name {
			return true
		}
	}
	return false
}

// folderTouched returns the folder of a file that the change itself touches, as it
// does with a link or a submodule, and "" when there is none.
func (t trusted) folderTouched(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if t.touched(dir) {
			return dir
		}
	}
	return ""
}

// linked returns the first link on the way to a file, and "" when there is none.
func (t trusted) linked(name string) string {
	parts := strings.Split(name, "/")
	for i := range parts {
		way := path.Join(parts[:i+1]...)
		if info, err := os.Lstat(filepath.Join(t.folder, filepath.FromSlash(way))); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return way
		}
	}
	return ""
}
