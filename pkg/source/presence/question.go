package presence

import (
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/source"
)

// Question is a branch about one pair or a few that one asker wants to know of.
type Question struct {
	Branch
	// Take gets the series of the pairs in their order, and why the absence of series is
	// not known. It is called once.
	Take func(series []source.Series, doubt error)
}

// Put asks the questions together, at the evaluation time. Those that differ in
// nothing but the pairs are one branch, and one without pairs is not asked.
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
		if len(q.Pairs) == 0 {
			continue
		}
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
			q.Take(found.of(q.Pairs, byPair))
		}
	}
}

// of returns what was found for some of the pairs of a branch.
func (f Found) of(pairs []Pair, byPair map[Pair][]source.Series) (series []source.Series, doubt error) {
	series = byPair[pairs[0]]
	for i, p := range pairs {
		if i > 0 {
			series = append(slices.Clip(series), byPair[p]...)
		}
		if err := f.Doubts[p]; err != nil {
			doubt = err
		}
	}
	return series, doubt
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
