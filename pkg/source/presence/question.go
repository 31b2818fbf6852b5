package presence

import (
	"context"
	"strings"

	"github.com/nthlayer/action/pkg/source"
)

// Question is a branch about one pair.
type Question struct {
	Branch
	// Take gets the series of the pair, and why the absence of series is not known.
	// It is called once.
	Take func(series []source.Series, doubt error)
}

// Put asks the questions together, at the evaluation time. Those that differ in
// nothing but the pair are one branch.
func (a Asker) Put(ctx context.Context, questions []Question) {
	a.PutWith(ctx, questions, func(ctx context.Context, query string) (source.Answer, error) {
		return a.Source.Query(ctx, query, a.At)
	})
}

// PutWith is Put with another kind of request.
func (a Asker) PutWith(ctx context.Context, questions []Question, do Evaluate) {
	var branches []Branch
	var askers [][]Question
	index := map[string]int{}
	for _, q := range questions {
		key := q.kind()
		i, ok := index[key]
		if !ok {
			i = len(branches)
			index[key] = i
			branches, askers = append(branches, q.with(nil)), append(askers, nil)
		}
		branches[i].Pairs = append(branches[i].Pairs, q.Pairs...)
		askers[i] = append(askers[i], q)
	}
	for i, found := range a.AskWith(ctx, branches, do) {
		byPair := map[Pair][]source.Series{}
		for _, s := range found.Series {
			p := branches[i].PairOf(s, a.Label)
			byPair[p] = append(byPair[p], s)
		}
		for _, q := range askers[i] {
			q.Take(byPair[q.Pairs[0]], found.Doubts[q.Pairs[0]])
		}
	}
}

// kind is equal for questions that differ in the pair alone.
func (b Branch) kind() string {
	parts := []string{strings.Join(b.By, ","), b.Over.String(), b.Count.String(), b.Expr}
	for _, m := range b.Matchers {
		parts = append(parts, m.String())
	}
	for _, is := range []bool{b.Sample, b.Named(), b.Owned()} {
		if is {
			parts = append(parts, "yes")
		} else {
			parts = append(parts, "no")
		}
	}
	return strings.Join(parts, "\x00")
}
