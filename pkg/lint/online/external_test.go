package online

import (
	"context"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

const labelledAlerts = `groups:
- name: a
  labels: {cluster: us}
  rules:
  - alert: A
    expr: here > 5
    for: 5m
    annotations: {summary: 'In {{ $externalLabels.cluster }}, {{ $externalLabels.region }}'}
  - alert: B
    expr: here > 6
    for: 5m
`

// TestExternalLabelsAreAskedOnce covers both checks, and labels of a group, which is
// told once.
func TestExternalLabelsAreAskedOnce(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
	server.ExternalLabels(map[string]string{"cluster": "eu"})
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, labelledAlerts), options())
	if len(found) != 2 || found[0].Rule != "rule/label-conflict" || found[0].Line != 3 || found[1].Rule != "alert/external-labels" {
		t.Errorf("got %v", found)
	}
	if n := server.Count("/api/v1/status/config"); n != 1 {
		t.Errorf("%d requests for the configuration, want one", n)
	}
}

func TestRulesWithoutLabelsAskForNoConfiguration(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
	if found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("here > 5")), options()); len(found) > 0 {
		t.Errorf("got %v", found)
	}
	if n := server.Count("/api/v1/status/config"); n > 0 {
		t.Errorf("%d requests for the configuration", n)
	}
}

// TestExternalLabelsThatAreNotKnown covers servers in trouble, and those that never
// tell, which is no reason to warn in every run.
func TestExternalLabelsThatAreNotKnown(t *testing.T) {
	for _, c := range []struct {
		name     string
		step     sourcetest.Step
		severity report.Severity
		words    string
	}{
		{"fails", sourcetest.Status(500), report.Warning, "1 label, 2 template labels could not be asked of "},
		{"no such call", sourcetest.Status(404), report.Info, "1 label, 2 template labels could not be compared with "},
		{"login", sourcetest.Status(403), report.Warning, "could not be asked of "},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
			server.Always("/api/v1/status/config", c.step)
			found, _ := Run(context.Background(), connect(t, server), ofRules(t, labelledAlerts), options())
			if len(found) != 1 || found[0].Rule != RuleUnanswered || found[0].Severity != c.severity || !strings.Contains(found[0].Message, c.words) {
				t.Errorf("got %v", found)
			}
		})
	}
}
