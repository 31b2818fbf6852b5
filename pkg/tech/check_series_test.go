package tech

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// evalEvery is how often an alert is evaluated in its test.
const evalEvery = time.Minute

// checkAlerts checks the alerts of the catalogue and runs each over the series of
// its test.
func checkAlerts(found *problems, t Technology, v vocabulary) {
	for i, a := range t.Alerts {
		at := index("alerts", i)
		wrong := v.checkAlert(a)
		a.Expr = v.assumed(t.Outcome, a.Expr)
		checkCase(&wrong, a)
		if len(wrong) == 0 {
			wrong = append(wrong, runAlert(a)...)
		}
		found.below(at, wrong)
	}
}

// assumed returns an expression with the first candidate in place of each intent.
func (v vocabulary) assumed(outcome *Outcome, text string) string {
	expr, err := parse(text)
	if err != nil {
		return text
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		s, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		_, name, ok := strings.Cut(s.Name, ":")
		if ok {
			v.assume(outcome, s, v.intents[name])
		}
		return nil
	})
	return expr.String()
}

// assume turns a selector of an intent into one of its first candidate.
func (v vocabulary) assume(outcome *Outcome, s *parser.VectorSelector, in Intent) {
	failures := in.ErrorsOf != ""
	if failures {
		in = v.intents[in.ErrorsOf]
	}
	if len(in.Candidates) == 0 {
		return
	}
	first, ok := parseSelector(in.Candidates[0].Selector)
	if !ok {
		return
	}
	s.Name, s.LabelMatchers = first.Name, first.LabelMatchers
	switch {
	case !failures:
	case in.Candidates[0].Errors != "":
		if m, err := parser.NewParser(parser.Options{}).ParseMetricSelector("{" + in.Candidates[0].Errors + "}"); err == nil {
			s.LabelMatchers = append(s.LabelMatchers, m...)
		}
	case outcome != nil && len(outcome.Labels) > 0:
		s.LabelMatchers = append(s.LabelMatchers, labels.MustNewMatcher(labels.MatchRegexp, outcome.Labels[0], outcome.Errors))
	}
}

// checkCase makes sure that a test tests something: the series are those that the
// alert reads, and the quiet ones are read by the same selectors as those that
// make it fire.
func checkCase(found *problems, a Alert) {
	expr, err := parse(a.Expr)
	if err != nil {
		return
	}
	var selectors []*parser.VectorSelector
	absent := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			selectors = append(selectors, n)
		case *parser.Call:
			absent = absent || strings.HasPrefix(n.Func.Name, "absent")
		}
		return nil
	})
	fires := readBy(found, "test.fires", a.Test.Fires, selectors)
	quiet := readBy(found, "test.quiet", a.Test.Quiet, selectors)
	if len(a.Test.Fires) == 0 && !absent {
		found.add("test.fires", "there are no series that make the alert fire")
	}
	if len(a.Test.Quiet) == 0 {
		found.add("test.quiet", "there are no series that leave the alert quiet")
	}
	for i, s := range selectors {
		if fires[i] && !quiet[i] {
			found.add("test.quiet", "no series is read by %s, so that the alert is quiet for lack of data", s)
		}
	}
	hold, err := model.ParseDuration(a.For)
	if at, errAt := caseEnd(a); err == nil && errAt == nil && at < time.Duration(hold)+evalEvery {
		found.add("test.at", "the test ends at %s, before the alert may fire", at)
	}
}

// readBy returns which selectors read any of the series. A series that no selector
// reads is a slip, unless its metric is read with other labels: that is how an
// alert stays quiet about what its matchers leave out.
func readBy(found *problems, path string, series map[string]string, selectors []*parser.VectorSelector) []bool {
	read := make([]bool, len(selectors))
	for desc, values := range series {
		lset, _, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(desc + " " + values)
		if err != nil {
			found.add(path, "%s: %s", desc, err)
			continue
		}
		used := false
		for i, s := range selectors {
			used = used || matches(nameMatchers(s), lset)
			read[i] = read[i] || matches(s.LabelMatchers, lset)
		}
		if !used {
			found.add(path, "%s is not read by the alert", desc)
		}
	}
	return read
}

func matches(matchers []*labels.Matcher, lset labels.Labels) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(lset.Get(m.Name)) })
}

func nameMatchers(s *parser.VectorSelector) []*labels.Matcher {
	return slices.DeleteFunc(slices.Clone(s.LabelMatchers), func(m *labels.Matcher) bool { return m.Name != model.MetricNameLabel })
}

func caseEnd(a Alert) (time.Duration, error) {
	if a.Test.At == "" {
		return 30 * time.Minute, nil
	}
	d, err := model.ParseDuration(a.Test.At)
	return time.Duration(d), err
}

// runAlert evaluates an alert every minute, as Prometheus does, over the series
// that must make it fire and over those that must not.
func runAlert(a Alert) problems {
	var found problems
	end, err := caseEnd(a)
	if err != nil {
		found.add("test.at", "%s", err)
		return found
	}
	firing, err := evaluate(a, a.Test.Fires, end)
	if err != nil {
		found.add("expr", "%s", err)
		return found
	}
	if last := firing[len(firing)-1]; len(last) == 0 {
		found.add("test.fires", "the alert does not fire at %s", end)
	} else {
		checkFired(&found, a, last)
	}
	quiet, err := evaluate(a, a.Test.Quiet, end)
	if err != nil {
		found.add("expr", "%s", err)
		return found
	}
	for i, alerts := range quiet {
		if len(alerts) > 0 {
			found.add("test.quiet", "the alert fires at %s with the value %v", time.Duration(i)*evalEvery, alerts[0].F)
			break
		}
	}
	return found
}

