package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
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
	p, stray, done, err := p.above(ctx)
	if err != nil {
		out := pipeline.Policy{File: p.shown(p.file), Ref: p.trusted.ref()}
		unread(&out, err)
		return out
	}
	defer done()
	out := p.policy(ctx)
	out.Findings = append(out.Findings, p.misnamed()...)
	out.Stray = stray
	p.promruval(ctx, &out)
	if p.way != "" {
		fromAbove(&out, p.way)
	}
	return out
}

func (p policyReader) policy(ctx context.Context) pipeline.Policy {
	out := pipeline.Policy{File: p.shown(p.file), Ref: p.trusted.ref()}
	data, err := p.trusted.read(ctx, p.file)
	out.Findings = p.edited(p.file, err, func(data []byte) []report.Finding {
		now, findings := organisation.Decode(p.shown(p.file), data, judgedRules())
		return append(findings, p.lost(now)...)
	})
	switch {
	case errors.Is(err, fs.ErrNotExist) && !p.given:
		return out
	case errors.Is(err, fs.ErrNotExist):
		out.Unknown = p.file + " is not there" + p.trusted.where()
		return out
	case err != nil:
		unread(&out, err)
		return out
	}
	policy, findings := organisation.Decode(p.shown(p.file), data, judgedRules())
	out.Policy, out.Edited = policy, p.trusted.touched(p.file)
	out.Findings = append(out.Findings, out.Said(findings)...)
	if !out.Edited {
		out.Findings = append(out.Findings, p.lost(policy)...)
	}
	if policy.Baseline.Set() && !p.withoutBaseline {
		p.baseline(ctx, policy.Baseline, &out)
	}
	return out
}

// baseline reads the baseline that the policy names.
func (p policyReader) baseline(ctx context.Context, name organisation.Text, out *pipeline.Policy) {
	data, ok := p.named(ctx, name, "write it: nthlayer lint --write-baseline", out)
	out.Findings = append(out.Findings, p.edited(name.V, nil, func(data []byte) []report.Finding {
		_, findings := organisation.DecodeBaseline(p.shown(name.V), data)
		return findings
	})...)
	if ok {
		baseline, findings := organisation.DecodeBaseline(p.shown(name.V), data)
		out.Baseline = baseline
		out.Findings = append(out.Findings, findings...)
	}
}

// named reads a file that the policy names. One that is not there is a mistake, unless
// the change brings it: it counts after the merge.
func (p policyReader) named(ctx context.Context, name organisation.Text, fix string, out *pipeline.Policy) ([]byte, bool) {
	data, err := p.trusted.read(ctx, name.V)
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.trusted.touched(name.V):
	case errors.Is(err, fs.ErrNotExist):
		missing := name.At.Finding(organisation.RuleInvalid, report.Error, "there is no "+name.V+p.trusted.where(), fix)
		out.Findings = append(out.Findings, out.Said([]report.Finding{missing})...)
		out.Unreadable++
	case err != nil:
		unread(out, err)
	}
	return data, err == nil
}

// judgedRules are the ids of the rules that a policy decides about.
func judgedRules() []string {
	var checks []string
	for _, c := range lint.Checks(lint.Options{}) {
		checks = append(checks, c.Rule().ID)
	}
	return slices.DeleteFunc(rules.IDs(), func(id string) bool { return !organisation.Judged(id, checks) })
}
