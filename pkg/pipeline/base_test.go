package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// apiFile is the service that the changes of these tests are about: its budget
// is exhausted.
const apiFile = "services/api.yaml"

func apiText() string {
	for _, f := range txtar.Parse([]byte(files)).Files {
		if f.Name == apiFile {
			return string(f.Data)
		}
	}
	return ""
}

// proposed returns options for a change that replaces old by new, pairwise, in
// what was there before.
func proposed(t *testing.T, pairs ...string) Options {
	t.Helper()
	now := strings.NewReplacer(pairs...).Replace(apiText())
	if now == apiText() {
		t.Fatal("nothing was replaced")
	}
	return change(t, apiText(), now)
}

// change returns options for a change of the file from one text to another.
func change(t *testing.T, was, is string) Options {
	t.Helper()
	o := options(t, strings.Replace(files, apiText(), is, 1))
	o.Stages = []Stage{Gate}
	o.Files = []spec.Found{{Path: apiFile}, {Path: "services/web.yaml"}}
	o.Deploy = gate.Deploy{User: "octocat"}
	o.Base = func(context.Context) (Base, error) {
		return Base{Workspace: o.Workspace.Over(map[string][]byte{apiFile: []byte(was)}), Files: []spec.Found{{Path: apiFile}}}, nil
	}
	return o
}

func rulesOf(rep *report.Report) (out []string) {
	for _, f := range rep.Findings {
		if strings.HasPrefix(f.Rule, "change/") || f.Rule == gate.RuleWeakened {
			out = append(out, string(f.Severity)+" "+f.Rule)
		}
	}
	slices.Sort(out)
	return out
}

func decisionOf(rep *report.Report, service string) (report.Decision, bool) {
	for _, s := range rep.Services {
		if s.Name == service && s.Gate != nil {
			return s.Gate.Decision, slices.ContainsFunc(s.Gate.Reasons, func(r report.Reason) bool { return r.Code == gate.CodeWeakened })
		}
	}
	return "", false
}

const ownGate = "resources: [{kind: DeploymentGate, name: g, spec: {%}}]\n"

func withGate(settings string) string {
	return apiText() + strings.Replace(ownGate, "%", settings, 1)
}

// Each of these changes would open the gate of a service whose budget is used
// up, if the change itself decided.
func TestNoChangeWavesItselfThrough(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     Options
		rules []string
	}{
		{"tier lowered", proposed(t, "tier: critical", "tier: low"), []string{"error change/tier-lowered", "error gate/weakened"}},
		{"objective lowered", proposed(t, "99.9", "90"), []string{"error change/slo-weakened", "error gate/weakened"}},
		{
			"query that is always good", proposed(t, `sum(rate(requests_total{service="api",code!="500"}[5m]))`, `sum(rate(requests_total{service="api"}[5m]))`),
			[]string{"error gate/weakened", "info change/slo-remeasured"},
		},
		{"exception for whoever sent it", change(t, apiText(), withGate("exceptions: [{user: octocat, allow: always}]")), []string{"error change/gate-exception", "error gate/weakened"}},
		{"thresholds off", change(t, apiText(), withGate("thresholds: {blocking: null, warning: null}")), []string{"error change/gate-weakened", "error change/gate-weakened", "error gate/weakened"}},
		{
			"another name and a lower tier", proposed(t, "name: api", "name: api2", "tier: critical", "tier: low"),
			[]string{"error change/tier-lowered", "error gate/weakened", "info change/service-renamed"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rep := Run(t.Context(), c.o)
			name := rep.Services[0].Name
			if decision, marked := decisionOf(rep, name); decision != report.Blocked || !marked {
				t.Errorf("%s, marked: %t: %+v", decision, marked, rep.Services[0].Gate)
			}
			if got := rulesOf(rep); !slices.Equal(got, c.rules) {
				t.Errorf("got %q, want %q", got, c.rules)
			}
			if rep.Verdict != report.Fail {
				t.Errorf("verdict %s", rep.Verdict)
			}
			c.o.Base = nil
			if decision, _ := decisionOf(Run(t.Context(), c.o), name); decision == report.Blocked {
				t.Error("the change does not open the gate, so that it proves nothing")
			}
		})
	}
}

func TestAFreezeHoldsInTheChangeThatRemovesIt(t *testing.T) {
	healthy := strings.Replace(apiText(), "99.9", "50", 1)
	freeze := healthy + strings.Replace(ownGate, "%", "conditions: [{name: always, when: hour >= 0, blocking: 100}]", 1)
	rep := Run(t.Context(), change(t, freeze, healthy))
	if decision, marked := decisionOf(rep, "api"); decision != report.Blocked || !marked {
		t.Errorf("%s, marked: %t", decision, marked)
	}
	if got := rulesOf(rep); !slices.Equal(got, []string{"error change/gate-weakened", "error gate/weakened"}) {
		t.Errorf("got %q", got)
	}
}

