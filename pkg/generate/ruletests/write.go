package ruletests

import (
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
)

// file is a file of unit tests as promtool reads it.
type file struct {
	RuleFiles []string `yaml:"rule_files"`
	Interval  string   `yaml:"evaluation_interval"`
	Order     []string `yaml:"group_eval_order"`
	Tests     []test   `yaml:"tests"`
}

type test struct {
	Name     string        `yaml:"name"`
	Interval string        `yaml:"interval"`
	Series   []series      `yaml:"input_series,omitempty"`
	Alerts   []expectation `yaml:"alert_rule_test,omitempty"`
	Queries  []query       `yaml:"promql_expr_test,omitempty"`
}

// expectation is the alerts of a name that fire at a time.
type expectation struct {
	At     string  `yaml:"eval_time"`
	Name   string  `yaml:"alertname"`
	Alerts []alert `yaml:"exp_alerts,omitempty"`
}

type alert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

type series struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
	// slo is the SLO that it is recorded of; empty for a metric.
	slo string
}

type query struct {
	Expr    string   `yaml:"expr"`
	At      string   `yaml:"eval_time"`
	Samples []sample `yaml:"exp_samples"`
}

type sample struct {
	Labels string `yaml:"labels"`
	Value  int64  `yaml:"value"`
	// slo is the SLO that it is about.
	slo string
}

// places are where the parts of a file come from: each SLO by its name, and what SLOs
// have in common.
type places struct {
	slos   map[string]spec.Origin
	shared spec.Origin
}

// of returns the place of a part that is about an SLO.
func (s places) of(name string) spec.Origin {
	if at, ok := s.slos[name]; ok {
		return at
	}
	return s.shared
}

// writer prints the tests of a file and notes which lines came from where.
type writer struct {
	rules.Printer
	places places
	trace  []generate.Trace
	test   string
}

// from begins a part of a test that comes from a place.
func (w *writer) from(at spec.Origin) {
	if n := len(w.trace); n > 0 && w.trace[n-1].Line == w.Line() {
		w.trace = w.trace[:n-1] // nothing came from there
	}
	if n := len(w.trace); n > 0 && w.trace[n-1].What == w.test && w.trace[n-1].Origin.Equal(at) {
		return
	}
	w.trace = append(w.trace, generate.Trace{Line: w.Line(), What: w.test, Origin: at})
}

// write prints the file under a comment of the lines of the header, and returns which
// lines came from where.
func write(header []string, f file, from places) ([]byte, []generate.Trace, error) {
	p := writer{places: from}
	size := 0
	for _, t := range f.Tests {
		size += t.size()
	}
	p.Expect(size)
	p.Comments(header)
	p.Key(0, "rule_files")
	for _, name := range f.RuleFiles {
		p.Item(2, name)
	}
	p.Text(0, "evaluation_interval", f.Interval)
	p.Key(0, "group_eval_order")
	for _, name := range f.Order {
		p.Item(2, name)
	}
	p.Key(0, "tests")
	for _, t := range f.Tests {
		p.test = t.Name
		t.print(&p)
	}
	data, err := p.Bytes()
	return data, p.UpTo(p.trace), err
}

// size is how many bytes the test takes, more or less: its texts, and what is usual
// around each of them.
func (t test) size() int {
	n := 1000
	for _, s := range t.Series {
		n += 50 + len(s.Series) + len(s.Values)
	}
	for _, e := range t.Alerts {
		n += 100 + 650*len(e.Alerts)
	}
	for _, q := range t.Queries {
		n += 100 + len(q.Expr)
		for _, s := range q.Samples {
			n += 50 + len(s.Labels)
		}
	}
	return n
}

// print writes the test as an entry of a list.
func (t test) print(p *writer) {
	p.from(p.places.shared)
	p.Text(2, "- name", t.Name)
	p.Text(4, "interval", t.Interval)
	if len(t.Series) > 0 {
		p.Key(4, "input_series")
	}
	for _, s := range t.Series {
		p.from(p.places.of(s.slo))
		p.Text(6, "- series", s.Series)
		p.Text(8, "values", s.Values)
	}
	p.from(p.places.shared)
	if len(t.Alerts) > 0 {
		p.Key(4, "alert_rule_test")
	}
	for _, e := range t.Alerts {
		e.print(p)
	}
	p.from(p.places.shared)
	if len(t.Queries) > 0 {
		p.Key(4, "promql_expr_test")
	}
	for _, q := range t.Queries {
		q.print(p)
	}
}

func (e expectation) print(p *writer) {
	p.from(p.places.shared)
	p.Text(6, "- eval_time", e.At)
	p.Text(8, "alertname", e.Name)
	if len(e.Alerts) > 0 {
		p.Key(8, "exp_alerts")
	}
	for _, a := range e.Alerts {
		p.from(p.places.of(a.Labels[slo.SLOLabel]))
		p.Key(10, "- exp_labels")
		p.TextMap(14, a.Labels)
		p.Key(12, "exp_annotations")
		p.TextMap(14, a.Annotations)
	}
}

func (q query) print(p *writer) {
	p.from(p.places.shared)
	p.Block(6, "- expr", q.Expr)
	p.Text(8, "eval_time", q.At)
	if len(q.Samples) == 0 {
		p.EmptyList(8, "exp_samples")
		return
	}
	p.Key(8, "exp_samples")
	for _, s := range q.Samples {
		p.from(p.places.of(s.slo))
		p.Text(10, "- labels", s.Labels)
		p.Int(12, "value", s.Value)
	}
}
