package organisation

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// DefaultBaseline is where a baseline is written when the policy names none.
const DefaultBaseline = ".nthlayer/baseline.yaml"

// Baseline is the findings that were there when a repository began to be checked.
type Baseline struct {
	File    string
	entries []known
}

// known is one finding of a baseline. The fingerprint and the value decide; the rest is
// for people who read the file.
type known struct {
	rule, file, fingerprint string
	// value is what the file said, so that a finding that gets worse is a new one. One
	// without a value is known whatever its numbers are.
	value string
	// key is what a finding is found by; see likes.
	key string
}

// likes counts findings of one fingerprint and one value, so that two of them need two
// entries. The number that a fingerprint has itself counts those of all values: it
// changes when one before it is corrected.
type likes map[string]int

// key returns what the next finding of a fingerprint and a value is known by.
func (l likes) key(fingerprint, value string) string {
	if value == "" {
		return fingerprint
	}
	of, _, _ := strings.Cut(fingerprint, "#")
	of += " " + value
	l[of]++
	return of + " " + strconv.Itoa(l[of])
}

// valueOf returns what a baseline knows of a finding beside its words.
func valueOf(f report.Finding) string { return cmp.Or(f.Value, report.Numbers(f.Message)) }

// baselineLimits bound a baseline: a legacy repository may have thousands of
// findings, one a line.
func baselineLimits() document.Limits { return document.RuleLimits() }

// DecodeBaseline reads a baseline. The name is its path in the workspace.
func DecodeBaseline(name string, data []byte) (*Baseline, []report.Finding) {
	b := &Baseline{File: name}
	docs, problems := document.Parse(name, data, baselineLimits())
	if len(problems) > 0 {
		return b, problems
	}
	if len(docs) != 1 {
		f := report.At(report.Position{File: name}, RuleInvalid, report.Error, "the baseline has "+counted(len(docs), "document")+" instead of one")
		f.Suggestion = "write it anew: nthlayer lint --write-baseline"
		return b, []report.Finding{f}
	}
	var r reader
	m := r.fields(docs[0], "the baseline", "version", "findings")
	if v := m.Get("version"); m != nil && (v.IsNull() || v.Text != "1") {
		r.wrong(m, "the baseline is not of version 1", "write it anew: nthlayer lint --write-baseline")
	}
	alike := likes{}
	for _, item := range r.list(m.Get("findings"), "findings") {
		e := r.fields(item, "the finding", "rule", "file", "fingerprint", "value")
		if e == nil {
			r.wrong(item, "a finding is a mapping", "write the baseline anew: nthlayer lint --write-baseline")
			continue
		}
		k := known{
			rule: r.required(e, "rule", "the finding", "write the baseline anew: nthlayer lint --write-baseline").V,
			file: r.text(e.Get("file"), "file").V, fingerprint: r.required(e, "fingerprint", "the finding", "write the baseline anew: nthlayer lint --write-baseline").V,
			value: r.text(e.Get("value"), "value").V,
		}
		k.key = alike.key(k.fingerprint, k.value)
		b.entries = append(b.entries, k)
	}
	return b, r.findings
}

// WriteBaseline returns the text of a baseline of findings that have fingerprints,
// and how many it holds: those about which the policy decides. It is sorted, and the
// same findings give the same text.
func WriteBaseline(findings []report.Finding, judged func(id string) bool) (text []byte, held int) {
	var entries []known
	for _, f := range findings {
		if judged(f.Rule) {
			entries = append(entries, known{rule: f.Rule, file: f.File, fingerprint: f.Fingerprint, value: valueOf(f)})
		}
	}
	slices.SortFunc(entries, func(a, b known) int {
		return cmp.Or(strings.Compare(a.file, b.file), strings.Compare(a.rule, b.rule), strings.Compare(a.fingerprint, b.fingerprint), strings.Compare(a.value, b.value))
	})
	entries = slices.Compact(entries)
	var out strings.Builder
	out.WriteString("# Findings that were there before this repository was checked. Written by\n# nthlayer lint --write-baseline; it should only get shorter.\nversion: 1\nfindings:")
	if len(entries) == 0 {
		out.WriteString(" []")
	}
	out.WriteString("\n")
	for _, e := range entries {
		value := ""
		if e.value != "" {
			value = ", value: " + strconv.Quote(e.value)
		}
		fmt.Fprintf(&out, "  - {rule: %s, file: %s, fingerprint: %s%s}\n", e.rule, strconv.Quote(e.file), strconv.Quote(e.fingerprint), value)
	}
	return []byte(out.String()), len(entries)
}