func TestAStricterChangeIsDecidedByItself(t *testing.T) {
	low := strings.Replace(apiText(), "critical\n", "low\n", 1)
	rep := Run(t.Context(), change(t, low, apiText()))
	if decision, marked := decisionOf(rep, "api"); decision != report.Blocked || marked || len(rulesOf(rep)) > 0 {
		t.Errorf("%s, marked: %t, findings %q", decision, marked, rulesOf(rep))
	}
}

// A query without data can be corrected: its unknown decision does not count
// against the change that corrects it.
func TestABrokenQueryCanBeCorrected(t *testing.T) {
	healthy := strings.NewReplacer("99.9", "50").Replace(apiText())
	broken := strings.ReplaceAll(healthy, "requests_total", "request_total")
	rep := Run(t.Context(), change(t, broken, healthy))
	if decision, marked := decisionOf(rep, "api"); decision != report.Approved || marked {
		t.Errorf("%s, marked: %t: %+v", decision, marked, rep.Services[0].Gate)
	}
	if got := rulesOf(rep); !slices.Equal(got, []string{"info change/slo-remeasured"}) {
		t.Errorf("got %q", got)
	}
}

func TestWhatCannotBeComparedIsTold(t *testing.T) {
	t.Run("base", func(t *testing.T) {
		o := proposed(t, "tier: critical", "tier: low")
		o.Base = func(context.Context) (Base, error) { return Base{}, errors.New("there is no token") }
		rep := Run(t.Context(), o)
		if got := rulesOf(rep); !slices.Equal(got, []string{"warning change/base-unknown"}) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("file", func(t *testing.T) {
		rep := Run(t.Context(), change(t, "name: [\n", apiText()))
		if got := rulesOf(rep); !slices.Equal(got, []string{"warning change/base-unknown"}) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("no services", func(t *testing.T) {
		o := proposed(t, "tier: critical", "tier: low")
		o.Files = nil
		o.Base = func(context.Context) (Base, error) { return Base{}, errors.New("there is no token") }
		rep := Run(t.Context(), o)
		if got := rulesOf(rep); !slices.Equal(got, []string{"warning change/base-unknown"}) || rep.Verdict != report.Undecidable {
			t.Errorf("%s, %q", rep.Verdict, got)
		}
		o.Stages = []Stage{Lint}
		if got := rulesOf(Run(t.Context(), o)); len(got) > 0 {
			t.Errorf("got %q although nothing is gated", got)
		}
	})
}

func TestAMovedFileIsComparedWithWhatItWas(t *testing.T) {
	o := proposed(t, "name: api", "name: api2", "tier: critical", "tier: low")
	o.Base = func(context.Context) (Base, error) {
		return Base{
			Workspace: o.Workspace.Over(map[string][]byte{"old/api.yaml": []byte(apiText()), apiFile: nil}),
			Files:     []spec.Found{{Path: "old/api.yaml"}}, Moved: map[string]string{"old/api.yaml": apiFile},
		}, nil
	}
	rep := Run(t.Context(), o)
	if decision, marked := decisionOf(rep, "api2"); decision != report.Blocked || !marked {
		t.Errorf("%s, marked: %t, %q", decision, marked, rulesOf(rep))
	}
}

// A rule file of the base is not read as a service file.
func TestRuleFilesOfTheBaseAreNoServices(t *testing.T) {
	o := proposed(t, "tier: critical", "tier: low")
	o.Base = func(context.Context) (Base, error) {
		return Base{Workspace: o.Workspace.Over(map[string][]byte{"rules/a.yaml": []byte("groups:\n  - name: [\n")}), Files: []spec.Found{{Path: "rules/a.yaml"}}}, nil
	}
	if got := rulesOf(Run(t.Context(), o)); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

// A job for one environment is all that many repositories have, and what it lets
// pass is deployed to the others.
func TestOtherEnvironmentsAreComparedToo(t *testing.T) {
	everywhere := func(o Options) Options {
		compared := o.Base
		o.Base = func(ctx context.Context) (Base, error) {
			b, err := compared(ctx)
			b.Environments = []string{"dev", "prod", "staging"}
			return b, err
		}
		return o
	}
	o := everywhere(change(t, apiText(), apiText()+"environments: {prod: {tier: low}, staging: {tier: critical}}\n"))
	o.Environment = "staging"
	rep := Run(t.Context(), o)
	if got := rulesOf(rep); !slices.Equal(got, []string{"error change/tier-lowered"}) {
		t.Fatalf("got %q", got)
	}
	for _, f := range rep.Findings {
		if f.Rule == "change/tier-lowered" && !strings.HasSuffix(f.Message, "(environment prod)") {
			t.Errorf("the environment is not named: %s", f.Message)
		}
	}
	if _, marked := decisionOf(rep, "api"); marked {
		t.Error("the gate of staging was decided by what changes in prod")
	}
	// What the run's own environment says is not told twice.
	rep = Run(t.Context(), everywhere(proposed(t, "tier: critical", "tier: low")))
	if got := rulesOf(rep); !slices.Equal(got, []string{"error change/tier-lowered", "error gate/weakened"}) {
		t.Errorf("got %q", got)
	}
}
