package lint

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// Brought is what a change brings to a rule file, and the files that it may come from.
type Brought struct {
	File string
	// From and To are the lines of a rule; both are 0 for all of a file that had no rules.
	From, To int
	// Was are the files that the change takes it from, or others that rules go from.
	Was []string
}

// BroughtRules compares the rule files that a change touches, as they were and as they are.
// A rule that comes to a file was in the one that a rule of its name or its expression
// goes from. Where there is none, it may have been in each that another rule goes from:
// how alike two rules are is in the hands of whoever wrote the change.
func BroughtRules(ctx context.Context, was, now []File) []Brought {
	before, after := byFile(ctx, was), byFile(ctx, now)
	var gone, came []ruleOf
	for _, file := range slices.Sorted(maps.Keys(before)) {
		to, _ := match(before[file], after[file], ruleOf.name)
		for i, j := range to {
			if j < 0 {
				gone = append(gone, before[file][i])
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(after)) {
		_, added := match(before[file], after[file], ruleOf.name)
		for _, j := range added {
			came = append(came, after[file][j])
		}
	}
	from, left := origins(gone, came)
	var out []Brought
	for j, r := range came {
		files := left
		if from[j] != "" {
			files = []string{from[j]}
		}
		if len(files) == 0 {
			continue
		}
		b := Brought{File: r.file, Was: files}
		if _, had := before[r.file]; had {
			b.From, b.To = r.lines()
		}
		out = append(out, b)
	}
	return out
}

// origins returns the files that rules come from, where one of their name or expression
// goes, and the files of the rules that go and are nowhere to be seen.
func origins(gone, came []ruleOf) (from []string, left []string) {
	from = make([]string, len(came))
	to, _ := match(gone, came, ruleOf.name, func(r ruleOf) string { return r.rule.Expr.V })
	for i, j := range to {
		if j < 0 {
			left = append(left, gone[i].file)
			continue
		}
		from[j] = gone[i].file
	}
	return from, slices.Compact(left)
}

// ruleOf is a rule with its file.
type ruleOf struct {
	file string
	rule *rulefile.Rule
}

func (r ruleOf) name() string {
	if r.rule.Name.V == "" {
		return ""
	}
	return r.rule.Kind.String() + " " + r.rule.Name.V
}

// lines returns the first and the last line of a rule.
func (r ruleOf) lines() (from, to int) {
	texts := []rulefile.Text{r.rule.Name, r.rule.Expr, r.rule.For, r.rule.KeepFiringFor}
	for _, p := range slices.Concat(r.rule.Labels, r.rule.Annotations) {
		texts = append(texts, p.Key, p.Value)
	}
	for _, t := range texts {
		if at := t.Whole("", "", "", "").Position(); at.Line > 0 {
			from = min(cmp.Or(from, at.Line), at.Line)
			to = max(to, at.Line, at.EndLine)
		}
	}
	return from, to
}

// byFile reads the rules of files, by file.
func byFile(ctx context.Context, files []File) map[string][]ruleOf {
	set := ReadRules(ctx, files)
	out := map[string][]ruleOf{}
	for _, f := range slices.Concat(set.files, set.forLoki) {
		for _, r := range rulesIn([]*rulefile.File{f}) {
			out[f.Name] = append(out[f.Name], ruleOf{f.Name, r})
		}
	}
	return out
}
