package organisation

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

var (
	fence      = regexp.MustCompile("(?ms)^```yaml (policy|base|bad|good)[^\n]*\n(.*?)^```$")
	codeOwners = regexp.MustCompile("CODEOWNERS says `([^`]+)`")
)

// Each kind of rules has a page, and the examples on it behave as it says.
func TestExamplesOfThePagesBehaveAsSaid(t *testing.T) {
	for _, row := range kinds() {
		t.Run(row.id, func(t *testing.T) {
			page, _ := rules.Page(row.id)
			blocks := map[string]string{}
			for _, m := range fence.FindAllStringSubmatch(page, -1) {
				blocks[m[1]] = m[2]
			}
			if len(blocks) != 3 {
				t.Fatalf("docs/rules/%s.md has the blocks %v; it needs policy, bad and good", row.id, blocks)
			}
			if head, _ := rules.Heading(row.id); head.Title != row.title || head.Severity != string(report.Error) {
				t.Errorf("the head of the page is %+v", head)
			}
			in := Input{Today: "2026-01-15", Whole: true, Services: map[string]*spec.Service{}, Read: func(string, int) ([]byte, error) {
				return []byte(strings.Join(codeOwners.FindStringSubmatch(page)[1:], "")), nil
			}}
			p := decode(t, blocks["policy"])
			for kind, text := range map[string]string{"bad": blocks["bad"], "good": blocks["good"]} {
				findings := p.Check(load(t, "-- services/checkout.yaml --\n"+text), in)
				if (len(findings) > 0) != (kind == "bad") {
					t.Errorf("the %s example has the findings\n%s", kind, found(findings))
				}
				for _, f := range findings {
					if f.Rule != row.id || f.Line == 0 || f.Suggestion == "" {
						t.Errorf("%+v", f)
					}
				}
			}
		})
	}
}
