package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/dashboard"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/spec/kind"
)

// takeDashboard takes a file if it is a dashboard or holds some. It returns false where
// somebody else has to look at the file, too.
func (r *run) takeDashboard(ctx context.Context, f spec.Found, data []byte) bool {
	alone := strings.HasSuffix(f.Path, ".json") && dashboard.Is(data)
	if !alone {
		held := dashboard.Held(ctx, f.Path, data)
		if held == dashboard.None {
			return false
		}
		alone = held == dashboard.Alone && kind.Of(data) == kind.Other
	}
	if r.o.Changed == nil || r.o.Changed(f.Path) {
		r.dashboardFiles = append(r.dashboardFiles, lint.File{Name: f.Path, Data: data})
	}
	return alone
}

// lintDashboards checks the dashboards of the run, and asks the source for their
// metrics where there is one. The pending names are those that rules will record.
func (r *run) lintDashboards(ctx context.Context, pending []string) dashboard.Result {
	if len(r.dashboardFiles) == 0 {
		return dashboard.Result{}
	}
	set := dashboard.Read(ctx, r.dashboardFiles, func(name string) ([]byte, bool) {
		data, err := r.o.Workspace.Read(name, document.ServiceLimits().Bytes)
		return data, err == nil
	})
	o := dashboard.Options{Lint: r.lintOptions(), Written: r.wants(Lint), Partial: r.o.Changed != nil || r.namesDashboards()}
	if r.o.Source != nil {
		o.Ask = &dashboard.Ask{Source: r.o.Source, At: r.o.At, Pending: pending}
	}
	found := set.Lint(ctx, o)
	r.rep.Summary.Dashboards = found.Dashboards
	r.rep.Summary.Suppressed += found.Suppressed
	found.Written, found.Metrics = r.standing(found.Written), r.standing(found.Metrics)
	return found
}

// namesDashboards reports whether the call names single dashboards, and not their folder.
func (r *run) namesDashboards() bool {
	return slices.ContainsFunc(r.dashboardFiles, func(f lint.File) bool {
		return slices.Contains(r.o.Files, spec.Found{Path: f.Name, Named: true})
	})
}

// verdict is what the metrics of dashboards say.
func verdictOfMetrics(found dashboard.Result) report.Verdict {
	if found.Undecided {
		return report.Undecidable
	}
	return report.VerdictOf(found.Metrics)
}
