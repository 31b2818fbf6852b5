package memo

import (
	"regexp"
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/report"
)

var commit = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// valid reports whether a note could have been made by Of, as far as can be told.
func (n Note) valid() bool {
	return n.Now.valid() && (n.Since == nil || n.Since.valid() && n.Since.SHA != n.Now.SHA)
}

func (v Verdict) valid() bool {
	if !commit.MatchString(v.SHA) || !known(v.Verdict) || !counts(v.Errors, v.Warnings, v.Total) {
		return false
	}
	if v.Cut < CutNothing || v.Cut > CutServices || v.Total < len(v.Services) {
		return false
	}
	return len(v.Stages) <= maxStages &&
		ascending(v.Stages, func(s string) string { return s }, func(s string) bool { return utf8.RuneCountInString(s) <= maxStage }) &&
		ascending(v.Services, func(s Service) string { return s.Name }, Service.valid)
}

func (s Service) valid() bool {
	if !known(s.Verdict) || !counts(s.Errors, s.Warnings) || utf8.RuneCountInString(s.Tier) > maxName {
		return false
	}
	if s.Budget != nil && (*s.Budget < -maxNumber || *s.Budget > maxNumber) {
		return false
	}
	return ascending(s.Objectives, func(o Objective) string { return o.Name }, func(o Objective) bool { return possible(o.Percent) }) &&
		ascending(s.Missing, func(s string) string { return s }, func(string) bool { return true })
}

func known(v report.Verdict) bool {
	switch v {
	case report.Pass, report.Warn, report.Fail, report.Undecidable:
		return true
	}
	return false
}

func counts(all ...int) bool {
	for _, n := range all {
		if n < 0 || n > maxNumber {
			return false
		}
	}
	return true
}

// ascending reports whether all have names of an allowed length, each above the
// one before it, and are valid themselves.
func ascending[T any](all []T, key func(T) string, valid func(T) bool) bool {
	last := ""
	for _, x := range all {
		k := key(x)
		if k <= last || utf8.RuneCountInString(k) > maxName || !valid(x) {
			return false
		}
		last = k
	}
	return true
}
