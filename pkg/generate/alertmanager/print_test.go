package alertmanager

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// TestPrintedAsEncoded writes fragments both ways, but for those that the printer leaves
// to the encoder.
func TestPrintedAsEncoded(t *testing.T) {
	sure := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[-a-z0-9 :#{}\[\],&*!|>'"%@.+=?~<$_/()\\]{1,8}`), rapid.StringMatching(`[a-z]{2,6}(="[a-z,{}:\[\]?]{0,6}")?`), rapid.StringMatching(`[a-z{ ]{1,3}(\n[a-z }]{0,3}){1,3}`), rapid.Just(Nobody))
		texts := rapid.SliceOfN(text.Filter(func(s string) bool { return !strings.Contains(s, "\n") }), 0, 3)
		route := func(below []Route) Route {
			return Route{Matchers: texts.Draw(t, "matchers"), Receiver: text.Draw(t, "receiver"), GroupBy: texts.Draw(t, "by"), Continue: rapid.Bool().Draw(t, "continue"), Routes: below}
		}
		f := Fragment{
			Routes: []Route{route([]Route{route(nil)}), {}},
			Receivers: []Receiver{
				{Name: text.Draw(t, "name"), PagerDuty: []PagerDuty{{RoutingKeyFile: "/k", Severity: "critical", Class: text.Draw(t, "class"), Component: "c", Group: "g", Details: map[string]string{"firing": text.Draw(t, "a"), "num_firing": text.Draw(t, "b"), "runbook": "c"}}}},
				{Name: text.Draw(t, "name"), Slack: []Slack{{Title: text.Draw(t, "title"), Text: "x", APIURLFile: "/y"}}},
			},
			InhibitRules: []InhibitRule{{SourceMatchers: texts.Draw(t, "source"), Equal: texts.Draw(t, "equal")}},
		}
		if rapid.Bool().Draw(t, "no receivers") {
			f.Receivers, f.InhibitRules = nil, nil
		}
		got, ok := printed(f)
		if !ok {
			return
		}
		sure++
		want, err := library(f)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("-encoder +printer:\n%s", d)
		}
	})
	if sure < 10 {
		t.Errorf("all but %d fragments were left to the encoder", sure)
	}
}

func TestUsualFragmentIsPrinted(t *testing.T) {
	s := spectest.Services(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: critical, type: api}\n")[0]
	f, _ := newFragment(generate.Job{Service: s})
	if _, ok := printed(f); !ok {
		t.Errorf("%+v is left to the encoder", f)
	}
}
