package lint

import (
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// Records is what the rules of a run record, and which of it they read.
type Records struct {
	// ByName holds the recording rules by the name that they write, in the order of
	// the files.
	ByName map[string][]Record
	// Uses are the rules that read what another one records, in the order of the
	// files.
	Uses []Use
}

// Record is a recording rule.
type Record struct {
	Rule *rulefile.Rule
	// Sums is the counter that it records added up, if it does.
	Sums summed
	// labels are those that its expression tells by itself; reads is set where it reads
	// other records, which tell more.
	labels labelSet
	reads  bool
}

// Use is a rule and those of its selectors that read what is recorded.
type Use struct {
	Rule      *rulefile.Rule
	Selectors []promql.Selector
}

// RecordsCheck looks at what the rules of all files record and read.
type RecordsCheck interface {
	Check
	CheckRecords(set Records) []report.Finding
}

// note is what the checks of Records need of one rule. A part without a rule is none.
type note struct {
	record Record
	use    Use
}

// noteOf notes a rule that records something, or reads one of the names; nil for others.
func noteOf(e *Expr, names map[string]bool) *note {
	reads := func(s promql.Selector) bool { return names[s.Name] }
	if e.Rule.Kind != rulefile.Record && !slices.ContainsFunc(e.Selectors, reads) {
		return nil
	}
	n := &note{}
	if e.Rule.Kind == rulefile.Record {
		n.record.Rule = e.Rule
	}
	if len(names) == 0 || e.AST == nil {
		return n
	}
	if e.Rule.Kind == rulefile.Record {
		n.record.Sums = summedCounter(e, e.AST)
		n.record.labels = labelVisitor{}.labelsOf(e.AST)
		n.record.labels.facts = nil
	}
	for _, s := range e.Selectors {
		if reads(s) {
			s.Matchers = nil
			n.use.Rule = e.Rule
			n.use.Selectors = append(n.use.Selectors, s)
		}
	}
	return n
}

func (k *Kept) add(n *note) {
	if n.record.Rule != nil {
		k.records = append(k.records, n.record)
	}
	if n.use.Rule != nil {
		k.uses = append(k.uses, n.use)
	}
}

// recordsOf puts together what was kept of the files. Names that were taken for recorded
// ones by mistake are left out.
func recordsOf(kept []*Kept) Records {
	recorded := map[string]bool{}
	for _, k := range kept {
		for _, name := range k.recorded {
			recorded[name] = true
		}
	}
	out, reads := Records{ByName: map[string][]Record{}}, map[*rulefile.Rule]bool{}
	for _, k := range kept {
		for _, u := range k.uses {
			u.Selectors = slices.DeleteFunc(u.Selectors, func(s promql.Selector) bool { return !recorded[s.Name] })
			if len(u.Selectors) == 0 {
				continue
			}
			reads[u.Rule] = true
			if !k.beside {
				out.Uses = append(out.Uses, u)
			}
		}
	}
	for _, k := range kept {
		for _, r := range k.records {
			r.reads = reads[r.Rule]
			out.ByName[r.Rule.Name.V] = append(out.ByName[r.Rule.Name.V], r)
		}
	}
	return out
}
