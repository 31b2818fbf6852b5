package push

import (
	"github.com/nthlayer/action/pkg/report"
)

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
	if o.Err != nil {
		out = append(out, s.Origin.Finding("push/failed", report.Error, s.Name, o.Err.Error(), "what was generated is on disk; push it again with the same command"))
	}
	return out
}
