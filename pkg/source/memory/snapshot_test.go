package memory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/source/memory"
)

func TestSnapshotEndsAtTheEvaluationTime(t *testing.T) {
	end := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for interval, step := range map[string]time.Duration{"": time.Minute, "interval: 30s\n": 30 * time.Second, "interval: 1h\n": time.Hour} {
		data := interval + `input_series:
  - series: m{kind="longest"}
    values: 0+1x10
  - series: m{kind="shorter"}
    values: 100+1x4
  - {series: m{kind='one'}, values: 7}
`
		data = strings.Replace(data, `{series: m{kind='one'}, values: 7}`, `{series: 'm{kind="one"}', values: 7}`, 1)
		s, err := memory.Snapshot("m.yaml", []byte(data), end)
		if err != nil {
			t.Fatal(err)
		}
		// All series begin together, as in promtool; the longest ends at the end.
		start := end.Add(-10 * step)
		names := map[string]string{}
		for at, when := range map[time.Time]string{end: "end", end.Add(step): "after", start: "start", start.Add(-1): "before", start.Add(4 * step): "fifth", start.Add(5 * step): "sixth"} {
			names[when] = strings.Join(alive(t, s, at), " ")
		}
		want := map[string]string{"end": "longest=10", "after": "", "start": "longest=0 one=7 shorter=100", "before": "", "fifth": "longest=4 shorter=104", "sixth": "longest=5"}
		if d := cmp.Diff(want, names); d != "" {
			t.Errorf("%ssamples (-want +got):\n%s", interval, d)
		}
	}
}

// alive returns the series that have a sample at exactly one time.
func alive(t *testing.T, s *memory.Store, at time.Time) []string {
	t.Helper()
	q, err := s.Querier(at.UnixMilli(), at.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	set := q.Select(context.Background(), true, nil)
	for set.Next() {
		it := set.At().Iterator(nil)
		for it.Next() != 0 {
			_, v := it.At()
			out = append(out, set.At().Labels().Get("kind")+"="+trim(v))
		}
	}
	return out
}

func TestSnapshotErrorsNameThePlaceAndTheFix(t *testing.T) {
	tests := map[string]struct {
		data string
		want []string
	}{
		"empty":          {"", []string{"m.yaml:1:1: the file is empty"}},
		"broken YAML":    {"a: [", []string{"m.yaml:1:", "invalid YAML"}},
		"a list":         {"- a", []string{"m.yaml:1:1: the file holds a list"}},
		"two documents":  {"input_series: []\n---\na: b", []string{"m.yaml:3:1: a second document"}},
		"no series":      {"interval: 1m", []string{"m.yaml:1:1: input_series must be a list"}},
		"empty series":   {"input_series: []", []string{"m.yaml:1:15: input_series must be a list"}},
		"unknown keys":   {"intervall: 1m\ninput_series:\n  - {series: a, values: 1, value: 2}", []string{`m.yaml:1:1: unknown key "intervall"`, `m.yaml:3:28: unknown key "value"`}},
		"duplicate key":  {"interval: 1m\ninterval: 2m\ninput_series: [{series: a, values: 1}]", []string{"m.yaml:2:1:", "second time"}},
		"bad interval":   {"interval: fast\ninput_series: [{series: a, values: 1}]", []string{"m.yaml:1:11: interval must be a duration"}},
		"zero interval":  {"interval: 0s\ninput_series: [{series: a, values: 1}]", []string{"m.yaml:1:11: interval"}},
		"no values":      {"input_series:\n  - series: a", []string{"m.yaml:2:5: the entry has no text under values"}},
		"values a list":  {"input_series:\n  - series: a\n    values: [1]", []string{"m.yaml:2:5: the entry has no text under values"}},
		"entry a text":   {"input_series:\n  - a", []string{"m.yaml:2:5: an entry of input_series is text"}},
		"bad series":     {"input_series:\n  - series: 'a{b=c}'\n    values: 1", []string{"m.yaml:2:18: invalid series"}},
		"bad values":     {"input_series:\n  - series: 'a'\n    values: '1 2 three'", []string{"m.yaml:3:18: invalid series"}},
		"no name":        {"input_series:\n  - series: '{}'\n    values: 1", []string{"m.yaml:2:13: the series has no name"}},
		"series twice":   {"input_series:\n  - {series: 'a{x=\"1\",y=\"2\"}', values: 1}\n  - {series: 'a{y=\"2\",x=\"1\"}', values: 2}", []string{"m.yaml:3:14: the series stands here a second time; the first is at line 2"}},
		"endless":        {"input_series:\n  - series: a\n    values: '0+1x99999999999999999999'", []string{"m.yaml:3:13: the series has more than 2000000 samples"}},
		"many repeats":   {"input_series:\n  - series: a\n    values: '" + strings.Repeat("1x1000000 ", 3) + "'", []string{"m.yaml:3:13: the series has more than"}},
		"large natives":  {"input_series:\n  - series: a\n    values: '{{schema:0 buckets:[" + strings.Repeat("1 ", 1000) + "]}}x1000000'", []string{"m.yaml:3:13: the native histograms"}},
		"several faults": {"input_series:\n  - {series: 'a{', values: 1}\n  - {series: b, values: x}", []string{"m.yaml:2:", "m.yaml:3:"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := memory.Snapshot("m.yaml", []byte(tt.data), time.Unix(0, 0))
			var e *memory.FileError
			if !errors.As(err, &e) {
				t.Fatalf("error = %v, want a *FileError", err)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			for _, p := range e.Problems {
				if p.Fix == "" {
					t.Errorf("%s has no fix", p)
				}
			}
		})
	}
}

func TestManyProblemsAreShortened(t *testing.T) {
	data := "input_series:\n" + strings.Repeat("  - {series: 'a{', values: 1}\n", 25)
	_, err := memory.Snapshot("m.yaml", []byte(data), time.Unix(0, 0))
	if err == nil || strings.Count(err.Error(), "\n") != 10 || !strings.HasSuffix(err.Error(), "and 15 more") {
		t.Errorf("error = %v, want ten problems and a count", err)
	}
}

func TestAllSamplesTogetherAreBounded(t *testing.T) {
	data := "input_series:\n"
	for i := range 40 {
		data += "  - {series: '" + strings.Repeat("a", i+1) + "', values: '_x999999'}\n"
	}
	_, err := memory.Snapshot("m.yaml", []byte(data), time.Unix(0, 0))
	if err == nil || !strings.Contains(err.Error(), "more than 30000000 samples") {
		t.Errorf("error = %v, want the limit", err)
	}
}

func FuzzSnapshot(f *testing.F) {
	f.Add(string(yamlOf(recorded)))
	f.Add("interval: 1m\ninput_series: [{series: a, values: '1 _ stale x'}]")
	f.Add("input_series:\n  - series: 'a{b=\"\\xff\"}'\n    values: |\n      1 2\n      3")
	f.Add("input_series:\n- series: &a m\n  values: '{{schema:100 buckets:[1] offset:-9}}x5'\n- series: *a\n  values: 0x1F")
	f.Fuzz(func(t *testing.T, data string) {
		if strings.Count(data, "x") > 20 {
			t.Skip() // Slow, not wrong: each x may stand for a million samples.
		}
		s, err := memory.Snapshot("m.yaml", []byte(data), time.Unix(1_800_000_000, 0))
		var e *memory.FileError
		switch {
		case err != nil && (!errors.As(err, &e) || len(e.Problems) == 0):
			t.Errorf("error of type %T: %v", err, err)
		case err == nil && s.Series() == 0:
			t.Error("a snapshot without series and without an error")
		}
	})
}
