package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindingsArePairedByRuleAndLine(t *testing.T) {
	ours := []finding{
		{file: "a", rule: "alert/for", from: 3, to: 3, text: "ours", topics: []string{""}},
		{file: "a", rule: "promql/regexp-without-pattern", from: 5, to: 6, text: "ours", topics: []string{""}},
		{file: "a", rule: "alert/template", from: 9, to: 9, text: "ours (write humanize)", topics: []string{"humanize"}},
		{file: "a", rule: "alert/template", from: 12, to: 12, text: "ours", topics: []string{""}},
	}
	theirs := []finding{
		{file: "a", rule: "alerts/for", from: 3, to: 3, text: "the same"},
		{file: "b", rule: "alerts/for", from: 3, to: 3, text: "another file"},
		{file: "a", rule: "alerts/for", from: 4, to: 4, text: "another line"},
		{file: "a", rule: "promql/regexp", from: 6, to: 8, text: "lines that overlap"},
		{file: "a", rule: "promql/nan", from: 5, to: 5, text: "another rule"},
		{file: "a", rule: "alerts/template", from: 7, to: 12, text: "humanize"},
		{file: "a", rule: "made/up", from: 3, to: 3, text: "no rule of ours"},
	}
	var out bytes.Buffer
	compare(ours, theirs).print(&out, true)
	const want = `
both: 3
      1  alerts/for: the same
      1  alerts/template: humanize
      1  promql/regexp: lines that overlap
  a:3-3: alerts/for: the same
  a:6-8: promql/regexp: lines that overlap
  a:7-12: alerts/template: humanize

only pint: 4
      1  alerts/for: another file
      1  alerts/for: another line
      1  made/up: no rule of ours
      1  promql/nan: another rule
  a:3-3: made/up: no rule of ours
  a:4-4: alerts/for: another line
  a:5-5: promql/nan: another rule
  b:3-3: alerts/for: another file

only ours: 1
      1  alert/template
  a:12-12: alert/template: ours
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
