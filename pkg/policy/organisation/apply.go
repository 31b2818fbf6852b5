package organisation

import (
	"maps"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// Applied is a policy while a run applies it to its findings. It remembers which
// waivers and entries of the baseline were used.
type Applied struct {
	policy   *Policy
	baseline *Baseline
	today    string
	before   Before
	// waived counts the findings of each waiver, expired ones among them; late those
	// that are in its scope only by the change.
	waived, late []int
	// used are the entries of the baseline that a finding had, by their keys.
	used map[string]bool
	// held counts the findings that the baseline holds, by severity.
	held map[report.Severity]int
	// inBaseline are the keys of all entries of the baseline.
	inBaseline map[string]bool
}

// Looked is what a run looked at.
type Looked struct {
	// Files are those that were read, Services the names of services by their file.
	Files    []string
	Services map[string]string
	// Whole is set when there is nothing else, as far as the run can tell.
	Whole bool
}

// Apply begins to apply a policy, with a baseline that may be nil. Today is as in
// Input.
func (p *Policy) Apply(b *Baseline, today string) *Applied {
	a := &Applied{
		policy: p, baseline: b, today: today, waived: make([]int, len(p.Waivers)), late: make([]int, len(p.Waivers)),
		used: map[string]bool{}, held: map[report.Severity]int{}, inBaseline: map[string]bool{},
	}
	if b != nil {
		for _, e := range b.entries {
			a.inBaseline[e.key] = true
		}
	}
	return a
}

// Since tells what was before the change under test. Without it there is no change.
func (a *Applied) Since(b Before) { a.before = b }

// To returns the findings that stand: without those of disabled rules, with the
// severities of the policy, without those that a waiver or the baseline holds. All
// findings of one rule have to come together, as fingerprints count repeats.
func (a *Applied) To(findings []report.Finding) []report.Finding {
	findings = report.Normalise(findings)
	out := findings[:0]
	alike := likes{}
	for _, f := range findings {
		key := a.entry(f, alike)
		if a.off(f) {
			continue
		}
		if s, ok := a.policy.Lint.Severities[f.Rule]; ok {
			f.Severity = s
		}
		if !a.waives(f) && !a.holds(f, key) {
			out = append(out, f)
		}
	}
	return out
}

// off reports whether the policy disables the rule of a finding.
func (a *Applied) off(f report.Finding) bool {
	return slices.Contains(a.policy.Lint.Disabled, f.Rule)
}

// stands reports whether a finding is left by To, without counting it. Alike is as in
// entry.
func (a *Applied) stands(f report.Finding, alike likes) bool {
	known := a.entry(f, alike) != ""
	waived := slices.ContainsFunc(a.policy.Waivers, func(w Waiver) bool { return w.fits(f) && a.before.covered(w, f) && !a.over(w) })
	return !a.off(f) && !waived && !known
}

// waives reports whether a waiver lets a finding pass.
func (a *Applied) waives(f report.Finding) bool {
	passes := false
	for i, w := range a.policy.Waivers {
		switch {
		case !w.fits(f):
		case !a.before.covered(w, f):
			a.late[i]++
		default:
			a.waived[i]++
			passes = passes || !a.over(w)
		}
	}
	return passes
}

func (a *Applied) over(w Waiver) bool { return w.over(a.today) }

// entry returns the key of the entry of the baseline that a finding has, empty when it
// has none. Alike counts the findings of one rule that came before it.
func (a *Applied) entry(f report.Finding, alike likes) string {
	if a.baseline == nil {
		return ""
	}
	key := alike.key(f.Fingerprint, valueOf(f))
	switch {
	case a.inBaseline[key]:
		return key
	case a.inBaseline[f.Fingerprint]: // of an entry without a value, which knows all of them
		return f.Fingerprint
	}
	return ""
}

// holds counts a finding that has an entry of the baseline.
func (a *Applied) holds(f report.Finding, key string) bool {
	if key == "" {
		return false
	}
	a.used[key] = true
	a.held[f.Severity]++
	return true
}

// Report says what waivers and the baseline did, and which of them are no longer
// needed as far as the run could see.
func (a *Applied) Report(looked Looked) []report.Finding {
	var out []report.Finding
	for i, w := range a.policy.Waivers {
		held, late := a.waived[i], a.late[i]
		if first, twice := a.earlier(i); twice {
			out = append(out, w.At.Finding(RuleWaiver, report.Warning, "there are two waivers of "+w.name()+" for the same services and files, until "+first.Until+" and until "+w.Until+": the later day counts", "keep one of them"))
		}
		if held > 0 || late == 0 || a.over(w) {
			out = append(out, a.waiver(w, held, looked)...)
		}
		if late > 0 && !a.over(w) {
			out = append(out, w.At.Finding(RuleWaiver, report.Info, "the waiver of "+w.name()+" does not hold for "+counted(late, "finding")+", because only this change makes it fit: it had another name or path before, or may have had that of something that the change takes away",
				"correct what was found, or ask the owners of the policy for a waiver of it"))
		}
	}
	if a.baseline != nil {
		out = append(out, a.known()...)
		out = append(out, a.stale(looked)...)
	}
	return out
}

// earlier returns the first waiver above one for the same, where neither is over.
func (a *Applied) earlier(i int) (Waiver, bool) {
	w := a.policy.Waivers[i]
	above := a.policy.Waivers[:i]
	at := slices.IndexFunc(above, func(o Waiver) bool { return o.same(w) && !a.over(o) })
	if at < 0 || a.over(w) {
		return Waiver{}, false
	}
	return above[at], true
}

func (a *Applied) waiver(w Waiver, n int, looked Looked) []report.Finding {
	name := "the waiver of " + w.name()
	say := func(s report.Severity, message, fix string) []report.Finding {
		return []report.Finding{w.At.Finding(RuleWaiver, s, message, fix)}
	}
	switch {
	case a.over(w) && n > 0:
		return say(report.Warning, name+" ended on "+w.Until+": "+counted(n, "finding stands again", "findings stand again"), "correct what it was for, or give it a later day and a new reason")
	case a.over(w):
		return say(report.Warning, name+" ended on "+w.Until, "remove it")
	case n > 0:
		return say(report.Info, name+" holds for "+counted(n, "finding")+" until "+w.Until+": "+w.Reason, "correct what it is for before that day")
	case !looked.Whole:
		return nil
	case looked.has(w) && w.anywhere():
		return say(report.Info, name+" is for nothing that was found in the files of this run", "remove it, unless files that were not looked at need it")
	case looked.has(w):
		return say(report.Warning, name+" is for nothing that was found", "remove it")
	}
	if near := looked.meant(w); near != "" {
		return say(report.Warning, name+" names no service and no file that was looked at", near)
	}
	return say(report.Info, name+" names no service and no file that was looked at", "correct its services: or files:, or remove it")
}

// meant asks for the service that a misspelt name of a waiver most likely means; empty
// when there is none, as the name may be that of a service elsewhere.
func (l Looked) meant(w Waiver) string {
	names := slices.Sorted(maps.Keys(l.Services))
	for _, g := range w.Services {
		if near := report.DidYouMean(g.Written, names); near != "" && !slices.ContainsFunc(names, g.fits) {
			return near
		}
	}
	return ""
}

// has reports whether something in the scope of a waiver was looked at.
func (l Looked) has(w Waiver) bool {
	for service, file := range l.Services {
		if w.covers(service, file) {
			return true
		}
	}
	return slices.ContainsFunc(l.Files, func(file string) bool { return w.covers("", file) })
}

// known tells how many findings the baseline holds.
func (a *Applied) known() []report.Finding {
	var parts []string
	total := 0
	for _, s := range []report.Severity{report.Error, report.Warning, report.Info} {
		if n := a.held[s]; n > 0 {
			parts = append(parts, counted(n, string(s)))
			total += n
		}
	}
	if total == 0 {
		return nil
	}
	f := report.At(report.Position{File: a.baseline.File}, RuleBaseline, report.Info, counted(total, "known finding")+" in the baseline: "+listed(parts))
	f.Suggestion = "correct them when you come by, and write the baseline anew: nthlayer lint --write-baseline"
	return []report.Finding{f}
}

// stale tells which entries of the baseline no finding had, of files that were
// looked at.
func (a *Applied) stale(looked Looked) []report.Finding {
	seen := map[string]bool{}
	for _, file := range looked.Files {
		seen[file] = true
	}
	var gone []string
	for _, e := range a.baseline.entries {
		if !a.used[e.key] && (looked.Whole || seen[e.file]) {
			gone = append(gone, e.rule+" in "+e.file)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	n := len(gone)
	gone = slices.Compact(gone)
	shown := strings.Join(gone[:min(len(gone), 3)], ", ")
	if len(gone) > 3 {
		shown += " and more"
	}
	f := report.At(report.Position{File: a.baseline.File}, RuleBaseline, report.Warning,
		counted(n, "entry of the baseline no longer matches a finding", "entries of the baseline no longer match a finding")+": "+shown)
	f.Suggestion = "write the baseline anew: nthlayer lint --write-baseline"
	return []report.Finding{f}
}
