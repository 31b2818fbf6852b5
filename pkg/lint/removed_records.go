package lint

import (
	"context"
	"slices"
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
	gone := goneOf(was, now)
	if len(gone.by) == 0 {
		return nil
	}
	var out []report.Finding
	for _, r := range now {
		out = append(out, gone.readIn(r.Expr)...)
	}
	for _, s := range services {
		for _, t := range expressionsOf(s) {
			out = append(out, gone.readIn(t)...)
		}
	}
	return out
}

// gone are the recorded series that no rule records any more.
type gone struct {
	// by are the rules that did, by name.
	by map[string]*rulefile.Rule
	// quoted are the names that expressions have to put in quotes.
	quoted []string
}

func goneOf(was, now []*rulefile.Rule) gone {
	out := gone{by: map[string]*rulefile.Rule{}}
	for _, r := range was {
		if r.Kind == rulefile.Record {
			out.by[r.Name.V] = r
		}
	}
	for _, r := range now {
		if r.Kind == rulefile.Record {
			delete(out.by, r.Name.V)
		}
	}
	for name := range out.by {
		if strings.ContainsFunc(name, notOfName) {
			out.quoted = append(out.quoted, name)
		}
	}
	return out
}

// readIn finds the selectors of an expression that read what is gone.
func (g gone) readIn(t rulefile.Text) []report.Finding {
	if !g.namedIn(t.V) {
		return nil
	}
	r := ruleDependency{}.Rule()
	var out []report.Finding
	for _, s := range newExpr(t).Selectors {
		if was := g.by[s.Name]; was != nil {
			out = append(out, t.Finding(r.ID, r.Severity, s.Start, s.End, "this change removes the recording rule of "+s.Name+", which was at "+where(was)+" and is read here",
				"keep the rule, or read something else before it goes"))
		}
	}
	return out
}

// namedIn reports whether an expression may name what is gone. It looks at each word once,
// however much is gone.
func (g gone) namedIn(expr string) bool {
	for word := range strings.FieldsFuncSeq(expr, notOfName) {
		if g.by[word] != nil {
			return true
		}
	}
	return slices.ContainsFunc(g.quoted, func(name string) bool { return strings.Contains(expr, name) })
}

// notOfName reports whether a character stands in no name that needs no quotes.
func notOfName(r rune) bool {
	return r != '_' && r != ':' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
