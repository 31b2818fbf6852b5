package organisation

import (
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Before is what a change made of services and files. A change that edits what a rule
// or a waiver goes by leaves the reach of neither: what held before it holds until it
// is merged, and what did not hold begins after that. The zero value is no change.
type Before struct {
	// Services are those of before by those of now.
	Services map[*spec.Service]*spec.Service
	// Names are the former names of services, Files the former paths of files, by the
	// present ones, where they differ.
	Names map[string]string
	Files map[string][]string
}

// form is a service as a rule looks at it.
type form struct {
	service *spec.Service
	// before says that the rule is about it by what it was before the change.
	before bool
}

// forms returns what a rule is about: a service that its when fits, now or before the
// change, as it is and, where the rule asks more of the tier of before, with that
// one.
func (r Rule) forms(s *spec.Service, in Input) []form {
	var out []form
	now := r.When.holds(s, in.Environment)
	if now {
		out = append(out, form{s, false})
	}
	was, ok := in.Before.Services[s]
	then := ok && r.When.holds(was, in.Environment)
	if !now && then {
		out = append(out, form{s, true})
	}
	if c, by := r.check.(tiered); by && ok && (now || then) && c.asksMore(was.Tier.V, s.Tier.V) {
		as := *s
		as.Tier.V = was.Tier.V
		out = append(out, form{&as, true})
	}
	return out
}

// unlike returns the name of what a service was before the change, where patterns do not
// fit that; empty where they do, or where nothing was.
func (b Before) unlike(s *spec.Service, patterns []Glob) string {
	if was, ok := b.Services[s]; ok && !matchesAny(patterns, was.Name.V) {
		return was.Name.V
	}
	return ""
}

// covered reports whether a waiver was for a finding before the change, too.
func (b Before) covered(w Waiver, f report.Finding) bool {
	service := f.Service
	if was, ok := b.Names[service]; ok {
		service = was
	}
	files := b.Files[f.File]
	if len(files) == 0 {
		files = []string{f.File}
	}
	return !slices.ContainsFunc(files, func(file string) bool { return !w.covers(service, file) })
}
