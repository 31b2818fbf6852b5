package dashboard

import (
	"cmp"

	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
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
		if !u.Technology.Workload || b.absent(u, expr) {
			continue
		}
		out = append(out, sdk.AnnotationQuery{
			Name: "Deployments", Enable: true, IconColor: "blue", Datasource: datasource(),
			Expr:            new("max by (replicaset) (" + b.print.fixed(expr) + ") * 1000"),
			UseValueForTime: new(true), TitleFormat: new("Deployment"), TextFormat: new("{{replicaset}}"),
		})
	}
	return out
}

func rollouts(namespace, workload string) parser.Expr {
	return selector(rollout, labels.MustNewMatcher(labels.MatchEqual, "namespace", namespace),
		labels.MustNewMatcher(labels.MatchRegexp, "replicaset", generate.ReplicaSets(workload)))
}

// absent reports whether a server was asked and does not have a metric.
func (b *builder) absent(u generate.Use, expr parser.Expr) bool {
	asked, present := b.job.Metrics.Present(u.Technology, u.Scope, expr)
	return asked && !present
}
