package dashboard

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/tech"
)

// environmentLabel is the label of recorded series that holds the environment.
const environmentLabel = "env"

// variable is a variable of the dashboard that stands for one value of one label.
type variable struct {
	name, title  string
	label, value string
}

// holder is what stands for the variable in an expression until it is printed. No
// series has a label with such a value.
func (v variable) holder() string { return "\x00" + v.name }

// plainValue matches values that mean the same wherever Grafana puts them. It writes
// variables into queries without escaping quotes.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:/-]*$`)

// variables returns the variables that stand for what the service is called and
// where it runs.
func variables(job generate.Job) []variable {
	s := job.Service
	all := []variable{
		{"service", "Service", job.Options.Label(), s.Name.V},
		{"environment", "Environment", environmentLabel, s.Environment},
		{"namespace", "Namespace", "namespace", s.Workload.Namespace.V},
	}
	return slices.DeleteFunc(all, func(v variable) bool { return !plainValue.MatchString(v.value) })
}

// printer prints expressions as Grafana takes them.
type printer struct {
	variables []variable
	// memo keeps what is printed for many services.
	memo *memo.Memo
}

func newPrinter(job generate.Job) printer { return printer{variables(job), job.Memo} }

// live prints an expression of the moment: its rates look as far back as one step
// of the panel is long. What was printed is parsed again before it leaves.
func (p printer) live(expr parser.Expr) (string, error) {
	held := rateHolder(expr.String())
	text := p.fixed(promql.Rewrite(expr, func(node parser.Expr) parser.Expr {
		call, ok := node.(*parser.Call)
		if !ok || call.Func.Name != "rate" && call.Func.Name != "irate" {
			return node
		}
		if m, ok := call.Args[0].(*parser.MatrixSelector); ok {
			m.Range = held
		}
		return call
	}))
	if err := memo.Of(p.memo, printed(text), func() error { return valid(text) }); err != nil {
		return "", fmt.Errorf("%s: %w", text, err)
	}
	return strings.ReplaceAll(text, "["+promql.Duration(held)+"]", "[$__rate_interval]"), nil
}

// printed is an expression that was printed, and of which valid says what is wrong.
type printed string

func valid(text string) error {
	_, err := promql.Parse(text)
	return err
}

// rateHolder is a range that an expression does not have yet.
func rateHolder(text string) time.Duration {
	held := 271828183 * time.Millisecond
	for strings.Contains(text, promql.Duration(held)) {
		held += time.Millisecond
	}
	return held
}

// fixed prints an expression with its ranges as they are. A $ or [[ that the file
// has in a string would be a variable for Grafana, and is printed as the escape
// that Prometheus reads as the same character; so is U+FFFD, which Prometheus takes
// for broken text.
func (p printer) fixed(expr parser.Expr) string {
	text := promql.Rewrite(expr, p.hold).String()
	text = strings.ReplaceAll(strings.ReplaceAll(text, "$", `\x24`), "[[", `[\x5b`)
	text = strings.ReplaceAll(text, "\ufffd", `\ufffd`)
	for _, v := range p.variables {
		text = strings.ReplaceAll(text, `"\x00`+v.name+`"`, `"$`+v.name+`"`)
	}
	return text
}

// text prints an expression as fixed does. Services whose expressions differ in
// nothing but the values of variables have it worked out once.
func (p printer) text(expr string) (string, error) {
	type answer struct {
		text string
		err  error
	}
	key, known := wanted{}, p.memo
	for _, v := range p.variables {
		key.variables += v.name + " "
		for _, before := range []string{"{", ","} {
			expr = strings.ReplaceAll(expr, before+v.label+"="+strconv.Quote(v.value), before+v.label+"="+strconv.Quote(v.holder()))
		}
		if strings.Contains(expr, v.value) {
			known = nil // a matcher may still have to be held
		}
	}
	key.expr = expr
	a := memo.Of(known, key, func() answer {
		parsed, err := promql.Parse(strings.ReplaceAll(expr, "\ufffd", `\ufffd`)) // see fixed
		if err != nil {
			return answer{err: err}
		}
		return answer{text: p.fixed(parsed)}
	})
	return a.text, a.err
}

