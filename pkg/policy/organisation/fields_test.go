package organisation

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

func TestRequiredFields(t *testing.T) {
	runRules(t, []ruleCase{
		{name: "what is missing is told at the service, and at what lacks it", rule: "type: required_fields\nparams: {fields: [team, runbook, slos.description, metadata.cost-center]}", services: shop, want: `
services/shop.yaml:1:1 error policy/required-fields: the required field metadata.cost-center is missing
services/shop.yaml:1:1 error policy/required-fields: the required field runbook is missing
services/shop.yaml:6:5 error policy/required-fields: the required field slos.description is missing
`},
		{name: "severity", rule: "type: required_fields\nseverity: warning\nparams: {fields: runbook}", services: shop, want: `
services/shop.yaml:1:1 warning policy/required-fields: the required field runbook is missing
`},
		{name: "another tier", rule: "type: required_fields\nparams: {fields: [runbook]}\nwhen: {tier: [T1, high]}", services: shop},
		{name: "another team", rule: "type: required_fields\nparams: {fields: [runbook]}\nwhen: {team: payments}", services: shop},
		{name: "another type", rule: "type: required_fields\nparams: {fields: [runbook]}\nwhen: {type: worker}", services: shop},
		{name: "another environment", rule: "type: required_fields\nparams: {fields: [runbook]}\nwhen: {environment: production}", in: Input{Environment: "dev"}, services: shop},
		{name: "an environment that the gate takes as prod is prod", rule: "type: required_fields\nparams: {fields: [runbook]}\nwhen: {environment: production}", in: Input{Environment: "eu-prod"}, services: shop, want: `
services/shop.yaml:1:1 error policy/required-fields: the required field runbook is missing
`},
		{name: "staging is not prod", rule: "type: required_fields\nparams: {fields: [runbook]}\nwhen: {environment: production}", in: Input{Environment: "staging"}, services: shop},
		{name: "what nobody can see is missing", rule: "type: required_fields\nparams: {fields: [metadata.slack, labels.cost, slos.description]}", services: strings.Replace(shop, "window: 30d", "window: 30d, description: ' '", 1) + "metadata: {slack: ' '}\nlabels: {cost: \"\\u200b\"}\n", want: `
services/shop.yaml:6:5 error policy/required-fields: the required field slos.description is missing
services/shop.yaml:7:19 error policy/required-fields: the required field metadata.slack is missing
services/shop.yaml:8:16 error policy/required-fields: the required field labels.cost is missing
`},
		{name: "a gate that does nothing is none", rule: "type: required_fields\nparams: {fields: [gates]}", services: shop + "resources: [{kind: DeploymentGate, name: idle, spec: {thresholds: {warning: null, blocking: null}}}]\n", want: `
services/shop.yaml:7:13 error policy/required-fields: the required field gates counts for nothing: the gate idle neither warns nor blocks
`},
		{name: "a gate that freezes is one", rule: "type: required_fields\nparams: {fields: [gates]}", services: shop + "resources: [{kind: DeploymentGate, name: g, spec: {thresholds: {warning: null, blocking: null}, on_exhausted: [freeze_deploys]}}]\n"},
		{name: "one gate that does something is enough", rule: "type: required_fields\nparams: {fields: [gates]}", services: shop + "resources: [{kind: DeploymentGate, name: idle, spec: {thresholds: {warning: null, blocking: null}}}, {kind: DeploymentGate, name: g, spec: {timezone: UTC}}]\n"},
		{name: "a gate that is blank is none", rule: "type: required_fields\nparams: {fields: [gates]}", services: shop + "gate: {}\n", want: `
services/shop.yaml:7:7 error policy/required-fields: the required field gates counts for nothing: the gate gate says nothing
`},
		{name: "a short form has no window", rule: "type: required_fields\nparams: {fields: [slos.window]}", services: "\n-- services/shop.yaml --\nname: shop\nteam: web\ntier: low\ntype: web\nslos: {availability: 99.9, latency_p99_ms: 200, error_rate: 1, custom: {objective: 99, window: 7d}}\n", want: `
services/shop.yaml:5:22 error policy/required-fields: the required field slos.window is missing
services/shop.yaml:5:44 error policy/required-fields: the required field slos.window is missing
services/shop.yaml:5:61 error policy/required-fields: the required field slos.window is missing
`},
		{name: "a gate that is null is none", rule: "type: required_fields\nparams: {fields: [gates]}", services: shop + "gate: null\n", want: `
services/shop.yaml:1:1 error policy/required-fields: the required field gates is missing
`},
		{name: "no environment is prod", rule: "type: required_fields\nparams: {fields: [runbook]}\nwhen: {tier: all, team: Web, type: web, environment: production}", services: shop, want: `
services/shop.yaml:1:1 error policy/required-fields: the required field runbook is missing
`},
	})
}

