package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func TestFindingsOfARealisticService(t *testing.T) {
	series, err := os.ReadFile(filepath.Join("testdata", "checkout.series"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join("testdata", "checkout.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, string(series))
	e.rules = []string{"checkout:queue_depth:max"}
	r := verifyOne(t, e, spectest.Services(t, "-- checkout.yaml --\n"+string(file))[0])
	filetest.Golden(t, filepath.Join("testdata", "checkout.golden"), show(r))
}

// show writes a result as people would read it.
func show(r Result) string {
	var b strings.Builder
	for _, s := range r.Services {
		fmt.Fprintf(&b, "verdict %s\n\n", s.Verdict)
		for _, m := range s.Metrics {
			fmt.Fprintf(&b, "%-13s %s", m.State, m.Selector)
			if m.LastSeen != nil {
				fmt.Fprintf(&b, " last seen %s", m.LastSeen)
			}
			b.WriteByte('\n')
			for _, src := range m.Sources {
				fmt.Fprintf(&b, "    line %d: %s %s %s\n", src.Line, src.Kind, src.Resource, src.Field)
			}
		}
	}
	for _, f := range report.Normalise(r.Findings) {
		fmt.Fprintf(&b, "\n%s-%d:%d %s %s (%s)\n  | %s\n  %s\n  %s\n", f.Position(), f.EndLine, f.EndColumn, f.Severity, f.Rule, f.Path,
			strings.TrimSpace(f.Snippet), f.Message, f.Suggestion)
	}
	return b.String()
}
