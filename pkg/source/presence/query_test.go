package presence

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/promql"
)

func TestQueryOfBranches(t *testing.T) {
	five := labels.MustNewMatcher(labels.MatchRegexp, "status", "5..")
	tests := []struct {
		name     string
		branches []Branch
		label    string
		want     string
	}{
		{
			"one metric of one service",
			[]Branch{{Pairs: []Pair{{"up", "a"}}}},
			"service",
			`group by (__name__, service) ({__name__="up", service="a"})`,
		},
		{
			"names and services are literals",
			[]Branch{{Matchers: []*labels.Matcher{five}, Pairs: []Pair{{"b", "x.y"}, {"a", "x|z"}}}},
			"service",
			`group by (__name__, service) ({__name__=~"a|b", service=~"x\\.y|x\\|z", status=~"5.."})`,
		},
		{
			"branches carry their place",
			[]Branch{{Pairs: []Pair{{"a", ""}}}, {Pairs: []Pair{{"b", ""}}, By: []string{"le"}, Sample: true}},
			"service",
			`label_replace(group by (__name__) ({__name__="a"}), "nthlayer_branch", "0", "", "") or ` +
				`label_replace(topk by (__name__, le) (1, {__name__="b"}), "nthlayer_branch", "1", "", "")`,
		},
		{
			"labels that need quotes",
			[]Branch{{Pairs: []Pair{{"a", "x"}}}},
			"service.name",
			`group by (__name__, "service.name") ({__name__="a", "service.name"="x"})`,
		},
		{
			"history",
			[]Branch{{Pairs: []Pair{{"a", "x"}}, Over: 900e9}},
			"service",
			`group by (__name__, service) (last_over_time({__name__="a", service="x"}[900s]))`,
		},
		{
			"samples",
			[]Branch{{Matchers: []*labels.Matcher{five}, Pairs: []Pair{{}}, Count: 900e9}},
			"service",
			`max by () (count_over_time({status=~"5.."}[900s]) and {status=~"5.."} offset 900s)`,
		},
	}
	for _, tt := range tests {
		got := queryOf(tt.branches, tt.label)
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if _, err := promql.Parse(got); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestSplittingLosesNothingAndFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 12, 40)
		b := Branch{Pairs: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pair {
			return Pair{Name: text.Draw(t, "name"), Owner: text.Draw(t, "owner")}
		}), 1, 60).Draw(t, "pairs")}
		budget := rapid.IntRange(1, 3000).Draw(t, "budget")
		var got []Pair
		for _, p := range b.split("service", budget) {
			if n := len(p.query("service")); n > budget && len(p.Pairs) > 1 {
				t.Fatalf("a query of %d bytes for %d pairs, the budget is %d", n, len(p.Pairs), budget)
			}
			got = append(got, p.Pairs...)
		}
		want := slices.Clone(b.Pairs)
		slices.SortFunc(want, comparePairs)
		want = slices.Compact(want)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Pair{})); diff != "" {
			t.Fatalf("pairs (-want +got):\n%s", diff)
		}
	})
}
