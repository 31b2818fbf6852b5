package memory_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/nthlayer/action/pkg/source/memory"
)

// recorded are series of every kind that the notation knows.
var recorded = [][2]string{
	{`requests_total{service="a",code="200"}`, `0+60x240`},
	{`requests_total{service="a",code="500"}`, `0x100 1+3x139`},
	{`requests_total{service="b",code="200"}`, `5+7x60 0+9x100`},
	{`latency_bucket{service="a",le="0.1"}`, `0+10x240`},
	{`latency_bucket{service="a",le="1"}`, `0+15x240`},
	{`latency_bucket{service="a",le="+Inf"}`, `0+20x240`},
	{`gaps{service="a"}`, `1 _ 2 _x30 3x20 _ _ 4x150`},
	{`stops{service="a"}`, `1x50 stale _x10 2x100 stale`},
	{`early{service="a"}`, `1x20`},
	{`odd{service="a"}`, `NaN Inf -Inf 1e-9 -4.5 _x200 NaN`},
	{`native{service="a"}`, `{{schema:0 sum:1 count:3 buckets:[1 2]}}+{{schema:0 sum:2 count:3 buckets:[1 2]}}x240`},
	{`native{service="b"}`, `_x5 {{schema:1 sum:5 count:4 buckets:[1 2 1]}}x100`},
	{`mixed{service="a"}`, `1x10 {{schema:0 sum:1 count:1 buckets:[1]}}x10 2x218`},
}

const steps = 241

func yamlOf(lines [][2]string) []byte {
	var b strings.Builder
	b.WriteString("interval: 1m\ninput_series:\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "  - series: %q\n    values: %q\n", l[0], l[1])
	}
	return []byte(b.String())
}

func load(t testing.TB, at time.Time, lines [][2]string) *memory.Store {
	t.Helper()
	s, err := memory.Snapshot("m.yaml", yamlOf(lines), at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStoreAgreesWithPromqltest asks the same engine the same queries over the
// store and over Prometheus' own storage.
func TestStoreAgreesWithPromqltest(t *testing.T) {
	var script strings.Builder
	script.WriteString("load 1m\n")
	for _, l := range recorded {
		fmt.Fprintf(&script, "  %s %s\n", l[0], l[1])
	}
	theirs := promqltest.LoadedStorage(t, script.String())
	end := time.Unix(0, 0).Add((steps - 1) * time.Minute).UTC()
	ours := load(t, end, recorded)

	queries := []string{
		`requests_total`, `{__name__=~".+"}`, `{__name__=~"gaps|stops",service!="b"}`, `{__name__=~".+",__name__!~"requests.*|native|mixed"}`, `requests_total{code=~"5.."}`, `requests_total{missing=""}`,
		`sum by (service) (rate(requests_total[5m]))`, `increase(requests_total[4h])`, `irate(requests_total[2m])`, `delta(gaps[1h])`,
		`sum(increase(requests_total{code="500"}[2h])) / sum(increase(requests_total[2h]))`,
		`histogram_quantile(0.9, sum by (le) (rate(latency_bucket[10m])))`, `gaps`, `stops`, `early`, `odd`, `odd offset 3h55m`,
		`count_over_time({service="a"}[4h])`, `count_over_time({service="a"}[90s])`, `last_over_time(early[4h])`, `present_over_time(stops[4h])`,
		`avg_over_time((sum(rate(requests_total[5m])))[2h:5m])`, `max_over_time(gaps[1h:])`, `absent(early)`, `timestamp(gaps)`,
		`requests_total @ 3600`, `requests_total offset -5m`, `requests_total @ start()`, `changes(stops[4h])`, `resets(requests_total[4h])`,
		`native`, `histogram_count(rate(native[10m]))`, `histogram_quantile(0.5, sum(rate(native[1h])))`, `histogram_fraction(0, 1, sum(increase(native{service="a"}[2h])))`,
		`mixed`, `rate(mixed[4h])`, `sum_over_time(native[3m])`, `group by (__name__, service) ({__name__=~"requests_total|gaps"})`, `label_replace(up, "a", "b", "", "")`, `quantile_over_time(0.5, gaps[4h])`, `vector(1)`, `1 + 1`,
	}
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 50_000_000)
	run := func(q storage.Queryable, query string, at time.Time, step time.Duration) string {
		t.Helper()
		prepared, err := engine.NewInstantQuery(context.Background(), q, nil, query, at)
		if step > 0 {
			prepared, err = engine.NewRangeQuery(context.Background(), q, nil, query, at.Add(-2*time.Hour), at, step)
		}
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		defer prepared.Close()
		result := prepared.Exec(context.Background())
		if result.Err != nil {
			return "error: " + result.Err.Error()
		}
		// The order of a vector has no meaning.
		lines := strings.Split(result.Value.String(), "\n")
		if result.Value.Type() == parser.ValueTypeVector {
			slices.Sort(lines)
		}
		return strings.Join(lines, "\n")
	}
	answered := 0
	for _, query := range queries {
		for _, back := range []time.Duration{0, 30 * time.Second, 7 * time.Minute, 2 * time.Hour, 5 * time.Hour, -3 * time.Minute} {
			for _, step := range []time.Duration{0, 7 * time.Minute} {
				at := end.Add(-back)
				want, got := run(theirs, query, at, step), run(ours, query, at, step)
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s at %s, step %s (-promqltest +store):\n%s", query, at, step, d)
				}
				if got != "" {
					answered++
				}
			}
		}
	}
	if answered < len(queries)*6 {
		t.Errorf("only %d answers are not empty: the comparison compares nothing", answered)
	}
}

