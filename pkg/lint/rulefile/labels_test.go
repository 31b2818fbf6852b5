package rulefile

import (
	"strings"
	"testing"
)

// A label of the rule stands over that of its group, and rules without labels share the
// list of their group, which may be long.
func TestAllLabels(t *testing.T) {
	pairs := func(names string) []Pair {
		var out []Pair
		for name := range strings.FieldsSeq(names) {
			key, value, _ := strings.Cut(name, "=")
			out = append(out, Pair{Key: Text{V: key}, Value: Text{V: value}})
		}
		return out
	}
	for _, c := range []struct{ own, group, want string }{
		{"", "", ""},
		{"b=1 a=1", "", "a=1 b=1"},
		{"", "b=2 a=2", "a=2 b=2"},
		{"c=1 a=1", "d=2 b=2 a=2", "a=1 b=2 c=1 d=2"},
		{"a=1 b=1", "a=2 b=2", "a=1 b=1"},
		{"z=1", "a=2 b=2", "a=2 b=2 z=1"},
	} {
		r := &Rule{Labels: pairs(c.own), Group: &Group{Labels: pairs(c.group)}}
		var got []string
		for _, p := range r.AllLabels() {
			got = append(got, p.Key.V+"="+p.Value.V)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s in a group with %s: %s, want %s", c.own, c.group, text, c.want)
		}
	}
	g := &Group{Labels: pairs("a=1 b=2")}
	if r := (&Rule{Group: g}); &r.AllLabels()[0] != &g.Labels[0] {
		t.Error("a rule without labels copies those of its group")
	}
}
