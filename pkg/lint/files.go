package lint

import (
	"context"
	"iter"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// File is a rule file to lint. The name is used in positions as it is.
type File struct {
	Name string
	Data []byte
}

// Files is the text of rule files. What they hold takes many times the memory of the
// text once it is read, so that each method reads one file after the other, a few at a
// time, and lets go of each before the next. When ctx ends early results are
// incomplete, so callers look at ctx.Err.
type Files []File

// Recorded returns the names that the rules record, sorted and each once.
func (all Files) Recorded(ctx context.Context) []string {
	found := make([][]string, len(all))
	all.read(ctx, func(i int, f *rulefile.File) {
		for _, r := range rulesForPrometheus(f) {
			if r.Kind == rulefile.Record {
				found[i] = append(found[i], r.Name.V)
			}
		}
	})
	return sortedOnce(slices.Concat(found...))
}

// RunbookURLs returns the addresses of runbooks that the rules link to, sorted and
// each once. Those that a template makes are not known.
func (all Files) RunbookURLs(ctx context.Context) []string {
	found := make([][]string, len(all))
	all.read(ctx, func(i int, f *rulefile.File) { found[i] = runbookURLs(rulesOfFile(f)) })
	return sortedOnce(slices.Concat(found...))
}

// Exprs returns the expressions of the rules for Prometheus, in the order of the
// files. Each is parsed when it is its turn and not kept.
func (all Files) Exprs(ctx context.Context) iter.Seq[*Expr] {
	return func(yield func(*Expr) bool) {
		for _, f := range all {
			file, _, _ := parseRules(ctx, f)
			for _, r := range rulesForPrometheus(file) {
				if !yield(exprOf(r, nil)) {
					return
				}
			}
		}
	}
}

// read shows each file as it is read.
func (all Files) read(ctx context.Context, do func(i int, f *rulefile.File)) {
	spread(ctx, len(all), 1, func(i int) {
		file, _, _ := parseRules(ctx, all[i])
		do(i, file)
	})
}

// rulesOfFile returns all rules of a file.
func rulesOfFile(f *rulefile.File) []*rulefile.Rule { return rulesIn([]*rulefile.File{f}) }

// rulesForPrometheus returns the rules of a file that is not for Loki.
func rulesForPrometheus(f *rulefile.File) []*rulefile.Rule {
	if forLoki(f) {
		return nil
	}
	return rulesOfFile(f)
}

// each runs do for every item on all processors and returns the findings in the
// order of the items.
func each[T any](ctx context.Context, items []T, do func(i int, item T) []report.Finding) []report.Finding {
	found := make([][]report.Finding, len(items))
	spread(ctx, len(items), few, func(i int) { found[i] = do(i, items[i]) })
	return slices.Concat(found...)
}

// few is how many rules or services are looked at sooner than a goroutine is started for
// them.
const few = 8

// spread runs do for 0 to n-1 on all processors, until ctx ends. Each goroutine does
// at least so many one after the other.
func spread(ctx context.Context, n, atLeast int, do func(i int)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	chunk := max(atLeast, 1+n/256) // enough chunks to share evenly, few enough to be cheap
	for start := 0; start < n; start += chunk {
		run := func() error {
			for i := start; i < min(start+chunk, n) && ctx.Err() == nil; i++ {
				do(i)
			}
			return nil
		}
		if n <= chunk {
			_ = run()
			return
		}
		g.Go(run)
	}
	_ = g.Wait() // the functions return no error
}
