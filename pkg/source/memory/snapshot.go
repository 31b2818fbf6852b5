package memory

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// The bounds of a snapshot. A notation as short as 0+1x9999999999 stands for
// more samples than there is memory, so they are counted before they are made.
const (
	maxSeriesSamples  = 2_000_000
	maxSamples        = 30_000_000
	maxHistogramBytes = 256 << 20
)

const defaultInterval = time.Minute

// Snapshot reads a file of recorded series in the notation of promtool's rule
// tests:
//
//	interval: 1m
//	input_series:
//	  - series: 'http_requests_total{service="checkout",code="200"}'
//	    values: '0+100x43200'
//
// All series begin at the same time, chosen so that the last sample of the
// longest one falls on at. An error is a *FileError.
func Snapshot(name string, data []byte, at time.Time) (*Store, error) {
	docs, findings := document.Parse(name, data, document.Limits{Bytes: MaxBytes, Depth: 16, Nodes: 2_000_000, Aliased: 100_000})
	if len(findings) > 0 {
		e := &FileError{}
		for _, f := range findings {
			e.Problems = append(e.Problems, Problem{At: f.Position(), Message: f.Message, Fix: f.Suggestion})
		}
		return nil, e
	}
	start := report.Position{File: name, Line: 1, Column: 1}
	if len(docs) == 0 {
		return nil, failed(start, "the file is empty", "write interval and input_series")
	}
	if len(docs) > 1 {
		return nil, failed(docs[1].At, "a second document begins here", "keep all series in one document")
	}
	l := &snapshotLoader{parser: parser.NewParser(parser.Options{}), seen: map[string]report.Position{}}
	l.file(docs[0])
	if len(l.problems) > 0 {
		return nil, &FileError{Problems: l.problems}
	}
	return l.store(at), nil
}

type snapshotLoader struct {
	parser   parser.Parser
	interval time.Duration
	series   []*series
	seen     map[string]report.Position
	samples  int
	problems []Problem
}

func (l *snapshotLoader) problem(at report.Position, message, fix string) {
	l.problems = append(l.problems, Problem{At: at, Message: message, Fix: fix})
}

// store places the samples.
func (l *snapshotLoader) store(at time.Time) *Store {
	longest := 0
	for _, s := range l.series {
		longest = max(longest, len(s.values))
	}
	step := l.interval.Milliseconds()
	start := at.UnixMilli() - int64(longest-1)*step
	for _, s := range l.series {
		s.start, s.step = start, step
	}
	return newStore(l.series)
}

func (l *snapshotLoader) file(root *document.Node) {
	if root.Kind != document.Mapping {
		l.problem(root.At, "the file holds "+root.Kind.String()+", not a mapping", "write interval and input_series")
		return
	}
	l.interval = defaultInterval
	l.keys(root, "interval", "input_series")
	if n := root.Get("interval"); !n.IsNull() {
		l.readInterval(n)
	}
	list := root.Get("input_series")
	if list.IsNull() || list.Kind != document.Sequence || len(list.Items) == 0 {
		at := root.At
		if list != nil {
			at = list.At
		}
		l.problem(at, "input_series must be a list of series", "add entries with series and values")
		return
	}
	var entries []entry
	for _, item := range list.Items {
		if e, ok := l.entry(item); ok {
			entries = append(entries, e)
		}
	}
	if l.samples > maxSamples {
		l.problem(list.At, fmt.Sprintf("the file has more than %d samples", maxSamples), "write fewer samples, or a longer interval")
		return
	}
	for _, e := range entries {
		l.describe(e)
	}
}

// entry is one series before it is parsed.
type entry struct{ name, values *document.Node }

// keys reports the keys of a mapping that have no meaning.
func (l *snapshotLoader) keys(n *document.Node, known ...string) {
	for _, f := range n.Fields {
		ok := false
		for _, k := range known {
			ok = ok || f.Key == k
		}
		if !ok {
			l.problem(f.KeyAt, fmt.Sprintf("unknown key %q", f.Key), "known here: "+strings.Join(known, ", "))
		}
	}
}

func (l *snapshotLoader) readInterval(n *document.Node) {
	d, err := model.ParseDuration(n.Text)
	if !n.Kind.Scalar() || err != nil || d <= 0 {
		l.problem(n.At, "interval must be a duration above 0", "write it as 30s or 1m")
		return
	}
	l.interval = time.Duration(d)
}

