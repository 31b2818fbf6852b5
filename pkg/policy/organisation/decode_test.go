package organisation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// Every mistake is told once, at its place, with what to do.
func TestMistakesInAPolicy(t *testing.T) {
	rule := func(text string) string {
		return "version: 1\nrules:\n  - {name: a, type: " + text + "}\n"
	}
	waiver := func(text string) string { return "version: 1\nwaivers:\n  - {" + text + "}\n" }
	for _, c := range []struct{ text, want string }{
		{"", ":0:0 the policy is empty|write version: 1 and rules:, or remove the file"},
		{"null\n", ":0:0 the policy is empty|write version: 1 and rules:, or remove the file"},
		{"- a\n", ":1:1 the policy must be a mapping; this is a list|write a mapping"},
		{"version: 1\n---\nversion: 1\n", ":3:1 the policy has more than one document|put everything into the first one"},
		{"version: 2\n", ":1:10 this nthlayer reads version 1 of a policy, not \"2\"|write version: 1"},
		{"rules: []\n", ":1:1 the policy has no version|add version: 1"},
		{"version: 1\nwaiver: []\n", ":2:1 unknown key \"waiver\" in the policy|did you mean waivers?"},
		{"version: 1\nrules: {}\n", ":2:8 rules must be a list; this is a mapping|write a list"},
		{"version: 1\nrules: [null]\n", ":2:9 a rule is empty|write name:, type: and params:, or remove the item"},
		{"version: 1\nrules: [{type: runbook}]\n", ":2:9 the rule has no name|add name: with a few words, as checkout-runbooks"},
		{"version: 1\nrules: [{name: a, type: runbook}, {name: a, type: runbook}]\n", ":2:42 there is another rule \"a\"|give each rule a name of its own: findings and waivers go by it"},
		{rule("runbok"), ":3:21 unknown type of rule \"runbok\"|did you mean runbook?"},
		{rule("runbook, severity: bad"), ":3:40 unknown severity \"bad\"|use one of error, warning, info"},
		{rule("runbook, params: {host: a}"), ":3:39 unknown key \"host\" in params of runbook|did you mean hosts?"},
		{rule("runbook, params: {hosts: ['https://a']}"), ":3:47 \"https://a\" is no host name|write the name alone, as runbooks.example.com"},
		{rule("runbook, params: {hosts: ['*.example.com']}"), ":3:47 \"*.example.com\" is no host name|write the name alone, as runbooks.example.com"},
		{rule("runbook, params: {alerts: yes}"), ":3:47 alerts must be true or false; this is text \"yes\"|write true or false"},
		{rule("runbook, when: {tier: critcal}"), ":3:43 unknown tier \"critcal\"|did you mean critical?"},
		{rule("runbook, when: {type: apy}"), ":3:43 unknown type of service \"apy\"|did you mean api?"},
		{rule("required_fields, params: {fields: []}"), ":3:55 fields is an empty list|name something, or remove the key"},
		{rule("required_fields, params: {fields: [ownr]}"), ":3:56 a service has no field \"ownr\"|did you mean owner?"},
		{rule("required_fields, params: {fields: [metadata.]}"), ":3:56 a service has no field \"metadata.\"|did you mean metadata.KEY?"},
		{rule("tier_constraint, params: {tier: low, min_slos: none}"), ":3:68 min_slos must be a whole number of at least 1; this is text \"none\"|write a whole number of at least 1"},
		{rule("tier_constraint, params: {tier: low}"), ":3:46 the rule asks for nothing|add min_slos:, min_objective:, require_gate: true or require_ownership: true"},
		{rule("tier_constraint, params: {tier: low, min_objective: 100}"), ":3:73 min_objective: 100 leaves no error budget: every failure would exhaust it|write a percentage above 0 and below 100, such as 99.9"},
		{rule("thresholds, params: {low: {warning: {min: 20, max: 10}}}"), ":3:57 min is above max|swap them"},
		{rule("thresholds, params: {low: {warning: {min: 200}}}"), ":3:63 min must be a number from 0 to 100; this is a number \"200\"|write a number from 0 to 100"},
		{rule("required_labels, params: {labels: {a: {pattern: '('}}}"), ":3:69 pattern is no regular expression: missing closing ): `(`|write one in the syntax of Go, which is RE2"},
		{rule("approved_exceptions, params: {exceptions: [{who: web, reason: a, until: 2026-01-01}]}"), ":3:70 who must be team:NAME, user:NAME or label:NAME|write who: team:payments-oncall"},
		{rule("approved_exceptions, params: {exceptions: [{who: 'team:*', reason: a, until: 2026-01-01}]}"), ":3:70 who is one name, \"team:*\" is a pattern|write the whole name, and an exception of its own for each one"},
		{rule("ownership, params: {teams: {web: frontend}}"), ":3:54 \"frontend\" is no owner|write it as in CODEOWNERS: @organisation/team, @user or a mail address"},
		{rule("ownership, params: {codeowners: ../CODEOWNERS}"), ":3:53 codeowners \"../CODEOWNERS\" is no path inside the workspace|write one with slashes from the workspace, as .nthlayer/baseline.yaml"},
		{"version: 1\nlint: {disable: [promql/syntx]}\n", ":2:18 there is no rule \"promql/syntx\"|did you mean promql/syntax?"},
		{"version: 1\nlint: {locked: [gate/blocked]}\n", ":2:17 a policy does not decide about \"gate/blocked\", so it cannot be waived, disabled, locked or given a severity|remove it"},
		{waiver("rule: spec/unreadable, services: a, reason: b, until: 2026-01-01"), ":3:12 a policy does not decide about \"spec/unreadable\", so it cannot be waived, disabled, locked or given a severity|remove it"},
		{waiver("rule: alert/for, services: '!a', reason: b, until: 2026-01-01"), ":3:33 \"!a\" would take something out again, which no pattern does here|name what it is for"},
		{"version: 1\nrules: [{name: books, type: runbok}]\nwaivers: [{rule: books, services: a, reason: b, until: 2026-01-01}]\n", ":2:29 unknown type of rule \"runbok\"|did you mean runbook?"},
		{"version: 1\nlint: {severity: {promql/syntax: loud}}\n", ":2:34 unknown severity \"loud\"|use one of error, warning, info"},
		{"version: 1\nlint: {disable: [alert/for], locked: [alert/for]}\n", ":2:39 alert/for is locked and disabled|decide for one"},
		{waiver("rule: nope, services: a, reason: b, until: 2026-01-01"), ":3:12 the policy has no rule \"nope\"|write the id of a rule, as promql/syntax, or the name of a rule of this policy"},
		{waiver("rule: alert/for, reason: b, until: 2026-01-01"), ":3:5 the waiver names neither services nor files|add services: with their names; '*' is all"},
		{waiver("rule: alert/for, services: a, until: 2026-01-01"), ":3:5 the waiver has no reason|add reason: with a ticket or a sentence"},
		{waiver("rule: alert/for, services: a, reason: b"), ":3:5 the waiver has no until|add until: with its last day, as 2026-03-31"},
		{waiver("rule: alert/for, services: a, reason: b, until: soon"), ":3:54 until \"soon\" is no date|write its last day as in 2026-03-31"},
		{rule("tier_constraint, params: {tier: [critical, high], min_slos: 3}, when: {tier: [low, standard]}"), ":3:98 the rule can never hold: its params ask nothing of the tier low or standard|name the same tiers in when: and in params:, or remove when:"},
		{rule("thresholds, params: {critical: {blocking: {min: 10}}}, when: {tier: low}"), ":3:89 the rule can never hold: its params ask nothing of the tier low|name the same tiers in when: and in params:, or remove when:"},
		{"version: 1\nmetadata: {alerts: {max_range: 0s}}\n", ":2:32 max_range is 0, which asks for nothing|write how long, as 1d, or remove the key"},
		{"version: 1\nmetadata: {records: {retention: 0}}\n", ":2:33 retention is 0, which asks for nothing|write how long, as 1d, or remove the key"},
		{waiver("rule: alert/for, services: 'a[z-a]', reason: b, until: 2026-01-01"), ":3:33 \"a[z-a]\" is no pattern|write a name, or a pattern as checkout-* or services/**/*.yaml"},
		{waiver("rule: alert/for, services: '[', reason: b, until: 2026-01-01"), ":3:33 \"[\" is no pattern|write a name, or a pattern as checkout-* or services/**/*.yaml"},
		{"version: 1\nmetadata: {alerts: {for: {min: 1x}}}\n", ":2:32 min \"1x\" is no duration|write one as Prometheus does: 30s, 1h30m, 15d"},
		{"version: 1\nmetadata: {records: {severities: [a]}}\n", ":2:22 unknown key \"severities\" in records|use one of required_labels, patterns, name_pattern, max_range, retention"},
		{"version: 1\nmetadata: {alerts: {severities: [critical, warning], by_severity: {critcal: {for: {max: 1h}}}}}\n", ":2:68 by_severity has \"critcal\", which severities does not allow|did you mean critical?"},
		{"version: 1\nrules: [{name: alert/for, type: runbook}]\n", ":2:16 a rule of lint has the name \"alert/for\"|choose another one: waivers name both by their names"},
		{"version: 1\nrules: [{name: a, type: thresholds, params: {critical: {warning: {min: 1}}, tier-1: {warning: {min: 2}}}}]\n", ":2:77 unknown key \"tier-1\" in params of thresholds|use one of critical, high, standard, low, all"},
		{"version: 1\nrules: [{name: a, type: thresholds, params: {hihg: {warning: {min: 1}}}}]\n", ":2:46 unknown key \"hihg\" in params of thresholds|did you mean high?"},
		{"version: 1\nbaseline: /etc/passwd\n", ":2:11 baseline \"/etc/passwd\" is no path inside the workspace|write one with slashes from the workspace, as .nthlayer/baseline.yaml"},
	} {
		var got []string
		p, problems := Decode("p.yaml", []byte(c.text), knownRules())
		for _, f := range problems {
			if f.Rule != RuleInvalid || f.Severity != report.Error {
				t.Errorf("%q: %s %s", c.text, f.Severity, f.Rule)
			}
			got = append(got, fmt.Sprintf(":%d:%d %s|%s", f.Line, f.Column, f.Message, f.Suggestion))
		}
		if diff := cmp.Diff([]string{c.want}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
		if strings.HasPrefix(c.text, "version: 1\nrules:\n") && len(p.Rules) > 0 {
			t.Errorf("%q: the rule with a mistake is applied", c.text)
		}
	}
}

// The limits of service files hold: a policy cannot be made to cost much.
func TestLimits(t *testing.T) {
	for what, text := range map[string]string{
		"size":      "# " + strings.Repeat("x", 2<<20),
		"depth":     "version: 1\nrules: " + strings.Repeat("[", 500) + strings.Repeat("]", 500),
		"duplicate": "version: 1\nversion: 1\n",
	} {
		if _, problems := Decode("p.yaml", []byte(text), nil); len(problems) == 0 || problems[0].Rule == RuleInvalid {
			t.Errorf("%s: %v", what, problems)
		}
	}
}

const everything = `version: 1
rules:
  - name: fields
    type: required_fields
    severity: warning
    description: Hand-over.
    params: {fields: [runbook, metadata.cost-center]}
    when: {tier: [critical, 2], type: api, team: payments, environment: production}
  - {name: tiers, type: tier_constraint, params: {tier: critical, min_slos: 2, min_objective: 99.9, require_gate: true, require_ownership: true}}
  - {name: deps, type: dependency_rule, params: {require_slo: true, max_critical_dependencies: 1}}
  - {name: gates, type: thresholds, params: {critical: {warning: {min: 20, max: 50}, blocking: {min: 10}}, all: {warning: {max: 60}}}}
  - {name: labels, type: required_labels, params: {labels: {domain: {values: [a, b]}, cost: {pattern: '[A-Z]+'}}, metadata: [region]}}
  - {name: owners, type: ownership}
  - {name: books, type: runbook, params: {hosts: [a.example.com, b.example.com], alerts: true}}
  - {name: none, type: approved_exceptions}
  - {name: some, type: approved_exceptions, params: {exceptions: [{who: user:ada, services: [a*], reason: OPS-1, until: 2026-03-31}]}}
lint: {severity: {alert/for: info}, disable: [slo/duplicate], locked: [promql/impossible]}
metadata:
  alerts: {required_labels: [severity, team], required_annotations: [summary], severities: [critical, warning], patterns: {team: '[a-z]+'}, name_pattern: '[A-Z].*',
    for: {min: 1m, max: 1h}, max_range: 1d, retention: 15d, by_severity: {critical: {required_annotations: [runbook_url], for: {max: 10m}}}}
  records: {required_labels: [team], name_pattern: '.+:.+'}
promruval: [.nthlayer/promruval.yaml]
waivers:
  - {rule: fields, services: [old-*], files: ['old/**'], reason: OPS-2, until: 2026-06-30}
baseline: .nthlayer/baseline.yaml
`

const wantSettings = `lint.severity: {alert/for: info}
lint.disable: [slo/duplicate]
lint.locked: [promql/impossible]
metadata.alerts: {required_labels: [severity, team], required_annotations: [summary], severities: [critical, warning], patterns: {team: [a-z]+}, name_pattern: [A-Z].*, for: {min: 1m, max: 1h}, max_range: 1d, retention: 15d, by_severity: {critical: {required_annotations: [runbook_url], for: {max: 10m}}}}
metadata.records: {required_labels: [team], name_pattern: .+:.+}
promruval: [.nthlayer/promruval.yaml]
baseline: .nthlayer/baseline.yaml`

func TestAWholePolicy(t *testing.T) {
	p := decode(t, everything)
	minute, hour, ten := time.Minute, time.Hour, 10*time.Minute
	alerts := p.Metadata.Alerts
	if *alerts.ForMin != minute || *alerts.ForMax != hour || alerts.MaxRange != 24*hour || alerts.Retention != 15*24*hour ||
		*alerts.BySeverity["critical"].ForMax != ten || alerts.RequiredLabels[1].V != "team" || !alerts.LabelPatterns["team"].MatchString("web") || alerts.LabelPatterns["team"].MatchString("web1") ||
		p.Metadata.Records.NamePattern.MatchString("x") {
		t.Errorf("metadata: %+v", p.Metadata)
	}
	if p.Baseline.V != ".nthlayer/baseline.yaml" || p.Promruval[0].V != ".nthlayer/promruval.yaml" || p.Lint.Severities["alert/for"] != report.Info {
		t.Errorf("got %+v", p)
	}
	if locked := p.LockedIDs(); !slices.Contains(locked, "promql/impossible") || !slices.Contains(locked, "policy/runbook") || slices.Contains(locked, "alert/for") {
		t.Errorf("locked: %v", locked)
	}
	if got := p.Rules[0].When; !slices.Equal(got.Tiers, []spec.Tier{spec.TierCritical, spec.TierStandard}) || !slices.Equal(got.Environments, []string{"prod"}) {
		t.Errorf("when: %+v", got)
	}
	var got strings.Builder
	for _, s := range p.Sentences() {
		fmt.Fprintf(&got, "%s (%s): %s %s\n", s.Name, s.Severity, s.Text, s.Why)
	}
	want := `fields (warning): Every service of type api of tier critical or standard of the team payments, in prod, must have runbook and metadata.cost-center. Hand-over.
tiers (error): Every service, when of tier critical, must have at least 2 SLOs, promise at least 99.9 % in SLOs that count events, have a deployment gate that can block and name an owner. 
deps (error): Every service must have only critical dependencies with an SLO, a contract or an sla and have at most 1 critical dependency. 
gates (error): Every service must have, as tier critical, a warning threshold of 20 to 50 % and a blocking threshold of at least 10 %; as any other tier, a warning threshold of at most 60 %. 
labels (error): Every service must carry the label domain with one of a, b, the label cost with a value that matches [A-Z]+ and the metadata region. 
owners (error): Every service must have a team that owns its service file by CODEOWNERS. 
books (error): Every service must have a runbook, and one for each alert, on a.example.com or b.example.com. 
none (error): Every service must have no exception of its gate. 
some (error): Every service must have no exception of its gate but those for user:ada on a* to allow during_freeze or warning_only until 2026-03-31 (OPS-1). 
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for today, want := range map[string]string{
		"2026-06-30": "\"fields\" is waived on old-* in old/** until 2026-06-30: OPS-2",
		"2026-07-01": "\"fields\" was waived on old-* in old/**, which ended on 2026-06-30: OPS-2",
	} {
		if got := p.WaiverSentences(today); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q", today, got)
		}
	}
	if diff := cmp.Diff(wantSettings, strings.Join(p.Settings, "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever stands in a policy, reading ends, every mistake has a place, and what was
// read can be applied and printed.
func FuzzDecode(f *testing.F) {
	f.Add(everything)
	f.Add("version: 1\nrules: [{name: a, type: runbook, params: &a {hosts: *a}}]")
	f.Fuzz(func(t *testing.T, text string) {
		p, problems := Decode("p.yaml", []byte(text), knownRules())
		for _, f := range problems {
			if f.File != "p.yaml" || f.Message == "" {
				t.Errorf("%+v", f)
			}
		}
		s := &spec.Service{SLOs: []spec.SLO{{}}, Gates: []spec.Gate{{Exceptions: []spec.Exception{{}}}}, Alerts: []spec.Alert{{}}, Dependencies: []spec.Dependency{{}}}
		found := p.Check([]*spec.Service{s}, Input{})
		p.Sentences()
		p.WaiverSentences("")
		a := p.Apply(nil, "2026-01-01")
		a.To(found)
		a.Report(Looked{Whole: true})
	})
}
