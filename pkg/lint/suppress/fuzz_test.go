package suppress

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// FuzzRead looks for text that ends the program, and for findings that are left out
// where no comment says so.
func FuzzRead(f *testing.F) {
	for i := 1; i <= 9; i++ {
		f.Add(at(i, "# nthlayer disable alert/for (why)\n"))
		f.Add(at(i, "# pint disable alerts/for(x)\n"))
		f.Add(at(i, "  # x. ignore_validations: forIsNotLongerThan, a\n"))
		f.Add(at(i, "# pint ignore/next-line\n"))
	}
	f.Add("# NTHLAYER DISABLE alert/for (why)\na: 1\n")
	f.Add("# nthlayer disable no/rule (why)\na: 1\n")
	f.Add(at(11, "disabled_validation_rules: forIsNotLongerThan"))
	f.Add("# pint ignore/begin\n# ignore_validations: a,b\n# nthlayer snooze-file 2026-01-01 alert/for, a/b (x) # pint ignore/end")
	f.Fuzz(func(t *testing.T, text string) {
		file := Read("r.yaml", []byte(text))
		nothingIsPassedOver(t, text, file)
		if file == nil {
			return
		}
		parsed, _ := rulefile.Parse(context.Background(), "r.yaml", []byte(text))
		for _, g := range parsed.Groups {
			for _, r := range g.Rules {
				file.Rule(r)
			}
		}
		o := Options{Now: today, Locked: []string{"rule/name"}}
		problems := onlyWhatIsNamed(t, text, file, NewSet(o, []*File{file}))
		for _, c := range file.comments {
			withinItsObject(t, file, c)
		}
		again := NewSet(o, []*File{file}).Problems()
		if diff := cmp.Diff(problems, again); diff != "" {
			t.Errorf("the second time the comments say something else: %s", diff)
		}
		blankedKeepsPlaces(t, file, []byte(text))
	})
}

// nothingIsPassedOver makes sure that a comment which asks for something is read or
// told as wrong.
func nothingIsPassedOver(t *testing.T, text string, file *File) {
	for _, c := range document.Comments([]byte(text)) {
		name, rest := cutWord(c.Text)
		verb, _ := cutWord(rest)
		if !strings.EqualFold(strings.Trim(name, "#!@:"), "nthlayer") || !contains(verbs(), strings.ToLower(verb)) {
			continue
		}
		if file == nil || !slices.ContainsFunc(file.comments, func(s scoped) bool { return s.line == c.Line && (s.mistake != "" || len(s.rules) > 0) }) {
			t.Errorf("nothing is said of the comment #%s", c.Text)
		}
	}
}

// onlyWhatIsNamed holds findings of each line against the comments: what is locked,
// what no comment reaches and what none names stays, and what is left out is counted.
func onlyWhatIsNamed(t *testing.T, text string, file *File, s *Set) []report.Finding {
	const unnamed = "slo/duplicate" // which no check of another tool stands for
	left := map[string]int{}
	var all []report.Finding
	for i := range len(file.outline.lines) + 2 {
		for _, rule := range []string{"alert/for", "rule/name", "gate/thresholds", unnamed} {
			all = append(all, report.Finding{Rule: rule, File: "r.yaml", Line: i})
			left[rule]++
		}
	}
	kept := s.Apply(all)
	if len(kept)+s.Suppressed != len(all) {
		t.Errorf("%d findings are neither kept nor counted", len(all)-len(kept)-s.Suppressed)
	}
	for _, f := range kept {
		left[f.Rule]--
	}
	hidden := len(file.hidden) > 0
	named := hidden || strings.Contains(text, "alert") || strings.Contains(text, "for") || strings.Contains(text, "For")
	switch {
	case left["rule/name"] > 0 || left["gate/thresholds"] > 0:
		t.Errorf("findings are left out that no comment reaches: %v", left)
	case left["alert/for"] > 0 && !named, left[unnamed] > 0 && !hidden && !strings.Contains(text, unnamed):
		t.Errorf("findings are left out without being named: %v", left)
	}
	if again := s.Apply(kept); len(again) != len(kept) {
		t.Errorf("%d findings are left out the second time alone", len(kept)-len(again))
	}
	problems := s.Problems()
	for _, p := range problems {
		if p.Line < 1 || p.Line >= len(file.outline.lines)+1 || p.Message == "" || p.Suggestion == "" {
			t.Errorf("a finding about no line, or without a way out: %+v", p)
		}
	}
	unknownIsTold(t, file, problems)
	return problems
}

