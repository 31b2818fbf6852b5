package lint

import (
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// Queries checks expressions that belong to no rule and to no service, as those of
// dashboards do.
type Queries struct{ set checkSet }

// NewQueries returns the checks of expressions that the ids name.
func NewQueries(o Options, ids ...string) Queries {
	var q Queries
	for _, c := range Checks(o) {
		if slices.Contains(ids, c.Rule().ID) {
			q.set.broken = appendIf(q.set.broken, c)
			q.set.exprs = appendIf(q.set.exprs, c)
		}
	}
	return q
}

// Check returns what the checks find in an expression. The findings have no
// fingerprints yet; see Options.Finish. When ctx ends early there may be fewer.
func (q Queries) Check(ctx context.Context, t rulefile.Text) []report.Finding {
	return q.set.expr(ctx, newExpr(t))
}

// Finish leaves out what is disabled, sets severities, sorts and gives fingerprints.
func (o Options) Finish(findings []report.Finding) []report.Finding { return o.finish(findings) }
