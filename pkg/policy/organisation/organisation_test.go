package organisation

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// knownRules are the rules that a policy of the tests may name.
func knownRules() []string {
	return []string{"alert/for", "gate/exception", "policy/required-fields", "policy/thresholds", "promql/impossible", "promql/syntax", "slo/duplicate", "change/tier-lowered"}
}

// load resolves the service files of an archive.
func load(t *testing.T, archive string) []*spec.Service {
	t.Helper()
	dir := filetest.Unpack(t, archive)
	ws := spectest.Open(t, dir)
	found, _ := ws.Find(context.Background(), []string{"."})
	loaded := spec.Load(context.Background(), ws, found, spec.Options{})
	for _, f := range append(loaded.Findings, loaded.Unreadable...) {
		if f.Severity == report.Error {
			t.Fatalf("%s: %s", f.Position(), f.Message)
		}
	}
	return loaded.Services
}

// decode reads a policy that has no mistake.
func decode(t *testing.T, text string) *Policy {
	t.Helper()
	p, problems := Decode("policy.yaml", []byte(text), knownRules())
	for _, f := range problems {
		t.Fatalf("%s: %s", f.Position(), f.Message)
	}
	return p
}

// found prints findings one a line.
func found(findings []report.Finding) string {
	var b strings.Builder
	for _, f := range report.Normalise(findings) {
		fmt.Fprintf(&b, "%s %s %s: %s\n", f.Position(), f.Severity, f.Rule, f.Message)
	}
	return b.String()
}

// ruleCase is a policy with one rule over one or more services.
type ruleCase struct {
	name string
	// rule is all of the rule but its name.
	rule     string
	services string
	in       Input
	// want are the findings, one a line, without the name of the policy's rule.
	want string
}

func runRules(t *testing.T, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := decode(t, "version: 1\nrules:\n  - name: ours\n    "+strings.ReplaceAll(strings.TrimSpace(c.rule), "\n", "\n    ")+"\n")
			services := load(t, c.services)
			in := c.in
			in.Services = map[string]*spec.Service{}
			for _, s := range services {
				in.Services[s.Name.V] = s
			}
			got := found(p.Check(services, in))
			if n := strings.Count(got, ` (policy rule "ours")`); n != strings.Count(got, "\n") {
				t.Errorf("a finding does not name the rule of the policy:\n%s", got)
			}
			got = strings.ReplaceAll(got, ` (policy rule "ours")`, "")
			if diff := cmp.Diff(strings.TrimLeft(c.want, "\n"), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const shop = `
-- services/shop.yaml --
name: shop
team: web
tier: standard
type: web
slos:
  - {name: availability, objective: 99.5, window: 30d, metric: http_requests_total, success_filter: 'status!~"5.."'}
`
