package spec_test

import (
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
		"name misspelt":     {"services/new.yaml", "nmae: pay\nteam: a\ntier: critical\n", "did you mean name: in line 1?"},
		"name gone":         {"services/new.yaml", "team: a\nslos: []\n", "name: at the top"},
		"among other keys":  {"services/new.yaml", "team: a\ntier: low\nv: 1\nw: 2\nx: 3\n", "begin a service file with"},
		"service misspelt":  {"services/new.yaml", "servcie:\n  name: pay\n  team: a\nresources: []\n", "did you mean service: in line 1?"},
		"one key alone":     {"services/new.yaml", "team: a\nreplicas: 3\n", ""},
		"another resource":  {"services/new.yaml", "kind: Deployment\nteam: a\ntier: low\n", ""},
		"an override":       {"services/new.yaml", "environment: prod\nteam: a\ntier: low\n", ""},
		"an environment":    {"services/environments/pay-prod.yaml", "team: a\ntier: low\n", ""},
		"a list":            {"services/new.yaml", "- team: a\n  tier: low\n", ""},
		"a service as text": {"services/new.yaml", "servcie: pay\nteam: a\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			filetest.Write(t, dir, tt.file, []byte(tt.text))
			filetest.Write(t, dir, "services/good.yaml", []byte("name: good\nteam: a\ntier: low\ntype: api\n"))
			ws := spectest.Open(t, dir)
			files, _ := ws.Find(t.Context(), []string{"services"})
			loaded := spec.Load(t.Context(), ws, files, spec.Options{})
			if len(loaded.Services) != 1 {
				t.Errorf("%d services", len(loaded.Services))
			}
			told := ""
			for _, f := range loaded.Findings {
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