func TestNames(t *testing.T) {
	end := time.Unix(1_800_000_000, 0)
	s := load(t, end, [][2]string{
		{`long{service="a"}`, `1x60`},
		{`early{service="a"}`, `1x10`},
		{`ended{service="a"}`, `1x10 stale`},
		{`holes{service="a"}`, `1 _x59 1`},
	})
	selectors := func(texts ...string) [][]*labels.Matcher {
		sets, err := parser.NewParser(parser.Options{}).ParseMetricSelectors(texts)
		if err != nil {
			t.Fatal(err)
		}
		return sets
	}
	tests := map[string]struct {
		match    []string
		from, to time.Duration // before the end
		want     []string
	}{
		"all, whole time":          {nil, time.Hour, 0, []string{"early", "ended", "holes", "long"}},
		"all, last minutes":        {nil, 5 * time.Minute, 0, []string{"holes", "long"}},
		"in a hole":                {nil, 30 * time.Minute, 20 * time.Minute, []string{"long"}},
		"a mark of staleness only": {[]string{"ended"}, 49 * time.Minute, 49 * time.Minute, nil},
		"one millisecond off":      {nil, time.Minute - time.Millisecond, time.Millisecond, nil},
		"selectors":                {[]string{"long", `{__name__=~"early|none"}`}, time.Hour, 0, []string{"early", "long"}},
		"labels that do not match": {[]string{`long{service="b"}`}, time.Hour, 0, nil},
		"before":                   {nil, 3 * time.Hour, 2 * time.Hour, nil},
		"after":                    {nil, -time.Hour, -2 * time.Hour, nil},
		"upside down":              {nil, 0, time.Hour, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var sets [][]*labels.Matcher
			if tt.match != nil {
				sets = selectors(tt.match...)
			}
			got := s.Names(sets, end.Add(-tt.from).UnixMilli(), end.Add(-tt.to).UnixMilli())
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("names (-want +got):\n%s", d)
			}
		})
	}
}

func TestQuerierLabels(t *testing.T) {
	s := load(t, time.Unix(1_800_000_000, 0), [][2]string{{`m{service="a",code="1"}`, `1`}, {`m{service="b"}`, `1`}, {`n{service="c"}`, `1`}})
	q, err := s.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	m := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "m")
	values, _, err := q.LabelValues(context.Background(), "service", nil, m)
	if d := cmp.Diff([]string{"a", "b"}, values); d != "" || err != nil {
		t.Errorf("values, %v (-want +got):\n%s", err, d)
	}
	names, _, err := q.LabelNames(context.Background(), &storage.LabelHints{Limit: 2}, m)
	if d := cmp.Diff([]string{"__name__", "code"}, names); d != "" || err != nil {
		t.Errorf("names, %v (-want +got):\n%s", err, d)
	}
}

// TestIteratorAgainstEveryPosition walks with Next and Seek from everywhere to
// everywhere and compares with a plain list.
func TestIteratorAgainstEveryPosition(t *testing.T) {
	end := time.UnixMilli(1_800_000_000_000)
	s := load(t, end, [][2]string{{`m`, `1 2 _ 4 _ _ 7 8`}})
	first := end.Add(-7 * time.Minute).UnixMilli()
	all := map[int]float64{0: 1, 1: 2, 3: 4, 6: 7, 7: 8}
	next := func(from int) (int, bool) {
		for i := max(from, 0); i < 8; i++ {
			if _, ok := all[i]; ok {
				return i, true
			}
		}
		return 0, false
	}
	for skip := 0; skip <= 5; skip++ {
		for target := -90_000; target <= 500_000; target += 30_000 {
			it := iteratorOf(t, s)
			i, ok := -1, true
			for range skip {
				if i, ok = next(i + 1); ok != (it.Next() == chunkenc.ValFloat) {
					t.Fatalf("Next disagrees at %d", i)
				}
			}
			if !ok {
				continue
			}
			// The first sample at or after the target that is not behind.
			want, found := next(max(i, (target+59_999)/60_000))
			got := it.Seek(first + int64(target))
			if found != (got == chunkenc.ValFloat) {
				t.Fatalf("skip %d, seek %d: found %v, want %v", skip, target, got, found)
			}
			if !found {
				continue
			}
			if at, v := it.At(); at != first+int64(want)*60_000 || v != all[want] {
				t.Fatalf("skip %d, seek %d: %d, %v, want index %d", skip, target, at-first, v, want)
			}
		}
	}
}

func TestHistogramsAreCopied(t *testing.T) {
	s := load(t, time.Unix(1_800_000_000, 0), [][2]string{{`m`, `{{schema:0 sum:1 count:3 buckets:[1 2]}}x5`}})
	for _, into := range []*histogram.FloatHistogram{nil, {}} {
		it := iteratorOf(t, s)
		it.Next()
		_, h := it.AtFloatHistogram(into)
		h.Mul(1000)
		if _, again := it.AtFloatHistogram(nil); again.Count != 3 {
			t.Errorf("a histogram in the store was changed: %s", again)
		}
	}
}

func iteratorOf(t *testing.T, s *memory.Store) chunkenc.Iterator {
	t.Helper()
	q, err := s.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "m"))
	if !set.Next() {
		t.Fatal("no series")
	}
	return set.At().Iterator(nil)
}