// unknownIsTold makes sure that a comment of ours with a rule that does not exist is
// told.
func unknownIsTold(t *testing.T, file *File, problems []report.Finding) {
	for _, c := range file.comments {
		told := func(p report.Finding) bool { return p.Line == c.line && p.Column == c.column }
		silent := !slices.ContainsFunc(problems, told)
		wrong := c.mistake != "" || c.about == (span{}) || c.foreign == ours && slices.ContainsFunc(c.rules, func(n named) bool { return !known(n.rule) })
		if wrong && silent {
			t.Errorf("nothing is said of what is wrong with %q", c.text)
		}
	}
}

// withinItsObject makes sure that a comment reaches no further than the key, the item
// or the expression that it stands at, and one of another tool no further than an item
// or a key around it.
func withinItsObject(t *testing.T, file *File, c scoped) {
	lines := file.outline.lines
	if c.whole || c.about == (span{}) {
		return
	}
	if c.about.from < 1 || c.about.to > len(lines) || c.about.from > c.about.to {
		t.Fatalf("%q is about the lines %v of %d", c.text, c.about, len(lines)-1)
	}
	if c.about.has(c.line) && c.foreign == ours && !lines[c.line].content && c.line != c.about.from {
		return // a comment inside of an expression, whose lines YAML gave
	}
	first := lines[c.about.from]
	for i := c.about.from + 1; i <= c.about.to && i < len(lines); i++ {
		l := lines[i]
		if l.content && (l.indent < first.indent || l.indent == first.indent && (first.item || !l.item)) && !inExpression(file, c) {
			t.Errorf("%q is about the lines %v, and line %d belongs to something else", c.text, c.about, i)
		}
	}
	for i := min(c.line, c.about.from) + 1; i < max(c.line, c.about.from) && c.line < c.about.from; i++ {
		if lines[i].content || lines[i].blanks > lines[i-1].blanks && c.foreign != pint {
			t.Errorf("%q stands above line %d, and line %d between them is no comment", c.text, c.about.from, i)
		}
	}
}

// inExpression reports whether YAML knows nothing of a comment.
func inExpression(file *File, c scoped) bool {
	return !slices.ContainsFunc(document.Comments([]byte(file.text())), func(d document.Comment) bool { return d.Line == c.line })
}

// text returns the file as it was read, with simple line ends.
func (f *File) text() string {
	var out []string
	for _, l := range f.outline.lines[1:] {
		out = append(out, l.text)
	}
	return strings.Join(out, "\n") + "\n"
}

func blankedKeepsPlaces(t *testing.T, file *File, data []byte) {
	out, found := Blanked(data)
	if found != (len(file.hidden) > 0) || len(out) != len(data) {
		t.Fatalf("blanked: %v, %d bytes of %d", found, len(out), len(data))
	}
	n := 0
	was := slices.Collect(bytes.Lines(data))
	for line := range bytes.Lines(out) {
		n++
		if !file.hides(n) && !bytes.Equal(line, was[n-1]) {
			t.Errorf("line %d is not hidden, and changed", n)
		}
		if file.hides(n) && len(bytes.TrimSpace(line)) > 0 {
			t.Errorf("line %d is hidden, and holds %q", n, line)
		}
	}
	if again, _ := Blanked(out); !bytes.Equal(again, out) {
		t.Error("blanking twice changes more")
	}
}
