package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

const files = `
-- services/api.yaml --
name: api
team: core
tier: critical
type: api
slos:
  - name: availability
    objective: 99.9
    window: 1d
    query: sum(rate(requests_total{service="api",code!="500"}[5m])) / sum(rate(requests_total{service="api"}[5m]))
dependencies: {services: [{name: web, criticality: critical}]}
-- services/web.yaml --
name: web
team: core
tier: standard
type: web
slos:
  - name: availability
    objective: 99
    window: 1d
    query: sum(rate(requests_total{service="web",code!="500"}[5m])) / sum(rate(requests_total{service="web"}[5m]))
-- rules/alerts.yaml --
groups:
  - name: g
    rules:
      - alert: Broken
        expr: up ==
-- metrics.yaml --
interval: 1m
input_series:
  - {series: 'requests_total{service="api",code="200"}', values: '0+999x1500'}
  - {series: 'requests_total{service="api",code="500"}', values: '0+1x1500'}
  - {series: 'requests_total{service="web",code="200"}', values: '0+1000x1500'}
`

// at is the evaluation time of all tests.
func at() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// options unpacks the files and returns options for all stages on them.
func options(t *testing.T, archive string, args ...string) Options {
	t.Helper()
	dir := filetest.Unpack(t, archive)
	ws := spectest.Open(t, dir)
	found, unreadable := ws.Find(context.Background(), args)
	o := Options{
		Command: "ci", Stages: []Stage{Lint, Verify, Gate, Portfolio}, Workspace: ws, Files: found, Unreadable: unreadable, At: at(),
		GateOptions: gate.Options{BurnRateRule: true},
	}
	if _, err := os.Stat(filepath.Join(dir, "metrics.yaml")); err == nil {
		if o.Source, err = source.Open(context.Background(), "file:metrics.yaml", source.Options{Root: dir, Now: at()}); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// outcome is a report in short: stage and service verdicts.
func outcome(rep *report.Report) string {
	var out []string
	for _, s := range rep.Stages {
		text := s.Name + "=" + string(s.Verdict)
		if s.SkippedReason != "" {
			text += " (" + s.SkippedReason + ")"
		}
		out = append(out, text)
	}
	for _, s := range rep.Services {
		text := s.Name + ":" + string(s.Verdict)
		if s.Gate != nil {
			text += "/" + string(s.Gate.Decision)
		}
		out = append(out, text)
	}
	return strings.Join(append(out, "=> "+string(rep.Verdict)), "\n")
}

func check(t *testing.T, rep *report.Report, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimSpace(want), outcome(rep)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAllStages(t *testing.T) {
	rep := Run(context.Background(), options(t, files, "services", "rules"))
	check(t, rep, `
validate=pass
lint=fail
verify=pass
gate=fail
portfolio=fail
api:fail/blocked
web:pass/approved
=> fail`)
	if rep.Summary.Errors != 2 || rep.Findings[0].Rule != "promql/syntax" || rep.Findings[0].File != "rules/alerts.yaml" {
		t.Errorf("findings %+v, want the broken rule and the blocked deploy", rep.Findings)
	}
	if g := rep.Services[1].Gate; len(g.BlastRadius.Direct) != 1 || g.BlastRadius.Direct[0].Name != "api" {
		t.Errorf("blast radius of web is %+v, want api", g.BlastRadius)
	}
	if got := *rep.Services[0].SLOs[0].SLI; got < 0.99899 || got > 0.99901 {
		t.Errorf("SLI of api is %v, want 0.999", got)
	}
}

func TestAForgottenAddressIsUnknownAndNotAPass(t *testing.T) {
	o := options(t, files, "services")
	o.Source = nil
	const reason = " (no Prometheus was given: give prometheus-url (the flag --prometheus-url, or the input), or leave the stage out)"
	check(t, Run(context.Background(), o), `
validate=pass
lint=pass
verify=unknown`+reason+`
gate=unknown`+reason+`
portfolio=unknown`+reason+`
api:pass
web:pass
=> unknown`)
}

func TestNothingToLookAtPasses(t *testing.T) {
	o := options(t, files, "services")
	o.Changed = func(string) bool { return false }
	check(t, Run(context.Background(), o), `
validate=pass
lint=pass (nothing to lint)
verify=pass (no service was changed)
gate=pass (no service was changed)
portfolio=pass (no service was changed)
=> pass`)
	o.Files, o.Changed = nil, nil
	if rep := Run(context.Background(), o); rep.Verdict != report.Pass || rep.Stages[2].SkippedReason != "no services were found" {
		t.Errorf("without files: %s", outcome(rep))
	}
}

func TestChangedServicesAloneAreLookedAt(t *testing.T) {
	o := options(t, files, "services", "rules")
	o.Changed = func(file string) bool { return file == "services/web.yaml" }
	rep := Run(context.Background(), o)
	check(t, rep, `
validate=pass
lint=pass
verify=pass
gate=pass
portfolio=pass
web:pass/approved
=> pass`)
	if g := rep.Services[0].Gate; len(g.BlastRadius.Direct) != 1 {
		t.Error("services that were not changed do not count as dependents any more")
	}
}

func TestAnAdvisoryPortfolioOnlyWarns(t *testing.T) {
	o := options(t, files, "services")
	o.Stages, o.Advisory = []Stage{Portfolio}, true
	check(t, Run(context.Background(), o), `
validate=pass
portfolio=warn
api:fail
web:pass
=> warn`)
}

// Advice that nobody could be asked for fails no change; the gate still does not
// open.
func TestAnAdvisoryPortfolioWithoutASourcePasses(t *testing.T) {
	const reason = " (no Prometheus was given: give prometheus-url (the flag --prometheus-url, or the input), or leave the stage out)"
	o := options(t, files, "services")
	o.Source, o.Advisory, o.Stages = nil, true, []Stage{Portfolio}
	rep := Run(context.Background(), o)
	check(t, rep, "validate=pass\nportfolio=pass"+reason+"\napi:pass\nweb:pass\n=> pass")
	if rep.Portfolio == nil || rep.Portfolio.Total != 2 {
		t.Errorf("the services are not shown: %+v", rep.Portfolio)
	}
	o.Stages = []Stage{Gate, Portfolio}
	if rep := Run(context.Background(), o); rep.Verdict != report.Undecidable {
		t.Errorf("with a gate: %s", outcome(rep))
	}
	o.Stages, o.Advisory = []Stage{Portfolio}, false
	if rep := Run(context.Background(), o); rep.Verdict != report.Undecidable {
		t.Errorf("the command: %s", outcome(rep))
	}
}

func TestStrictTurnsWarningsIntoErrors(t *testing.T) {
	archive := "-- services/a.yaml --\nname: a\nteam: t\ntier: low\ntype: api\ncolour: red\n"
	o := options(t, archive, "services")
	o.Stages = nil
	check(t, Run(context.Background(), o), "validate=warn\na:warn\n=> warn")
	o.Strict = true
	check(t, Run(context.Background(), o), "validate=fail\na:fail\n=> fail")
}

func TestUnreadableFilesFailAndAreCounted(t *testing.T) {
	o := options(t, "-- services/a.yaml --\nname: a\n\tteam: t\n-- services/b.yaml --\nname: b\nteam: t\ntier: low\ntype: api\n", "services")
	o.Stages = nil
	rep := Run(context.Background(), o)
	check(t, rep, "validate=fail\nb:pass\n=> fail")
	if rep.Summary.Unreadable != 1 || rep.Findings[0].Rule != "yaml/syntax" || rep.Findings[0].Line != 2 {
		t.Errorf("unreadable %d, findings %+v; want the tab on line 2", rep.Summary.Unreadable, rep.Findings)
	}
}

func TestASyntaxErrorIsReportedWithoutTheLintStage(t *testing.T) {
	archive := "-- services/a.yaml --\nname: a\nteam: t\ntier: low\ntype: api\nslos: [{name: s, objective: 99, window: 1d, query: 'sum('}]\n"
	o := options(t, archive, "services")
	o.Stages = []Stage{Verify}
	rep := Run(context.Background(), o)
	if rep.Stages[0].Verdict != report.Fail || rep.Findings[0].Rule != ruleSyntax {
		t.Errorf("%s, findings %+v; want a failed validation", outcome(rep), rep.Findings)
	}
}

func TestARunThatIsCutShortIsUnknown(t *testing.T) {
	o := options(t, files, "services")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if rep := Run(ctx, o); rep.Verdict == report.Pass || rep.Verdict == report.Warn {
		t.Errorf("a cancelled run gives %s", outcome(rep))
	}
}

func TestReportsAreTheSameEveryTime(t *testing.T) {
	o := options(t, files, "services", "rules")
	first := Run(context.Background(), o)
	for range 5 {
		if diff := cmp.Diff(first, Run(context.Background(), o)); diff != "" {
			t.Fatal(diff)
		}
	}
}
