package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

const anSLO = `
  - kind: SLO
    name: NAME
    spec:
      objective: 99.9
      window: 30d
      indicator:
        type: availability
        good_query: sum(rate(http_requests_total{service="${service}",status!~"5.."}[5m]))
        total_query: sum(rate(http_requests_total{service="${service}"}[5m]))
`

// service is a sound service file with an SLO.
func service(name, tier string, slos ...string) string {
	text := "-- services/" + name + ".yaml --\nservice: {name: " + name + ", team: core, tier: " + tier + ", type: api}\nresources:"
	for _, s := range slos {
		text += strings.TrimRight(strings.ReplaceAll(anSLO, "NAME", s), "\n")
	}
	return text + "\n"
}

// generating turns options into those of a run that only generates, into memory.
func generating(t *testing.T, o Options) Options {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	o.Command, o.Stages = "plan", []Stage{Generate}
	o.Generation = &Generation{
		Catalog: catalog, Kinds: []generate.Kind{generate.Recording, generate.BurnRate, generate.Alerts}, Dir: "generated",
		Read: func(string) ([]byte, error) { return nil, fs.ErrNotExist },
	}
	if slices.Contains(bundle.Kinds(), generate.Dashboard) {
		o.Generation.Kinds = append(o.Generation.Kinds, generate.Dashboard)
	}
	return o
}

// within makes a run read and write the folder of a test.
func within(t *testing.T, dir string) func(*Options) {
	t.Helper()
	ws := spectest.Open(t, dir)
	return func(o *Options) {
		o.Generation.Read = folder.Reading(ws)
		o.Generation.Write = func(m Generated) ([]folder.Change, error) {
			return folder.Write(ws, m.At, m.Record, m.Changes, false, false)
		}
	}
}

// artifacts are the files of a report with what becomes of them.
func artifacts(rep *report.Report) []string {
	out := []string{}
	for _, s := range rep.Services {
		for _, a := range s.Artifacts {
			out = append(out, a.Action+" "+a.Path)
		}
	}
	return out
}

// findings are the places and messages of the findings of a rule.
func findings(rep *report.Report, rule string) []string {
	out := []string{}
	for _, f := range rep.Findings {
		if f.Rule == rule {
			out = append(out, f.Position().String()+" "+f.Message)
		}
	}
	return out
}

// TestAServiceWithErrorsGivesNothingAndHidesNoOther also takes two services in one
// file, of which one has errors, and a file that is no YAML.
func TestAServiceWithErrorsGivesNothingAndHidesNoOther(t *testing.T) {
	broken := strings.Replace(service("broken", "critical", "availability"), "99.9", "0.999", 1)
	second := strings.Replace(service("second", "critical", "availability"), "-- services/second.yaml --", "---", 1)
	archive := broken + second + service("sound", "critical", "availability") + "-- services/zz.yaml --\nservice: {name: zz\n"
	for _, stages := range [][]Stage{{Generate}, {Generate, Lint}} {
		var taken []string
		rep := generated(t, archive, func(o *Options) {
			o.Stages = stages
			o.Generation.Take = func(m Generated) {
				taken = append(taken, fmt.Sprint(m.Service.Name.V, " ", m.Broken, " ", len(m.Changes) > 0))
			}
		})
		if diff := cmp.Diff([]string{"broken true false", "second false true", "sound false true"}, taken); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if rep.Verdict != report.Fail || rep.Summary.Unreadable != 1 {
			t.Errorf("verdict %s, %+v", rep.Verdict, rep.Summary)
		}
	}
}

// TestAnExpressionThatDoesNotParseIsAFault holds with the stage Lint, which reports
// it later, as without.
func TestAnExpressionThatDoesNotParseIsAFault(t *testing.T) {
	archive := strings.Replace(service("pay", "critical", "availability"), "[5m]))\n", "[5m])\n", 1)
	for _, stages := range [][]Stage{{Generate}, {Generate, Lint}} {
		rep := generated(t, archive, func(o *Options) { o.Stages = stages })
		if got := artifacts(rep); len(got) > 0 || len(findings(rep, ruleSyntax)) == 0 {
			t.Errorf("%v: %v", stages, got)
		}
	}
}

