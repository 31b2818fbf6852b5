package ruler

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"pgregory.net/rapid"
)

func inputs(t interface{ Fatal(...any) }, step time.Duration, series ...string) []Input {
	var out []Input
	for _, s := range series {
		lset, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Input{Labels: lset, Step: step, Values: values})
	}
	return out
}

func groups(t interface{ Fatal(...any) }, text string) []rulefmt.RuleGroup {
	g, errs := rulefmt.Parse([]byte(text), false, model.UTF8Validation, parser.NewParser(parser.Options{EnableExperimentalFunctions: true}), nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return g.Groups
}

// everything prints all samples of a run and the alerts that were watched.
func everything(r *Ruler, names ...string) string {
	var b strings.Builder
	for key, s := range r.store.byKey {
		if len(s.points) == 0 {
			delete(r.store.byKey, key)
		}
	}
	for _, s := range sorted(r.store) {
		fmt.Fprintf(&b, "%s", s.labels)
		for _, p := range s.points {
			if p.h != nil {
				fmt.Fprintf(&b, " %d:%s", p.t, p.h.TestExpression())
			} else {
				fmt.Fprintf(&b, " %d:%x", p.t, p.v)
			}
		}
		b.WriteString("\n")
	}
	for _, at := range r.o.Watch {
		for _, name := range names {
			fmt.Fprintf(&b, "%s %s %v\n", at, name, r.Firing(name, at))
		}
	}
	return b.String()
}

func sorted(s *store) []series {
	q, err := s.Querier(0, 1<<60)
	if err != nil {
		return nil
	}
	return q.Select(context.Background(), true, nil).(*seriesSet).series
}

// TestRuleByRuleIsStepByStep compares the quick way with the one that a server goes,
// on rules that read one another, over series with gaps, resets and ends.
func TestRuleByRuleIsStepByStep(t *testing.T) {
	expressions := []string{
		"m", "sum by (a) (m)", "rate(m[5m])", "increase(m[1h]) > 5", "absent(m)", "m offset 3m", "avg_over_time(r0[10m])", "r0 / r1", "count(m) > 1", "h",
		"histogram_count(rate(h[4m]))", "sum_over_time(r1[7m:2m])", "1 + 1", "vector(2)", "topk(1, m)", "m > bool 3", "r0 or m", "max_over_time(m[3m]) == 0", "time()",
		"r2 unless r0", "ALERTS", "r9", "m @ 60", "m offset -1m", `{__name__=~"r.*"}`, "m * on (a) m", "last_over_time(r2[5m])",
	}
	both, alone := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		text.WriteString("groups:\n- name: g\n  rules:\n")
		for i := range rapid.IntRange(1, 6).Draw(t, "rules") {
			expr := rapid.SampledFrom(expressions).Draw(t, "expr")
			if rapid.Bool().Draw(t, "alert") {
				fmt.Fprintf(&text, "  - {alert: A%d, expr: '%s', for: %dm, keep_firing_for: %dm, labels: {l: '%s', rule: r%d}, annotations: {s: '{{ $value }}'}}\n", i%2, expr,
					rapid.IntRange(0, 4).Draw(t, "for"), rapid.IntRange(0, 3).Draw(t, "keep"), rapid.SampledFrom([]string{"x", "{{ $value }}"}).Draw(t, "label"), rapid.IntRange(0, i).Draw(t, "rule"))
			} else {
				fmt.Fprintf(&text, "  - {record: %s, expr: '%s', labels: {l: x}}\n", rapid.SampledFrom([]string{"r0", "r1", "m", "r" + fmt.Sprint(i)}).Draw(t, "record"), expr)
			}
		}
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"0+1x9", "5x4", "_x3", "stale", "9", "1 0 2", "0x6"}), 1, 5)
		in := inputs(t, time.Minute,
			`m{a="1",b="1"} `+strings.Join(values.Draw(t, "first"), " "), `m{a="1",b="2"} `+strings.Join(values.Draw(t, "second"), " "),
			"h {{schema:0 count:2 sum:3 buckets:[1 1]}}+{{schema:0 count:1 sum:1 buckets:[1]}}x"+fmt.Sprint(rapid.IntRange(1, 20).Draw(t, "histograms")))
		o := Options{Start: time.Unix(0, 0), End: time.Unix(0, 0).Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "end")) * time.Minute), Step: time.Duration(rapid.SampledFrom([]int{30, 60, 120}).Draw(t, "step")) * time.Second}
		o.Watch = []time.Time{o.Start, o.Start.Add(o.Step), o.Start.Add(6 * o.Step)}
		quick, slow := run(t, text.String(), in, o, false), run(t, text.String(), in, o, true)
		if diff := cmp.Diff(slow.all, quick.all); diff != "" || slow.err != quick.err {
			t.Fatalf("%s\nstep by step: %s, rule by rule: %s\n%s", text.String(), slow.err, quick.err, diff)
		}
		if quick.independent {
			both++
		} else {
			alone++
		}
	})
	if both < 10 || alone < 10 {
		t.Errorf("%d runs went the quick way and %d could not: the comparison says little", both, alone)
	}
}

type result struct {
	all, err    string
	independent bool
}

func run(t interface{ Fatal(...any) }, text string, in []Input, o Options, each bool) result {
	o.EachStep = each
	r, err := New(groups(t, text), in, o)
	if err != nil {
		t.Fatal(err)
	}
	out := result{independent: r.independent()}
	if err := r.Run(context.Background()); err != nil {
		out.err = err.Error()
	}
	out.all = everything(r, "A0", "A1")
	return out
}

// Rules that a server with a feature switched on would run are run.
func TestExperimentalFunctionsAreRun(t *testing.T) {
	o := Options{Start: time.Unix(0, 0), End: time.Unix(180, 0), Step: time.Minute}
	r, err := New(groups(t, "groups:\n- name: g\n  rules:\n  - {record: a, expr: 'mad_over_time(m[4m])'}\n"), inputs(t, time.Minute, "m 1 2 3 4"), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestHistogramsAreReset makes sure that a native histogram that begins anew is taken
// for one, whatever its next values are.
func TestHistogramsAreReset(t *testing.T) {
	histogram := func(n string) string { return "{{schema:0 sum:" + n + " count:" + n + " buckets:[" + n + "]}}" }
	in := inputs(t, time.Minute, "h "+histogram("200")+" "+histogram("300")+" "+histogram("0")+" "+histogram("10"))
	o := Options{Start: time.Unix(0, 0), End: time.Unix(180, 0), Step: 3 * time.Minute}
	r, err := New(groups(t, "groups:\n- name: g\n  rules:\n  - {record: a, expr: 'histogram_count(increase(h[4m]))'}\n"), in, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	v, err := r.Query(context.Background(), "round(a)", o.End)
	if err != nil || len(v) != 1 || v[0].F < 110 || v[0].F > 147 {
		t.Errorf("%v, %v: 100 events came before the reset and 10 after it, and one more minute is extrapolated", v, err)
	}
}
