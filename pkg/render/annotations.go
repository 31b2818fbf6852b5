package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
)

// AnnotationLimit is how many annotations of each kind (error, warning, notice)
// GitHub keeps of one step. It drops the others without a word.
const AnnotationLimit = 10

// Places are how many annotations of each kind there is room for, when others
// than findings need some of them.
type Places struct {
	Errors, Warnings, Notices int
	// All says where all findings are, as "the report file x.json"; empty is the
	// log.
	All string
}

// AllPlaces are as many as GitHub keeps.
func AllPlaces() Places {
	return Places{Errors: AnnotationLimit, Warnings: AnnotationLimit, Notices: AnnotationLimit}
}

func (p Places) of(s report.Severity) int {
	switch s {
	case report.Error:
		return max(p.Errors, 0)
	case report.Warning:
		return max(p.Warnings, 0)
	case report.Info:
	}
	return max(p.Notices, 0)
}

// PlanAnnotations chooses the findings to annotate, as many as there are places:
// errors first, then those on changed lines, then one for each service before the
// second of any. Where a severity has more, findings of one rule in one file
// become one. If some are still left out, the last annotation is a notice that
// says how many; hidden is that number.
//
// changed reports whether a line belongs to the change under review; nil is for
// a run without one. It only orders: a host that annotates changed lines alone
// leaves the others out before it plans.
func PlanAnnotations(findings []report.Finding, changed func(file string, line int) bool, places Places) (planned []report.Finding, hidden int) {
	ordered := inTurns(findings, changed)
	severities := []report.Severity{report.Error, report.Warning, report.Info}
	kept := make(map[report.Severity][]merged)
	for _, severity := range severities {
		kind, limit := ofSeverity(ordered, severity), places.of(severity)
		if len(kind) > limit {
			kind = mergeRules(kind)
		}
		kept[severity], hidden = cutKind(kind, limit, hidden)
	}
	say := hidden > 0 && places.of(report.Info) > 0
	if say {
		// The notice takes a place of its own kind.
		kept[report.Info], hidden = cutKind(kept[report.Info], places.of(report.Info)-1, hidden)
	}
	for _, severity := range severities {
		for _, m := range kept[severity] {
			planned = append(planned, m.finding())
		}
	}
	if say {
		planned = append(planned, report.Finding{
			Severity: report.Info,
			Message:  count(hidden, "more finding") + " without an annotation: all of them are in " + cmp.Or(places.All, "the log of this step"),
		})
	}
	return planned, hidden
}

// merged is a finding with the further places in the same file where its rule
// found something.
type merged struct {
	first report.Finding
	more  []report.Finding
}

func (m merged) finding() report.Finding {
	f := m.first
	if len(m.more) == 0 {
		return f
	}
	lines := make([]string, 0, len(m.more))
	for _, other := range m.more {
		lines = append(lines, strconv.Itoa(other.Line))
	}
	noun := "line "
	if len(lines) > 1 {
		noun = "lines "
	}
	f.Message += fmt.Sprintf(" (the same rule found %d more in this file: %s)", len(lines), noun+list(lines))
	return f
}

// inTurns orders findings by severity, changed lines, and turns of the services.
func inTurns(findings []report.Finding, changed func(string, int) bool) []report.Finding {
	type place struct {
		finding   report.Finding
		unchanged int
		turn      int
	}
	type queue struct {
		severity  report.Severity
		unchanged int
		service   string
	}
	turns := make(map[queue]int)
	places := make([]place, 0, len(findings))
	for _, f := range findings {
		p := place{finding: f}
		if changed != nil && !changed(f.File, f.Line) {
			p.unchanged = 1
		}
		q := queue{f.Severity, p.unchanged, cmp.Or(f.Service, f.File)}
		p.turn = turns[q]
		turns[q]++
		places = append(places, p)
	}
	slices.SortStableFunc(places, func(a, b place) int {
		return cmp.Or(
			cmp.Compare(a.finding.Severity.Rank(), b.finding.Severity.Rank()),
			cmp.Compare(a.unchanged, b.unchanged),
			cmp.Compare(a.turn, b.turn),
		)
	})
	out := make([]report.Finding, 0, len(places))
	for _, p := range places {
		out = append(out, p.finding)
	}
	return out
}

func ofSeverity(findings []report.Finding, severity report.Severity) []merged {
	var out []merged
	for _, f := range findings {
		if f.Severity == severity {
			out = append(out, merged{first: f})
		}
	}
	return out
}

// mergeRules folds findings of one rule in one file into the first of them.
func mergeRules(kind []merged) []merged {
	type key struct{ rule, file string }
	at := make(map[key]int)
	var out []merged
	for _, m := range kind {
		k := key{m.first.Rule, m.first.File}
		if i, ok := at[k]; ok && k.file != "" {
			out[i].more = append(out[i].more, m.first)
			continue
		}
		at[k] = len(out)
		out = append(out, m)
	}
	return out
}

// cutKind keeps at most limit and adds what it cuts to hidden.
func cutKind(kind []merged, limit, hidden int) ([]merged, int) {
	if len(kind) <= limit {
		return kind, hidden
	}
	for _, m := range kind[limit:] {
		hidden += 1 + len(m.more)
	}
	return kind[:limit], hidden
}
