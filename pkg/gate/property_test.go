package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// drawGate returns a gate without conditions on the budget itself.
func drawGate(t *rapid.T, name string) spec.Gate {
	limit := rapid.Custom(func(t *rapid.T) spec.Limit {
		return spec.Limit{
			Given: rapid.Bool().Draw(t, "given"), Off: rapid.Bool().Draw(t, "off"),
			Percent: rapid.Float64Range(0, 100).Draw(t, "percent"),
		}
	})
	g := spec.Gate{
		Name: spec.Value[string]{V: name}, Warning: limit.Draw(t, "warning"), Blocking: limit.Draw(t, "blocking"),
		OnExhausted: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) spec.Value[string] {
			return spec.Value[string]{V: rapid.SampledFrom([]string{"freeze_deploys", "require_approval", "notify"}).Draw(t, "action")}
		}), 0, 2).Draw(t, "on_exhausted"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "conditions") {
		g.Conditions = append(g.Conditions, spec.Condition{
			When:    spec.Value[string]{V: rapid.SampledFrom([]string{"", "weekday", "NOT weekday", "hour >= 11", "no such", "branch == 'main'"}).Draw(t, "when")},
			Warning: limit.Draw(t, "warning"), Blocking: limit.Draw(t, "blocking"), Relax: rapid.Bool().Draw(t, "relax"),
		})
	}
	if rapid.Bool().Draw(t, "exception") {
		g.Exceptions = []spec.Exception{{
			Who:   spec.Value[string]{V: "team:sre"},
			Allow: spec.Value[string]{V: rapid.SampledFrom([]string{"always", "during_freeze", "warning_only"}).Draw(t, "allow")},
		}}
	}
	return g
}

func drawInput(t *rapid.T) Input {
	service := &spec.Service{
		Name: spec.Value[string]{V: "payments"},
		Tier: spec.Value[spec.Tier]{V: rapid.SampledFrom([]spec.Tier{"critical", "high", "standard", "low"}).Draw(t, "tier")},
	}
	for range rapid.IntRange(0, 2).Draw(t, "gates") {
		service.Gates = append(service.Gates, drawGate(t, "g"))
	}
	in := Input{
		Service: service, Environment: rapid.SampledFrom([]string{"", "dev", "staging", "prod"}).Draw(t, "environment"),
		Now:     christmas(),
		Deploy:  Deploy{Team: rapid.SampledFrom([]string{"", "sre"}).Draw(t, "team")},
		Options: Options{BurnRateRule: rapid.Bool().Draw(t, "burn rule")},
	}
	if rapid.Bool().Draw(t, "radius") {
		in.BlastRadius = &report.BlastRadius{Critical: 1}
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "slos") {
		name := string(rune('a' + i))
		m := slo(name, rapid.OneOf(
			rapid.Float64Range(-50, 100), rapid.SampledFrom([]float64{0, 5, 10, 15, 20, 30, 50, 100}),
		).Draw(t, "remaining"))
		m.BurnRate.Hour1 = report.Num(rapid.SampledFrom([]float64{0, 14.4}).Draw(t, "burn"))
		if rapid.IntRange(0, 9).Draw(t, "burn known") > 0 {
			m.BurnRate.Hour6 = report.Num(0)
		}
		if rapid.IntRange(0, 9).Draw(t, "unmeasured") == 0 {
			m = unmeasured(name, report.StateNoData, "")
		}
		in.SLOs = append(in.SLOs, m)
	}
	return in
}

// Less budget never gives a milder decision.
func TestDecisionIsMonotoneInTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		before := Decide(in).Gate
		i := rapid.IntRange(0, len(in.SLOs)-1).Draw(t, "which")
		if in.SLOs[i].State != report.StateOK {
			t.Skip("nothing to take from")
		}
		less := *in.SLOs[i].Budget.RemainingPercent - rapid.Float64Range(0, 60).Draw(t, "less")
		in.SLOs[i].Budget.RemainingPercent = &less
		if after := Decide(in).Gate; rank(after.Decision) < rank(before.Decision) {
			t.Fatalf("from %s, %v to %s, %v", before.Decision, before.Reasons, after.Decision, after.Reasons)
		}
	})
}

func TestDecisionDoesNotDependOnTheOrderOfSLOs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		want := Decide(in)
		in.SLOs = rapid.Permutation(in.SLOs).Draw(t, "order")
		if diff := cmp.Diff(want, Decide(in)); diff != "" {
			t.Fatalf("(-first +permuted):\n%s", diff)
		}
	})
}

// A decision that is not approved always has exactly one finding about it, and
// every decision has a reason.
func TestEveryDecisionIsExplained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := Decide(drawInput(t))
		if len(got.Gate.Reasons) == 0 {
			t.Fatal("no reason")
		}
		want := 1
		if got.Gate.Decision == report.Approved {
			want = 0
		}
		if len(got.Findings) != want {
			t.Fatalf("%d findings about %s: %v", len(got.Findings), got.Gate.Decision, got.Findings)
		}
		for _, f := range got.Findings {
			if f.Message == "" || f.Rule == "" || f.Suggestion == "" {
				t.Fatalf("empty finding %+v", f)
			}
		}
	})
}
