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
	// Gone are the services that the change removes, New those that it brings. Whether
	// one of these was one of those is in the hands of whoever wrote the change, so that
	// each counts as all of them.
	Gone []*spec.Service
	New  map[*spec.Service]bool
	// Names are the former names of services, Files the former paths of files, by the
	// present ones, where they differ.
	Names map[string][]string
	Files map[string][]string
	// Brought are the parts of files that the change may have taken from other files.
	Brought map[string][]Brought
}

// Brought is a part of a file, and the files that it may have been in before the change.
type Brought struct {
	// From and To are its lines; both are 0 for all of the file.
	From, To int
	Files    []string
}

// files returns the files that a finding was in before the change, or may have been in.
func (b Before) files(f report.Finding) []string {
	files := slices.Clone(b.Files[f.File])
	for _, part := range b.Brought[f.File] {
		if part.To == 0 || f.Line == 0 || part.From <= f.Line && f.Line <= part.To {
			files = append(files, part.Files...)
		}
	}
	if len(files) == 0 {
		return []string{f.File}
	}
	return files
}

// was returns what a service was before the change, or may have been.
func (b Before) was(s *spec.Service) []*spec.Service {
	if was, ok := b.Services[s]; ok {
		return []*spec.Service{was}
	}
	if b.New[s] {
		return b.Gone
	}
	return nil
}

// form is a service as a rule looks at it.
type form struct {
	service *spec.Service
	// why says why the rule is about it, where that is because of what it was before the
	// change.
	why string
}

// forms returns what a rule is about: a service that its when fits, now or before the
// change, as it is and, where the rule asks more of the tier of before, with that
// one.
func (r Rule) forms(s *spec.Service, in Input) []form {
	var out []form
	held := r.When.holds(s, in.Environment)
	if held {
		out = append(out, form{service: s})
	}
	tiers := []spec.Tier{s.Tier.V}
	for _, was := range in.Before.was(s) {
		then := r.When.holds(was, in.Environment)
		if !held && then && len(out) == 0 {
			out = append(out, form{s, in.Before.counts(s, was)})
		}
		c, by := r.check.(tiered)
		if by && (held || then) && c.asksMore(was.Tier.V, s.Tier.V) && !slices.Contains(tiers, was.Tier.V) {
			as := *s
			as.Tier.V = was.Tier.V
			tiers = append(tiers, was.Tier.V)
			out = append(out, form{&as, in.Before.counts(s, was)})
		}
	}
	return out
}

// counts says why a rule counts for a service because of one of before.
func (b Before) counts(s, was *spec.Service) string {
	if b.New[s] {
		return "the rule is about " + was.Name.V + ", which this change removes, and holds for the services that it brings; bring one that has nothing to do with " + was.Name.V + " in a change of its own"
	}
	return "the rule is about the service as it was before this change, and counts until that is merged"
}

// unlike returns a service of before that patterns do not fit, nil where they fit all that
// a service was or may have been.
func (b Before) unlike(s *spec.Service, patterns []Glob) *spec.Service {
	for _, was := range b.was(s) {
		if !matchesAny(patterns, was.Name.V) {
			return was
		}
	}
	return nil
}

// covered reports whether a waiver was for a finding before the change, too.
func (b Before) covered(w Waiver, f report.Finding) bool {
	names, files := b.Names[f.Service], b.files(f)
	if len(names) == 0 {
		names = []string{f.Service}
	}
	for _, name := range names {
		if slices.ContainsFunc(files, func(file string) bool { return !w.covers(name, file) }) {
			return false
		}
	}
	return true
}
