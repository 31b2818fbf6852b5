package lint

import (
	"bytes"
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/lint/suppress"
	"github.com/nthlayer/action/pkg/report"
)

// Kept is what stays in memory of a rule file once it was looked at by itself: what the
// checks over all files need of it. Trees of YAML and of expressions, positions, labels
// and annotations take many times as much, and are let go.
type Kept struct {
	file string
	// rules is how many rules the file has, recorded which names they record.
	rules    int
	recorded []string
	// loki says that the expressions are LogQL.
	loki bool
	// first is the expression of the first rule, for loki/beside-prometheus.
	first rulefile.Text
	// severities are those of the alerts, for alert/severity.
	severities []keptSeverity
	// alike is what tells whether a rule repeats another one, for rule/duplicate.
	alike []keptRule
	// beside says that the file is not linted: what it records counts.
	beside bool
	// records and uses are the rules that record a series or read a recorded one, for
	// the checks of Records. They are kept whole: what one loses another one misses.
	records []Record
	uses    []Use
}

// looked is what a look at one file by itself leaves.
type looked struct {
	findings []report.Finding
	comments *suppress.File
	kept     *Kept
}

// look looks at each file by itself. Which names are recorded is known for certain once
// all files were read, and that is too late to keep the rules that read them. So the names
// are guessed from the text, and where YAML spells one in another way all is done again.
func (set checkSet) look(ctx context.Context, files []File, beside []*Kept) []looked {
	names := map[string]bool{}
	if len(set.records) > 0 {
		names = recordedWords(files)
	}
	for _, k := range beside {
		for _, name := range k.recorded {
			names[name] = true
		}
	}
	for {
		out := make([]looked, len(files))
		spread(ctx, len(files), 1, func(i int) { out[i] = set.lookAt(ctx, files[i], names) })
		if len(set.records) == 0 || guessed(names, out) {
			return out
		}
	}
}

// guessed reports whether all names that the files record are known, and adds those that
// are not.
func guessed(names map[string]bool, files []looked) bool {
	all := true
	for _, l := range files {
		if l.kept == nil { // the end of ctx left it out
			continue
		}
		for _, name := range l.kept.recorded {
			all = all && names[name]
			names[name] = true
		}
	}
	return all
}

// recordedWords returns the words that follow the word record in the text of files: the
// names that rules record, and some others.
func recordedWords(files []File) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		for rest := f.Data; ; {
			var found bool
			if _, rest, found = bytes.Cut(rest, []byte("record")); !found {
				break
			}
			word := bytes.TrimLeftFunc(rest, func(r rune) bool { return !inName(r) || r == ':' })
			if end := bytes.IndexFunc(word, func(r rune) bool { return !inName(r) }); end >= 0 {
				word = word[:end]
			}
			if len(word) > 0 {
				out[string(word)] = true
			}
		}
	}
	return out
}

// wordsOf returns what may be names of series in a text.
func wordsOf(text []byte) map[string]bool {
	out := map[string]bool{}
	for word := range bytes.FieldsFuncSeq(text, func(r rune) bool { return !inName(r) }) {
		if !out[string(word)] {
			out[string(word)] = true
		}
	}
	return out
}

// inName reports whether a character may stand in the name of a series without quotes.
func inName(r rune) bool {
	return r == '_' || r == ':' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// lookAt looks at one file by itself. Rules that read one of the names are kept.
func (set checkSet) lookAt(ctx context.Context, f File, names map[string]bool) looked {
	file, comments, findings := parseRules(ctx, f)
	k := &Kept{file: f.Name, loki: forLoki(file)}
	if k.loki {
		findings = rulefile.ForLoki(findings, []*rulefile.File{file})
	}
	for _, g := range file.Groups {
		findings = append(findings, inTurn(ctx, set.groups, func(c GroupCheck) []report.Finding { return c.CheckGroup(g) })...)
	}
	findings = append(findings, set.lookAtRules(ctx, rulesOfFile(file), names, k)...)
	findings = append(findings, inTurn(ctx, set.file, func(c FileCheck) []report.Finding { return c.CheckFile(file) })...)
	for _, c := range set.files {
		if _, both := c.(interface{ AnyLanguage() }); both || !k.loki {
			c.Keep(file, k)
		}
	}
	for _, g := range file.Groups {
		g.Rules = nil // a rule that is kept knows its group, which must not keep all others
	}
	return looked{findings, comments, k}
}

// lookAtRules looks at the rules of a file.
func (set checkSet) lookAtRules(ctx context.Context, rules []*rulefile.Rule, names map[string]bool, k *Kept) []report.Finding {
	k.rules = len(rules)
	if k.loki {
		return each(ctx, rules, func(_ int, r *rulefile.Rule) []report.Finding { return set.logRule(ctx, r) })
	}
	noted := make([]*note, len(rules))
	findings := each(ctx, rules, func(i int, r *rulefile.Rule) []report.Finding {
		e := exprOf(r, nil)
		noted[i] = noteOf(e, names)
		return set.rule(ctx, r, e)
	})
	for i, r := range rules {
		if r.Kind == rulefile.Record {
			k.recorded = append(k.recorded, r.Name.V)
		}
		if noted[i] != nil { // nor is it where ctx ended
			k.add(noted[i])
		}
	}
	return findings
}

// across looks at all files together. Those beside them record what they read.
func (set checkSet) across(ctx context.Context, kept, beside []*Kept) []report.Finding {
	records := recordsOf(slices.Concat(kept, beside))
	findings := inTurn(ctx, set.records, func(c RecordsCheck) []report.Finding { return c.CheckRecords(records) })
	return append(findings, inTurn(ctx, set.files, func(c FilesCheck) []report.Finding { return c.CheckFiles(kept) })...)
}
