package organisation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Lint says how the rules of the stages validate and lint are applied.
type Lint struct {
	// Severities replace that of findings, by rule id.
	Severities map[string]report.Severity
	// Disabled are the ids of rules that are left out.
	Disabled []string
	// Locked are the rules that neither a comment nor a flag switches off. The rules
	// of the policy itself always are; see LockedIDs.
	Locked []Text
	// Checks configure rules that look for nothing until they are told what for.
	Checks Checks
}

// LockedIDs returns the ids of all rules that no comment in a file switches off:
// those that the policy locks, and its own.
func (p *Policy) LockedIDs() []string {
	out := words(p.Lint.Locked)
	for _, row := range kinds() {
		out = append(out, row.id)
	}
	return out
}

func (d *decoder) lint(n *document.Node) Lint {
	m := d.fields(n, "lint", append([]string{"severity", "disable", "locked"}, checkKeys()...)...)
	l := Lint{Severities: map[string]report.Severity{}}
	if m == nil {
		return l
	}
	if severities := d.mapping(m.Get("severity"), "severity"); severities != nil {
		for _, f := range severities.Fields {
			if d.known(f.Value, f.Key) {
				l.Severities[f.Key] = d.severity(f.Value)
			}
		}
	}
	l.Disabled = words(d.ruleIDs(m.Get("disable"), "disable"))
	l.Locked = d.ruleIDs(m.Get("locked"), "locked")
	l.Checks = d.checks(m)
	for _, v := range l.Locked {
		if slices.Contains(l.Disabled, v.V) {
			d.wrong(v.At.node, v.V+" is locked and disabled", "decide for one")
		}
	}
	return l
}

// ruleIDs reads a list of rule ids.
func (d *decoder) ruleIDs(n *document.Node, what string) []Text {
	return slices.DeleteFunc(d.texts(n, what), func(v Text) bool { return !d.known(v.At.node, v.V) })
}

// known refuses ids that no rule of validate and lint has: a misspelt one would do
// nothing, and nobody would notice. Of the rules of others it says that.
func (d *decoder) known(n *document.Node, id string) bool {
	if slices.Contains(d.ids, id) {
		return true
	}
	fix := report.DidYouMean(id, d.ids)
	if fix == "" && !Judged(id, d.ids) {
		d.wrong(n, "a policy does not decide about "+strconv.Quote(report.Clip(id, 80))+", so it cannot be waived, disabled, locked or given a severity", "remove it")
		return false
	}
	if fix == "" {
		fix = "run nthlayer rules for the list"
	}
	d.wrong(n, "there is no rule "+strconv.Quote(report.Clip(id, 80)), fix)
	return false
}

// SwitchedOff tells the rules that a flag disables although the policy locks them.
func (p *Policy) SwitchedOff(disabled []string) []report.Finding {
	var out []report.Finding
	for _, v := range p.Lint.Locked {
		if slices.Contains(disabled, v.V) {
			out = append(out, v.At.Finding(RuleLocked, report.Warning, "--disable "+v.V+" has no effect: the policy locks the rule", "leave the flag out, or ask the owners of the policy for a waiver"))
		}
	}
	return out
}

// Without returns the ids that a flag may disable.
func (p *Policy) Without(disabled []string) []string {
	return slices.DeleteFunc(slices.Clone(disabled), func(id string) bool {
		return p.Lint.locks(id)
	})
}

// locks reports whether the policy lists a rule as locked.
func (l Lint) locks(id string) bool {
	return slices.ContainsFunc(l.Locked, func(v Text) bool { return v.V == id })
}

// ofStage returns what stands before the slash of a rule id.
func ofStage(id string) string {
	stage, _, _ := strings.Cut(id, "/")
	return stage
}

// Judged reports whether a policy decides about a rule: about those of the stages
// validate and lint. What one change does, whether a file can be read and what is
// wrong with the policy itself is nothing to wave through, and the other stages have
// choices of their own. ofGate are the rules of lint about gates.
func Judged(id string, ofGate []string) bool {
	if id == "spec/unreadable" {
		return false
	}
	switch ofStage(id) {
	case "change", "yaml", "verify", "test", "push", "generate", "import", "suppress":
		return false
	case "gate":
		return slices.Contains(ofGate, id)
	case "policy":
		return slices.ContainsFunc(kinds(), func(row kindRow) bool { return row.id == id })
	}
	return true
}
