package tech

import (
	"cmp"
	"slices"
	"testing"
	"testing/fstest"
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

func TestOnlyWholeNamesAreLookedUp(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ spelling, want string }{
		{"postgresql", "postgresql"},
		{"postgres", "postgresql"},
		{" PG ", "postgresql"},
		{"rds-postgres", "postgresql"},
		{"MariaDB", "mysql"},
		{"mongo", "mongodb"},
		{"valkey", "redis"},
		{"opensearch", "elasticsearch"},
		{"es", ""},
		{"go", ""},
		{"db", ""},
		{"api", ""},
		{"", ""},
		{"postgres-main", ""},
	} {
		if got, ok := c.Lookup(x.spelling); got.Name != x.want || ok != (x.want != "") {
			t.Errorf("%q is looked up as %q, want %q", x.spelling, got.Name, x.want)
		}
	}
	if got := c.Suggest("Postgress"); got != "did you mean postgres?" {
		t.Errorf("the suggestion is %q", got)
	}
}

func TestKindsOfServicesAreFoundByTheirTypesOnly(t *testing.T) {
	t.Parallel()
	c, err := read(fstest.MapFS{"d/http.yaml": {Data: []byte("name: http\nkind: service\ntypes: [api, web]\n")}}, "d")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := c.Service("web"); !ok || got.Name != "http" {
		t.Errorf("the type web is described by %q", got.Name)
	}
	if _, ok := c.Service("worker"); ok {
		t.Error("the type worker is described by something")
	}
	if _, ok := c.Lookup("http"); ok {
		t.Error("a kind of service is looked up as a technology")
	}
	if got := c.Suggest("htp"); got != "" {
		t.Errorf("a kind of service is suggested: %q", got)
	}
}
