package main

import (
	"errors"
	"io/fs"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// edited returns what is to be said about a file of the policy that the change edits:
// that it counts later, and what is wrong with it. The error is of reading it as it was
// before.
func (p policyReader) edited(file string, before error, check func([]byte) []report.Finding) []report.Finding {
	if !p.trusted.touched(file) {
		return nil
	}
	out := []report.Finding{organisation.Changed(file, goesBy(before))}
	if data, err := p.trusted.ws.Read(file, document.RuleLimits().Bytes); err == nil {
		out = append(out, check(data)...)
	}
	return out
}

// goesBy says what a run goes by where the change edits the policy; nothing where that
// cannot be told.
func goesBy(before error) string {
	switch {
	case before == nil:
		return "this run goes by the file of the base"
	case errors.Is(before, fs.ErrNotExist):
		return "the base has none, and this run goes by none"
	}
	return ""
}

// lost tells the files that the policy names and the change leaves it without.
func (p policyReader) lost(policy *organisation.Policy) []report.Finding {
	var out []report.Finding
	for _, name := range policy.Named() {
		if !p.trusted.touched(p.file) && !p.trusted.touched(name.V) {
			continue
		}
		if _, err := p.trusted.ws.Read(name.V, document.RuleLimits().Bytes); errors.Is(err, fs.ErrNotExist) {
			out = append(out, name.At.Finding(organisation.RuleInvalid, report.Error, "there is no "+name.V+" after this change", "add it, or take it out of the policy"))
		}
	}
	return out
}
