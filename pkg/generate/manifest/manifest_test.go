package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
	sigs "sigs.k8s.io/yaml"

	"github.com/nthlayer/action/pkg/generate"
)

type example struct {
	Name   string            `yaml:"name" json:"name"`
	Target yaml.Node         `yaml:"target" json:"-"`
	Labels map[string]string `yaml:"labels,omitempty" json:"labels"`
	Parts  []string          `yaml:"parts,omitempty" json:"parts"`
}

func TestWrite(t *testing.T) {
	const want = `# Generated from x.yaml
name: pay
target: 0.999
labels:
  a: 'yes'
  b: '1:20'
  c: '0777'
# secret:
#   key: value
---
name: |-
  two
  lines
target: 99
parts:
  - one
  - |-
    t
    w
    o
  - '3'
  - --flag=x
`
	got, trace, err := Write([]string{"Generated from\nx.yaml"}, []Document{
		{Value: example{Name: "pay", Target: Number("0.999"), Labels: map[string]string{"c": "0777", "a": "yes", "b": "1:20"}}, Foot: []string{"secret:", "  key: value"}, What: "first"},
		{Value: example{Name: "two\nlines", Target: Number("99"), Parts: []string{"one", "t\nw\no", "3", "--flag=x"}}, What: "second", List: "parts", Items: []Item{{What: "p1"}, {What: "p2"}, {What: "p3"}, {What: "p4"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	places := []generate.Trace{
		{Line: 2, EndLine: 9, What: "first"},
		{Line: 16, EndLine: 16, What: "p1"},
		{Line: 17, EndLine: 20, What: "p2"},
		{Line: 21, EndLine: 21, What: "p3"},
		{Line: 22, EndLine: 22, What: "p4"},
	}
	if diff := cmp.Diff(places, trace, cmp.Comparer(func(a, b generate.Trace) bool {
		return a.Line == b.Line && a.EndLine == b.EndLine && a.What == b.What
	})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAListWithoutAPlaceForEachItemIsAnError(t *testing.T) {
	_, _, err := Write(nil, []Document{{Value: example{Parts: []string{"a", "b"}}, What: "x", List: "parts", Items: []Item{{What: "a"}}}})
	if err == nil || err.Error() != "x has 2 parts and places for 1" {
		t.Errorf("got %v", err)
	}
}

// TestWriteKeepsEveryText makes sure that no text of a service file can end up as
// anything but the value that it is, neither for a reader of YAML 1.2 nor for
// Kubernetes, which reads 1.1.
func TestWriteKeepsEveryText(t *testing.T) {
	text := rapid.OneOf(
		rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("\n\r\t\"'#:{}[]&*!|>%@`$- \\")), rapid.Rune())),
		rapid.SampledFrom([]string{"yes", "No", "on", "y", "~", "null", "1e3", "0x1F", "0o7", "017", "1:20", "12:30:45", ".5", "+1", "<<", "=", "-inf", "-.INF", "--", "-", "-x", "..", "./x", "2026-01-01", "1_000", ".inf", "---", "...", "true"}),
	)
	rapid.Check(t, func(rt *rapid.T) {
		want := example{Name: text.Draw(rt, "name"), Labels: map[string]string{"l": text.Draw(rt, "label")}, Parts: []string{text.Draw(rt, "part")}}
		want.Target = Number("1")
		data, _, err := Write([]string{text.Draw(rt, "header")}, []Document{{Value: want, Foot: []string{text.Draw(rt, "foot")}}})
		if err != nil {
			rt.Fatal(err)
		}
		var modern, old example
		if err := yaml.Unmarshal(data, &modern); err != nil {
			rt.Fatalf("%v in\n%s", err, data)
		}
		if err := sigs.Unmarshal(data, &old); err != nil {
			rt.Fatalf("%v in\n%s", err, data)
		}
		same := cmp.FilterPath(func(p cmp.Path) bool { return strings.HasSuffix(p.String(), "Target") }, cmp.Ignore())
		for _, got := range []example{modern, old} {
			if diff := cmp.Diff(want, got, same); diff != "" {
				rt.Fatalf("-want +got:\n%s\n%s", diff, data)
			}
		}
	})
}
