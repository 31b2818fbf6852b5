package online

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

const (
	// lookback is how old the series may be of which names are suggested.
	lookback = time.Hour
	// maxResembled is for how many missing metrics a similar one is looked for.
	maxResembled = 200
)

// exact asks for every selector and returns those without series.
func (s *series) exact(ctx context.Context, a *Asking) []*want {
	questions := make([]presence.Question, 0, len(s.wants))
	for _, w := range s.wants {
		questions = append(questions, presence.Question{
			Branch: presence.Branch{Matchers: w.matchers, Pairs: []presence.Pair{w.pair}},
			Take:   func(found []source.Series, doubt error) { w.live, w.doubt = len(found) > 0, doubt },
		})
	}
	a.Put(ctx, questions)
	return unanswered(s.wants)
}

// unanswered returns the selectors that have no series for certain.
func unanswered(wants []*want) []*want {
	var out []*want
	for _, w := range wants {
		if w.live {
			w.doubt = nil
		} else if w.doubt == nil {
			out = append(out, w)
		}
	}
	return out
}

// diagnose finds out why selectors have no series.
func (s *series) diagnose(ctx context.Context, a *Asking, open []*want) {
	s.values(ctx, a, open)
	s.history(ctx, a, open)
	missing := slices.DeleteFunc(slices.Clone(open), func(w *want) bool {
		return w.doubt != nil || w.alive || w.selector.Name == "" || !w.lastSeen.IsZero()
	})
	if len(missing) == 0 {
		return
	}
	if loaded, err := a.source.Recorded(ctx); err == nil { // a server without rules records nothing
		for _, w := range missing {
			w.loaded = slices.Contains(loaded, w.selector.Name)
		}
	}
	s.resemble(ctx, a, missing)
}

// values asks whether the metric is there, and which values the labels have that
// the selector matches.
func (s *series) values(ctx context.Context, a *Asking, open []*want) {
	var questions []presence.Question
	for _, w := range open {
		if w.selector.Name == "" {
			continue
		}
		bare := []presence.Pair{{Name: w.selector.Name}}
		for _, m := range w.selector.Matchers {
			if w.values[m.Name] != nil {
				continue
			}
			w.values[m.Name] = []string{}
			questions = append(questions, presence.Question{
				Branch: presence.Branch{Pairs: bare, By: []string{m.Name}},
				Take:   func(found []source.Series, doubt error) { w.takeValues(m.Name, found, doubt) },
			})
		}
	}
	a.Put(ctx, questions)
}

func (w *want) takeValues(label string, found []source.Series, doubt error) {
	w.doubt = cmp.Or(w.doubt, doubt)
	w.alive = w.alive || len(found) > 0
	for _, f := range found {
		w.values[label] = append(w.values[label], f.Labels.Get(label))
	}
	slices.SortFunc(w.values[label], presence.ByNumber)
	w.values[label] = slices.Compact(w.values[label])
}

// history asks when the selectors last had series. Little matches, so a range query
// over all of it is cheap.
func (s *series) history(ctx context.Context, a *Asking, open []*want) {
	if !a.info.History {
		return
	}
	step := 15 * time.Minute
	if len(open) > 500 {
		step = time.Hour
	}
	questions := make([]presence.Question, 0, len(open))
	for _, w := range open {
		questions = append(questions, presence.Question{
			Branch: presence.Branch{Matchers: w.matchers, Pairs: []presence.Pair{w.pair}, Over: step},
			Take: func(found []source.Series, doubt error) {
				w.forgotten = doubt
				for _, f := range found {
					if n := len(f.Points); n > 0 && f.Points[n-1].At.After(w.lastSeen) {
						w.lastSeen = f.Points[n-1].At
					}
				}
			},
		})
	}
	over := source.Range{Start: a.at.Add(-history), End: a.at, Step: step}
	a.PutWith(ctx, questions, func(ctx context.Context, query string) (source.Answer, error) {
		return a.source.QueryRange(ctx, query, over)
	})
}

// resemble finds the existing metrics that missing ones may have been meant for.
// What fails here only costs a hint.
func (s *series) resemble(ctx context.Context, a *Asking, missing []*want) {
	names, err := a.source.Names(ctx, nil, a.at.Add(-lookback), a.at)
	if err != nil {
		return
	}
	lexicon := presence.NewLexicon(names.Names)
	near := map[string]string{}
	for _, w := range missing {
		name := w.selector.Name
		if _, looked := near[name]; !looked && len(near) < maxResembled {
			near[name] = ""
			if list := lexicon.Similar(name, []string{name}); len(list) > 0 {
				near[name] = list[0]
			}
		}
		w.near = near[name]
	}
}

// healthy reports whether a selector has no series because nothing failed: what
// keeps it from matching is a matcher that picks failures.
func (w *want) healthy() bool {
	found := false
	for _, m := range w.selector.Matchers {
		switch {
		case slices.ContainsFunc(w.values[m.Name], m.Matches):
		case promql.PicksFailures(m) && (promql.OnFailuresOnly(m.Name) || slices.ContainsFunc(w.values[m.Name], notEmpty) && promql.SameVocabulary(m, w.values[m.Name])):
			found = true
		default:
			return false
		}
	}
	return found
}

func notEmpty(s string) bool { return s != "" }
