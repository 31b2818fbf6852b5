package ruletests

import (
	"strconv"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/rules"
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
}

type query struct {
	Expr    string   `yaml:"expr"`
	At      string   `yaml:"eval_time"`
	Samples []sample `yaml:"exp_samples"`
}

type sample struct {
	Labels string `yaml:"labels"`
	Value  int64  `yaml:"value"`
}

// write prints the file under a comment of the lines of the header, and returns which
// lines came from where.
func write(header []string, f file, origins []spec.Origin) ([]byte, []generate.Trace, error) {
	var p rules.Printer
	p.Expect(len(f.Tests) * usual)
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
	trace := make([]generate.Trace, 0, len(f.Tests))
	for i, t := range f.Tests {
		trace = append(trace, generate.Trace{Line: p.Line(), What: t.Name, Origin: origins[i]})
		t.print(&p)
	}
	data, err := p.Bytes()
	return data, p.UpTo(trace), err
}

// usual is how many bytes a test takes, more or less.
const usual = 1800

// print writes the test as an entry of a list.
func (t test) print(p *rules.Printer) {
	p.Text(2, "- name", t.Name)
	p.Text(4, "interval", t.Interval)
	if len(t.Series) > 0 {
		p.Key(4, "input_series")
	}
	for _, s := range t.Series {
		p.Text(6, "- series", s.Series)
		p.Text(8, "values", s.Values)
	}
	if len(t.Alerts) > 0 {
		p.Key(4, "alert_rule_test")
	}
	for _, e := range t.Alerts {
		e.print(p)
	}
	if len(t.Queries) > 0 {
		p.Key(4, "promql_expr_test")
	}
	for _, q := range t.Queries {
		q.print(p)
	}
}

func (e expectation) print(p *rules.Printer) {
	p.Text(6, "- eval_time", e.At)
	p.Text(8, "alertname", e.Name)
	if len(e.Alerts) > 0 {
		p.Key(8, "exp_alerts")
	}
	for _, a := range e.Alerts {
		p.Key(10, "- exp_labels")
		p.TextMap(14, a.Labels)
		p.Key(12, "exp_annotations")
		p.TextMap(14, a.Annotations)
	}
}

func (q query) print(p *rules.Printer) {
	p.Block(6, "- expr", q.Expr)
	p.Text(8, "eval_time", q.At)
	if len(q.Samples) == 0 {
		p.Raw(8, "exp_samples", "[]")
		return
	}
	p.Key(8, "exp_samples")
	for _, s := range q.Samples {
		p.Text(10, "- labels", s.Labels)
		p.Raw(12, "value", strconv.FormatInt(s.Value, 10))
	}
}
