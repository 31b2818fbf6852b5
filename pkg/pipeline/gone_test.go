package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// gone returns options for a change after which the file of the service holds
// other text, and is not there when that is empty.
func gone(t *testing.T, was, is string) Options {
	t.Helper()
	o := change(t, was, is)
	if is == "" {
		o.Files = []spec.Found{{Path: "services/web.yaml"}}
	}
	o.Workspace = o.Workspace.Over(map[string][]byte{apiFile: nonEmpty(is)})
	return o
}

// nonEmpty is the content of a file of the workspace: nil, so that there is none,
// for no text.
func nonEmpty(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(text)
}

func hasReason(rep *report.Report, service, code string) bool {
	return slices.ContainsFunc(rep.Services, func(s report.Service) bool {
		return s.Name == service && s.Gate != nil && slices.ContainsFunc(s.Gate.Reasons, func(r report.Reason) bool { return r.Code == code })
	})
}

// A service whose budget is used up cannot be deployed, whatever becomes of its
// file.
func TestAServiceThatIsRemovedIsDecidedByWhatItWas(t *testing.T) {
	low := strings.Replace(apiText(), "critical", "low", 1)
	healthy := strings.Replace(apiText(), "99.9", "50", 1)
	withoutData := strings.ReplaceAll(healthy, "requests_total", "nothing_total")
	for _, c := range []struct {
		name, was, is string
		stages        []Stage
		decision      report.Decision
		verdict       report.Verdict
		rules         []string
	}{
		{"file deleted", apiText(), "", nil, report.Blocked, report.Fail, []string{"error change/service-removed", "error gate/weakened"}},
		{"file emptied", apiText(), "# nothing\n", nil, report.Blocked, report.Fail, []string{"error change/service-removed", "error gate/weakened"}},
		{"a rule file now", apiText(), "groups: []\n", []Stage{Lint, Gate}, report.Blocked, report.Fail, []string{"error change/service-removed", "error gate/weakened"}},
		{"hidden behind rules", apiText(), apiText() + "groups: []\n", []Stage{Lint, Gate}, report.Blocked, report.Fail, []string{"error change/service-removed", "error gate/weakened"}},
		{"without data", withoutData, "", nil, report.Unknown, report.Fail, []string{"error change/service-removed", "warning gate/weakened"}},
		{"not critical, with budget", strings.Replace(low, "99.9", "50", 1), "", nil, report.Approved, report.Warn, []string{"warning change/service-removed"}},
		{"critical, with budget", healthy, "", nil, report.Approved, report.Fail, []string{"error change/service-removed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := gone(t, c.was, c.is)
			if c.stages != nil {
				o.Stages = c.stages
			}
			rep := Run(t.Context(), o)
			if decision, marked := decisionOf(rep, "api"); decision != c.decision || !marked {
				t.Errorf("%s, marked: %t: %+v", decision, marked, rep.Services)
			}
			if got := rulesOf(rep); !slices.Equal(got, c.rules) || rep.Verdict != c.verdict {
				t.Errorf("%s, %q, want %s, %q", rep.Verdict, got, c.verdict, c.rules)
			}
			o.ByHead = true
			if rep := Run(t.Context(), o); hasReason(rep, "api", gate.CodeWeakened) || slices.ContainsFunc(rulesOf(rep), func(s string) bool { return strings.HasPrefix(s, "error") }) {
				t.Errorf("decided by head: %s, %+v", rep.Verdict, rep.Services)
			}
		})
	}
}

// The last service may be the one that is removed: there is a gate all the same.
func TestTheLastServiceThatIsRemovedIsDecided(t *testing.T) {
	o := gone(t, apiText(), "")
	o.Files = nil
	rep := Run(t.Context(), o)
	if decision, _ := decisionOf(rep, "api"); decision != report.Blocked || rep.Verdict != report.Fail || rep.Summary.Services != 1 {
		t.Errorf("%s: %+v", rep.Verdict, rep.Services)
	}
	for _, f := range rep.Findings {
		if f.Line != 0 {
			t.Errorf("%s names line %d of a file that is not there", f.Rule, f.Line)
		}
	}
}

