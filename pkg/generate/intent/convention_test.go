package intent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// judged is a service with one SLO by events or, without a total, by a ratio.
func judged(good, bad, total string) *spec.Service {
	text := func(s string) spec.Value[string] { return spec.Value[string]{V: s} }
	i := spec.Indicator{Kind: spec.IndicatorEvents, Good: text(good), Bad: text(bad), Total: text(total)}
	if total == "" {
		i = spec.Indicator{Kind: spec.IndicatorRatio, Ratio: text(good)}
	}
	return &spec.Service{Type: spec.Value[spec.Type]{V: spec.TypeAPI}, SLOs: []spec.SLO{{Indicator: i}}}
}

// TestFailuresAreThoseOfTheSLO makes sure that dashboards, alerts and SLOs of a service
// count the same failures.
func TestFailuresAreThoseOfTheSLO(t *testing.T) {
	const usual = `rate(req_total{status=~"5.."}[5m])`
	for name, test := range map[string]struct{ good, bad, total, want string }{
		"another label":            {good: `sum(rate(req_total{code!~"5.."}[5m]))`, total: `sum(rate(req_total[5m]))`, want: `rate(req_total{code=~"5.."}[5m])`},
		"other values":             {good: `sum(rate(req_total{status=~"2..|3.."}[5m]))`, total: `sum(rate(req_total[5m]))`, want: `rate(req_total{status!~"2..|3.."}[5m])`},
		"failures":                 {bad: `sum(rate(req_total{code="500",outcome="SERVER_ERROR"}[5m]))`, total: `sum(rate(req_total[5m]))`, want: `rate(req_total{code="500",outcome="SERVER_ERROR"}[5m])`},
		"a ratio":                  {good: `sum(rate(req_total{code!~"5.."}[5m])) / sum(rate(req_total[5m]))`, want: `rate(req_total{code=~"5.."}[5m])`},
		"one minus a ratio":        {good: `1 - sum(rate(req_total{code=~"5.."}[5m])) / sum(rate(req_total[5m]))`, want: `rate(req_total{code=~"5.."}[5m])`},
		"the rest of a difference": {good: `(sum(rate(req_total[5m])) - sum(rate(req_total{code=~"5.."}[5m]))) / sum(rate(req_total[5m]))`, want: `rate(req_total{code=~"5.."}[5m])`},
		"a guarded ratio":          {good: `sum(rate(req_total{code!~"5.."}[5m])) / (sum(rate(req_total{code!="404"}[5m])) > 0)`, want: `rate(req_total{code=~"5.."}[5m])`},

		"another metric":        {good: `sum(rate(other_total{code!~"5.."}[5m]))`, total: `sum(rate(other_total[5m]))`, want: usual},
		"a part of the service": {good: `sum(rate(req_total{path="/pay"}[5m]))`, total: `sum(rate(req_total[5m]))`, want: usual},
		"what the whole has":    {good: `sum(rate(req_total{country_code="de"}[5m]))`, total: `sum(rate(req_total{country_code="de"}[5m]))`, want: usual},
		"no outcome":            {good: `sum(rate(req_total{country_code="de"}[5m]))`, total: `sum(rate(req_total[5m]))`, want: usual},
		"two matchers":          {good: `sum(rate(req_total{code!~"5..",status!="error"}[5m]))`, total: `sum(rate(req_total[5m]))`, want: usual},
		"no PromQL":             {good: `sum(`, total: `sum(`, want: usual},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Offline(judged(test.good, test.bad, test.total)).Expand(cache(), tech.Target{Expr: "rate(re_dis:errors[5m])"}, Scope{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, shown(e)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if said := e.Used[0].Source == FromSLO; said != (test.want != usual) {
				t.Errorf("the source is %q", e.Used[0].Source)
			}
		})
	}
}

// TestWhatAServerShowsGoesBeforeTheSLO makes sure that a label that is there is taken,
// with the values of the SLO where it is the SLO's own.
func TestWhatAServerShowsGoesBeforeTheSLO(t *testing.T) {
	s := judged(`sum(rate(req_total{code!~"5..|429"}[5m]))`, "", `sum(rate(req_total[5m]))`)
	for outcome, want := range map[string]string{
		"status": `rate(req_total{status=~"5.."}[5m])`,
		"code":   `rate(req_total{code=~"5..|429"}[5m])`,
		"":       `rate(req_total{code=~"5..|429"}[5m])`,
	} {
		e, err := Seen(s, seen(outcome, "req_total")).Expand(cache(), tech.Target{Expr: "rate(re_dis:errors[5m])"}, Scope{Dependency: "main"})
		if err != nil || shown(e) != want {
			t.Errorf("with the label %q: %s, %v; want %s", outcome, shown(e), err, want)
		}
	}
}

// TestServicesDoNotShareConventions makes sure that what is remembered of one service
// is not taken for another one that tells failures otherwise.
func TestServicesDoNotShareConventions(t *testing.T) {
	known := memo.New()
	for _, label := range []string{"code", "status", "result"} {
		s := judged(`sum(rate(req_total{`+label+`!~"5.."}[5m]))`, "", `sum(rate(req_total[5m]))`)
		e, err := Offline(s).Remembering(known).Expand(cache(), tech.Target{Expr: "rate(re_dis:errors[5m]) / rate(re_dis:requests[5m])"}, Scope{})
		if err != nil || !strings.HasPrefix(shown(e), `rate(req_total{`+label+`=~"5.."}`) {
			t.Errorf("%s: %s, %v", label, shown(e), err)
		}
	}
}

// TestUsualIndicatorsAreNotParsed makes sure that the many services that tell failures
// as all do cost nothing.
func TestUsualIndicatorsAreNotParsed(t *testing.T) {
	usually := func(good, bad, total string) bool {
		return usual(judged(good, bad, total).SLOs[0].Indicator, spec.TypeAPI.Facts())
	}
	if !usually(`sum(rate(http_requests_total{service="a",status!~"5.."}[5m]))`, "", `sum(rate(http_requests_total[5m]))`) ||
		!usually("", `sum(rate(http_requests_total{status=~"5.."}[5m]))`, `sum(rate(http_requests_total[5m]))`) {
		t.Error("the default of the type is not known")
	}
	if usually(`sum(rate(http_requests_total{code!~"5.."}[5m]))`, "", `sum(rate(http_requests_total[5m]))`) || usual(spec.Indicator{}, spec.TypeFacts{}) {
		t.Error("another label is taken for the default")
	}
}