var manyDigits = regexp.MustCompile(`\d\.\d{4,}`)

// checkFired makes sure that what an alert says when it fires can be read.
func checkFired(found *problems, a Alert, alerts []promql.Sample) {
	for _, alert := range alerts {
		for _, text := range []struct{ path, text string }{{"summary", a.Summary}, {"description", a.Description}} {
			said, err := expand(a.Name, text.text, alert)
			if err != nil || strings.Contains(said, "<no value>") || strings.Contains(said, "%!") || strings.Contains(said, "NaN") || manyDigits.MatchString(said) {
				found.add(text.path, "the text of the alert reads %q (%v)", said, err)
			}
			for _, m := range labelInText.FindAllStringSubmatch(text.text, -1) {
				if alert.Metric.Get(m[1]) == "" {
					found.add(text.path, "the alert that fires has no label %s: %s", m[1], alert.Metric)
				}
			}
		}
	}
}

// evaluate returns the firing alerts at every minute from the first sample to the
// end. An alert fires when its expression gave the same labels at every minute
// since its for began, as Prometheus has it.
func evaluate(a Alert, series map[string]string, end time.Duration) ([][]promql.Sample, error) {
	db, err := load(series)
	if err != nil {
		return nil, err
	}
	hold, err := model.ParseDuration(a.For)
	if err != nil {
		return nil, err
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute})
	var out [][]promql.Sample
	pending := map[string]time.Duration{}
	for at := time.Duration(0); at <= end; at += evalEvery {
		answer, err := ask(engine, db, a.Expr, at)
		if err != nil {
			return nil, fmt.Errorf("at %s: %w", at, err)
		}
		var firing []promql.Sample
		since := map[string]time.Duration{}
		for _, s := range answer {
			key := s.Metric.DropReserved(func(n string) bool { return n == model.MetricNameLabel }).String()
			began, ok := pending[key]
			if !ok {
				began = at
			}
			since[key] = began
			if at-began >= time.Duration(hold) {
				firing = append(firing, s)
			}
		}
		pending = since
		out = append(out, firing)
	}
	return out, nil
}

func ask(engine *promql.Engine, db storage.Queryable, expr string, at time.Duration) (promql.Vector, error) {
	ctx := context.Background()
	query, err := engine.NewInstantQuery(ctx, db, nil, expr, time.Unix(0, 0).Add(at))
	if err != nil {
		return nil, err
	}
	defer query.Close()
	answer, err := query.Exec(ctx).Vector()
	return slices.Clone(answer), err
}

// series are the series of one test, kept in memory: a database on disk for each
// of the tests would take longer than all of them together.
type series []storage.Series

func load(notation map[string]string) (series, error) {
	var out series
	for desc, values := range notation {
		lset, sequence, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(desc + " " + values)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", desc, values, err)
		}
		var samples []chunks.Sample
		for i, v := range sequence {
			if !v.Omitted {
				samples = append(samples, sample{at: time.Duration(i) * time.Minute, value: v.Value})
			}
		}
		out = append(out, storage.NewListSeries(lset, samples))
	}
	slices.SortFunc(out, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return out, nil
}

type sample struct {
	at    time.Duration
	value float64
}

func (s sample) T() int64                      { return s.at.Milliseconds() }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.value }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }

func (s series) Querier(_, _ int64) (storage.Querier, error) {
	return querier{LabelQuerier: storage.NoopQuerier(), series: s}, nil
}

type querier struct {
	storage.LabelQuerier
	series series
}

func (q querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	var picked series
	for _, s := range q.series {
		if matches(matchers, s.Labels()) {
			picked = append(picked, s)
		}
	}
	return &set{series: picked}
}

// set walks over series.
type set struct {
	series series
	next   int
}

func (s *set) Next() bool                        { s.next++; return s.next <= len(s.series) }
func (s *set) At() storage.Series                { return s.series[s.next-1] }
func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }

// TestAnAlertFiresAsPrometheusHasIt makes sure that gaps, the look-back of five
// minutes and a for that begins anew are as they are in a server.
func TestAnAlertFiresAsPrometheusHasIt(t *testing.T) {
	t.Parallel()
	a := Alert{Name: "A", Expr: `m{k="v"} > 0.5`, For: "2m"}
	got, err := evaluate(a, map[string]string{`m{k="v"}`: "1 1 0 1x5 _x10", `m{k="w"}`: "9x30"}, 20*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for minute, firing := range got {
		if len(firing) > 0 {
			at = append(at, minute)
		}
	}
	// It holds from minute 3, and the last sample, of minute 8, is seen until
	// minute 12.
	if want := []int{5, 6, 7, 8, 9, 10, 11, 12}; !slices.Equal(at, want) {
		t.Errorf("fires at the minutes %v, want %v", at, want)
	}
}
