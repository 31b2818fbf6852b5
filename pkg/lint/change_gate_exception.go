package lint

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// changeGateException reports exceptions that are new, last longer or allow more
// than before.
type changeGateException struct{}

func (changeGateException) Rule() Rule {
	return Rule{ID: "change/gate-exception", Severity: report.Error, Title: "The change adds or widens an exception of a gate"}
}

func (k changeGateException) CheckChange(c Change) []report.Finding {
	var out []report.Finding
	for _, g := range gatePairs(c) {
		if g.head == nil {
			continue // a gate that is gone has no exceptions
		}
		for _, e := range g.head.Exceptions {
			if !slices.ContainsFunc(g.base.Exceptions, func(b spec.Exception) bool { return covers(b, e) }) {
				out = append(out, c.finding(e.At, k.Rule(), k.message(g.base.Exceptions, e),
					"remove it from this change and have the owner of the gate add it"))
			}
		}
	}
	return out
}

// covers reports whether an exception lets pass whatever another one does.
func covers(b, e spec.Exception) bool {
	return strings.EqualFold(b.Who.V, e.Who.V) &&
		(b.Allow.V == e.Allow.V || b.Allow.V == "always") &&
		(b.Until.V == "" || e.Until.V != "" && e.Until.V <= b.Until.V)
}

func (changeGateException) message(base []spec.Exception, e spec.Exception) string {
	find := func(same func(b spec.Exception) bool) int { return slices.IndexFunc(base, same) }
	who := func(b spec.Exception) bool { return strings.EqualFold(b.Who.V, e.Who.V) }
	if i := find(func(b spec.Exception) bool { return who(b) && b.Allow.V == e.Allow.V }); i >= 0 {
		return wasAndIs("the end of the exception for "+e.Who.V+" ("+e.Allow.V+")", lastDay(base[i]), lastDay(e))
	}
	if i := find(who); i >= 0 {
		return "the exception for " + e.Who.V + " allowed " + base[i].Allow.V + " until " + lastDay(base[i]) +
			" and now allows " + e.Allow.V + " until " + lastDay(e)
	}
	return "the exception for " + e.Who.V + " (" + e.Allow.V + ", until " + lastDay(e) + ") is new"
}

func lastDay(e spec.Exception) string {
	if e.Until.V == "" {
		return "further notice"
	}
	return e.Until.V
}
