package tech

import (
	"cmp"
	"slices"
	"testing"
)

// TestCatalogue holds every file to the rules of the catalogue. What it says names
// the file and the place in it.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, technology := range c.All() {
		t.Run(technology.Name, func(t *testing.T) {
			t.Parallel()
			for _, p := range checkTechnology(technology) {
				t.Errorf("catalog/%s.yaml: %s", technology.Name, p)
			}
		})
	}
	for _, p := range checkTogether(c.All()) {
		t.Error(p)
	}
}

// checkTogether makes sure that no two files say the same thing.
func checkTogether(all []Technology) problems {
	var found problems
	alerts, types := map[string]string{}, map[string]string{}
	for _, t := range all {
		for _, a := range t.Alerts {
			if other, ok := alerts[a.Name]; ok {
				found.add(t.Name, "the alert %s is in %s too", a.Name, other)
			}
			alerts[a.Name] = t.Name
		}
		for _, s := range t.Types {
			if other, ok := types[s]; ok {
				found.add(t.Name, "the service type %s is described by %s too", s, other)
			}
			types[s] = t.Name
		}
	}
	slices.SortFunc(found, func(a, b problem) int { return cmp.Compare(a.path, b.path) })
	return found
}
