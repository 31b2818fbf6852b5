package organisation

import (
	"io/fs"
	"strings"
	"testing"
)

const gated = shop + `gate: {}
resources:
  - {kind: DeploymentGate, name: budget, spec: {thresholds: {warning: 15, blocking: null}, conditions: [{name: launch, when: "hour > 1", mode: relax, warning: 5}],
     exceptions: [{team: web-oncall, allow: always, until: 2026-02-10, reason: OPS-1}]}}
`

func withGate() string { return strings.Replace(gated, "gate: {}\n", "", 1) }

// relaxedTo is a service whose gate blocks and has a condition that relaxes that.
func relaxedTo(when, blocking string) string {
	text := strings.Replace(withGate(), "blocking: null", "blocking: 5", 1)
	return strings.Replace(text, `when: "hour > 1", mode: relax, warning: 5`, "when: "+when+", mode: relax, blocking: "+blocking, 1)
}

func relaxedAway(column string) string {
	return `
services/shop.yaml:8:` + column + ` error policy/tier-constraint: the gate budget never blocks, because its condition launch always holds and takes the blocking threshold away, and tier standard needs one that does
`
}

func TestTierConstraint(t *testing.T) {
	runRules(t, []ruleCase{
		{name: "what a tier lacks", services: shop, rule: "type: tier_constraint\nparams: {tier: [standard, low], min_slos: 2, require_gate: true, require_ownership: true, min_objective: 99.9}", want: `
services/shop.yaml:3:7 error policy/tier-constraint: the service has 1 SLO, a service of tier standard needs at least 2
services/shop.yaml:3:7 error policy/tier-constraint: the service has no deployment gate, which tier standard needs
services/shop.yaml:3:7 error policy/tier-constraint: the service names no owner, which tier standard needs
services/shop.yaml:6:37 error policy/tier-constraint: the objective of availability is 99.5, a service of tier standard needs at least 99.9
`},
		{name: "another tier", services: shop, rule: "type: tier_constraint\nparams: {tier: critical, min_slos: 2}"},
		{name: "all tiers", services: shop, rule: "type: tier_constraint\nparams: {tier: all, min_slos: 2}", want: `
services/shop.yaml:3:7 error policy/tier-constraint: the service has 1 SLO, a service of tier standard needs at least 2
`},
		{name: "all is there", services: strings.Replace(withGate(), "blocking: null", "blocking: 5", 1) + "owner: Ada\n", rule: "type: tier_constraint\nparams: {tier: all, min_slos: 1, min_objective: 99.5, require_gate: true, require_ownership: true}"},
		{name: "a gate that never blocks", services: withGate() + "owner: ' '\n", rule: "type: tier_constraint\nparams: {tier: all, require_gate: true, require_ownership: true}", want: `
services/shop.yaml:3:7 error policy/tier-constraint: the service names no owner, which tier standard needs
services/shop.yaml:8:85 error policy/tier-constraint: the gate budget never blocks, and tier standard needs one that does
`},
		{name: "a gate that blocks once all is used up", services: strings.Replace(withGate(), "conditions:", "on_exhausted: [freeze_deploys], conditions:", 1), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}"},
		{name: "a gate that blocks at nothing", services: strings.Replace(withGate(), "blocking: null", "blocking: 0", 1), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}", want: `
services/shop.yaml:8:85 error policy/tier-constraint: the gate budget never blocks, and tier standard needs one that does
`},
		{name: "a condition that always holds switches it off", services: relaxedTo(`""`, "null"), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}", want: relaxedAway("150")},
		{name: "a condition that is true", services: relaxedTo(`"not (1 > 2) AND true"`, "0"), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}", want: relaxedAway("170")},
		{name: "a condition that is false", services: relaxedTo(`"1 > 2"`, "null"), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}"},
		{name: "a condition that may hold", services: relaxedTo(`"hour > 1"`, "null"), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}"},
		{name: "a condition that leaves something", services: relaxedTo(`""`, "1"), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}"},
		{name: "it freezes all the same", services: strings.Replace(relaxedTo(`""`, "null"), "conditions:", "on_exhausted: [freeze_deploys], conditions:", 1), rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}"},
		{name: "a gate that is null", services: shop + "gate: null\n", rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}", want: `
services/shop.yaml:3:7 error policy/tier-constraint: the service has no deployment gate, which tier standard needs
`},
		{name: "a gate of dev may only warn", services: withGate(), in: Input{Environment: "dev"}, rule: "type: tier_constraint\nparams: {tier: all, require_gate: true}"},
		{
			name: "a latency SLO has another measure", services: strings.Replace(shop, "objective: 99.5, window: 30d, metric: http_requests_total, success_filter: 'status!~\"5..\"'",
				"objective: 95, window: 30d, indicator: {type: latency, threshold_ms: 200, query: 'histogram_quantile(0.95, sum by (le) (rate(d_bucket{service=\"shop\"}[5m])))'}", 1),
			rule: "type: tier_constraint\nparams: {tier: all, min_objective: 99}",
		},
	})
}

const needs = shop + `dependencies:
  services:
    - {name: stock, criticality: critical}
    - {name: gone, criticality: high}
    - {name: mail, criticality: low}
  databases:
    - {name: db, type: postgresql, criticality: critical}
    - {name: db2, type: postgresql, criticality: critical, sla: 99.9}
-- services/stock.yaml --
{name: stock, team: web, tier: low, type: api}
`

func TestDependencyRule(t *testing.T) {
	runRules(t, []ruleCase{
		{name: "nobody promises", services: needs, in: Input{Whole: true}, rule: "type: dependency_rule\nparams: {require_slo: true}", want: `
services/shop.yaml:9:7 error policy/dependency-rule: the critical dependency stock has neither an SLO nor a valid contract
services/shop.yaml:10:7 error policy/dependency-rule: nothing says what the critical dependency gone promises
services/shop.yaml:13:7 error policy/dependency-rule: nothing says what the critical dependency db promises
`},
		{name: "who was not read may promise", services: strings.ReplaceAll(needs, "criticality: critical", "criticality: low"), rule: "type: dependency_rule\nparams: {require_slo: true}", want: `
services/shop.yaml:10:7 info policy/dependency-rule: whether the critical dependency gone has an SLO cannot be told, as its service file was not read
`},
		{
			name: "a contract is a promise", services: strings.Replace(strings.ReplaceAll(strings.ReplaceAll(needs, "criticality: high", "criticality: low"), "type: postgresql, criticality: critical", "type: postgresql"), "tier: low, type: api", "tier: low, type: api, contract: {availability: 99}", 1),
			in: Input{Whole: true}, rule: "type: dependency_rule\nparams: {require_slo: true}",
		},
		{
			name: "one that is named twice is one", services: strings.Replace(needs, "{name: gone, criticality: high}", "{name: stock, criticality: high}", 1),
			rule: "type: dependency_rule\nparams: {max_critical_dependencies: 3}",
		},
		{name: "one too many that is named twice is told once", services: strings.Replace(needs, "{name: mail, criticality: low}", "{name: gone, criticality: high}", 1), rule: "type: dependency_rule\nparams: {max_critical_dependencies: 1}", want: `
services/shop.yaml:10:7 error policy/dependency-rule: the service has more than 1 critical dependency; gone is number 2
`},
		{name: "too many", services: needs, rule: "type: dependency_rule\nparams: {max_critical_dependencies: 2}", want: `
services/shop.yaml:13:7 error policy/dependency-rule: the service has more than 2 critical dependencies; db is number 3
`},
		{name: "as many as may be", services: needs, rule: "type: dependency_rule\nparams: {max_critical_dependencies: 4}"},
	})
}

func TestThresholds(t *testing.T) {
	runRules(t, []ruleCase{
		{name: "below, off and relaxed", services: withGate(), rule: "type: thresholds\nparams: {standard: {warning: {min: 20, max: 50}, blocking: {min: 5}}}", want: `
services/shop.yaml:8:71 error policy/thresholds: the warning threshold of the gate budget is 15 %, the policy wants 20 to 50 %
services/shop.yaml:8:85 error policy/thresholds: the blocking threshold of the gate budget is off, the policy wants at least 5 %
services/shop.yaml:8:160 error policy/thresholds: the warning threshold of the condition launch is 5 %, the policy wants 20 to 50 %
`},
		{name: "another spelling of the tier", services: withGate(), rule: "type: thresholds\nparams: {Standard: {blocking: {min: 5}}}", want: `
services/shop.yaml:8:85 error policy/thresholds: the blocking threshold of the gate budget is off, the policy wants at least 5 %
`},
		{name: "above", services: withGate(), rule: "type: thresholds\nparams: {all: {warning: {max: 10}}}", want: `
services/shop.yaml:8:71 error policy/thresholds: the warning threshold of the gate budget is 15 %, the policy wants at most 10 %
`},
		{name: "the default of the tier counts, too", services: shop, rule: "type: thresholds\nparams: {standard: {warning: {min: 25}}}", want: `
services/shop.yaml:3:7 error policy/thresholds: the warning threshold of the tier's default is 20 %, the policy wants at least 25 %
`},
		{name: "the default of another environment", services: shop, in: Input{Environment: "staging"}, rule: "type: thresholds\nparams: {standard: {warning: {min: 15}}}", want: `
services/shop.yaml:3:7 error policy/thresholds: the warning threshold of the tier's default is 10 %, the policy wants at least 15 %
`},
		{name: "a tier of its own takes the place of all", services: withGate(), rule: "type: thresholds\nparams: {all: {warning: {min: 90}}, standard: {warning: {min: 5}}}"},
	})
}

func TestRequiredLabels(t *testing.T) {
	labelled := shop + "labels: {cost-center: A12, stage: beta, empty: ' '}\nmetadata: {region: eu}\n"
	runRules(t, []ruleCase{
		{name: "names", services: labelled, rule: "type: required_labels\nparams: {labels: [cost-center, domain, empty], metadata: region}", want: `
services/shop.yaml:1:1 error policy/required-labels: the label domain is missing
services/shop.yaml:7:48 error policy/required-labels: the label empty is missing
`},
		{name: "values and patterns", services: labelled, rule: "type: required_labels\nparams: {labels: {cost-center: {pattern: '[A-Z][0-9]{3}'}, stage: {values: [alpha, stable]}}, metadata: {region: {values: [eu, us]}}}", want: `
services/shop.yaml:7:23 error policy/required-labels: the label cost-center is "A12", which the policy does not allow
services/shop.yaml:7:35 error policy/required-labels: the label stage is "beta", which the policy does not allow
`},
	})
}

func TestRunbook(t *testing.T) {
	alert := shop + "runbook: https://wiki.example.com/shop\nresources:\n  - {kind: Alert, name: a, spec: {expr: up == 0, severity: critical}}\n  - {kind: Alert, name: b, spec: {expr: up == 0, severity: critical, annotations: {runbook_url: wiki}}}\n"
	runRules(t, []ruleCase{
		{name: "none", services: shop, rule: "type: runbook", want: `
services/shop.yaml:1:1 error policy/runbook: the service has no runbook
`},
		{name: "one", services: alert, rule: "type: runbook"},
		{name: "on another host", services: alert, rule: "type: runbook\nparams: {hosts: [runbooks.example.com]}", want: `
services/shop.yaml:7:10 error policy/runbook: the runbook is on wiki.example.com, which the policy does not allow
`},
		{name: "of alerts", services: alert, rule: "type: runbook\nparams: {hosts: [Wiki.example.com], alerts: true}", want: `
services/shop.yaml:9:5 error policy/runbook: the alert a has no runbook
services/shop.yaml:10:97 error policy/runbook: the runbook of the alert b is no address that a browser opens
`},
	})
}

func TestApprovedExceptions(t *testing.T) {
	const rule = "type: approved_exceptions\nparams:\n  exceptions:\n    - {services: sho*, who: team:web-oncall, allow: always, reason: OPS-1, until: 2026-02-10}"
	const at = "services/shop.yaml:9:19 error policy/approved-exceptions: the exception for team:web-oncall of the gate budget "
	change := func(old, text string) string { return strings.Replace(withGate(), old, text, 1) }
	runRules(t, []ruleCase{
		{name: "approved", services: withGate(), in: Input{Today: "2026-02-10"}, rule: rule},
		{name: "over", services: withGate(), in: Input{Today: "2026-02-11"}, rule: rule, want: at + "was approved until 2026-02-10\n"},
		{name: "longer", services: change("2026-02-10", "2026-02-11"), rule: rule, want: at + "ends on 2026-02-11, and is approved until 2026-02-10 only\n"},
		{name: "for ever", services: change("until: 2026-02-10, ", ""), rule: rule, want: at + "has no end, and is approved until 2026-02-10 only\n"},
		{name: "none at all", services: withGate(), rule: "type: approved_exceptions", want: at + "is not approved in the policy\n"},
		{name: "more than that", services: withGate(), rule: strings.Replace(rule, "allow: always, ", "", 1), want: at + "allows always, which is not approved in the policy\n"},
		{name: "less than that", services: change("allow: always", "allow: warning_only"), rule: rule},
		{name: "of another service", services: withGate(), rule: strings.Replace(rule, "sho*", "cart", 1), want: at + "is not approved in the policy\n"},
	})
}

func TestOwnership(t *testing.T) {
	reads := func(files map[string]string) func(string, int) ([]byte, error) {
		return func(name string, _ int) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		}
	}
	const at = "services/shop.yaml:2:7 error policy/ownership: "
	runRules(t, []ruleCase{
		{name: "no file", services: shop, rule: "type: ownership", want: at + "no CODEOWNERS says who owns services/shop.yaml\n"},
		{name: "nobody", services: shop, in: Input{Read: reads(map[string]string{"CODEOWNERS": "/docs/ @example/web"})}, rule: "type: ownership", want: at + "nobody owns services/shop.yaml by CODEOWNERS\n"},
		{name: "the team", services: shop, in: Input{Read: reads(map[string]string{".github/CODEOWNERS": "* @example/Web", "CODEOWNERS": "* @ada"})}, rule: "type: ownership"},
		{
			name: "others", services: shop, in: Input{Read: reads(map[string]string{"docs/CODEOWNERS": "* @example/sre @ada"})}, rule: "type: ownership",
			want: at + "the team web does not own services/shop.yaml: docs/CODEOWNERS says @ada and @example/sre\n",
		},
		{name: "by another name", services: shop, in: Input{Read: reads(map[string]string{"CODEOWNERS": "* ada@example.com"})}, rule: "type: ownership\nparams: {teams: {Web: [ada@example.com]}}"},
		{
			name: "that name alone", services: shop, in: Input{Read: reads(map[string]string{"CODEOWNERS": "* @example/web"})}, rule: "type: ownership\nparams: {teams: {web: '@example/frontend'}}",
			want: at + "the team web does not own services/shop.yaml: CODEOWNERS says @example/web\n",
		},
		{name: "a checkout in a folder", services: shop, in: Input{Read: reads(map[string]string{"services/.gitlab/CODEOWNERS": "[Web] @group/web\n/shop.yaml\n"})}, rule: "type: ownership\nparams: {codeowners: services/.gitlab/CODEOWNERS}"},
	})
}
