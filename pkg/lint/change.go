package lint

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Change is one service before and after a change. Head is nil for a service
// that is gone, Base for a new one.
type Change struct{ Base, Head *spec.Service }

// ChangeCheck looks at a service that a change touches. Both sides are there.
type ChangeCheck interface {
	Check
	CheckChange(c Change) []report.Finding
}

// RemovedCheck looks at a service that is gone.
type RemovedCheck interface {
	Check
	CheckRemoved(base *spec.Service) []report.Finding
}

// ChangeChecks returns the one table of checks over a change, sorted by rule id.
func ChangeChecks() []Check {
	return []Check{
		changeAlertRemoved{},
		changeCheckDropped{},
		changeGateException{},
		changeGateWeakened{},
		changeServiceRemoved{},
		changeServiceRenamed{},
		changeSLORemeasured{},
		changeSLORemoved{},
		changeSLOWeakened{},
		changeTierLowered{},
	}
}

// Changes compares the services of a change's base with those of its head and
// returns every way in which the change loosens control, at the place in the
// head. Services that only the head has are new and loosen nothing. Findings
// about a service that is critical in the base are errors: what a change makes
// of the tier must not decide how loud it is. They are sorted and have
// fingerprints.
func Changes(base, head []*spec.Service, o Options) []report.Finding {
	var out []report.Finding
	for _, c := range Pair(base, head) {
		if c.Base != nil {
			out = append(out, c.findings()...)
		}
	}
	return o.finish(out)
}

func (c Change) findings() []report.Finding {
	var out []report.Finding
	for _, check := range ChangeChecks() {
		switch k := check.(type) {
		case ChangeCheck:
			if c.Head != nil {
				out = append(out, k.CheckChange(c)...)
			}
		case RemovedCheck:
			if c.Head == nil {
				out = append(out, k.CheckRemoved(c.Base)...)
			}
		}
	}
	return out
}

// Pair matches the services of a change's base with those of its head by name.
// When a service is gone and another one appeared in the same file, it was
// renamed: otherwise a new name would be enough to lose every rule. The services
// of the base come first, in their order, then the new ones.
func Pair(base, head []*spec.Service) []Change {
	to, added := match(base, head,
		func(s *spec.Service) string { return s.Name.V },
		func(s *spec.Service) string { return s.File })
	var out []Change
	for i, j := range to {
		c := Change{Base: base[i]}
		if j >= 0 {
			c.Head = head[j]
		}
		out = append(out, c)
	}
	for _, j := range added {
		out = append(out, Change{Head: head[j]})
	}
	return out
}

// match finds for each item of base its partner in head: the one with the same
// first key, else the one with the same second key, and so on, each item once.
// It returns the index of the partner, or -1, and the items of head that are
// left. An empty key has no partner.
func match[T any](base, head []T, keys ...func(T) string) (to, added []int) {
	to = make([]int, len(base))
	for i := range to {
		to[i] = -1
	}
	taken := make([]bool, len(head))
	for _, key := range keys {
		free := map[string][]int{}
		for j, item := range head {
			if k := key(item); k != "" && !taken[j] {
				free[k] = append(free[k], j)
			}
		}
		for i, item := range base {
			if k := key(item); to[i] < 0 && len(free[k]) > 0 {
				to[i] = free[k][0]
				taken[to[i]] = true
				free[k] = free[k][1:]
			}
		}
	}
	for j := range head {
		if !taken[j] {
			added = append(added, j)
		}
	}
	return to, added
}

// finding returns a finding of the rule at a place in the head, or at the
// service when nothing stands there any more.
func (c Change) finding(at spec.Origin, r Rule, message, suggestion string) report.Finding {
	return c.place(at).Finding(r.ID, c.severity(r), c.Head.Name.V, message, suggestion)
}

// severity is an error at most for a service that was critical.
func (c Change) severity(r Rule) report.Severity {
	if r.Severity == report.Error && c.Base.Tier.V.Facts().Tier != spec.TierCritical {
		return report.Warning
	}
	return r.Severity
}

func (c Change) place(at spec.Origin) spec.Origin {
	if at.Written() {
		return at
	}
	return c.Head.At
}

// wasAndIs tells a change of one value.
func wasAndIs(what, was, is string) string { return what + " was " + was + " and is now " + is }
