package spec

import (
	"fmt"
	"slices"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// duplicateResources reports two resources of one file with the same kind and
// name: merging would drop one without a word.
func (l *loader) duplicateResources(resources []*document.Node) {
	first := map[resourceKey]*document.Node{}
	for _, r := range resources {
		k := keyOf(r)
		if other, ok := first[k]; ok && k.name != "" {
			l.add(r, "spec/duplicate-resource", report.Error, fmt.Sprintf("the resource %s is defined at line %d as well", k, other.At.Line), "rename one of the two")
			continue
		}
		first[k] = r
	}
}

// deletesNothing warns about a resource that is to be removed and is not there: a
// misspelt name would otherwise keep what it should remove.
func (l *loader) deletesNothing(base, over []*document.Node) {
	known := make([]string, 0, len(base))
	for _, r := range base {
		known = append(known, keyOf(r).String())
	}
	for _, r := range over {
		name := keyOf(r).String()
		if !removes(r) || slices.Contains(known, name) {
			continue
		}
		fix := "remove this entry"
		if near := report.Nearest(name, known); near != "" {
			fix = "did you mean " + near + "?"
		}
		l.add(r, "spec/value", report.Warning, "there is no "+name+" to delete", fix)
	}
}

// duplicates reports services of the same name and keeps the first of them, so
// that nothing is counted twice. Nothing is generated for it: the finding is one of its
// name, and nobody knows which of them is meant.
func (l *loader) duplicates() {
	first := map[string]*Service{}
	kept := l.services[:0]
	for _, s := range l.services {
		other, ok := first[s.Name.V]
		if !ok {
			first[s.Name.V] = s
			kept = append(kept, s)
			continue
		}
		l.duplicate = append(l.duplicate, s)
		l.findings = append(l.findings, s.Name.At.Finding("service/duplicate-name", report.Error, s.Name.V,
			"the service "+quote(s.Name.V)+" is defined at "+other.Name.At.String()+" as well: that one counts at the gate, this one is not looked at, and nothing is generated for either", "rename one, or remove it"))
	}
	l.services = kept
}