func (l *snapshotLoader) entry(n *document.Node) (entry, bool) {
	if n.Kind != document.Mapping {
		l.problem(n.At, "an entry of input_series is "+n.Kind.String()+", not a mapping", "write series and values")
		return entry{}, false
	}
	l.keys(n, "series", "values")
	for _, key := range []string{"series", "values"} {
		if field := n.Get(key); field.IsNull() || !field.Kind.Scalar() {
			l.problem(n.At, "the entry has no text under "+key, `write it as series: 'm{l="v"}' and values: '0+10x100'`)
			return entry{}, false
		}
	}
	e := entry{name: n.Get("series"), values: n.Get("values")}
	count, err := countSamples(e.values.Text)
	if err != nil {
		l.problem(e.values.At, err.Error(), "write fewer samples, or a longer interval")
		return entry{}, false
	}
	l.samples += count
	return e, true
}

// describe parses one series and its values, joined as promtool joins them.
func (l *snapshotLoader) describe(e entry) {
	name, values := e.name, e.values
	// A line break inside either text would end the description early.
	first, second := flat(name.Text), flat(values.Text)
	lset, sequence, err := l.parser.ParseSeriesDesc(first + " " + second)
	if err != nil {
		l.parseProblem(name, values, err)
		return
	}
	if lset.IsEmpty() {
		l.problem(name.At, "the series has no name and no labels", `write it as 'm{l="v"}'`)
		return
	}
	key := string(lset.Bytes(nil))
	if other, ok := l.seen[key]; ok {
		l.problem(name.At, fmt.Sprintf("the series stands here a second time; the first is at line %d", other.Line), "keep one of the two")
		return
	}
	l.seen[key] = name.At
	l.series = append(l.series, newSeries(lset, sequence))
}

// flat turns white space into blanks and keeps every offset.
func flat(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, s)
}

// parseProblem points at the character that the parser did not expect.
func (l *snapshotLoader) parseProblem(name, values *document.Node, err error) {
	at, text := name.At, err.Error()
	var list parser.ParseErrors
	if errors.As(err, &list) && len(list) > 0 {
		first := list[0]
		text = first.Err.Error()
		from, to := int(first.PositionRange.Start), int(first.PositionRange.End)
		if behind := len(name.Text) + 1; from < behind {
			at = name.Inside(from, to)
		} else {
			at = values.Inside(from-behind, to-behind)
		}
	}
	l.problem(at, "invalid series: "+text, "write it in promtool's notation, as 'm{l=\"v\"}' with '0+10x100'")
}

func newSeries(lset labels.Labels, sequence []parser.SequenceValue) *series {
	s := &series{labels: lset, values: make([]float64, len(sequence))}
	for i, v := range sequence {
		switch {
		case v.Omitted:
			s.values[i] = gap()
		case v.Histogram != nil:
			if s.histograms == nil {
				s.histograms = map[int]*histogram.FloatHistogram{}
			}
			s.histograms[i] = v.Histogram
		default:
			s.values[i] = v.Value
		}
	}
	return s
}

// CheckValues refuses values in promtool's notation that stand for more samples
// than one series of a file may have, before any of them is made.
func CheckValues(notation string) error {
	_, err := countSamples(notation)
	return err
}

var (
	repetition = regexp.MustCompile(`x([0-9]+)`)
	brackets   = regexp.MustCompile(`\{\{.*?\}\}`)
)

// countSamples returns at least as many samples as the notation stands for.
func countSamples(notation string) (int, error) {
	count := len(strings.Fields(notation))
	for _, m := range repetition.FindAllStringSubmatch(notation, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > maxSeriesSamples {
			n = maxSeriesSamples
		}
		if count += n; count > maxSeriesSamples {
			break
		}
	}
	if count > maxSeriesSamples {
		return 0, fmt.Errorf("the series has more than %d samples", maxSeriesSamples)
	}
	largest := 0
	for _, b := range brackets.FindAllString(notation, -1) {
		largest = max(largest, len(b))
	}
	if largest > 0 && count > math.MaxInt32/largest || count*largest > maxHistogramBytes {
		return 0, errors.New("the native histograms of the series need too much memory")
	}
	return count, nil
}
