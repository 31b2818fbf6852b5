package spec

import (
	"context"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
)

// workspace unpacks files in txtar form into a new folder and opens it.
func workspace(t testing.TB, files string) *Workspace {
	t.Helper()
	ws, err := OpenWorkspace(filetest.Unpack(t, files))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// load reads every service file of a workspace.
func load(t testing.TB, files, environment string) Loaded {
	t.Helper()
	ws := workspace(t, files)
	found, problems := ws.Find(context.Background(), []string{"."})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return Load(context.Background(), ws, found, Options{Environment: environment})
}

// one is load for a single service without findings.
func one(t testing.TB, files, environment string) *Service {
	t.Helper()
	l := load(t, files, environment)
	if len(l.Unreadable)+len(l.Findings) > 0 {
		t.Fatalf("findings: %s", lines(append(l.Unreadable, l.Findings...)))
	}
	if len(l.Services) != 1 {
		t.Fatalf("%d services, want one", len(l.Services))
	}
	return l.Services[0]
}

// lines prints findings as a user sees them.
func lines(findings []report.Finding) string {
	var b strings.Builder
	for _, f := range report.Normalise(findings) {
		b.WriteString(f.Position().String() + ": " + string(f.Severity) + ": " + f.Message)
		if f.Suggestion != "" {
			b.WriteString(" [" + f.Suggestion + "]")
		}
		b.WriteString(" (" + f.Rule + ")\n")
	}
	return b.String()
}

func TestNullThresholdTurnsAGateOff(t *testing.T) {
	s := one(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - kind: DeploymentGate
    name: g
    spec: {thresholds: {warning: 30, blocking: null}}
`, "")
	if g := s.Gates[0]; !g.Blocking.Given || !g.Blocking.Off || g.Warning.Percent != 30 || g.Warning.Off {
		t.Errorf("got %+v and %+v; want blocking off and warning 30", g.Blocking, g.Warning)
	}
}

// TestLoadReportsEveryProblemWithItsPlace runs the cases of a golden file; -update
// writes what is reported now into it.
func TestLoadReportsEveryProblemWithItsPlace(t *testing.T) {
	const golden = "testdata/problems.txtar"
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, c := range strings.Split(string(data), "==== ")[1:] {
		name, rest, _ := strings.Cut(c, "\n")
		files, _, _ := strings.Cut(rest, "---- want\n")
		got.WriteString("==== " + name + "\n" + files + "---- want\n" + problems(t, files))
	}
	filetest.Golden(t, golden, got.String())
}

func problems(t *testing.T, files string) string {
	t.Helper()
	ws := workspace(t, files)
	var found []Found
	for _, f := range txtar.Parse([]byte(files)).Files {
		found = append(found, Found{Path: f.Name, Named: true})
	}
	l := Load(context.Background(), ws, found, Options{})
	return lines(append(l.Unreadable, l.Findings...))
}

func TestVariables(t *testing.T) {
	s := one(t, `
-- pay.yaml --
service:
  name: pay
  team: money
  tier: t2
  type: background-job
  metadata: {ns: "${team}-${env}", price: "$${env} stays"}
resources:
  - kind: SLO
    name: availability-${env}
    spec:
      objective: 99
      window: 7d
      description: "${service} ${tier} ${type} ${support_model} ${metadata.ns}"
      query: a{${service_label}="${service}"} / b
`, "staging")
	if got := s.SLOs[0]; got.Name.V != "availability-staging" || got.Description.V != "pay standard worker self money-staging" ||
		got.Indicator.Ratio.V != `a{service="pay"} / b` {
		t.Errorf("got %q, %q and %q", got.Name.V, got.Description.V, got.Indicator.Ratio.V)
	}
	if got, _ := s.Label("price"); got != "${env} stays" {
		t.Errorf("escaped variable gives %q", got)
	}
}

func TestUnresolvedExpressionIsNotMeasured(t *testing.T) {
	l := load(t, `
-- pay.yaml --
service: {name: pay, team: money, tier: low, type: api}
resources:
  - {kind: SLO, name: a, spec: {objective: 99, window: 7d, query: 'x{service="${servce}"} / y'}}
`, "")
	if k := l.Services[0].SLOs[0].Indicator.Kind; k != IndicatorNone {
		t.Errorf("kind %s, want none: the server would be asked about a service named ${servce}", k)
	}
}

func TestFolderScanPassesOverOtherFiles(t *testing.T) {
	l := load(t, `
-- services/a/service.yaml --
name: a
team: t
tier: low
type: api
-- services/a/rules.yaml --
groups: []
-- services/a/values.yaml --
image: {tag: 1}
-- services/a/environments/dev.yaml --
environment: dev
service: {tier: low}
-- services/a/list.yaml --
[1, 2]
-- .github/workflows/ci.yml --
name: ci
team: nobody
-- node_modules/x/service.yaml --
name: no
team: t
`, "")
	if len(l.Services) != 1 || len(l.Findings)+len(l.Unreadable) != 0 {
		t.Errorf("%d services, findings %s", len(l.Services), lines(append(l.Unreadable, l.Findings...)))
	}
}

func TestMultiDocumentFileIsSeveralServices(t *testing.T) {
	l := load(t, "-- all.yaml --\nname: a\nteam: t\ntier: low\ntype: api\n---\nname: b\nteam: t\ntier: low\ntype: api\n", "")
	if len(l.Services) != 2 || l.Services[1].Name.At.Line() != 6 {
		t.Errorf("got %d services, the second at line %d; want 2 and line 6", len(l.Services), l.Services[len(l.Services)-1].Name.At.Line())
	}
}
