package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlertsThatAChangeRemoves(t *testing.T) {
	file := func(name string, alerts ...string) File {
		text := "groups:\n- name: a\n  rules:\n"
		for _, a := range alerts {
			name, expr, _ := strings.Cut(a, " ")
			text += "  - {alert: " + name + ", expr: '" + expr + "'}\n"
		}
		return File{Name: name, Data: []byte(text)}
	}
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf("A%02d up == %d", i, i))
	}
	was := []File{file("r.yaml", "B up == 0", "A up == 1", "A up == 2")}
	const same = "; no other rule file has the same"
	const left = "r.yaml: r.yaml is none of the rule files any more, and with it go "
	for _, c := range []struct {
		name       string
		base, head []File
		moved      map[string]string
		want       []string
	}{
		{"with their file", was, nil, nil, []string{left + "2 alerts: A, B" + same}},
		{"one with its file", []File{file("r.yaml", "A up == 1")}, []File{file("x.yaml", "X up")}, nil, []string{left + "the alert A" + same}},
		{"very many", []File{file("r.yaml", many...)}, nil, nil, []string{left + "12 alerts: A00, A01, A02, A03, A04, A05, A06, A07, A08, A09 and 2 more" + same}},
		{"one of a file", was, []File{file("r.yaml", "A up == 1")}, nil, []string{"r.yaml:1:1: this change removes the alert B" + same}},
		{"one of several with a name", was, []File{file("r.yaml", "A up == 1", "B up == 0")}, nil, nil},
		{"to another file", was, []File{file("r.yaml", "A up == 1"), file("x.yaml", "B up == 0")}, nil, nil},
		{"to a resource", was, []File{{Name: "k.yaml", Data: []byte("kind: PrometheusRule\nspec:\n  groups: [{name: a, rules: [{alert: A, expr: up}, {alert: B, expr: up}]}]\n")}}, nil, nil},
		{"of another name", was, []File{file("r.yaml", "C up == 0", "A up == 2")}, nil, nil},
		{"of another name and expression", was, []File{file("r.yaml", "C up == 5", "A up == 2")}, nil, []string{"r.yaml:1:1: this change removes the alert B" + same}},
		{"in a file that moved", was, []File{file("new.yaml", "A up == 1")}, map[string]string{"r.yaml": "new.yaml"}, []string{"new.yaml:1:1: this change removes the alert B" + same}},
		{"in one that moved away", was, nil, map[string]string{"r.yaml": "old/r.yaml"}, []string{"old/" + left + "2 alerts: A, B" + same}},
		{"in one that nobody can read", was, []File{{Name: "r.yaml", Data: []byte("groups:\n\t- x\n")}}, nil, nil},
		{"records", []File{{Name: "r.yaml", Data: []byte("groups: [{name: a, rules: [{record: a, expr: up}]}]\n")}}, nil, nil, nil},
		{"for Loki", []File{file("r.yaml", `A count_over_time({app="a"} |= "x" [5m]) > 1`)}, nil, nil, []string{left + "the alert A" + same}},
		{"for Loki, to another file", []File{file("r.yaml", `A count_over_time({app="a"} |= "x" [5m]) > 1`)}, []File{file("x.yaml", `A count_over_time({app="a"} |= "x" [5m]) > 2`)}, nil, nil},
		{"no change", nil, was, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range Removed(t.Context(), c.base, c.head, c.moved, nil, Options{}) {
				got = append(got, f.Position().String()+": "+f.Message)
				if f.Rule != "change/alert-removed" || f.Severity != "warning" || f.Suggestion == "" || f.Fingerprint == "" {
					t.Errorf("%+v", f)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
