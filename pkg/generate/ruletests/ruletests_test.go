package ruletests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/ruler/promtool"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func job(s *spec.Service) generate.Job { return generate.Job{Service: s, Metrics: intent.Offline(s)} }

// generated writes the rules of a job and their tests into a folder.
func generated(t testing.TB, j generate.Job) (dir string, r generate.Result) {
	t.Helper()
	dir = t.TempDir()
	for _, g := range []generate.Generator{record.Rules{}, record.BurnRate{}, Tests{}} {
		r = g.Generate(j)
		for _, a := range r.Artefacts {
			if err := os.WriteFile(filepath.Join(dir, a.Path), a.Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir, r
}

// run runs the tests of a folder, both files, and returns what fails.
func run(t testing.TB, dir string) promtool.Outcome {
	t.Helper()
	return runUntil(t, dir, func([]report.Finding) bool { return false })
}

// runUntil runs the tests until enough of them have failed.
func runUntil(t testing.TB, dir string, enough func([]report.Finding) bool) promtool.Outcome {
	t.Helper()
	var all promtool.Outcome
	for _, name := range []string{File, DaysFile} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f, findings := promtool.Parse(t.Context(), name, data)
		if len(findings) > 0 {
			t.Fatalf("%v\n%s", findings, data)
		}
		tests := f.Tests
		for i := range tests {
			f.Tests = tests[i : i+1]
			out := f.Run(t.Context(), spectest.Open(t, dir))
			all.Tests, all.Findings = append(all.Tests, out.Tests...), append(all.Findings, out.Findings...)
			if enough(all.Findings) {
				return all
			}
		}
	}
	return all
}

func text(findings []report.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s\n", f.Position(), f.Message)
	}
	return b.String()
}

const pay = `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: latency, spec: {objective: 99, window: 7d, indicator: {type: latency, query: 'histogram_quantile(0.99, sum by (le) (rate(req_seconds_bucket[5m])))', threshold_ms: 1000}}}
  - {kind: SLO, name: freshness, spec: {objective: 99.5, window: calendar-week, indicator: {type: custom, metric: 'max(lag)', threshold: 10}}}
  - {kind: SLO, name: mean, spec: {objective: 90, window: 30d, query: 'avg(answers:ratio)'}}
  - {kind: SLO, name: opaque, spec: {objective: 99.5, window: 30d, query: 'quantile(0.5, answers:ratio) * min(up)'}}
`

func TestGolden(t *testing.T) {
	s := spectest.Services(t, pay)[0]
	dir, r := generated(t, job(s))
	if len(r.Artefacts) != 2 {
		t.Fatalf("findings %v", r.Findings)
	}
	again, count := (Tests{}).Generate(job(s)), 0
	for i, a := range r.Artefacts {
		filetest.Golden(t, "testdata/"+a.Path, string(a.Bytes))
		if !cmp.Equal(again.Artefacts[i].Bytes, a.Bytes) {
			t.Errorf("%s differs from run to run", a.Path)
		}
		for i, tr := range a.Trace {
			if i > 0 && tr.Line != a.Trace[i-1].EndLine+1 {
				t.Errorf("%s begins at line %d and comes from line %d", tr.What, tr.Line, tr.Origin.Line())
			}
		}
		for n, line := range strings.Split(string(a.Bytes), "\n") {
			for _, one := range s.SLOs {
				at, ok := a.At(n + 1)
				about := strings.Contains(line, "- series: slo:") || strings.Contains(line, "- labels: '{")
				if about && strings.Contains(line, `slo="`+one.Name.V+`"`) && (!ok || at.Origin.Line() != one.At.Line()) {
					t.Errorf("line %d of %s is of %s and comes from line %d", n+1, a.Path, one.Name.V, at.Origin.Line())
				}
			}
		}
		count += a.Count
	}
	want := "pay.yaml:7:5: no unit tests are generated for how the SLO opaque is measured: its query is more than the value of one metric, so that nobody knows which series would give which value\n"
	if diff := cmp.Diff(want, text(r.Findings)); diff != "" || r.Findings[0].Severity != report.Info {
		t.Errorf("-want +got:\n%s", diff)
	}
	out := run(t, dir)
	if len(out.Findings) > 0 || len(out.Tests) != count {
		t.Errorf("%d of %d tests ran\n%s", len(out.Tests), count, text(out.Findings))
	}
}

// form is an SLO of a kind, with a series that its tests are to have; - for any.
type form struct{ name, slo, series string }

func forms(t *testing.T) []form {
	t.Helper()
	data, err := os.ReadFile("testdata/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []form
	for _, paragraph := range strings.Split(strings.TrimSpace(string(data)), "\n\n")[1:] {
		lines := strings.Split(paragraph, "\n")
		out = append(out, form{lines[0], lines[1], lines[2]})
	}
	return out
}

// service loads a service with one SLO.
func service(t testing.TB, slo string) *spec.Service {
	t.Helper()
	return spectest.Services(t, "\n-- pay.yaml --\nservice: {name: pay, team: money, tier: critical, type: api}\nresources:\n  - {kind: SLO, name: main, spec: "+slo+"}\n")[0]
}

// TestEveryKindOfSLO makes sure that the tests of each kind hold, and are about the
// series that its queries name.
func TestEveryKindOfSLO(t *testing.T) {
	for _, form := range forms(t) {
		t.Run(form.name, func(t *testing.T) {
			t.Parallel()
			dir, r := generated(t, job(service(t, form.slo)))
			if len(r.Artefacts) != 2 || len(r.Findings) != 0 {
				t.Fatalf("findings %s", text(r.Findings))
			}
			if !strings.Contains(string(r.Artefacts[1].Bytes), "series: "+form.series) && form.series != "-" {
				t.Errorf("no series %s in\n%s", form.series, r.Artefacts[0].Bytes)
			}
			if out := run(t, dir); len(out.Findings) > 0 || len(out.Tests) < 5 {
				t.Errorf("%d tests\n%s%s", len(out.Tests), text(out.Findings), r.Artefacts[1].Bytes)
			}
		})
	}
}

// TestEveryObjectiveAndWindow makes sure that the alerts that are expected are those
// that are generated.
func TestEveryObjectiveAndWindow(t *testing.T) {
	for _, objective := range []string{"5", "50", "79.52", "90", "99", "99.9", "99.99", "99.9999"} {
		for _, window := range []string{"1h", "1d", "7d", "10d", "30d", "90d", "calendar-month"} {
			t.Run(objective+" over "+window, func(t *testing.T) {
				t.Parallel()
				j := job(service(t, `{objective: `+objective+`, window: `+window+`, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}`))
				j.Options.MinEvents = len(window) * 1000
				dir, r := generated(t, j)
				if out := run(t, dir); len(out.Findings) > 0 || len(out.Tests) < 4 {
					t.Errorf("%d tests\n%s%s", len(out.Tests), text(out.Findings), r.Artefacts[0].Bytes)
				}
			})
		}
	}
}

// TestAlertsOfAnEnvironment makes sure that the tests expect no alert that is left out
// in an environment, read no file that is not there, and pick the records of theirs.
func TestAlertsOfAnEnvironment(t *testing.T) {
	for _, tier := range []spec.Tier{spec.TierCritical, spec.TierLow} {
		for _, environment := range []string{"dev", "staging"} {
			s := service(t, `{objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}`)
			s.Tier.V, s.Environment = tier, environment
			dir, _ := generated(t, job(s))
			if out := run(t, dir); len(out.Findings) > 0 || len(out.Tests) < 4 {
				t.Errorf("%s in %s: %d tests\n%s", tier, environment, len(out.Tests), text(out.Findings))
			}
		}
	}
}

// TestSLOsOfOneMetric makes sure that the series of one SLO do not count for another,
// and that what is expected of one is not taken for the other.
func TestSLOsOfOneMetric(t *testing.T) {
	s := spectest.Services(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - {kind: SLO, name: all, spec: {objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: checkout, spec: {objective: 99, window: 7d, good_query: 'sum(rate(req_total{code!~"5..",route="/pay"}[5m]))', total_query: 'sum(rate(req_total{route="/pay"}[5m]))'}}
  - {kind: SLO, name: login, spec: {objective: 99, window: 7d, good_query: 'sum(rate(req_total{code!~"5..",route="/in"}[5m]))', total_query: 'sum(rate(req_total{route="/in"}[5m]))'}}
`)[0]
	dir, r := generated(t, job(s))
	if out := run(t, dir); len(out.Findings) > 0 || len(out.Tests) < 10 {
		t.Errorf("%d tests\n%s", len(out.Tests), text(out.Findings))
	}
	if n := strings.Count(string(r.Artefacts[1].Bytes), "name: nothing fails"); n != 2 {
		t.Errorf("%d tests in which nothing fails: the routes go together, and all without them apart", n)
	}
}

// TestWhatCannotBeImitatedIsSaid makes sure that an SLO whose metrics are not in the
// tests has a finding, and no test that may be wrong.
func TestWhatCannotBeImitatedIsSaid(t *testing.T) {
	for _, slo := range []string{
		`{objective: 99, window: 30d, indicator: {type: custom, metric: 'sum(rate(done_total[5m])) / 2', op: '>', threshold: 100}}`,
		`{objective: 99, window: 30d, indicator: {type: custom, metric: 'time() - max(done_seconds)', threshold: 100}}`,
		`{objective: 99, window: 30d, query: 'avg(ratio) * avg(up)'}`,
		`{objective: 99, window: 30d, good_query: 'sum(rate(a_total{code="200"}[5m]))', total_query: 'sum(rate(a_total{code="200"}[5m]))'}`,
		`{objective: 99, window: 30d, good_query: 'sum(rate({__name__=~"a.*",ok="yes"}[5m]))', total_query: 'sum(rate({__name__=~"a.*"}[5m]))'}`,
		`{objective: 99, window: 30d, good_query: 'sum(rate(a_total{x="1",x="2"}[5m]))', total_query: 'sum(rate(a_total[5m]))'}`,
	} {
		dir, r := generated(t, job(service(t, slo)))
		if len(r.Findings) != 1 || r.Findings[0].Rule != "slo/not-tested" || r.Findings[0].Severity != report.Info || r.Findings[0].Line != 3 {
			t.Errorf("%s: %+v", slo, r.Findings)
			continue
		}
		if out := run(t, dir); len(out.Findings) > 0 {
			t.Errorf("%s: %d tests\n%s", slo, len(out.Tests), text(out.Findings))
		}
	}
}

// TestHostileNames makes sure that no name breaks out of the file.
func TestHostileNames(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringOf(rapid.RuneFrom([]rune("ab\"'{}$#\\:%&*!|>- \n\té\u2028{{}}"))).Filter(func(s string) bool { return s != "" })
		s := service(t, `{objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}`)
		s.Name.V, s.SLOs[0].Name.V, s.File = name.Draw(rt, "service"), name.Draw(rt, "slo"), name.Draw(rt, "file")
		dir, r := generated(t, job(s))
		if len(r.Artefacts) != 2 {
			rt.Fatalf("findings %s", text(r.Findings))
		}
		n := 0
		out := runUntil(t, dir, func([]report.Finding) bool { n++; return n > 1 })
		if len(out.Findings) > 0 || len(out.Tests) != 2 {
			rt.Fatalf("%d tests\n%s%s", len(out.Tests), text(out.Findings), r.Artefacts[0].Bytes)
		}
	})
}
