package slo

import (
	"math"
	"testing"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func TestLowTraffic(t *testing.T) {
	of := func(objective string) spec.Objective {
		s := spectest.Services(t, "-- a.yaml --\nname: a\nteam: t\ntier: low\ntype: api\nslos:\n  - name: x\n    objective: "+objective+"\n    metric: m_total\n    success_filter: code!~\"5..\"\n")
		return s[0].SLOs[0].Objective.V
	}
	for _, c := range []struct {
		objective          string
		inWindow, inPeriod float64
		burn, allowed      float64
		ok                 bool
	}{
		{"99.9", 40, 28_800, 25, 28.8, true},
		{"99", 40, 28_800, 2.5, 288, true},
		{"99.99", 1, 720, 10_000, 0.072, true},
		{"99.9", 0, 0, 0, 0, false},
		{"99.9", math.NaN(), 1, 0, 0, false},
		{"99.9", math.Inf(1), 1, 0, 0, false},
	} {
		got, ok := NewLowTraffic(of(c.objective), c.inWindow, c.inPeriod)
		if ok != c.ok || math.Abs(got.Burn-c.burn) > 1e-9*c.burn || math.Abs(got.Allowed-c.allowed) > 1e-9 {
			t.Errorf("%s with %v events: got %+v, %t", c.objective, c.inWindow, got, ok)
		}
	}
	if _, ok := NewLowTraffic(spec.Objective{}, 1, 1); ok {
		t.Error("there is no answer without an objective")
	}
}
