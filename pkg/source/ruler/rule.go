package ruler

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// rule is a recording or an alerting rule with what it remembers from one
// evaluation to the next.
type rule struct {
	name  string
	alert bool
	expr  parser.Expr
	// text is the expression as it is asked.
	text        string
	labels      labels.Labels
	annotations labels.Labels
	hold, keep  time.Duration
	limit       int
	offset      time.Duration

	// active are the alerts by the hash of their labels.
	active map[uint64]*alert
	// returned are the series of the last evaluation, by their labels.
	returned map[string]*series
}

// newRules returns the rules of a group in their order.
func newRules(g rulefmt.RuleGroup, p parser.Parser) ([]*rule, error) {
	var out []*rule
	for _, r := range g.Rules {
		expr, err := p.ParseExpr(r.Expr)
		if err != nil {
			return nil, fmt.Errorf("the rule %s of the group %s: %w", r.Alert+r.Record, g.Name, err)
		}
		merged := maps.Clone(g.Labels)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, r.Labels)
		one := &rule{
			name: r.Record, alert: r.Alert != "", expr: expr, text: expr.String(), labels: labels.FromMap(merged), annotations: labels.FromMap(r.Annotations),
			hold: time.Duration(r.For), keep: time.Duration(r.KeepFiringFor), limit: g.Limit,
		}
		if one.alert {
			one.name = r.Alert
		}
		if g.QueryOffset != nil {
			one.offset = time.Duration(*g.QueryOffset)
		}
		out = append(out, one)
	}
	return out, nil
}

// forget takes the rule back to what it was before its first evaluation.
func (r *rule) forget() { r.active, r.returned = map[uint64]*alert{}, map[string]*series{} }

// outputs are the names of the series that the rule makes.
func (r *rule) outputs() []string {
	if r.alert {
		return []string{alertMetric, forStateMetric}
	}
	return []string{r.name}
}

// record gives the result of the expression the rule's name and labels.
func (r *rule) record(result promql.Vector) (promql.Vector, error) {
	b := labels.NewBuilder(labels.EmptyLabels())
	for i := range result {
		b.Reset(result[i].Metric)
		b.Set(model.MetricNameLabel, r.name)
		r.labels.Range(func(l labels.Label) { b.Set(l.Name, l.Value) })
		result[i].Metric = b.Labels()
	}
	if result.ContainsSameLabelset() {
		return nil, errors.New("vector contains metrics with the same labelset after applying rule labels")
	}
	if r.limit > 0 && len(result) > r.limit {
		return nil, fmt.Errorf("exceeded limit of %d with %d series", r.limit, len(result))
	}
	return result, nil
}

// reads reports whether an expression may read a series that one of the rules makes.
// The rules are given by the names of their series.
func reads(expr parser.Expr, makers map[string][]*rule) bool {
	found := false
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok || found {
			return nil
		}
		if vs.Name != "" {
			found = slices.ContainsFunc(makers[vs.Name], func(r *rule) bool { return r.mayMake(vs) })
			return nil
		}
		for name, rules := range makers {
			found = found || mayBeNamed(vs, name) && slices.ContainsFunc(rules, func(r *rule) bool { return r.mayMake(vs) })
		}
		return nil
	})
	return found
}

// mayMake reports whether the rule may make a series that a selector of its name
// reads. It makes none if a label that it fixes has another value.
func (r *rule) mayMake(vs *parser.VectorSelector) bool {
	for _, m := range vs.LabelMatchers {
		value := r.labels.Get(m.Name)
		if fixed := value != "" && (!r.alert || !strings.Contains(value, "{{")); fixed && !m.Matches(value) {
			return false
		}
	}
	return true
}

func mayBeNamed(vs *parser.VectorSelector, name string) bool {
	for _, m := range vs.LabelMatchers {
		if m.Name == model.MetricNameLabel && !m.Matches(name) {
			return false
		}
	}
	return true
}

// looksElsewhere reports whether an expression may look at times that do not lie
// behind its evaluation: with @, or an offset into the future.
func looksElsewhere(expr parser.Expr) bool {
	found := false
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			found = found || n.Timestamp != nil || n.StartOrEnd != 0 || n.OriginalOffset < 0
		case *parser.SubqueryExpr:
			found = found || n.Timestamp != nil || n.StartOrEnd != 0 || n.OriginalOffset < 0
		}
		return nil
	})
	return found
}
