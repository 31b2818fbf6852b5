package bundle

import (
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// TestTemplatesGiveNoWarnings makes sure that whoever begins with a template of ours
// begins without a warning.
func TestTemplatesGiveNoWarnings(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := Select(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	templates, problems := spec.Templates(t.Context(), spectest.Open(t, t.TempDir()), "")
	if len(templates) == 0 || len(problems) > 0 {
		t.Fatal(templates, problems)
	}
	for _, template := range templates {
		t.Run(template.Name, func(t *testing.T) {
			s := spectest.Services(t, "-- pay.yaml --\nservice: {name: pay, team: t, template: "+template.Name+"}\n")[0]
			r := Generate(generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}, kinds)
			for _, f := range r.Findings {
				if f.Severity != report.Info {
					t.Errorf("%s: %s [%s]", f.Rule, f.Message, f.Suggestion)
				}
			}
		})
	}
}
