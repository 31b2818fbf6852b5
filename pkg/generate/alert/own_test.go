package alert

import (
	"strings"
	"testing"
)

// TestAnAlertIsOfTheEnvironmentThatItIsGeneratedFor makes sure that an alert of the
// file reaches the routes of its environment, whatever its labels say.
func TestAnAlertIsOfTheEnvironmentThatItIsGeneratedFor(t *testing.T) {
	const archive = "-- pay.yaml --\nservice: {name: pay, team: t, tier: low, type: worker}\nresources:\n  - {kind: Alert, name: Queue, spec: {expr: 'queue > 5', labels: {env: prod, part: queue}}}\n"
	for environment, want := range map[string]string{"": "env: prod", "prod": "env: prod", "staging": "env: staging"} {
		r := generated(t, archive, environment)
		if text := string(r.Artefacts[0].Bytes); !strings.Contains(text, want+"\n") || !strings.Contains(text, "part: queue\n") {
			t.Errorf("in %q there is no %s:\n%s", environment, want, text)
		}
		told := len(r.Findings) == 1 && r.Findings[0].Line == 3 && strings.Contains(r.Findings[0].Message, "the alert Queue says env: prod and is generated for staging")
		if told != (environment == "staging") {
			t.Errorf("in %q: %+v", environment, r.Findings)
		}
	}
}
