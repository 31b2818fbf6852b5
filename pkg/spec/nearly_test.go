package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// A service file whose first key is misspelt is no other file: nobody would look at the
// service.
func TestWhatIsNearlyAServiceIsReported(t *testing.T) {
	for name, tt := range map[string]struct {
		file, text, want string
	}{
		"name misspelt":            {"services/new.yaml", "nmae: pay\nteam: a\ntier: critical\n", "did you mean name: in line 1?"},
		"name gone":                {"services/new.yaml", "team: a\nslos: []\n", "name: at the top"},
		"among other keys":         {"services/new.yaml", "team: a\ntier: low\nv: 1\nw: 2\nx: 3\n", "begin a service file with"},
		"service misspelt":         {"services/new.yaml", "servcie:\n  name: pay\n  team: a\nresources: []\n", "did you mean service: in line 1?"},
		"one key alone":            {"services/new.yaml", "team: a\nreplicas: 3\n", ""},
		"another resource":         {"services/new.yaml", "kind: Deployment\nteam: a\ntier: low\n", ""},
		"an override":              {"services/new.yaml", "environment: prod\nteam: a\ntier: low\n", ""},
		"an environment":           {"services/environments/pay-prod.yaml", "team: a\ntier: low\n", ""},
		"a list":                   {"services/new.yaml", "- team: a\n  tier: low\n", ""},
		"values of a chart":        {"services/values.yaml", "replicaCount: 1\nservice:\n  type: ClusterIP\nresources: {}\n", ""},
		"values with a port":       {"services/values.yaml", "service:\n  name: http\n  targetPort: 80\n", ""},
		"a service with a port":    {"services/new.yaml", "service:\n  team: a\n  port: 80\n", "add name:"},
		"a service without a name": {"services/new.yaml", "service:\n  type: api\nresources: []\n", "add name:"},
		"a template of a chart":    {"services/chart/templates/service.yaml", "kind: Service\nmetadata:\n  name: {{ template \"x\" . }}\n", ""},
		"a template of no chart":   {"services/templates/service.yaml", "service:\n  name: {{ template \"x\" . }}\n", "a key must be text"},
		"a service as text":        {"services/new.yaml", "servcie: pay\nteam: a\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			filetest.Write(t, dir, tt.file, []byte(tt.text))
			filetest.Write(t, dir, "services/chart/Chart.yaml", []byte("apiVersion: v2\nname: x\nversion: 1.0.0\n"))
			filetest.Write(t, dir, "services/good.yaml", []byte("name: good\nteam: a\ntier: low\ntype: api\n"))
			ws := spectest.Open(t, dir)
			files, _ := ws.Find(t.Context(), []string{"services"})
			loaded := spec.Load(t.Context(), ws, files, spec.Options{})
			if len(loaded.Services) != 1 {
				t.Errorf("%d services", len(loaded.Services))
			}
			told := ""
			for _, f := range slices.Concat(loaded.Findings, loaded.Unreadable) {
				if f.File == tt.file && f.Severity == "error" {
					told += f.Message + ": " + f.Suggestion + "\n"
				}
			}
			if (told == "") != (tt.want == "") || !strings.Contains(told, tt.want) {
				t.Errorf("told %q, want %q", told, tt.want)
			}
		})
	}
}
