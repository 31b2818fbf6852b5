package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dashboards measures the linting of generated dashboards, and of the folder that
// NTHLAYER_DASHBOARDS names, beside the dashboard-linter that NTHLAYER_DASHBOARD_LINTER
// names.
func (b *bench) dashboards(ctx context.Context) error {
	cost := map[int]figures{}
	for _, n := range []int{100, 500, 1000} {
		folder := filepath.Join(b.work, "dashboards-"+strconv.Itoa(n))
		if err := writeDashboards(folder, n); err != nil {
			return err
		}
		b.printf("\ndashboards, %d generated of 20 panels\n", n)
		var err error
		if cost[n], err = b.lintOurs(ctx, folder); err != nil {
			return err
		}
		if n > 100 {
			continue // the others are there for the ratio
		}
		if err := b.lintDashboardsBeside(ctx, folder, cost[n]); err != nil {
			return err
		}
	}
	b.budget("CPU, 1000 dashboards over 500", cost[1000].cpu.Seconds()/max(cost[500].cpu.Seconds(), 1e-9), 2.2, "")
	if b.foreign == "" {
		return nil
	}
	b.printf("\ndashboards, of others\n")
	ours, err := b.lintOurs(ctx, b.foreign)
	if err != nil {
		return err
	}
	return b.lintDashboardsBeside(ctx, b.foreign, ours)
}

// lintDashboardsBeside runs dashboard-linter, which takes one file at a time. Its
// memory is that of its largest run.
func (b *bench) lintDashboardsBeside(ctx context.Context, folder string, ours figures) error {
	if b.dashboardLinter == "" {
		b.printf("  %-24s not present (set NTHLAYER_DASHBOARD_LINTER)\n", "dashboard-linter")
		return nil
	}
	var sum figures
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		f, _, err := b.measure(ctx, call{program: b.dashboardLinter, args: []string{"lint", path}, dir: folder, limit: b.patience})
		sum.wall, sum.cpu, sum.rss = sum.wall+f.wall, sum.cpu+f.cpu, max(sum.rss, f.rss)
		return err
	})
	if err != nil {
		return err
	}
	b.printf("  %-24s %s\n", "dashboard-linter", sum)
	b.budget("wall over that of dashboard-linter, one file at a time", ours.wall.Seconds()/max(sum.wall.Seconds(), 1e-9), 1, "")
	return nil
}

// writeDashboards writes n dashboards.
func writeDashboards(folder string, n int) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	for i := range n {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%04d.json", i)), []byte(dashboardFile(i)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// dashboardFile returns a dashboard of 20 panels, of which one in four has something to
// find.
func dashboardFile(n int) string {
	var panels []string
	for i := range 20 {
		window, unit := "$__rate_interval", "reqps"
		if i%4 == 0 {
			window, unit = "5m", ""
		}
		panels = append(panels, fmt.Sprintf(`    {
      "id": %d, "type": "timeseries", "title": "Panel %d", "description": "Requests a second.",
      "datasource": {"type": "prometheus", "uid": "${datasource}"},
      "fieldConfig": {"defaults": {"unit": %q}, "overrides": []},
      "gridPos": {"h": 8, "w": 12, "x": 0, "y": %d},
      "targets": [
        {"refId": "A", "expr": "sum by (job) (rate(http_requests_total{job=~\"$job\", instance=~\"$instance\", code=~\"5..\", handler=\"/%d/%d\"}[%s])) / sum by (job) (rate(http_requests_total{job=~\"$job\", instance=~\"$instance\"}[%s]))"},
        {"refId": "B", "expr": "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))"}
      ]
    }`, i, i, unit, 8*i, n, i, window, window))
	}
	variable := func(name, label string) string {
		return fmt.Sprintf(`{"name": %q, "label": %q, "type": "query", "refresh": 2, "multi": true, "allValue": ".+", "query": "label_values(up, %s)", "datasource": {"type": "prometheus", "uid": "${datasource}"}}`, name, label, name)
	}
	return fmt.Sprintf(`{
  "title": "Dashboard %d", "uid": "d%d", "editable": false, "schemaVersion": 39,
  "templating": {"list": [
    {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
    %s,
    %s
  ]},
  "panels": [
%s
  ]
}
`, n, n, variable("job", "Job"), variable("instance", "Instance"), strings.Join(panels, ",\n"))
}
