package pipeline

import (
	"context"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

const counted = `
-- services/core.yaml --
service: {name: core, team: a, tier: standard, type: api}
resources:
  - kind: SLO
    name: availability
    spec: {objective: 90, window: 1d}
  - kind: DeploymentGate
    name: g
    spec: {conditions: [{name: needed, when: high_criticality_downstream > 0, blocking: 100}]}
-- services/shop.yaml --
service: {name: shop, team: b, tier: critical, type: api}
resources:
  - kind: Dependencies
    name: d
    spec: {services: [{name: core, criticality: critical}]}
-- broken/broken.yaml --
service: {name: broken, tier: [
-- metrics.yaml --
interval: 1m
input_series:
  - {series: 'http_requests_total{service="core",status="200"}', values: '0+999x1500'}
`

// TestDependentsAreUnknownUntilAllServicesWereRead decides a gate that blocks
// while critical consumers depend on the service, and one does.
func TestDependentsAreUnknownUntilAllServicesWereRead(t *testing.T) {
	for _, tt := range []struct {
		name   string
		files  []string
		others []string
		want   report.Decision
	}{
		{"default places", nil, nil, report.Blocked},
		{"folder", []string{"services"}, nil, report.Blocked},
		{"pattern", []string{"services/*.yaml"}, nil, report.Blocked},
		{"one file", []string{"services/core.yaml"}, nil, report.Unknown},
		{"two files", []string{"services/core.yaml", "services/shop.yaml"}, nil, report.Unknown},
		{"one file, and the folder of all", []string{"services/core.yaml"}, []string{"services"}, report.Blocked},
		{"one file, and a folder that cannot be read", []string{"services/core.yaml"}, []string{"services", "broken"}, report.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t, counted, tt.files...)
			o.Stages = []Stage{Gate}
			if tt.others != nil {
				o.Others, _ = o.Workspace.Find(context.Background(), tt.others)
			}
			rep := Run(context.Background(), o)
			if len(rep.Services) == 0 || rep.Services[0].Name != "core" || rep.Services[0].Gate.Decision != tt.want {
				t.Fatalf("got %+v, want %s", rep.Services, tt.want)
			}
			if tt.others != nil && len(rep.Services) != 1 {
				t.Errorf("%d services are decided, want only the named one", len(rep.Services))
			}
		})
	}
}
