package promtool

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/memory"
	"github.com/nthlayer/action/pkg/source/ruler"
	"github.com/nthlayer/action/pkg/spec/document"
)

// defaultInterval is how often rules are evaluated when a file does not say.
const defaultInterval = time.Minute

// reader gathers what is wrong with a file.
type reader struct {
	parser   parser.Parser
	findings []report.Finding
}

func (r *reader) problem(n *document.Node, message, fix string) {
	r.findings = append(r.findings, broken(n.At, n.Path, message, fix))
}

// known reports whether a node is a mapping, and its keys that have no meaning.
func (r *reader) known(n *document.Node, what string, keys ...string) bool {
	if n.Kind != document.Mapping {
		r.problem(n, what+" is "+n.Kind.String()+", not a mapping", "write "+strings.Join(keys, ", "))
		return false
	}
	for _, f := range n.Fields {
		if !slices.Contains(keys, f.Key) {
			r.findings = append(r.findings, broken(f.KeyAt, f.Value.Path, fmt.Sprintf("%s has no field %s", what, f.Key), "the fields are "+strings.Join(keys, ", ")))
		}
	}
	return true
}

// list returns the items of a list, none for null.
func (r *reader) list(n *document.Node, what string) []*document.Node {
	switch {
	case n.IsNull():
		return nil
	case n.Kind == document.Sequence:
		return n.Items
	}
	r.problem(n, what+" is "+n.Kind.String()+", not a list", "begin each entry with a dash")
	return nil
}

func (r *reader) text(n *document.Node, what string) string {
	if n.IsNull() {
		return ""
	}
	if !n.Kind.Scalar() {
		r.problem(n, what+" is "+n.Kind.String()+", not text", "write it in quotes")
		return ""
	}
	return n.Text
}

func (r *reader) duration(n *document.Node, what string) time.Duration {
	text := r.text(n, what)
	if text == "" || text == "0" {
		return 0
	}
	d, err := model.ParseDuration(text)
	if err != nil {
		r.problem(n, what+" "+strconv.Quote(text)+" is not a duration", "write it as 30s, 5m or 1h30m")
	}
	return time.Duration(d)
}

// texts reads a mapping of texts.
func (r *reader) texts(n *document.Node, what string) map[string]string {
	out := map[string]string{}
	if n.IsNull() {
		return out
	}
	if n.Kind != document.Mapping {
		r.problem(n, what+" is "+n.Kind.String()+", not a mapping", "write one name: value a line")
		return out
	}
	for _, f := range n.Fields {
		out[f.Key] = r.text(f.Value, what+"."+f.Key)
	}
	return out
}

func (r *reader) file(n *document.Node) *File {
	r.parser = parser.NewParser(parser.Options{})
	f := &File{Interval: defaultInterval}
	if !r.known(n, "a file of rule tests", "rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare", "tests") {
		return f
	}
	for _, item := range r.list(n.Get("rule_files"), "rule_files") {
		f.RuleFiles = append(f.RuleFiles, Pattern{Text: r.text(item, "an entry of rule_files"), At: item.At})
	}
	if d := r.duration(n.Get("evaluation_interval"), "evaluation_interval"); d > 0 {
		f.Interval = d
	}
	for _, item := range r.list(n.Get("group_eval_order"), "group_eval_order") {
		name := r.text(item, "an entry of group_eval_order")
		if slices.Contains(f.Order, name) {
			r.problem(item, "the group "+name+" stands in group_eval_order twice", "remove one of the two")
		}
		f.Order = append(f.Order, name)
	}
	f.Fuzzy = r.boolean(n.Get("fuzzy_compare"))
	for i, item := range r.list(n.Get("tests"), "tests") {
		f.Tests = append(f.Tests, r.test(item, i, f.Interval))
	}
	return f
}

func (r *reader) boolean(n *document.Node) bool {
	if n.IsNull() {
		return false
	}
	v, err := strconv.ParseBool(n.Text)
	if n.Kind != document.Bool || err != nil {
		r.problem(n, "fuzzy_compare is "+n.Kind.String(), "write true or false")
	}
	return v
}

func (r *reader) test(n *document.Node, i int, interval time.Duration) Test {
	t := Test{Name: "test " + strconv.Itoa(i+1), At: n.At, Start: time.Unix(0, 0).UTC()}
	if !r.known(n, "a test", "interval", "input_series", "alert_rule_test", "promql_expr_test", "external_labels", "external_url", "name", "start_timestamp") {
		return t
	}
	if name := r.text(n.Get("name"), "name"); name != "" {
		t.Name = name
	}
	if d := r.duration(n.Get("interval"), "interval"); d > 0 {
		interval = d
	}
	if s := n.Get("start_timestamp"); !s.IsNull() {
		t.Start = r.time(s)
	}
	t.External, t.ExternalURL = r.texts(n.Get("external_labels"), "external_labels"), r.text(n.Get("external_url"), "external_url")
	for _, item := range r.list(n.Get("input_series"), "input_series") {
		t.Inputs = r.input(t.Inputs, item, interval)
	}
	for _, item := range r.list(n.Get("alert_rule_test"), "alert_rule_test") {
		t.Alerts = append(t.Alerts, r.alertTest(item))
	}
	for _, item := range r.list(n.Get("promql_expr_test"), "promql_expr_test") {
		t.Queries = append(t.Queries, r.queryTest(item))
	}
	return t
}

