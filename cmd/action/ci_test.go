package main

import (
	"testing"

	"github.com/nthlayer/action/pkg/host"
)

func TestTouchedFiles(t *testing.T) {
	one := []host.ChangedFile{{Path: "services/a.yaml", Status: host.Modified}}
	for name, changes := range map[string]host.Changes{
		"unknown":              {Precision: host.UnknownChange},
		"everything":           {Precision: host.Everything},
		"a removed template":   {Precision: host.ByLine, Files: []host.ChangedFile{{Path: ".nthlayer/templates/x.yaml", Status: host.Removed}}},
		"a moved environment":  {Precision: host.ByLine, Files: []host.ChangedFile{{Path: "x.yaml", Previous: "services/environments/prod.yaml", Status: host.Renamed}}},
		"a moved environment ": {Precision: host.ByFile, Files: []host.ChangedFile{{Path: "environments/prod.yaml", Status: host.Removed}}},
	} {
		if touched(changes) != nil {
			t.Errorf("%s: services are left out", name)
		}
	}
	changed := touched(host.Changes{Precision: host.ByLine, Files: one, Place: host.Place{Root: ".", Others: []string{"lib"}}})
	for file, want := range map[string]bool{"services/a.yaml": true, "services/b.yaml": false, "lib/service.yaml": true} {
		if changed(file) != want {
			t.Errorf("%s: touched %t", file, !want)
		}
	}
}