// A service that is in another file now is not gone, in no environment.
func TestAServiceThatMovesToAnotherFileIsNotRemoved(t *testing.T) {
	o := gone(t, apiText(), "")
	o.Workspace = o.Workspace.Over(map[string][]byte{apiFile: nil, "services/moved.yaml": []byte(apiText())})
	o.Files = append(o.Files, spec.Found{Path: "services/moved.yaml"})
	base := o.Base
	o.Base = func(ctx context.Context) (Base, error) {
		b, err := base(ctx)
		b.Environments = []string{"dev", "prod"}
		return b, err
	}
	if got := rulesOf(Run(t.Context(), o)); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

// Nobody knows whether a change makes a gate milder when nobody knows what it was.
func TestAGateThatCannotBeComparedIsUnknown(t *testing.T) {
	healthy := strings.Replace(apiText(), "99.9", "50", 1)
	const layer = "services/environments/prod.yaml"
	for _, c := range []struct {
		name string
		base Base
		err  error
		is   string
		// api and web are the decisions about the two services.
		api, web report.Decision
		told     string
	}{
		{"nothing is known", Base{}, errors.New("there is no token"), healthy, report.Unknown, report.Unknown, "there is no token"},
		{"nothing is known of a gate that is closed", Base{}, errors.New("there is no token"), apiText(), report.Blocked, report.Unknown, "there is no token"},
		{"one file", Base{Unread: []Unread{{apiFile, "the host answered 403"}}}, nil, healthy, report.Unknown, report.Approved, "the host answered 403"},
		{"one file that was moved", Base{Unread: []Unread{{"old.yaml", "403"}}, Moved: map[string]string{"old.yaml": apiFile}}, nil, healthy, report.Unknown, report.Approved, "403"},
		{"an environment of any service", Base{Unread: []Unread{{layer, "403"}}}, nil, healthy, report.Unknown, report.Unknown, "403"},
		{"a file that is gone", Base{Unread: []Unread{{"services/old.yaml", "403"}}}, nil, healthy, report.Approved, report.Approved, "removes a service whose gate is closed: 403"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := change(t, apiText(), c.is)
			c.base.Workspace = o.Workspace
			o.Base = func(context.Context) (Base, error) { return c.base, c.err }
			rep := Run(t.Context(), o)
			for service, want := range map[string]report.Decision{"api": c.api, "web": c.web} {
				if got, _ := decisionOf(rep, service); got != want || hasReason(rep, service, gate.CodeBaseUnknown) != (want == report.Unknown) {
					t.Errorf("%s is %s, want %s: %+v", service, got, want, rep.Services)
				}
			}
			if want := report.Worst(c.api.Verdict(), report.Undecidable); rep.Verdict != want {
				t.Errorf("verdict %s, want %s", rep.Verdict, want)
			}
			told := func(f report.Finding) bool {
				return f.Rule == gate.RuleUndecided && strings.Contains(f.Message, c.told) && strings.Contains(f.Suggestion, "fetch-depth: 0")
			}
			if !slices.ContainsFunc(rep.Findings, told) {
				t.Errorf("nothing says why: %+v", rep.Findings)
			}
			o.ByHead = true
			if rep := Run(t.Context(), o); hasReason(rep, "web", gate.CodeBaseUnknown) || rep.Verdict == report.Undecidable {
				t.Errorf("decided by head: %s", rep.Verdict)
			}
		})
	}
}

// What was no service file that one can read decides nothing either.
func TestABaseThatIsNoServiceFileIsUnknown(t *testing.T) {
	rep := Run(t.Context(), change(t, "name: [\n", strings.Replace(apiText(), "99.9", "50", 1)))
	if got, _ := decisionOf(rep, "api"); got != report.Unknown || rep.Verdict != report.Undecidable {
		t.Errorf("%s, %s", got, rep.Verdict)
	}
}