// time reads a time as RFC 3339 or in seconds since 1970.
func (r *reader) time(n *document.Node) time.Time {
	text := r.text(n, "start_timestamp")
	if s, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(s) < 1e11 {
		whole, rest := math.Modf(s)
		return time.Unix(int64(whole), int64(rest*1e9)).UTC()
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		r.problem(n, "start_timestamp "+strconv.Quote(text)+" is not a time", "write it as 2026-01-31T12:00:00Z, or in seconds since 1970")
	}
	return at
}

// input adds a series to those of a test. One that stands there already is
// replaced, as promtool does.
func (r *reader) input(all []ruler.Input, n *document.Node, interval time.Duration) []ruler.Input {
	if !r.known(n, "an entry of input_series", "series", "values") {
		return all
	}
	name, values := r.text(n.Get("series"), "series"), r.text(n.Get("values"), "values")
	if err := memory.CheckValues(values); err != nil {
		r.problem(n.Get("values"), err.Error(), "write fewer samples, or a longer interval")
		return all
	}
	lset, sequence, err := r.parser.ParseSeriesDesc(oneLine(name) + " " + oneLine(values))
	if err != nil {
		r.problem(n, "the series "+strconv.Quote(name)+" cannot be read: "+syntax(err), `write it as series: 'm{l="v"}' and values: '0+10x100'`)
		return all
	}
	all = slices.DeleteFunc(all, func(in ruler.Input) bool { return labels.Equal(in.Labels, lset) })
	return append(all, ruler.Input{Labels: lset, Step: interval, Values: sequence})
}

// oneLine keeps a line break from ending a series early. Other white space stays: it
// may stand in the value of a label.
func oneLine(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\n", " ", "\r", " ").Replace(s))
}

// syntax is the message of a parser without the position in a text that the file
// does not hold in that form.
func syntax(err error) string {
	message := err.Error()
	if _, rest, ok := strings.Cut(message, "parse error: "); ok {
		return rest
	}
	return message
}

func (r *reader) alertTest(n *document.Node) AlertTest {
	t := AlertTest{place: place{n.At, n.Path}}
	if !r.known(n, "an entry of alert_rule_test", "eval_time", "alertname", "exp_alerts") {
		return t
	}
	t.At, t.Name = r.duration(n.Get("eval_time"), "eval_time"), r.text(n.Get("alertname"), "alertname")
	if t.Name == "" {
		r.problem(n, "an entry of alert_rule_test has no alertname", "add alertname: with the name of the alert")
	}
	for _, item := range r.list(n.Get("exp_alerts"), "exp_alerts") {
		if !r.known(item, "an entry of exp_alerts", "exp_labels", "exp_annotations") {
			continue
		}
		lset := r.texts(item.Get("exp_labels"), "exp_labels")
		lset[model.AlertNameLabel] = t.Name
		t.Want = append(t.Want, ruler.Alert{Labels: labels.FromMap(lset), Annotations: labels.FromMap(r.texts(item.Get("exp_annotations"), "exp_annotations"))})
	}
	slices.SortFunc(t.Want, ruler.CompareAlerts)
	return t
}

func (r *reader) queryTest(n *document.Node) QueryTest {
	t := QueryTest{place: place{n.At, n.Path}}
	if !r.known(n, "an entry of promql_expr_test", "expr", "eval_time", "exp_samples") {
		return t
	}
	t.Expr, t.At = r.text(n.Get("expr"), "expr"), r.duration(n.Get("eval_time"), "eval_time")
	if strings.TrimSpace(t.Expr) == "" {
		r.problem(n, "an entry of promql_expr_test has no expr", "add expr: with a PromQL expression")
	}
	for _, item := range r.list(n.Get("exp_samples"), "exp_samples") {
		if r.known(item, "an entry of exp_samples", "labels", "value", "histogram") {
			t.Want = append(t.Want, r.sample(item))
		}
	}
	slices.SortStableFunc(t.Want, func(a, b Sample) int { return labels.Compare(a.Labels, b.Labels) })
	return t
}

func (r *reader) sample(n *document.Node) Sample {
	s := Sample{Value: r.number(n.Get("value"))}
	text := r.text(n.Get("labels"), "labels")
	var err error
	if s.Labels, err = r.parser.ParseMetric(text); err != nil {
		r.problem(n, "the labels "+strconv.Quote(text)+" cannot be read: "+syntax(err), `write them as '{l="v"}'`)
	}
	h := r.text(n.Get("histogram"), "histogram")
	if h == "" {
		return s
	}
	if err := memory.CheckValues(h); err != nil {
		r.problem(n, err.Error(), "write one histogram")
		return s
	}
	_, values, err := r.parser.ParseSeriesDesc("{} " + oneLine(h))
	if err != nil || len(values) != 1 || values[0].Histogram == nil {
		r.problem(n.Get("histogram"), "the histogram cannot be read", "write one as {{schema:0 count:2 sum:3 buckets:[1 1]}}")
		return s
	}
	s.Histogram = values[0].Histogram.TestExpression()
	return s
}

func (r *reader) number(n *document.Node) float64 {
	if n.IsNull() {
		return 0
	}
	text := strings.ToLower(n.Text)
	v, err := strconv.ParseFloat(strings.Replace(text, ".inf", "inf", 1), 64)
	if text == ".nan" {
		v, err = math.NaN(), nil
	}
	if n.Kind != document.Int && n.Kind != document.Float || err != nil {
		r.problem(n, "value is "+n.Kind.String()+", not a number", "write a number")
	}
	return v
}
