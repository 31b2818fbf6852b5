package spec_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/spec/spectest"
)

const head = "service: {name: pay, team: money, tier: critical, type: api}\nresources:\n"

func TestWhatWouldBeIgnoredIsTold(t *testing.T) {
	for _, tt := range []struct {
		name, resource string
		want           []string
	}{
		{
			"a ratio as text", "- {kind: SLO, name: a, spec: {objective: 99.9, window: 30d, indicator: {success_ratio: 'sum(a) / sum(b)'}}}\n",
			[]string{"3:88 spec/wrong-type"},
		},
		{
			"a ratio as text without an indicator", "- {kind: SLO, name: a, spec: {objective: 99.9, window: 30d, success_rate: 'sum(a) / sum(b)'}}\n",
			[]string{"3:75 spec/wrong-type"},
		},
		{"a recording rule", "- {kind: RecordingRule, name: a, spec: {recrod: 'a:b', exprs: up, interval: 1m}}\n", []string{"3:41 spec/unknown-field", "3:56 spec/unknown-field"}},
		{"a dashboard", "- {kind: Dashboard, name: a, spec: {panles: [], refresh: 1m}}\n", []string{"3:37 spec/unknown-field"}},
		{"a panel", "- {kind: Dashboard, name: a, spec: {panels: [{titel: x, qery: up, unit: s}]}}\n", []string{"3:47 spec/unknown-field", "3:57 spec/unknown-field"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range spectest.Load(t, "-- pay.yaml --\n"+head+tt.resource, "").Findings {
				if f.Rule != "slo/indicator" {
					got = append(got, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Rule))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestALabelKnowsItsKey(t *testing.T) {
	loaded := spectest.Load(t, "-- pay.yaml --\n"+head+"- kind: Alert\n  name: A\n  spec:\n    expr: up == 0\n    severity: page\n    labels:\n      \"a-b\": c\n", "")
	if len(loaded.Services) != 1 || len(loaded.Services[0].Alerts) != 1 {
		t.Fatal(loaded.Findings)
	}
	entry := loaded.Services[0].Alerts[0].Labels[0]
	f := entry.KeyAt.FindingInside(0, 3, "", "", "", "", "")
	if got, want := f.Position().String()+" "+f.Path, "pay.yaml:9:8 "+entry.Value.At.Path(); got != want {
		t.Errorf("the key stands at %s, want %s", got, want)
	}
}

func TestAnEmptyArgumentIsNoFolder(t *testing.T) {
	ws := spectest.Open(t, t.TempDir())
	found, problems := ws.Find(t.Context(), []string{""})
	if len(found) != 0 || len(problems) != 1 || len(ws.FindBeside(t.Context(), []string{""})) != 0 {
		t.Errorf("found %v, problems %v", found, problems)
	}
}
