package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

// byHead makes the change decide its own gate.
func byHead(o Options) Options {
	o.ByHead = true
	return o
}

// Whoever lets a change decide its own gate still reads what it loosens, and that
// nothing else decided.
func TestAChangeThatMayDecideIsStillTold(t *testing.T) {
	o := byHead(proposed(t, "tier: critical", "tier: low"))
	rep := Run(t.Context(), o)
	if decision, marked := decisionOf(rep, "api"); decision == report.Blocked || marked {
		t.Errorf("%s, marked: %t: %+v", decision, marked, rep.Services[0].Gate)
	}
	if got := rulesOf(rep); !slices.Equal(got, []string{"warning change/tier-lowered"}) {
		t.Fatalf("got %q", got)
	}
	i := slices.IndexFunc(rep.Findings, func(f report.Finding) bool { return f.Rule == "change/tier-lowered" })
	if said := rep.Findings[i].Message; !strings.HasSuffix(said, "; the gate goes by this change, because policy-ref is head") {
		t.Errorf("got %q", said)
	}
	o.ByHead = false
	if decision, _ := decisionOf(Run(t.Context(), o), "api"); decision != report.Blocked {
		t.Errorf("without it the gate is %s, so that this proves nothing", decision)
	}
}

// What is only for people to look at does not become louder.
func TestInformationStaysInformation(t *testing.T) {
	rep := Run(t.Context(), byHead(proposed(t, `sum(rate(requests_total{service="api",code!="500"}[5m]))`, `sum(rate(requests_total{service="api"}[5m]))`)))
	if got := rulesOf(rep); !slices.Equal(got, []string{"info change/slo-remeasured"}) {
		t.Errorf("got %q", got)
	}
	if decision, _ := decisionOf(rep, "api"); decision != report.Approved {
		t.Errorf("decision %s", decision)
	}
}

// A change that may decide its own gate is not asked about twice.
func TestTheServicesOfBeforeAreNotMeasuredForNothing(t *testing.T) {
	o := proposed(t, "99.9", "90")
	r := run{o: o, picked: nil, rep: &report.Report{}}
	r.load(t.Context())
	both := len(r.measured())
	r.o.ByHead = true
	if alone := len(r.measured()); both != 3 || alone != 2 {
		t.Errorf("%d services are measured with the base and %d without, want 3 and 2", both, alone)
	}
}

func TestABaseThatCannotBeReadIsToldToTheChangeThatDecides(t *testing.T) {
	o := byHead(proposed(t, "tier: critical", "tier: low"))
	o.Base = func(context.Context) (Base, error) { return Base{}, errors.New("there is no token") }
	if got := rulesOf(Run(t.Context(), o)); !slices.Equal(got, []string{"warning change/base-unknown"}) {
		t.Errorf("got %q", got)
	}
}

// Where nothing is compared the choice changes nothing.
func TestWithoutAChangeTheChoiceHasNoEffect(t *testing.T) {
	for _, o := range []Options{proposed(t, "99.9", "99.95"), byHead(proposed(t, "99.9", "99.95"))} {
		o.Base = nil
		rep := Run(t.Context(), o)
		if decision, marked := decisionOf(rep, "api"); decision != report.Blocked || marked || len(rulesOf(rep)) > 0 {
			t.Errorf("by head: %t: %s, marked: %t, %q", o.ByHead, decision, marked, rulesOf(rep))
		}
	}
}
