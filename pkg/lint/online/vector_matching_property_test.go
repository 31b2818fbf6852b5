package online

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// labelSets draws some sets of labels.
func labelSets() *rapid.Generator[[]map[string]string] {
	return rapid.SliceOfN(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"1", "2"}), 0, 3), 1, 3)
}

// seriesOf returns a series of a metric for each set of labels. With alike all values
// are the same, so that only the names of labels tell series apart.
func seriesOf(metric string, sets []map[string]string, alike bool) []string {
	var out []string
	for _, set := range sets {
		var matchers []string
		for _, name := range slices.Sorted(maps.Keys(set)) {
			value := set[name]
			if alike {
				value = "x"
			}
			matchers = append(matchers, fmt.Sprintf("%s=%q", name, value))
		}
		out = append(out, fmt.Sprintf("%s{%s} 1x20", metric, strings.Join(matchers, ",")))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestWhatIsReportedNeverMatches compares what is found with the engine's own answer
// over series whose values are all alike: an operation is reported when there is no
// match now, and none for any values that the labels may have.
func TestWhatIsReportedNeverMatches(t *testing.T) {
	crowds := 0
	rapid.Check(t, func(r *rapid.T) {
		left, right := labelSets().Draw(r, "left"), labelSets().Draw(r, "right")
		matching := rapid.SampledFrom([]string{"", "on (a)", "on (a, b)", "ignoring (a)", "ignoring (b, c)"}).Draw(r, "matching")
		match := func(alike bool) bool {
			src := sourcetest.Source(t, evaluation(), "1m", append(seriesOf("l", left, alike), seriesOf("r", right, alike)...)...)
			answer, err := src.Query(context.Background(), "l and "+matching+" r", evaluation())
			if err != nil {
				r.Fatal(err)
			}
			return len(answer.Series) > 0
		}
		src := sourcetest.Source(t, evaluation(), "1m", append(seriesOf("l", left, false), seriesOf("r", right, false)...)...)
		text := "l / " + matching + " r > 5"
		found, _ := Run(context.Background(), src, ofRules(t, alertsOn(text)), matchingOnly())
		_, err := src.Query(context.Background(), text, evaluation())
		found = slices.DeleteFunc(found, func(f report.Finding) bool {
			crowd := strings.Contains(f.Message, "one at most may match")
			if crowd {
				crowds++
			}
			if crowd && err == nil {
				r.Fatalf("the engine takes %s, and it is reported: %v", text, f)
			}
			return crowd
		})
		switch never := !match(true); {
		case len(found) > 0 && (!never || match(false)):
			r.Fatalf("the sides may match, and it is reported: %v", found)
		case len(found) == 0 && never:
			r.Fatal("the sides never match, and it is not reported")
		}
	})
	if crowds < 5 {
		t.Errorf("only %d operations with several matches were reported", crowds)
	}
}
