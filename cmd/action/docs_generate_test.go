package main

import (
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
)

// kindTexts say for each kind of artefact which files it is, and what for.
func kindTexts() map[generate.Kind][2]string {
	return map[generate.Kind][2]string{
		generate.SLOs:               {"`slos.yaml`", "the SLOs as OpenSLO documents"},
		generate.Sloth:              {"`sloth.yaml`", "the SLOs as a specification for Sloth"},
		generate.Pyrra:              {"`pyrra.yaml`", "the SLOs as objectives for Pyrra"},
		generate.Recording:          {"`recording-rules.yaml`", "events, ratios and the remaining budget of each SLO, and the health of the service, by type"},
		generate.BurnRate:           {"`burn-rate-alerts.yaml`", "alerts on how fast each SLO uses its budget, over two windows each, on a budget that is low, and on metrics that are gone"},
		generate.Alerts:             {"`alerts.yaml`", "alerts on the dependencies, and those of `kind: Alert`"},
		generate.RuleTests:          {"`rule-tests.yaml`, `rule-tests-days.yaml`", "unit tests of the rules, for `nthlayer test` and `promtool test rules`"},
		generate.PrometheusRule:     {"`prometheusrule.yaml`", "the recording rules, burn-rate alerts and alerts as a `PrometheusRule`, for the operator of Prometheus"},
		generate.Dashboard:          {"`dashboard.json`", "a Grafana dashboard: SLOs, health, a row for each dependency"},
		generate.Loki:               {"`loki-alerts.yaml`", "alerts on logs, for the ruler of Loki"},
		generate.PagerDuty:          {"`pagerduty.json`", "teams, schedules, escalation policies and the service for PagerDuty"},
		generate.Alertmanager:       {"`alertmanager-fragment.yaml`", "the routes and receivers of the service for Alertmanager"},
		generate.AlertmanagerConfig: {"`alertmanagerconfig.yaml`", "the same as an `AlertmanagerConfig`, for the operator of Prometheus"},
		generate.Exporters:          {"`exporters/`", "exporters of the dependencies, for Kubernetes, Docker Compose and Helm, with scrape configurations"},
		generate.Backstage:          {"`catalog-info.yaml`", "the entity for Backstage"},
		generate.Gate:               {"`gate/`", "the deploy gate for ArgoCD, Tekton and Flux"},
	}
}

// kindsTable lists the kinds that there are generators for.
func kindsTable(t *testing.T) string {
	var rows [][]string
	for _, k := range bundle.Kinds() {
		text, ok := kindTexts()[k]
		if !ok {
			t.Errorf("no text says what %s is", k)
		}
		made := "yes"
		if !bundle.ByDefault(k) {
			made = "with `--with`"
		}
		rows = append(rows, []string{code(string(k)), text[0], text[1], made})
	}
	return table([]string{"Kind", "File", "What it holds", "Made"}, rows)
}
