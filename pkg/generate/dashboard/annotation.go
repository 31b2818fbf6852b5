package dashboard

import (
	"cmp"
	"regexp"

	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/promql"
)

// rollout is the metric of kube-state-metrics with the time at which a ReplicaSet
// was made: Kubernetes makes one for each change of a Deployment's pods, and none
// when it is scaled.
const rollout = "kube_replicaset_created"

// annotations mark deployments on all charts, where the platform tells of them.
func (b *builder) annotations() []sdk.AnnotationQuery {
	s := b.job.Service
	var out []sdk.AnnotationQuery
	for _, u := range b.uses {
		expr := rollouts(s.Workload.Namespace.V, cmp.Or(s.Workload.Name.V, s.Name.V))
		text, err := b.print.fixed(expr)
		if !u.Technology.Workload || b.absent(u, expr) || err != nil {
			continue
		}
		out = append(out, sdk.AnnotationQuery{
			Name: "Deployments", Enable: true, IconColor: "blue", Datasource: datasource(),
			Expr:            new("max by (replicaset) (" + text + ") * 1000"),
			UseValueForTime: new(true), TitleFormat: new("Deployment"), TextFormat: new("{{replicaset}}"),
		})
	}
	return out
}

func rollouts(namespace, workload string) parser.Expr {
	return promql.WithMatchers(&parser.VectorSelector{Name: rollout, LabelMatchers: []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, "namespace", namespace),
		labels.MustNewMatcher(labels.MatchRegexp, "replicaset", regexp.QuoteMeta(workload)+"-.*"),
		labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, rollout),
	}})
}

// absent reports whether a server was asked and does not have a metric.
func (b *builder) absent(u generate.Use, expr parser.Expr) bool {
	asked, present := b.job.Metrics.Present(u.Technology, u.Scope, expr)
	return asked && !present
}
