package lint

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// promqlFragile reports conditions of alerts that change without the service
// changing: those on a few series out of many, and ratios of what different jobs
// export, which come and go at different times.
type promqlFragile struct{}

func (promqlFragile) Rule() Rule {
	return Rule{ID: "promql/fragile", Severity: report.Warning, Title: "An alert fires or ends by chance"}
}

func (c promqlFragile) CheckExpr(e *Expr) []report.Finding {
	if e.Rule == nil || e.Rule.Kind != rulefile.Alert {
		return nil
	}
	out := c.sampled(e, e.AST, nil)
	if waits(e) {
		return out
	}
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		if b, ok := n.(*parser.BinaryExpr); ok && b.VectorMatching != nil && slices.Contains([]parser.ItemType{parser.DIV, parser.SUB}, b.Op) {
			if left, right, differ := exportedBy(b.LHS).and(exportedBy(b.RHS)); differ {
				out = append(out, e.about(c.Rule(), b, "the two sides are exported by different jobs, "+left+" and "+right+", which are scraped and restarted at different times; the alert has no for:, so it fires in between",
					"add for: with a few intervals, as for: 5m"))
			}
		}
		return nil
	})
	return out
}

// sampled finds topk and its kin where their choice decides which alerts there are.
func (c promqlFragile) sampled(e *Expr, n parser.Expr, out []report.Finding) []report.Finding {
	switch n := promql.Unwrap(n).(type) {
	case *parser.AggregateExpr:
		switch n.Op {
		case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
			if oneOfEach(n) {
				return c.sampled(e, n.Expr, out)
			}
			return append(out, e.about(c.Rule(), n, n.Op.String()+" picks other series whenever their order changes, so alerts end and begin although nothing got better or worse",
				"compare all series with a threshold, and leave picking to the dashboard"))
		}
	case *parser.BinaryExpr:
		if choosesBy(n, parser.CardOneToMany) {
			out = c.sampled(e, n.LHS, out)
		}
		if choosesBy(n, parser.CardManyToOne) {
			out = c.sampled(e, n.RHS, out)
		}
	}
	return out
}

// choosesBy reports whether the series of a side decide which alerts there are. Of the
// one side of a join without labels, and of single series, only the values count.
func choosesBy(n *parser.BinaryExpr, one parser.VectorMatchCardinality) bool {
	m := n.VectorMatching
	if m == nil || n.Op.IsSetOperator() {
		return true
	}
	if m.On && len(m.MatchingLabels) == 0 && m.Card == parser.CardOneToOne {
		return false
	}
	return m.Card != one || len(m.Include) > 0
}

// oneOfEach reports whether there is one series in each group to choose from.
func oneOfEach(n *parser.AggregateExpr) bool {
	input := labelVisitor{}.labelsOf(n.Expr)
	return input.closed && !slices.ContainsFunc(input.names, func(l string) bool { return slices.Contains(n.Grouping, l) == n.Without })
}

// waits reports whether the alert of an expression has a for: that is not 0.
func waits(e *Expr) bool {
	d, err := model.ParseDuration(e.Rule.For.V)
	return e.Rule.For.Set() && (err != nil || d > 0)
}

// exporter is whose series an expression reads, as far as it says so.
type exporter struct {
	// job is what the label job must be equal to; prefix begins the names of a
	// well-known exporter. Each is empty where it is not sure.
	job, prefix string
}

// and reports whether two expressions surely read series of different jobs, and
// which these are.
func (a exporter) and(b exporter) (left, right string, differ bool) {
	if a.job != "" && b.job != "" {
		return a.job, b.job, a.job != b.job
	}
	return a.prefix + "*", b.prefix + "*", a.prefix != "" && b.prefix != "" && a.prefix != b.prefix
}

// exportedBy looks at an aggregation that has lost the label job; with the label
// the two sides are of one job.
func exportedBy(n parser.Expr) exporter {
	if b, ok := promql.Unwrap(n).(*parser.BinaryExpr); ok && b.VectorMatching == nil {
		if b.LHS.Type() == parser.ValueTypeScalar {
			return exportedBy(b.RHS)
		}
		return exportedBy(b.LHS)
	}
	agg, ok := promql.Unwrap(n).(*parser.AggregateExpr)
	if !ok || (labelVisitor{}).labelsOf(agg).may(model.JobLabel) {
		return exporter{}
	}
	var found exporter
	for i, s := range promql.Selectors(agg) {
		of := exporterOf(s)
		if i > 0 && of != found {
			return exporter{}
		}
		found = of
	}
	return found
}

func exporterOf(s promql.Selector) (out exporter) {
	for _, m := range s.Matchers {
		if m.Name == model.JobLabel && m.Type == labels.MatchEqual {
			out.job = m.Value
		}
	}
	for _, prefix := range exporters() {
		if strings.HasPrefix(s.Name, prefix) {
			out.prefix = prefix
		}
	}
	return out
}

// exporters are prefixes of metrics that one program alone exports, which is never
// the one that is watched beside it.
func exporters() []string {
	return []string{"container_", "kube_", "kubelet_", "apiserver_", "node_", "windows_", "mysql_", "pg_", "mongodb_", "elasticsearch_", "haproxy_", "nginx_", "probe_", "snmp_", "ceph_"}
}
