package main

import (
	"context"
	"errors"
	"io/fs"

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
	if out.Policy != nil {
		for _, name := range out.Policy.Promruval {
			out.Findings = append(out.Findings, p.edited(name.V, func(data []byte) []report.Finding {
				_, findings := promruval.Decode(ctx, []lint.File{{Name: name.V, Data: data}}, p.proposed)
				return findings
			})...)
			files = append(files, p.configuration(ctx, name, out)...)
		}
	}
	for _, name := range p.promruvals {
		data, err := p.proposed(name)
		if err != nil {
			out.Findings = append(out.Findings, promruval.Unreadable(name, err))
			continue
		}
		files = append(files, lint.File{Name: name, Data: data})
	}
	set, findings := promruval.Decode(ctx, files, func(name string) ([]byte, error) { return p.trusted.read(ctx, name) })
	out.Promruval = set
	out.Findings = append(out.Findings, findings...)
}

// proposed reads a file as it is in the checkout.
func (p policyReader) proposed(name string) ([]byte, error) {
	return p.here.Read(name, document.ServiceLimits().Bytes)
}

// configuration reads one that the policy names.
func (p policyReader) configuration(ctx context.Context, name organisation.Text, out *pipeline.Policy) []lint.File {
	data, err := p.trusted.read(ctx, name.V)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		out.Findings = append(out.Findings, name.At.Finding(organisation.RuleInvalid, report.Error, "there is no "+name.V+p.trusted.where(), "write it, or take it out of promruval:"))
		return nil
	case err != nil:
		out.Unknown = err.Error()
		return nil
	}
	return []lint.File{{Name: name.V, Data: data}}
}