// TestWhatAChangeLoosensIsNoFaultOfTheFile makes sure that a change which needs an
// approval is generated all the same.
func TestWhatAChangeLoosensIsNoFaultOfTheFile(t *testing.T) {
	s := &spec.Service{Inputs: []string{"a.yaml", "environments/prod.yaml"}}
	s.Name.V = "a"
	for _, tt := range []struct {
		finding report.Finding
		want    bool
	}{
		{report.Finding{Rule: "change/tier-lowered", Severity: report.Error, Service: "a", File: "a.yaml"}, false},
		{report.Finding{Rule: "slo/objective-range", Severity: report.Error, Service: "a", File: "a.yaml"}, true},
		{report.Finding{Rule: "slo/objective-range", Severity: report.Warning, Service: "a", File: "a.yaml"}, false},
		{report.Finding{Rule: "slo/objective-range", Severity: report.Error, Service: "b", File: "a.yaml"}, false},
		{report.Finding{Rule: "yaml/syntax", Severity: report.Error, File: "environments/prod.yaml"}, true},
		{report.Finding{Rule: "yaml/syntax", Severity: report.Error, File: "b.yaml"}, false},
	} {
		if got := newFaults([]report.Finding{tt.finding}).broken(s); got != tt.want {
			t.Errorf("%+v: %v", tt.finding, got)
		}
	}
}

func TestAServiceThatCannotBeWrittenIsAFinding(t *testing.T) {
	archive := service("full", "critical", "availability") + service("pay", "critical", "availability")
	var mu sync.Mutex
	written := map[string]bool{}
	rep := generated(t, archive, func(o *Options) {
		o.Generation.Write = func(m Generated) ([]folder.Change, error) {
			mu.Lock()
			defer mu.Unlock()
			written[m.Service.Name.V] = true
			if m.Service.Name.V == "full" {
				return nil, errors.New("no space left")
			}
			return m.Changes, nil
		}
	})
	want := []string{"services/full.yaml:1:10 the generated files could not be written: no space left"}
	if diff := cmp.Diff(want, findings(rep, "generate/unwritable")); diff != "" || !written["pay"] || rep.Verdict != report.Fail {
		t.Errorf("-want +got:\n%s%v %s", diff, written, rep.Verdict)
	}
}

// TestGeneratingIsDeterministic makes sure of equal reports, in which every finding
// has a fingerprint.
func TestGeneratingIsDeterministic(t *testing.T) {
	var archive string
	for i := range 20 {
		archive += service(fmt.Sprintf("s%02d", i), "low", "availability") + "  - {kind: Dependencies, name: d, spec: {databases: [{name: x, type: couchbase}, {name: y, type: redis}]}}\n"
	}
	first, second := generated(t, archive, nil), generated(t, archive, nil)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("-first +second:\n%s", diff)
	}
	seen := map[string]bool{}
	for _, f := range first.Findings {
		if f.Fingerprint == "" || seen[f.Fingerprint] {
			t.Errorf("a fingerprint is missing or there twice: %+v", f)
		}
		seen[f.Fingerprint] = true
	}
	if len(findings(first, "generate/technology")) != 20 {
		t.Errorf("%v", findings(first, "generate/technology"))
	}
}

func TestTheServiceLabelReachesTheGenerators(t *testing.T) {
	archive := strings.ReplaceAll(service("pay", "critical", "availability"), "{service=", "{app=") + "  - {kind: Dependencies, name: d, spec: {databases: [{name: y, type: redis}]}}\n"
	var alerts string
	generated(t, archive, func(o *Options) {
		o.ServiceLabel = "app"
		o.Generation.Take = func(m Generated) {
			for _, c := range m.Changes {
				if c.Artefact.Kind == generate.Alerts {
					alerts = string(c.New)
				}
			}
		}
	})
	if !strings.Contains(alerts, `app="pay"`) || strings.Contains(alerts, `{dependency="y",service="pay"}`) {
		t.Errorf("got\n%s", alerts)
	}
}

// TestAFileWithOneRuleIsLinted is one whose unit is the singular.
func TestAFileWithOneRuleIsLinted(t *testing.T) {
	for unit, want := range map[string]bool{"rule": true, "rules": true, "tests": false, "receivers": false} {
		c := folder.Change{Path: "alerts.yaml", Artefact: generate.Artefact{Path: "alerts.yaml", Unit: unit}}
		if lintable(c) != want {
			t.Errorf("%s: linted %t, want %t", unit, !want, want)
		}
	}
}
