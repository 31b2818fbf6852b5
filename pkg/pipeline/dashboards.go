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
)

// takeDashboards takes the dashboards out of the files, and returns the other files.
// Of what folders hold beside YAML, all is left alone but dashboards and rules.
func (r *run) takeDashboards() []spec.Found {
	if !r.wants(Lint) && !r.wants(Verify) {
		return r.o.Files
	}
	var others []spec.Found
	for _, f := range r.o.Files {
		if !strings.HasSuffix(f.Path, ".json") || !r.takeDashboard(f) {
			others = append(others, f)
		}
	}
	for _, f := range r.o.Beside {
		if !slices.Contains(r.o.Files, f) && !slices.Contains(r.o.Files, spec.Found{Path: f.Path, Named: true}) && !r.takeDashboard(f) && r.wants(Lint) {
			r.takeRules(f)
		}
	}
	return others
}

func (r *run) takeDashboard(f spec.Found) bool {
	data, err := r.o.Workspace.Read(f.Path, dashboard.MaxBytes)
	if err != nil || !dashboard.Is(data) {
		return false
	}
	if r.o.Changed == nil || r.o.Changed(f.Path) {
		r.dashboardFiles = append(r.dashboardFiles, lint.File{Name: f.Path, Data: data})
	}
	return true
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
	r.rep.Summary.Dashboards = len(r.dashboardFiles)
	o := dashboard.Options{Lint: r.lintOptions(), Written: r.wants(Lint), Partial: r.o.Changed != nil || r.namesDashboards()}
	if r.o.Source != nil {
		o.Ask = &dashboard.Ask{Source: r.o.Source, At: r.o.At, Pending: pending}
	}
	found := set.Lint(ctx, o)
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
