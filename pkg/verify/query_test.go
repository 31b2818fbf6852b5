package verify

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
		branches []branch
		label    string
		want     string
	}{
		{
			"one metric of one service",
			[]branch{{pairs: []pair{{"up", "a"}}}},
			"service",
			`group by (__name__, service) ({__name__="up", service="a"})`,
		},
		{
			"names and services are literals",
			[]branch{{matchers: []*labels.Matcher{five}, pairs: []pair{{"b", "x.y"}, {"a", "x|z"}}}},
			"service",
			`group by (__name__, service) ({__name__=~"a|b", service=~"x\\.y|x\\|z", status=~"5.."})`,
		},
		{
			"branches carry their place",
			[]branch{{pairs: []pair{{"a", ""}}}, {pairs: []pair{{"b", ""}}, by: []string{"le"}, sample: true}},
			"service",
			`label_replace(group by (__name__) ({__name__="a"}), "nthlayer_branch", "0", "", "") or ` +
				`label_replace(topk by (__name__, le) (1, {__name__="b"}), "nthlayer_branch", "1", "", "")`,
		},
		{
			"labels that need quotes",
			[]branch{{pairs: []pair{{"a", "x"}}}},
			"service.name",
			`group by (__name__, "service.name") ({__name__="a", "service.name"="x"})`,
		},
		{
			"history",
			[]branch{{pairs: []pair{{"a", "x"}}, over: 900e9}},
			"service",
			`group by (__name__, service) (last_over_time({__name__="a", service="x"}[900s]))`,
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
		b := branch{pairs: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pair {
			return pair{name: text.Draw(t, "name"), owner: text.Draw(t, "owner")}
		}), 1, 60).Draw(t, "pairs")}
		budget := rapid.IntRange(1, 3000).Draw(t, "budget")
		var got []pair
		for _, p := range b.split("service", budget) {
			if n := len(p.query("service")); n > budget && len(p.pairs) > 1 {
				t.Fatalf("a query of %d bytes for %d pairs, the budget is %d", n, len(p.pairs), budget)
			}
			got = append(got, p.pairs...)
		}
		want := slices.Clone(b.pairs)
		slices.SortFunc(want, comparePairs)
		want = slices.Compact(want)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(pair{})); diff != "" {
			t.Fatalf("pairs (-want +got):\n%s", diff)
		}
	})
}
