package bundle

import (
	"regexp"
	"slices"
	"testing"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// TestExamplesOfPagesAboutSingleKinds makes sure that the bad example of a page has the
// finding when its kind is made, and the good one does not.
func TestExamplesOfPagesAboutSingleKinds(t *testing.T) {
	fence := regexp.MustCompile("(?ms)^```yaml (bad|good) (\\S+)\n(.*?)^```$")
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	for id, kind := range map[string]generate.Kind{
		"generate/not-expressible": generate.SLOs, "generate/exporter": generate.Exporters, "generate/backstage": generate.Backstage,
		"generate/prometheusrule": generate.PrometheusRule,
	} {
		page, _ := rules.Page(id)
		head, _ := rules.Heading(id)
		examples := fence.FindAllStringSubmatch(page, -1)
		if len(examples) != 2 {
			t.Fatalf("the page of %s has %d examples", id, len(examples))
		}
		for _, m := range examples {
			s := spectest.Services(t, "-- "+m[2]+" --\n"+m[3])[0]
			r := Generate(generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}, []generate.Kind{kind})
			found := slices.ContainsFunc(r.Findings, func(f report.Finding) bool {
				return f.Rule == id && f.File == m[2] && f.Line > 0 && string(f.Severity) == head.Severity
			})
			if found != (m[1] == "bad") {
				t.Errorf("the %s example of %s: %+v", m[1], id, r.Findings)
			}
		}
	}
}
