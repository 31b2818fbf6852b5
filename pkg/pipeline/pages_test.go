package pipeline

import (
	"context"
	"regexp"
	"slices"
	"testing"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/report"
)

// shown are rules that generating reports, and whose pages show a service file
// that has them.
func shown() []string {
	return []string{"slo/not-recordable", "slo/burn-rate-unreachable", "slo/burn-rate-window", "generate/technology", "generate/selector", "generate/namespace", "generate/override", "generate/shared", "generate/environments"}
}

// TestExamplesOfThePagesAboutGeneration makes sure that the bad example of a page
// has the finding, and the good one does not.
func TestExamplesOfThePagesAboutGeneration(t *testing.T) {
	fence := regexp.MustCompile("(?ms)^```yaml (bad|good) (\\S+)\n(.*?)^```$")
	for _, id := range shown() {
		t.Run(id, func(t *testing.T) {
			page, _ := rules.Page(id)
			head, _ := rules.Heading(id)
			examples := fence.FindAllStringSubmatch(page, -1)
			if len(examples) != 2 {
				t.Fatalf("the page has %d examples", len(examples))
			}
			for _, m := range examples {
				rep := generated(t, "-- "+m[2]+" --\n"+m[3], in(id))
				found := slices.DeleteFunc(slices.Clone(rep.Findings), func(f report.Finding) bool { return f.Rule != id })
				if (m[1] == "bad") != (len(found) > 0) {
					t.Errorf("the %s example has %d findings %v", m[1], len(found), rep.Findings)
				}
				for _, f := range found {
					if f.File != m[2] || f.Line == 0 || f.Fingerprint == "" {
						t.Errorf("a finding without a place: %+v", f)
					}
				}
				if len(found) > 0 && !slices.ContainsFunc(found, func(f report.Finding) bool { return string(f.Severity) == head.Severity }) {
					t.Errorf("the page says %s: %+v", head.Severity, found)
				}
			}
		})
	}
}

// in returns what the example of a page is to be run with.
func in(id string) func(*Options) {
	return func(o *Options) {
		if id == generate.RuleEnvironments {
			o.Environment = "prod"
		}
	}
}

// generated runs the stage Generate on the service files of an archive. The options
// can be changed before.
func generated(t *testing.T, archive string, change func(*Options)) *report.Report {
	t.Helper()
	o := generating(t, options(t, archive))
	if change != nil {
		change(&o)
	}
	return Run(context.Background(), o)
}
