package loki

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// overridden are the rules of a database whose overrides
// are given, and the messages of what is wrong with these.
func overridden(t *testing.T, tier, overrides string) (rules, messages []string) {
	t.Helper()
	s := spectest.Services(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: "+tier+", type: worker}\nresources:\n"+
		"  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: postgres, selector: {job: x}, alerts: {overrides: {"+overrides+"}}}]}}\n")[0]
	job := generate.Job{Service: s, Catalog: catalogue(t), Metrics: intent.Offline(s)}
	r := Alerts{}.Generate(job)
	for _, g := range read(t, r).Groups {
		for _, rule := range g.Rules {
			c, err := recognise(rule.Expr)
			if err != nil {
				t.Error(err)
			}
			rules = append(rules, fmt.Sprint(strings.TrimPrefix(rule.Alert, "Pay"), " ", rule.Labels["severity"], " >", c.more, " for ", rule.For, " in ", c.window))
		}
	}
	for _, f := range append(r.Findings, alert.Alerts{}.Generate(job).Findings...) {
		if f.Severity == report.Error {
			messages = append(messages, f.Position().String()+" "+f.Message)
		}
	}
	return rules, messages
}

// TestTheOwnerAloneIsToldOfLogs makes sure that the lines of what several services
// share wake up one team.
func TestTheOwnerAloneIsToldOfLogs(t *testing.T) {
	for owner, want := range map[string]int{"pay": 2, "ledger": 0} {
		s := spectest.Services(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: high, type: worker}\nresources:\n"+
			"  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: postgres, selector: {job: x}, alerts: {owner: "+owner+"}}]}}\n")[0]
		r := Alerts{}.Generate(generate.Job{Service: s, Catalog: catalogue(t), Metrics: intent.Offline(s)})
		got := 0
		if len(r.Artefacts) > 0 {
			got = r.Artefacts[0].Count
		}
		if got != want || (want == 0) != (len(r.LeftOut) == 1 && r.LeftOut[0].Why == "told to the owner of main, ledger" && r.LeftOut[0].Count == 3) {
			t.Errorf("owned by %s: %d rules, left out %v", owner, got, r.LeftOut)
		}
	}
}

// TestOverridesReachAlertsOnLogs makes sure that the alerts of a dependency are
// changed in one place, whatever they read.
func TestOverridesReachAlertsOnLogs(t *testing.T) {
	tests := []struct {
		name, tier, overrides string
		rules, messages       []string
	}{
		{"none", "high", "", []string{"Panic critical >0 for  in 5m0s", "SlowQueries warning >20 for 10m in 11m0s"}, nil},
		{"by its name", "high", "Panic: {disabled: true}", []string{"SlowQueries warning >20 for 10m in 11m0s"}, nil},
		{"as Alertmanager shows it", "high", "PayPanic: {severity: warning, threshold: 2}", []string{"Panic warning >2 for  in 5m0s", "SlowQueries warning >20 for 10m in 11m0s"}, nil},
		{"longer than the window", "high", "SlowQueries: {for: 20m}", []string{"Panic critical >0 for  in 5m0s", "SlowQueries warning >20 for 20m in 21m0s"}, nil},
		{"tier low", "low", "", []string{"Panic warning >0 for  in 5m0s"}, nil},
		{"tier low that pages", "low", "Panic: {page: true}, SlowQueries: {page: true}", []string{"Panic critical >0 for  in 5m0s", "SlowQueries warning >20 for 10m in 11m0s"}, nil},
		{"half a line", "high", "Panic: {threshold: 0.5}", []string{"SlowQueries warning >20 for 10m in 11m0s"}, []string{"pay.yaml:3:143 the threshold of Panic is a number of lines, and 0.5 is none"}},
		{"no duration", "high", "SlowQueries: {for: soon}", []string{"Panic critical >0 for  in 5m0s"}, []string{"pay.yaml:3:143 for: of the override of SlowQueries is not a duration: soon"}},
		{"misspelt", "high", "PayPanick: {for: 5m}", []string{"Panic critical >0 for  in 5m0s", "SlowQueries warning >20 for 10m in 11m0s"}, []string{"pay.yaml:3:124 PostgreSQL has no alert PayPanick"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules, messages := overridden(t, test.tier, test.overrides)
			if diff := cmp.Diff(test.rules, rules); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(test.messages, messages); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAPlatformIsAskedAboutThePodsOfTheServiceOnly makes sure that a whole namespace,
// which many services share, does not alert the owner of one.
func TestAPlatformIsAskedAboutThePodsOfTheServiceOnly(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := spectest.Services(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: critical, type: api, kubernetes: {namespace: shop, workload: pay-web}}\n")[0]
	r := Alerts{}.Generate(generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)})
	groups := read(t, r).Groups
	if len(groups) != 2 || groups[1].Name != "pay-kubernetes-logs" || len(groups[1].Rules) < 5 {
		t.Fatalf("got %+v", groups)
	}
	for _, rule := range groups[1].Rules {
		c, err := recognise(rule.Expr)
		if diff := cmp.Diff([]string{"namespace=shop"}, c.matchers); diff != "" || err != nil {
			t.Errorf("%v in %s\n%s", err, rule.Expr, diff)
		}
		lines := regexp.MustCompile(c.lines)
		for line, want := range map[string]bool{
			"Warning  BackOff  pod/pay-web-7d4b9c6f5d-x2k4p  Back-off restarting failed container": true,
			`name=pay-web-7d4b9c6f5d-x2k4p kind=Pod reason=BackOff msg="Back-off restarting"`:      true,
			"Warning  BackOff  pod/pay-web-admin-7d4b9c6f5d-x2k4p  Back-off restarting":            false,
			"Warning  BackOff  pod/search-7d4b9c6f5d-x2k4p  Back-off restarting failed container":  false,
		} {
			if c.lines == "" || lines.MatchString(line) != want {
				t.Errorf("%s: %s of %q is %t", rule.Alert, c.lines, line, !want)
			}
		}
		if rule.Labels["technology"] != "kubernetes" || rule.Labels["dependency"] != "" {
			t.Errorf("labels %v", rule.Labels)
		}
	}
}

func TestTheLabelOfAWorkload(t *testing.T) {
	for _, test := range []struct {
		has  []string
		want string
	}{
		{[]string{"container", "job", "service_name", "app"}, "app"},
		{[]string{"job", "service_name"}, "service_name"},
		{[]string{"namespace", "container"}, "container"},
		{[]string{"filename"}, ""},
		{nil, ""},
	} {
		if got := WorkloadLabel(test.has); got != test.want {
			t.Errorf("of %v it is %q, want %q", test.has, got, test.want)
		}
	}
}
