package lint

import (
	"context"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Removed reports the alerts that a change removes, and what still reads a series that
// it no longer records. Base are the rule files that the change touches as they were,
// head all rule files as they are now, moved the present paths of files by their former
// ones.
func Removed(ctx context.Context, base, head []File, moved map[string]string, services []*spec.Service, o Options) []report.Finding {
	if len(base) == 0 {
		return nil
	}
	was, now := ReadRules(ctx, base), ReadRules(ctx, head)
	return o.finish(append(changeAlertRemoved{}.check(was, now, moved), removedRecords(was.rules, now.rules, services)...))
}

// removedRecords finds what reads recorded series that are gone: rules of any file, and
// the expressions of services. Only expressions that name what is gone are parsed.
func removedRecords(was, now []*rulefile.Rule, services []*spec.Service) []report.Finding {
	gone := map[string]*rulefile.Rule{}
	for _, r := range was {
		if r.Kind == rulefile.Record {
			gone[r.Name.V] = r
		}
	}
	for _, r := range now {
		if r.Kind == rulefile.Record {
			delete(gone, r.Name.V)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	var out []report.Finding
	for _, r := range now {
		out = append(out, readsRemoved(r.Expr, gone)...)
	}
	for _, s := range services {
		for _, t := range expressionsOf(s) {
			out = append(out, readsRemoved(t, gone)...)
		}
	}
	return out
}

// readsRemoved finds the selectors of an expression that read what is gone.
func readsRemoved(t rulefile.Text, gone map[string]*rulefile.Rule) []report.Finding {
	named := false
	for name := range gone {
		named = named || strings.Contains(t.V, name)
	}
	if !named {
		return nil
	}
	r := ruleDependency{}.Rule()
	var out []report.Finding
	for _, s := range newExpr(t).Selectors {
		if was := gone[s.Name]; was != nil {
			out = append(out, t.Finding(r.ID, r.Severity, s.Start, s.End, "this change removes the recording rule of "+s.Name+", which was at "+where(was)+" and is read here",
				"keep the rule, or read something else before it goes"))
		}
	}
	return out
}
