package push

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// RuleUnavailable is the rule about a system that a plan could not ask.
const RuleUnavailable = "push/unavailable"

// RuleStopped is the rule about a run that ended before a system answered.
const RuleStopped = "push/stopped"

// Stopped reports whether the run ended before the system answered.
func (o Outcome) Stopped() bool {
	_, stopped := errors.AsType[*StoppedError](o.Err)
	return stopped
}

// Findings are what an outcome has to say about a service: what failed, and what was
// left as it is.
func (o Outcome) Findings(s Service) []report.Finding {
	var out []report.Finding
	for _, c := range o.Changes {
		switch c.Action {
		case Refused:
			out = append(out, c.Origin.Finding("push/refused", report.Error, s.Name, c.What+" of "+o.Target+" is not written: "+c.Why, c.Fix))
		case Drifted:
			out = append(out, c.Origin.Finding("push/drift", report.Warning, s.Name, c.What+" of "+o.Target+" is not what the file says: "+c.Why, c.Fix))
		case Create, Update, Delete, Unchanged:
		}
	}
	switch {
	case o.Err == nil:
	case o.Stopped():
		out = append(out, o.place(s).Finding(RuleStopped, report.Warning, s.Name, o.Err.Error()+o.progress(), "run it again; what is written already is not written twice"))
	case o.Applied:
		out = append(out, o.place(s).Finding("push/failed", report.Error, s.Name, o.Err.Error()+o.progress(), "what was generated is on disk; push it again with the same command"))
	default:
		out = append(out, s.Origin.Finding(RuleUnavailable, report.Warning, s.Name, o.Err.Error(), "nothing was written; run it again when the system answers"))
	}
	return out
}

// place is where the change comes from that failed; that of the service when none was
// begun.
func (o Outcome) place(s Service) spec.Origin {
	if o.Done < len(o.Changes) && o.Changes[o.Done].Origin.Written() {
		return o.Changes[o.Done].Origin
	}
	return s.Origin
}

// progress says how far a run came that broke off.
func (o Outcome) progress() string {
	var written, left []string
	for i, c := range o.Changes {
		switch {
		case !c.Writes():
		case i < o.Done:
			written = append(written, c.What)
		default:
			left = append(left, c.What)
		}
	}
	if len(left) == 0 {
		return ""
	}
	text := "; not written: " + listed(left)
	if len(written) > 0 {
		text = "; written before: " + listed(written) + text
	}
	return text
}

// maxListed bounds how many objects a message names.
const maxListed = 5

func listed(names []string) string {
	if more := len(names) - maxListed; more > 0 {
		return strings.Join(names[:maxListed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
