package lint

import (
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// RuleSet is what rule files hold, all of it in memory, for those who compare files with
// each other. Files looks at them one by one.
type RuleSet struct {
	files []*rulefile.File
	rules []*rulefile.Rule
	// forLoki are the files whose expressions are LogQL, logs the rules in them.
	forLoki  []*rulefile.File
	logs     []*rulefile.Rule
	problems []report.Finding
}

// ReadRules reads rule files. When ctx ends early the set is incomplete, so
// callers look at ctx.Err.
func ReadRules(ctx context.Context, files []File) *RuleSet {
	read, problems := make([]*rulefile.File, len(files)), make([][]report.Finding, len(files))
	spread(ctx, len(files), 1, func(i int) { read[i], _, problems[i] = parseRules(ctx, files[i]) })
	// What the end of ctx left out is nil.
	read = slices.DeleteFunc(read, func(f *rulefile.File) bool { return f == nil })
	set := &RuleSet{problems: slices.Concat(problems...)}
	set.files, set.forLoki = apart(read)
	set.rules, set.logs = rulesIn(set.files), rulesIn(set.forLoki)
	return set
}
