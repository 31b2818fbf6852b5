package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// alertsFile is a rule file with alerts, each written as "name expression".
func alertsFile(name string, alerts ...string) File {
	text := "groups:\n  - name: g\n    rules:\n"
	for _, a := range alerts {
		name, expr, _ := strings.Cut(a, " ")
		text += "      - alert: " + name + "\n        expr: " + expr + "\n        for: 5m\n"
	}
	return File{Name: name, Data: []byte(text)}
}

func TestWhereTheRulesOfAChangeMayComeFrom(t *testing.T) {
	for _, c := range []struct {
		name     string
		was, now []File
		want     []Brought
	}{
		{"nothing", []File{alertsFile("a.yaml", "A up==0")}, []File{alertsFile("a.yaml", "A up==0")}, nil},
		{"an edit in its place", []File{alertsFile("a.yaml", "A up==0")}, []File{alertsFile("a.yaml", "A up==1")}, nil},
		{"a new file", []File{alertsFile("a.yaml", "A up==0")}, []File{alertsFile("a.yaml", "A up==0"), alertsFile("b.yaml", "B up==1")}, nil},
		{"a file that goes", []File{alertsFile("a.yaml", "A up==0")}, nil, nil},
		{"a move", []File{alertsFile("a.yaml", "A up==0")}, []File{alertsFile("b.yaml", "A up==1")}, []Brought{{File: "b.yaml", Was: []string{"a.yaml"}}}},
		{"a move and another name", []File{alertsFile("a.yaml", "A up==0")}, []File{alertsFile("b.yaml", "B up==0")}, []Brought{{File: "b.yaml", Was: []string{"a.yaml"}}}},
		{"a move as something else", []File{alertsFile("a.yaml", "A up==0")}, []File{alertsFile("b.yaml", "B up==1")}, []Brought{{File: "b.yaml", Was: []string{"a.yaml"}}}},
		{
			"a move to the end of another file",
			[]File{alertsFile("a.yaml", "A up==0", "C up==2"), alertsFile("b.yaml", "B up==1")},
			[]File{alertsFile("a.yaml", "C up==2"), alertsFile("b.yaml", "B up==1", "A up==0")},
			[]Brought{{File: "b.yaml", From: 7, To: 9, Was: []string{"a.yaml"}}},
		},
		{
			"a move between two, and a new one",
			[]File{alertsFile("a.yaml", "A up==0"), alertsFile("b.yaml", "B up==1")},
			[]File{alertsFile("b.yaml", "B up==1", "A up==0"), alertsFile("c.yaml", "C up==2")},
			[]Brought{{File: "b.yaml", From: 7, To: 9, Was: []string{"a.yaml"}}},
		},
		{
			"one of two that go is known",
			[]File{alertsFile("a.yaml", "A up==0"), alertsFile("b.yaml", "B up==1")},
			[]File{alertsFile("c.yaml", "A up==0", "C up==2")},
			[]Brought{{File: "c.yaml", Was: []string{"a.yaml"}}, {File: "c.yaml", Was: []string{"b.yaml"}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, BroughtRules(t.Context(), c.was, c.now)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
