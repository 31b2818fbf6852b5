package bundle

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

func TestSelect(t *testing.T) {
	all, err := Select(nil, nil)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	got, err := Select([]string{"alerts", "recording-rules"}, []string{"alerts"})
	if diff := cmp.Diff([]generate.Kind{generate.Recording}, got); diff != "" || err != nil {
		t.Errorf("-want +got:\n%s%v", diff, err)
	}
	more, err := Select(nil, []string{"slos"}, "exporters")
	if err != nil || len(more) != len(all) || slices.Contains(more, generate.SLOs) || !slices.Contains(more, generate.Exporters) {
		t.Errorf("with exporters: %v, %v", more, err)
	}
	if _, err := Select(nil, nil, "exporter"); err == nil {
		t.Error("--with takes a name that is none")
	}
	for _, names := range [][2][]string{{{"alert"}, nil}, {nil, {"alert"}}} {
		if _, err := Select(names[0], names[1]); err == nil || !strings.Contains(err.Error(), "did you mean alerts?") {
			t.Errorf("got %v", err)
		}
	}
}

// TestGenerateSaysEverythingOnce makes sure that what several generators found is
// one finding.
func TestGenerateSaysEverythingOnce(t *testing.T) {
	s := spectest.Services(t, `
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d}}
  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: cassandra}]}}
`)[0]
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	job := generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}
	kinds, err := Select(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := Generate(job, kinds)
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if key := f.Rule + f.Message; seen[key] {
			t.Errorf("twice: %s", f.Message)
		} else {
			seen[key] = true
		}
	}
	for i, a := range r.Artefacts {
		if i > 0 && r.Artefacts[i-1].Path >= a.Path {
			t.Errorf("%s stands behind %s", a.Path, r.Artefacts[i-1].Path)
		}
	}
}

// TestASelectorThatIsMissingIsToldOnce makes sure that alerts and panels do not
// both tell of it, and that no warning meets whoever has just begun.
func TestASelectorThatIsMissingIsToldOnce(t *testing.T) {
	s := spectest.Services(t, `
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: api}
resources:
  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: postgresql}, {name: other, type: postgresql}]}}
`)[0]
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	job := generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}
	for _, kinds := range [][]generate.Kind{{generate.Alerts, generate.Dashboard}, {generate.Dashboard}} {
		var got []report.Severity
		for _, f := range Generate(job, kinds).Findings {
			if f.Rule == "generate/selector" {
				got = append(got, f.Severity)
			}
		}
		if diff := cmp.Diff([]report.Severity{report.Info, report.Info}, got); diff != "" {
			t.Errorf("%v: -want +got:\n%s", kinds, diff)
		}
	}
}
