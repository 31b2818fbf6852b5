package tech

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// TestServiceFilesMayUseEverySpelling makes sure that reading a service file warns
// about no technology that something is generated for, and knows it for a
// technology in a plain list, too.
func TestServiceFilesMayUseEverySpelling(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var spellings []string
	for _, technology := range c.All() {
		if technology.Kind != KindService {
			spellings = append(spellings, technology.Name)
			spellings = append(spellings, technology.Aliases...)
		}
	}
	var typed strings.Builder
	for _, s := range spellings {
		fmt.Fprintf(&typed, "  - {kind: Dependencies, name: %s, spec: {databases: [{name: main, type: %s}]}}\n", s, s)
	}
	loaded := spectest.Load(t, "\n-- typed.yaml --\nservice: {name: typed, team: t, tier: low, type: api}\nresources:\n"+typed.String()+
		"-- plain.yaml --\nname: plain\nteam: t\ntier: low\ntype: api\ndependencies: ["+strings.Join(spellings, ", ")+"]\n", "")
	if len(loaded.Services) != 2 || len(spellings) < 15 {
		t.Fatalf("%d services and %d spellings, with %v", len(loaded.Services), len(spellings), loaded.Unreadable)
	}
	for _, f := range loaded.Findings {
		if f.Rule == "dependency/type" {
			t.Error(f.Message)
		}
	}
	for _, s := range loaded.Services {
		for _, d := range s.Dependencies {
			if d.Kind == spec.DependencyService {
				t.Errorf("%s is taken for a service", d.Name.V)
			}
		}
	}
}