// wanted is an expression, with what stands for variables in it, that text prints.
type wanted struct{ expr, variables string }

// selector returns the series of a metric.
func selector(name string, matchers ...*labels.Matcher) parser.Expr {
	return &parser.VectorSelector{Name: name, LabelMatchers: append(matchers, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name))}
}

// hold puts what stands for variables in place of their values.
func (p printer) hold(node parser.Expr) parser.Expr {
	vs, ok := node.(*parser.VectorSelector)
	if !ok {
		return node
	}
	for i, m := range vs.LabelMatchers {
		for _, v := range p.variables {
			if m.Type == labels.MatchEqual && m.Name == v.label && m.Value == v.value {
				vs.LabelMatchers[i] = labels.MustNewMatcher(labels.MatchEqual, v.label, v.holder())
			}
		}
	}
	return vs
}

// withZeros returns an expression of the catalogue in which failures that never
// happened are 0: a counter without an event has no series. One that says itself
// what stands for absent series is left as it is.
func withZeros(t tech.Technology, text string) string {
	if strings.Contains(text, " or ") || !slices.ContainsFunc(t.Intents, func(in tech.Intent) bool { return in.ErrorsOf != "" }) {
		return text
	}
	expr, err := promql.Parse(text)
	if err != nil {
		return text // Expand says what is wrong with it
	}
	return promql.Rewrite(expr, func(node parser.Expr) parser.Expr {
		if sum, ok := node.(*parser.AggregateExpr); ok {
			return zeroFailures(t, sum)
		}
		return node
	}).String()
}

// divisible returns an expression that has no value where there is nothing to
// divide by, instead of NaN or infinity.
func divisible(expr parser.Expr) parser.Expr {
	return promql.Rewrite(expr, func(node parser.Expr) parser.Expr {
		n, ok := node.(*parser.BinaryExpr)
		if !ok || n.Op != parser.DIV || n.RHS.Type() != parser.ValueTypeVector {
			return node
		}
		if by, ok := promql.Unwrap(n.RHS).(*parser.BinaryExpr); ok && by.Op.IsComparisonOperator() {
			return node
		}
		n.RHS = &parser.ParenExpr{Expr: &parser.BinaryExpr{Op: parser.GTR, LHS: n.RHS, RHS: &parser.NumberLiteral{Val: 0}}}
		return n
	})
}

// zeroFailures fills a sum of failures with the zeros of what they are failures
// of. A sum by the label that tells failures apart stays, as it has no zeros.
func zeroFailures(t tech.Technology, sum *parser.AggregateExpr) parser.Expr {
	call, ok := sum.Expr.(*parser.Call)
	if !ok || sum.Op != parser.SUM || sum.Without || slices.ContainsFunc(sum.Grouping, func(l string) bool { return tellsApart(t, l) }) {
		return sum
	}
	for _, in := range t.Intents {
		name := strings.ReplaceAll(t.Name, "-", "_") + ":"
		if in.ErrorsOf == "" || !slices.Contains(promql.MetricNames(call), name+in.Name) {
			continue
		}
		all := promql.Rewrite(sum, func(node parser.Expr) parser.Expr {
			if s, ok := node.(*parser.VectorSelector); ok && s.Name == name+in.Name {
				s.Name = name + in.ErrorsOf
				s.LabelMatchers = []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, s.Name)}
			}
			return node
		})
		if filled, err := promql.Parse("(" + sum.String() + " or " + all.String() + " * 0)"); err == nil {
			return filled
		}
	}
	return sum
}

func tellsApart(t tech.Technology, label string) bool {
	return strings.HasPrefix(label, "by_") || t.Outcome != nil && slices.Contains(t.Outcome.Labels, label)
}
