// Package organisation is the policy of an organisation: one strict YAML file that
// says what every service must have, how loud the rules of lint are, and what is
// let pass for a time. The package decodes the file into values that know their
// place, and applies its rules to resolved services. It reads no file and no
// clock.
package organisation

import (
	"cmp"
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// DefaultFile is where a policy lies when nobody says otherwise.
const DefaultFile = ".nthlayer/policy.yaml"

// Version is the one version of the file that there is.
const Version = 1

// The rules about the policy itself.
const (
	// RuleInvalid is a policy, or a file that it names, which cannot be read as it
	// was meant.
	RuleInvalid = "policy/invalid"
	// RuleUnread is a policy that could not be read from where it is trusted.
	RuleUnread = "policy/unread"
	// RuleChanged is a change that edits the policy.
	RuleChanged = "policy/changed"
	// RuleWaiver is a waiver that holds, is over, or is for nothing.
	RuleWaiver = "policy/waiver"
	// RuleBaseline is what a baseline holds, and what in it is no longer there.
	RuleBaseline = "policy/baseline"
	// RuleLocked is a flag that would switch off a locked rule.
	RuleLocked = "policy/locked"
)

// Policy is what one policy file says. The zero Policy asks for nothing.
type Policy struct {
	// File is the path of the policy in the workspace.
	File string
	// Incomplete is set when a rule may be missing, because it could not be read.
	Incomplete bool
	Rules      []Rule
	Lint       Lint
	// Metadata is what rules of Prometheus and Loki must carry.
	Metadata Metadata
	// Promruval are configurations in the form of promruval to apply, by path from
	// the workspace.
	Promruval []Text
	Waivers   []Waiver
	// Settings are what the policy says beside rules and waivers, in the order of the
	// file: the key and its value in one line.
	Settings []string
	// Baseline is the file of findings that are known, by path from the workspace;
	// empty for none.
	Baseline Text
}

// Text is a text of the policy and its place. The zero Text stands nowhere.
type Text = Value[string]

// Value is a value of the policy and its place.
type Value[T any] struct {
	V  T
	At Place
}

// Set reports whether somebody wrote the value.
func (v Value[T]) Set() bool { return v.At.node != nil }

// Rule is one rule over services.
type Rule struct {
	// Name is unique in the policy.
	Name        Text
	Kind        Kind
	Severity    report.Severity
	Description string
	When        When
	At          Place

	check check
}

// Named returns the paths of the files that the policy names.
func (p *Policy) Named() []Text {
	named := slices.Clone(p.Promruval)
	if p.Baseline.Set() {
		named = append(named, p.Baseline)
	}
	return named
}

// Kind is what a rule is about, as written in type:.
type Kind string

// ID returns the rule id of the findings of a kind: policy/<name>.
func (k Kind) ID() string { return k.row().id }

// check is what a rule of one kind asks for, decoded from params:.
type check interface {
	// violations are the ways in which a service breaks the rule.
	violations(s *spec.Service, in Input) []violation
	// sentence says for people what is asked for, without a full stop: it follows
	// "Every service of tier critical", and begins with a blank or a comma.
	sentence() string
}

// violation is one way in which a service breaks a rule.
type violation struct {
	// at is where; a place that nobody wrote is the service itself.
	at         spec.Origin
	message    string
	suggestion string
	// value is as in report.Finding.
	value string
	// unsure is set when it is not known whether the rule is broken.
	unsure bool
	// binds puts into the bounds of the service's gates what this means for them; nil is
	// nothing. It is given the name of the rule.
	binds func(b *Bounds, rule string)
}

// Input is what the rules look at beside the service in question.
type Input struct {
	// Services are all services that were read. Whole is set when no others exist,
	// as far as the caller can tell.
	Services map[string]*spec.Service
	Whole    bool
	// Environment is the normalised name of the environment of the run; empty
	// counts as prod, whose values are the base values of a service file.
	Environment string
	// Read returns a file of the workspace, up to one byte more than a limit; nil
	// reads nothing.
	Read func(name string, limit int) ([]byte, error)
	// Today is the last day that counts as not over, as 2026-01-31; empty lets
	// nothing expire.
	Today string
	// Before is what was before the change under test.
	Before Before
}

// Unread returns the finding that nobody knows what the policy asks for, and why. Fix is
// the way out, empty for the usual one. Where the policy is read as it was before a
// change, through the host or its git, that is no mistake of the call.
func Unread(why, fix string, ofBase bool) report.Finding {
	f := report.At(report.Position{}, RuleUnread, report.Error, "it cannot be told what the policy asks for: "+why)
	f.Suggestion = cmp.Or(fix, "put the file where it is looked for, or name another one with --policy")
	if ofBase {
		f.Severity = report.Warning
		f.Suggestion = cmp.Or(fix, "give the job a token with contents: read, or check out with fetch-depth: 0, and run it again")
	}
	return f
}

// Stray returns the finding about a policy above the folder of a run that is not applied,
// because no checkout shows that it is meant for the folder.
func Stray(file string) report.Finding {
	f := report.At(report.Position{File: file}, RuleUnread, report.Warning,
		"this policy is not applied: the folder of the run has none, and is in no checkout of git, up to whose root one is looked for")
	f.Suggestion = "run nthlayer in the folder of the policy, or in a checkout"
	return f
}

// Changed returns the note that a change edits a file of the policy, which counts
// after the merge. By says what the run goes by instead; may be empty.
func Changed(file, by string) report.Finding {
	f := report.At(report.Position{File: file}, RuleChanged, report.Info, "this change edits "+file+", which counts after the merge")
	if by != "" {
		f.Message += ": " + by
	}
	f.Suggestion = "merge the policy first, then what needs it"
	return f
}

// OfBase takes the places off findings about a policy that the change edits: they are
// those of the file of before, and other lines stand there now.
func OfBase(file string, findings []report.Finding) []report.Finding {
	var out []report.Finding
	for _, f := range findings {
		if f.File == file {
			f.Line, f.Column, f.EndLine, f.EndColumn, f.Snippet = 0, 0, 0, 0, ""
			f.Message = "in the policy of the base, " + f.Message
		}
		out = append(out, f)
	}
	return out
}
