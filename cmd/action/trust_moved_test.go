package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A waiver of files holds for no rule that the change takes from where it does not hold.
func TestAPullRequestDoesNotMoveARuleUnderAWaiver(t *testing.T) {
	const from, to, notes = "services/rules/a.yaml", "services/legacy/a.yaml", 40
	rules := func(names ...string) string {
		text := "groups:\n  - name: g\n    rules:\n"
		for _, name := range names {
			text += "      - alert: " + name + "\n        expr: up{service=\"" + strings.ToLower(name) + "\"} == 0\n        for: 5m\n"
		}
		return text
	}
	other := rules("A") + strings.Repeat("# a note that makes the file another one\n", notes)
	const stands, waived = "error alert/label-required", "info policy/waiver"
	for _, c := range []struct {
		name string
		base map[string]string
		head map[string]string
		// link is put in the place of the file.
		link bool
		want []string
	}{
		{"moved", nil, map[string]string{from: "", to: rules("A")}, false, []string{stands, waived}},
		{"moved with notes", nil, map[string]string{from: "", to: other}, false, []string{stands, waived}},
		{"moved with notes and another name", nil, map[string]string{from: "", to: strings.NewReplacer("alert: A", "alert: B", "== 0", "< 1").Replace(other)}, false, []string{stands, waived}},
		{"moved with a link left behind", nil, map[string]string{to: rules("A")}, true, []string{stands, waived}},
		{"moved with an empty file left behind", nil, map[string]string{from: "groups: []\n", to: other}, false, []string{stands, waived}},
		{
			"moved into a file that is waived",
			map[string]string{to: rules("L", "M")},
			map[string]string{from: "", to: rules("L", "M", "A")},
			false,
			[]string{stands, waived, waived},
		},
		{"a new one under the waiver", nil, map[string]string{to: rules("B"), from: rules("A") + "# more\n"}, false, []string{stands, waived}},
		{"a new one under the waiver alone", nil, map[string]string{to: rules("B")}, false, []string{stands, waived}},
		{
			"moved below the waiver",
			map[string]string{to: rules("L"), from: "groups: []\n"},
			map[string]string{to: "", "services/legacy/b.yaml": rules("L") + strings.Repeat("# a note\n", notes)},
			false,
			[]string{waived},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base := map[string]string{
				from: rules("A"),
				policyFile: "version: 1\nmetadata: {alerts: {required_labels: [severity]}}\n" +
					"waivers: [{rule: alert/label-required, files: ['services/legacy/'], reason: r, until: 2099-01-01}]\n",
			}
			for name, text := range c.base {
				base[name] = text
			}
			p := newPull(t, base, map[string]string{"README.md": "text\n"}, nil)
			p.git("checkout", "-q", "change")
			if c.link {
				if err := os.Remove(filepath.Join(p.dir, from)); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink("../legacy/a.yaml", filepath.Join(p.dir, from)); err != nil {
					t.Fatal(err)
				}
			}
			p.head = p.commit(c.head)
			p.merge = p.head
			r := p.run(false, "INPUT_STAGES", "lint")
			var got []string
			for _, f := range r.rep.Findings {
				if rule := string(f.Severity) + " " + f.Rule; rule == stands || rule == waived {
					got = append(got, rule)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q\n%s", got, c.want, r.stdout)
			}
		})
	}
}
