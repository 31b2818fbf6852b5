package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/promruval"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// promruval reads the configurations that the policy names from where it is trusted,
// and behind them those that the command line names.
func (p policyReader) promruval(ctx context.Context, out *pipeline.Policy) {
	var files []lint.File
	var trusted []string
	if out.Policy != nil {
		for _, name := range out.Policy.Promruval {
			trusted = append(trusted, name.V)
			if data, ok := p.named(ctx, name, "write it, or take it out of promruval:", out); ok {
				files = append(files, lint.File{Name: p.shown(name.V), Data: data})
			}
		}
	}
	for _, name := range p.promruvals {
		data, err := p.proposed(name)
		if err != nil {
			out.Findings = append(out.Findings, promruval.Unreadable(name, err))
			out.Unreadable++
			continue
		}
		files = append(files, lint.File{Name: name, Data: data})
	}
	set, findings := promruval.Decode(ctx, files, func(name string) ([]byte, error) {
		own, of := p.inPolicy(name)
		if !of {
			return p.proposed(name)
		}
		trusted = append(trusted, own)
		data, err := p.trusted.read(ctx, own)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			out.Unreadable++
		case err != nil:
			unread(out, err)
		}
		return data, err
	})
	out.Promruval = set
	for _, name := range trusted {
		if p.trusted.touched(name) {
			findings = organisation.OfBase(name, findings)
		}
	}
	out.Findings = slices.Concat(out.Findings, findings, p.editedPromruval(ctx, out.Policy, trusted))
}

// editedPromruval returns what is to be said about configurations of promruval, and
// their files of parameters, that the change edits.
func (p policyReader) editedPromruval(ctx context.Context, policy *organisation.Policy, names []string) []report.Finding {
	if policy == nil || p.trusted.base == nil {
		return nil
	}
	var files []lint.File
	for _, name := range policy.Promruval {
		if data, err := p.proposed(name.V); err == nil {
			files = append(files, lint.File{Name: name.V, Data: data})
		}
	}
	_, findings := promruval.Decode(ctx, files, func(name string) ([]byte, error) {
		names = append(names, name)
		return p.proposed(name)
	})
	names = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(names))), func(name string) bool { return !p.trusted.touched(name) })
	var out []report.Finding
	for _, name := range names {
		out = append(out, organisation.Changed(name, goesBy(p.trusted.before(name))))
	}
	return append(out, slices.DeleteFunc(findings, func(f report.Finding) bool { return !slices.Contains(names, f.File) })...)
}

// inPolicy returns the path from the folder of the policy of a file that is named from
// the workspace, and whether the policy is what it belongs to.
func (p policyReader) inPolicy(name string) (string, bool) {
	if p.way == "" {
		return name, true
	}
	return strings.CutPrefix(name, p.way+"/")
}

// proposed reads a file as it is in the checkout.
func (p policyReader) proposed(name string) ([]byte, error) {
	return p.here.Read(name, document.ServiceLimits().Bytes)
}