// A promise that is no percentage is told at itself, beside what is wrong with it.
func TestAPromiseThatIsNoneIsToldWhereItStands(t *testing.T) {
	p := decode(t, "version: 1\nrules:\n  - {name: ours, type: required_fields, params: {fields: [contract.availability]}}\n")
	s := &spec.Service{Contract: spec.Contract{Invalid: spec.OriginAt(report.Position{File: "a.yaml", Line: 7, Column: 26}, "contract.availability")}}
	const want = "a.yaml:7:26 error policy/required-fields: the required field contract.availability is not valid, and counts for nothing (policy rule \"ours\")\n"
	if got := found(p.Check([]*spec.Service{s}, Input{})); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// whole has every field that a policy may require.
const whole = `
-- services/whole.yaml --
service:
  name: whole
  team: web
  tier: standard
  type: web
  support_model: self
  language: go
  framework: none
  description: All of it
  owner: Ada
  runbook: https://runbooks.example.com/whole
  kubernetes: {namespace: shop}
  logs: {selector: '{app="whole"}'}
  oncall: {primary: [ada@example.com]}
  pagerduty: {urgency: high}
  metadata: {key: v}
  labels: {key: v}
  annotations: {key: v}
  contract: {availability: 99}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.5, window: 30d, description: users, indicator: {type: availability, query: 'sum(rate(a{service="whole",code="200"}[5m]))/sum(rate(a{service="whole"}[5m]))'}}}
  - {kind: Dependencies, name: deps, spec: {databases: [{name: db, type: postgresql, criticality: high, sla: 99.9}]}}
  - {kind: Observability, name: obs, spec: {logs: {selector: '{app="whole"}'}, metrics: [{name: up}]}}
  - {kind: Alert, name: a, spec: {expr: up == 0, for: 5m, severity: critical}}
  - {kind: DeploymentGate, name: g, spec: {thresholds: {warning: 20}}}
`

// Every documented path is found where it is written, and missed where it is not.
func TestEveryPathIsReadFromTheService(t *testing.T) {
	all := load(t, whole)[0]
	empty := &spec.Service{}
	bare := &spec.Service{SLOs: []spec.SLO{{Indicator: spec.Indicator{Defaulted: true}}}, Dependencies: []spec.Dependency{{}}, Alerts: []spec.Alert{{}}}
	for _, f := range Fields() {
		key := map[string]string{"pagerduty.*": "urgency", "oncall.*": "primary"}[f.Path]
		if key == "" {
			key = "key"
		}
		without := empty
		if list, _, ok := strings.Cut(f.Path, "."); ok && slices.Contains([]string{"slos", "dependencies", "alerts"}, list) {
			without = bare
		}
		if at := f.lacks(all, key); len(at) > 0 {
			t.Errorf("%s is missed although it is there", f.Path)
		}
		if len(f.lacks(without, key)) == 0 {
			t.Errorf("%s is not missed", f.Path)
		}
	}
}
