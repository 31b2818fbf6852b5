package lint

import (
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
	// Order is all rules in the order of the files.
	Order []*rulefile.Rule
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

// recorder gathers the records of a set of rules while these are looked at, each by
// its place in the list. Expressions are not kept: they are most of the memory.
type recorder struct {
	names  map[string]bool
	sums   []summed
	labels []labelSet
	uses   []Use
	rules  []*rulefile.Rule
}

func newRecorder(rules []*rulefile.Rule) *recorder {
	r := &recorder{names: map[string]bool{}, sums: make([]summed, len(rules)), labels: make([]labelSet, len(rules)), uses: make([]Use, len(rules)), rules: rules}
	for _, rule := range rules {
		if rule.Kind == rulefile.Record {
			r.names[rule.Name.V] = true
		}
	}
	return r
}

// note keeps what matters of one rule. It may be called for different rules at the
// same time.
func (r *recorder) note(i int, e *Expr) {
	if len(r.names) == 0 || e.AST == nil {
		return
	}
	if e.Rule.Kind == rulefile.Record {
		r.sums[i] = summedCounter(e, e.AST)
		r.labels[i] = labelVisitor{}.labelsOf(e.AST)
		r.labels[i].facts = nil
	}
	for _, s := range e.Selectors {
		if r.names[s.Name] {
			s.Matchers = nil
			r.uses[i].Rule = e.Rule
			r.uses[i].Selectors = append(r.uses[i].Selectors, s)
		}
	}
}

func (r *recorder) records() Records {
	out := Records{ByName: map[string][]Record{}, Order: r.rules}
	for i, rule := range r.rules {
		if rule.Kind == rulefile.Record {
			out.ByName[rule.Name.V] = append(out.ByName[rule.Name.V], Record{Rule: rule, Sums: r.sums[i], labels: r.labels[i], reads: r.uses[i].Rule != nil})
		}
		if r.uses[i].Rule != nil {
			out.Uses = append(out.Uses, r.uses[i])
		}
	}
	return out
}
