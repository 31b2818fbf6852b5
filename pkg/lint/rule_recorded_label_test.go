package lint

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/promqltest"
	"pgregory.net/rapid"

	ours "github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

func TestLabelsThatSeriesAreRecordedWithout(t *testing.T) {
	const byJob = "job:errors:rate5m = sum by (job) (rate(errors_total[5m]))"
	for _, c := range []struct {
		records []string // NAME = EXPR, or NAME {LABELS} = EXPR
		expr    string
		want    []string
	}{
		{[]string{byJob}, `job:errors:rate5m * on (instance) group_left () up > 1`, []string{`job:errors:rate5m`}},
		{[]string{byJob}, `up > 1 unless on (instance) job:errors:rate5m > 2`, []string{`job:errors:rate5m`}},
		{[]string{byJob}, `rate(x[5m]) / on (instance) (job:errors:rate5m offset 5m)`, []string{`job:errors:rate5m offset 5m`}},
		{[]string{byJob}, `sum by (instance) (x) + job:errors:rate5m`, []string{`job:errors:rate5m`}},
		{[]string{byJob}, `up * on (job) group_left (team) job:errors:rate5m`, []string{`job:errors:rate5m`}},
		{[]string{byJob}, `job:errors:rate5m * on (job) group_right (team) up`, []string{`job:errors:rate5m`}},
		{[]string{byJob}, `up * on (job) group_left (team) sum by (job) (job:errors:rate5m)`, nil}, // promql/impossible says it
		{[]string{byJob}, `max by (instance, job) (job:errors:rate5m) > 1`, []string{`job:errors:rate5m`}},
		{[]string{byJob}, `avg_over_time(job:errors:rate5m{pod="a"}[1h]) > 1`, []string{`job:errors:rate5m{pod="a"}`}},
		{[]string{byJob}, `sum by (pod) (job:errors:rate5m{pod="a"}) > 1`, []string{`job:errors:rate5m{pod="a"}`}}, // once
		{[]string{"r:d_bucket:rate = sum by (job) (rate(d_bucket[5m]))"}, `histogram_quantile(0.9, r:d_bucket:rate) > 1`, []string{`r:d_bucket:rate`}},
		{[]string{"r:d:rate = sum by (job) (rate(d[5m]))"}, `histogram_quantile(0.9, r:d:rate) > 1`, nil}, // may be native
		// What the label may be in, or is not asked of.
		{[]string{byJob}, `job:errors:rate5m{job="a"} * on (job) group_left () up > 1`, nil},
		{[]string{byJob}, `job:errors:rate5m{pod=""} > 1`, nil},
		{[]string{byJob}, `job:errors:rate5m{pod!="a"} > 1`, nil},
		{[]string{byJob}, `sum without (pod) (job:errors:rate5m) > 1`, nil},
		{[]string{byJob}, `sum(job:errors:rate5m) / on (instance) up > 1`, nil},       // promql/impossible says it
		{[]string{byJob}, `sum by (pod) (max by (job) (job:errors:rate5m)) > 1`, nil}, // and this
		{[]string{byJob}, `sum by (pod) (job:errors:rate5m or up) > 1`, nil},
		{[]string{byJob}, `job:errors:rate5m or on (instance) up`, nil},
		{[]string{byJob}, `label_replace(job:errors:rate5m, "instance", "a", "", "") * on (instance) up`, nil},
		{[]string{byJob}, `job:errors:rate5m{__tenant_id__="a"} > 1`, nil},
		{[]string{byJob}, `other:errors:rate5m{pod="a"} > 1`, nil},
		{[]string{"r = rate(x[5m])"}, `r{pod="a"} > 1`, nil},
		{[]string{"r = sum without (pod) (x)"}, `r{pod="a"} > 1`, []string{`r{pod="a"}`}},
		{[]string{"r = sum by (job) ("}, `r{pod="a"} > 1`, nil}, // promql/syntax says it
		// Labels of the rule.
		{[]string{"r {pod: a} = sum(x)"}, `r{pod="a"} > 1`, nil},
		{[]string{"r {pod: ''} = rate(x[5m])"}, `r{pod="a"} > 1`, []string{`r{pod="a"}`}},
		// Several rules.
		{[]string{"r = sum by (a) (x)", "r = sum by (b) (x)"}, `r{a="1"} + on (b) r{c="1"} > 1`, []string{`r{c="1"}`}},
		{[]string{"r = sum by (a) (x)", "r = rate(x[5m])"}, `r{c="1"} > 1`, nil},
		{[]string{"r = sum without (a, b) (x)", "r = sum without (b, c) (x)"}, `r{a="1"} + r{c="1"} + r{b="1"}`, []string{`r{b="1"}`}},
		// What is recorded of records, in any order.
		{[]string{"s = max_over_time(r[1h])", byJob, "r = avg by (pod, job) (job:errors:rate5m)"}, `s{pod="1"} > 1`, []string{`job:errors:rate5m`, `s{pod="1"}`}},
		{[]string{"s = r + up", "r = sum by (a) (x)"}, `s{b="1"} > 1`, []string{`s{b="1"}`}},
		{[]string{"r = r offset 1m or sum by (a) (x)"}, `r{b="1"} > 1`, nil},
		{[]string{"r = sum by (a) (s)", "s = max by (a, b) (r or x)"}, `r{b="1"} > 1`, []string{`r{b="1"}`}},
		{[]string{"r = s", "s = r"}, `r{b="1"} > 1`, nil},
	} {
		t.Run(fmt.Sprint(c.records, c.expr), func(t *testing.T) {
			var got []string
			for _, f := range recordedLabelFindings(rulesFile("a.yaml", c.records, "alert: A\n    for: 5m\n    expr: |-\n      "+c.expr)) {
				got = append(got, markedBy(f))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

var recordLine = regexp.MustCompile(`^(\S+) (\{.*\} )?= (.*)$`)

// rulesFile writes a file of recording rules, and of rules behind them as they are.
func rulesFile(name string, records []string, more ...string) File {
	var b strings.Builder
	b.WriteString("groups:\n- name: " + name + "\n  rules:\n")
	for _, r := range records {
		m := recordLine.FindStringSubmatch(r)
		fmt.Fprintf(&b, "  - record: %s\n    expr: |-\n      %s\n", m[1], m[3])
		if m[2] != "" {
			b.WriteString("    labels: " + m[2] + "\n")
		}
	}
	for _, rule := range more {
		b.WriteString("  - " + rule + "\n")
	}
	return File{Name: name, Data: []byte(b.String())}
}

// recordedLabelFindings returns what rule/recorded-label says of files.
func recordedLabelFindings(files ...File) []report.Finding {
	return slices.DeleteFunc(RuleFiles(context.Background(), files, Options{}), func(f report.Finding) bool { return f.Rule != "rule/recorded-label" })
}

func TestLabelsOfRecordedSeriesInTemplates(t *testing.T) {
	for _, c := range []struct {
		expr, template string
		want           []string
	}{
		{`r > 1`, `{{ $labels.job }} {{ $labels.instance }}`, []string{"instance"}},
		{`r > 1`, `{{ $labels.instance }} {{ .Labels.instance }}`, []string{"instance"}},
		{`r > 1`, `{{ if $labels.instance }}{{ $labels.instance }}{{ end }}`, nil},
		{`r > 1`, `{{ with query "r" | first }}{{ .Labels.instance }}{{ end }}`, nil},
		{`sum(r) > 1`, `{{ $labels.instance }}`, nil}, // alert/template says it
		{`r > 1 or up == 0`, `{{ $labels.instance }}`, nil},
		{`up * on (job) group_left () r > 1`, `{{ $labels.instance }}`, nil},
		{`r{instance="a"} > 1`, `{{ $labels.instance }}`, []string{`r{instance="a"}`}},
		{`r > 1`, `{{ $labels.instance`, nil}, // alert/template says it
	} {
		var got []string
		for _, f := range recordedLabelFindings(rulesFile("a.yaml", []string{"r = sum by (job) (x)"}, "{alert: A, expr: '"+c.expr+"', for: 5m, annotations: {summary: '"+c.template+"'}}")) {
			got = append(got, markedBy(f))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.expr, c.template, diff)
		}
	}
}

// TestRecordsOfOtherFilesMayGetExternalLabels holds the severities: a label that servers
// may add is only an info where another server may evaluate the recording rule.
func TestRecordsOfOtherFilesMayGetExternalLabels(t *testing.T) {
	records := []string{"r = sum by (a) (x)", "r = sum by (b) (x)"}
	for _, c := range []struct {
		records []string
		expr    string
		want    report.Severity
	}{
		{records, `r{region="x"} > 1`, report.Warning},
		{nil, `r{region="x"} > 1`, report.Info},
		{nil, `r{instance="x"} > 1`, report.Warning},
		{nil, `sum by (job) (r) > 1`, report.Warning},
		{records[:1], `r{region="x"} > 1`, report.Info},
	} {
		found := recordedLabelFindings(rulesFile("a.yaml", c.records, "{alert: A, expr: '"+c.expr+"', for: 5m}"), rulesFile("b.yaml", records[len(c.records):]))
		if len(found) != 1 || found[0].Severity != c.want {
			t.Errorf("%s beside %v: %+v, want one %s", c.expr, c.records, found, c.want)
		}
	}
}

// TestRecordsBesideWhatIsLinted covers files that a change leaves alone, which have no
// findings themselves.
func TestRecordsBesideWhatIsLinted(t *testing.T) {
	const wrong = "{alert: A, expr: 'r{instance=\"x\"} > 1', for: 5m, annotations: {summary: '{{ $labels.pod }}'}}"
	byJob := rulesFile("job.yaml", []string{"r = sum by (job) (x)"}, strings.ReplaceAll(wrong, "alert: A", "alert: B"))
	for _, c := range []struct {
		name    string
		records []string
		beside  []File
		want    int
	}{
		{"nothing", nil, nil, 0},
		{"one", nil, []File{byJob}, 2},
		{"another", nil, []File{rulesFile("b.yaml", []string{"other = sum by (job) (x)"})}, 0},
		{"one more", []string{"r = sum by (job) (x)"}, []File{rulesFile("b.yaml", []string{"r = sum by (instance, pod) (x)"})}, 0},
		{"both without", []string{"r = sum by (job) (x)"}, []File{rulesFile("b.yaml", []string{"r = sum by (pod) (x)"})}, 1},
		{"through others", nil, []File{rulesFile("b.yaml", []string{"t = sum by (pod) (x)"}), rulesFile("c.yaml", []string{"r = max_over_time(s[1h])"}), rulesFile("d.yaml", []string{`s = t{job="q"} + 1`})}, 1},
		{"of Loki", nil, []File{rulesFile("b.yaml", []string{`r = sum by (job) (rate({app="x"} |= "y" [5m]))`})}, 0},
	} {
		found := RuleFiles(context.Background(), []File{rulesFile("a.yaml", c.records, wrong)}, Options{Beside: c.beside})
		got := 0
		for _, f := range found {
			if f.File != "a.yaml" {
				t.Errorf("%s: a finding of %s: %s", c.name, f.File, f.Message)
			}
			if f.Rule == "rule/recorded-label" {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%s: %d findings, want %d: %v", c.name, got, c.want, found)
		}
	}
}

// TestManyRulesOfOneNameCarryLittle holds what is carried from one rule to the next.
func TestManyRulesOfOneNameCarryLittle(t *testing.T) {
	set := func(n int, expr func(i int) string) labelSet {
		var records []string
		for i := range n {
			records = append(records, "r = "+expr(i))
		}
		look := newCheckSet(Options{}).look(context.Background(), []File{rulesFile("a.yaml", records)}, nil)
		return newRecordedLabels(recordsOf([]*Kept{look[0].kept})).of("r")
	}
	if two := set(100, func(i int) string { return []string{"sum by (a, c) (x)", "sum by (b, c) (x)"}[i%2] }); len(two.names) != 3 || len(two.unsure) != 2 || !two.lost("d") || two.lost("a") {
		t.Errorf("two labels by turns: %+v", two)
	}
	if many := set(100, func(i int) string { return fmt.Sprintf("sum by (l%d) (x)", i) }); many.closed || many.lost("d") || many.sure("d") {
		t.Errorf("a hundred labels: %+v", many)
	}
}

func TestWhatIsSaidOfRecordedLabels(t *testing.T) {
	records := []string{"one = sum by (a) (x)", "two = sum by (a) (x)", "two {b: c} = sum(x)", "three = sum(x)", "three = sum(y)", "three = sum(z)"}
	for rule, want := range map[string]string{
		`{alert: A, expr: 'one * on (job) up', for: 5m}`:                                    "one is recorded at a.yaml:4:13 without the label job, by which * matches its sides; keep job in what is recorded, or match by labels that both sides have",
		`{alert: A, expr: 'sum by (job) (two) > 1', for: 5m}`:                               "two is recorded at a.yaml:7:13 and a.yaml:10:13 without the label job, by which sum groups; keep job in what is recorded, or take job out of by (...)",
		`{record: r, expr: 'three{a="1"}'}`:                                                 `three is recorded at a.yaml:14:13 and 2 other places without the label a, so nothing has a="1"; keep a in what is recorded, or leave the matcher out`,
		`{alert: A, expr: 'up * on (job) group_left (a) max without (b) (three)', for: 5m}`: "three is recorded at a.yaml:14:13 and 2 other places without the label job, by which * matches its sides; keep job in what is recorded, or match by labels that both sides have",
		`{alert: A, expr: one > 1, for: 5m, annotations: {summary: '{{ $labels.job }}'}}`:   "the template of summary prints the label job, and one is recorded at a.yaml:4:13 without the label job; keep job in what is recorded, or remove it from the template",
		`{alert: A, expr: 'up * on (a) group_left (job) one > 1', for: 5m}`:                 "one is recorded at a.yaml:4:13 without the label job, which group_left or group_right asks for; keep job in what is recorded, or take it out of the brackets",
	} {
		found := recordedLabelFindings(rulesFile("a.yaml", records, rule))
		if len(found) != 1 || found[0].Message+"; "+found[0].Suggestion != want {
			t.Errorf("%s: %+v, want %q", rule, found, want)
		}
	}
}

// TestRecordedSeriesHaveNoLabelThatIsCalledLost makes up recording rules, and one that
// reads another, and asks Prometheus's own engine for the labels of what they write.
func TestRecordedSeriesHaveNoLabelThatIsCalledLost(t *testing.T) {
	engine := newEngine()
	storage := promqltest.LoadedStorage(t, labelled("", "1", "2"))
	set, written, lost := newCheckSet(Options{}), 0, 0
	check := func(rt *rapid.T) {
		one, outer := matchingOperation(rt), rapid.SampledFrom([]string{"%s", "sum by (a) (%s)", "max without (b) (%s)", `x * on (a, b) group_left (c) %s`, `label_join(%s, "a", "", "b")`, "y and %s", "%s or sum(y)"}).Draw(rt, "outer")
		if _, err := ours.Parse(one); err != nil {
			return
		}
		names := []string{"r = " + one, "s = " + fmt.Sprintf(outer, "r")}
		looked := set.look(context.Background(), []File{rulesFile("a.yaml", names)}, nil)
		known := newRecordedLabels(recordsOf([]*Kept{looked[0].kept})).of("s")
		for _, s := range answer(t, engine, storage, fmt.Sprintf(outer, "("+one+")")) {
			written++
			s.Metric.DropReserved(func(name string) bool { return name == model.MetricNameLabel }).Range(func(l labels.Label) {
				if !known.may(l.Name) {
					rt.Errorf("%v: the series %v is said to have no label %s: %+v", names, s.Metric, l.Name, known)
				}
			})
		}
		for _, label := range []string{"a", "b", "c"} {
			if known.lost(label) {
				lost++
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		for range 10 {
			check(rt)
		}
	})
	if written < 100 || lost < 100 {
		t.Errorf("%d series were written and %d labels called lost: the test says little", written, lost)
	}
}
