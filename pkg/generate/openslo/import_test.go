package openslo

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// TestImportOfOthers takes over documents that others wrote, each with what is said
// about it, in testdata/import/NAME.txtar: the document, the options, and behind
// them the service file and the findings.
func TestImportOfOthers(t *testing.T) {
	for _, name := range []string{"openslo", "openslo-parts", "sloth", "not-ours"} {
		t.Run(name, func(t *testing.T) {
			path := "testdata/import/" + name + ".txtar"
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			archive := txtar.Parse(data)
			in := archive.Files[0]
			out := Import(ImportOptions{Team: "shop", Tier: spec.TierStandard}, Input{in.Name, in.Data})
			got := txtar.Archive{Comment: archive.Comment, Files: []txtar.File{in, {Name: "service.yaml", Data: out.Bytes}, {Name: "findings", Data: []byte(listed(out.Findings))}}}
			filetest.Golden(t, path, string(txtar.Format(&got)))
			for _, tr := range out.Trace {
				if tr.Origin.Line() == 0 {
					t.Errorf("%s comes from nowhere", tr.What)
				}
			}
		})
	}
}

func listed(findings []report.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s: %s [%s] (%s)\n", f.Position(), f.Severity, f.Message, f.Suggestion, f.Rule)
	}
	return b.String()
}

// TestChangedQueriesCountMoreThanAnnotations makes sure that nobody corrects a query
// in vain.
func TestChangedQueriesCountMoreThanAnnotations(t *testing.T) {
	data := string(Documents{}.Generate(jobOf(t, services)).Artefacts[0].Bytes)
	changed := strings.ReplaceAll(data, `lat_seconds_bucket{le="0.3",`, `lat_seconds_bucket{le="0.5",`)
	out := Import(ImportOptions{}, Input{"slos.yaml", []byte(changed)})
	if len(out.Findings) != 1 || !strings.Contains(out.Findings[0].Message, "the queries of the SLO latency were changed since nthlayer wrote its annotations") {
		t.Errorf("got %+v", out.Findings)
	}
	if !strings.Contains(string(out.Bytes), `good_query: sum(increase(lat_seconds_bucket{le="0.5",service="pay"}[5m]))`) {
		t.Errorf("got\n%s", out.Bytes)
	}
}

// TestWhatNobodySaidIsAsked makes sure that a team, a tier and a type are not guessed.
func TestWhatNobodySaidIsAsked(t *testing.T) {
	const doc = `version: prometheus/v1
service: pay
slos:
  - {name: ok, objective: 99, sli: {events: {error_query: 'sum(rate(e{service="pay"}[{{ .window }}]))', total_query: 'sum(rate(a{service="pay"}[{{.window}}]))'}}}
`
	out := Import(ImportOptions{Tier: spec.TierLow, Window: "28d"}, Input{"sloth.yaml", []byte(doc)})
	const want = `name: pay
team: REPLACE_ME
tier: low
type: REPLACE_ME
slos:
  - name: ok
    objective: 99
    window: 28d
    error_query: sum(rate(e{service="pay"}[5m]))
    total_query: sum(rate(a{service="pay"}[5m]))
`
	if diff := cmp.Diff(want, string(out.Bytes)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	const findings = `sloth.yaml:2:10: warning: nothing says the team of the service pay [pass --team, or correct team: REPLACE_ME in the service file] (import/changed)
sloth.yaml:2:10: warning: nothing says the type of the service pay [pass --type, or correct type: REPLACE_ME in the service file] (import/changed)
`
	if diff := cmp.Diff(findings, listed(out.Findings)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzImport makes sure that no document ends the program.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"openslo", "openslo-parts", "sloth", "not-ours"} {
		data, err := os.ReadFile("testdata/import/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(txtar.Parse(data).Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out := Import(ImportOptions{Team: "t", Tier: spec.TierLow, Type: "api"}, Input{"x.yaml", data})
		if out.SLOs > 0 != (len(out.Bytes) > 0) {
			t.Errorf("%d SLOs in %d bytes", out.SLOs, len(out.Bytes))
		}
	})
}

// TestCalendars makes sure that a calendar window is taken for ours only where it
// begins at the same moment.
func TestCalendars(t *testing.T) {
	tests := []struct{ duration, start, zone, want string }{
		{"1w", "2024-01-01 00:00:00", "UTC", "calendar-week"},
		{"7d", "2026-03-02 00:00:00", "Etc/UTC", "calendar-week"},
		{"1w", "2024-01-02 00:00:00", "UTC", ""},
		{"1w", "2024-01-01 00:00:01", "UTC", ""},
		{"1w", "2024-01-01 00:00:00", "Europe/Berlin", ""},
		{"1w", "soon", "UTC", ""},
		{"1M", "2024-05-01 00:00:00", "UTC", "calendar-month"},
		{"1M", "2024-05-15 00:00:00", "UTC", ""},
		{"1Q", "2024-04-01 00:00:00", "UTC", "calendar-quarter"},
		{"3M", "2024-10-01 00:00:00", "UTC", "calendar-quarter"},
		{"1Q", "2024-05-01 00:00:00", "UTC", ""},
		{"1Q", "2024-04-02 00:00:00", "UTC", ""},
		{"1Y", "2024-01-01 00:00:00", "UTC", ""},
	}
	for _, test := range tests {
		docs, _ := document.Parse("x.yaml", []byte("startTime: '"+test.start+"'\ntimeZone: "+test.zone+"\n"), document.ServiceLimits())
		if got, ok := calendarOf(test.duration, docs[0]); got != test.want || ok != (test.want != "") {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}
