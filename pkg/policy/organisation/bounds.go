package organisation

import (
	"cmp"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Bounds is what a policy holds the gates of one service to. It only ever makes a
// decision stricter. The zero Bounds hold them to nothing.
type Bounds struct {
	// Warning and Blocking are the least thresholds.
	Warning, Blocking Floor
	// Refused are the exceptions that do not count.
	Refused []Refusal
	// Barred are the reasons for which the service is not deployed at all.
	Barred []Bar
	// Unknown says why it cannot be told what the policy asks for; empty when it can.
	Unknown string
}

// Floor is the least that a threshold may be.
type Floor struct {
	// Percent is of error budget remaining; nil asks for nothing.
	Percent *float64
	// By is the name of the rule.
	By string
}

// raise makes a floor at least as high as a rule asks.
func (f *Floor) raise(percent *float64, by string) {
	if percent != nil && (f.Percent == nil || *percent > *f.Percent) {
		*f = Floor{percent, by}
	}
}

// Refusal is an exception that is not approved, and why.
type Refusal struct {
	At  spec.Origin
	Why string
}

// Bar is a reason for which a service is not deployed.
type Bar struct {
	At       spec.Origin
	Why, Fix string
}

// Refuses says why an exception does not count; empty when it does.
func (b Bounds) Refuses(e spec.Exception) string {
	for _, r := range b.Refused {
		if r.At.Equal(e.At) {
			return r.Why
		}
	}
	return ""
}

// Bounds returns what the policy holds the gates of a service to: what its rules with
// the severity error ask for, where the service does not have it by itself. What the
// policy disables, waives or knows by its baseline binds no gate, as it is no finding.
func (a *Applied) Bounds(s *spec.Service, in Input) Bounds {
	var b Bounds
	if a.policy.Incomplete {
		b.Unknown = "a rule of the policy " + a.policy.File + " cannot be read"
	}
	type broken struct {
		violation
		by string
	}
	named := map[string]broken{}
	var findings []report.Finding
	for _, r := range a.policy.Rules {
		if !r.Kind.row().gate {
			continue
		}
		for _, form := range r.forms(s, in) {
			for _, v := range r.check.violations(form.service, in) {
				f := r.finding(s, v)
				named[bindingKey(f)] = broken{v, r.Name.V}
				findings = append(findings, f)
			}
		}
	}
	alike := likes{}
	for _, f := range report.Normalise(findings) {
		stands := a.stands(f, alike)
		v := named[bindingKey(f)]
		if severity := cmp.Or(a.policy.Lint.Severities[f.Rule], f.Severity); v.binds != nil && severity == report.Error && stands {
			v.binds(&b, v.by)
		}
	}
	return b
}

// bindingKey tells the findings about one service apart.
func bindingKey(f report.Finding) string {
	return f.Rule + " " + f.Position().String() + " " + f.Message
}

// floors returns what a threshold below its least does: the policy's counts.
func floors(warning, blocking *float64) func(*Bounds, string) {
	return func(b *Bounds, by string) {
		b.Warning.raise(warning, by)
		b.Blocking.raise(blocking, by)
	}
}

// refuses returns what an exception that is not approved does: it does not count.
func refuses(e spec.Exception, why string) func(*Bounds, string) {
	return func(b *Bounds, by string) {
		b.Refused = append(b.Refused, Refusal{At: e.At, Why: why + byRule(by)})
	}
}

// bars returns what a service does that lacks what its tier needs of a gate: nothing is
// deployed.
func bars(at spec.Origin, why, fix string) func(*Bounds, string) {
	return func(b *Bounds, by string) {
		b.Barred = append(b.Barred, Bar{At: at, Why: why + byRule(by), Fix: fix})
	}
}

// String names the rule, as the source of a threshold.
func (f Floor) String() string { return "policy rule " + strconv.Quote(f.By) }
