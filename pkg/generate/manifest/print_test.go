package manifest

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

type nested struct {
	Text  string              `yaml:"text"`
	On    bool                `yaml:"on"`
	Count int                 `yaml:"count"`
	Share yaml.Node           `yaml:"share"`
	None  *nested             `yaml:"none"`
	Inner []nested            `yaml:"inner"`
	Lists [][]string          `yaml:"lists,omitempty"`
	Names []string            `yaml:"names"`
	Maps  map[string][]string `yaml:"maps"`
}

// TestPrintedIsWhatTheLibraryWrites compares both for documents of every shape, and
// makes sure that plain ones are printed.
func TestPrintedIsWhatTheLibraryWrites(t *testing.T) {
	text := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9 :#{}()"'=~+.,-]{0,12}`), rapid.StringMatching(`[a-z]+( [a-z:]+)?\n\n?[a-z ]*[a-z]\n?`),
		rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("\n\t\"'#:{}[]- \\")), rapid.Rune())),
		rapid.SampledFrom([]string{"yes", "null", "0x1", "1:20", "30d", "-x", "2026-01-01", ".5", "sum(rate(a{b=\"c\"}[5m]))"}),
	)
	var value func(depth int) *rapid.Generator[nested]
	value = func(depth int) *rapid.Generator[nested] {
		return rapid.Custom(func(t *rapid.T) nested {
			n := nested{
				Text: text.Draw(t, "text"), On: rapid.Bool().Draw(t, "on"), Count: rapid.Int().Draw(t, "count"),
				Share: Number(rapid.SampledFrom([]string{"0.999", "99", "5.", "x", "1e3"}).Draw(t, "share")),
				Names: rapid.SliceOfN(text, 0, 3).Draw(t, "names"), Maps: rapid.MapOfN(text, rapid.SliceOfN(text, 0, 2), 0, 2).Draw(t, "maps"),
			}
			if depth > 0 {
				n.Inner = rapid.SliceOfN(value(depth-1), 0, 2).Draw(t, "inner")
				n.Lists = rapid.SliceOfN(rapid.SliceOfN(text, 0, 1), 0, 1).Draw(t, "lists")
			}
			return n
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		v := reflect.ValueOf(value(2).Draw(rt, "value"))
		got, ok := printed(v)
		if !ok {
			return
		}
		want, err := library(node(v))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			rt.Fatalf("-library +printed:\n%s", diff)
		}
	})
	plain := nested{Text: "sum(a)\n/ b\n", Share: Number("0.999"), Inner: []nested{{Text: "30d", Names: []string{"yes", "it's"}, Share: Number("1")}}, Maps: map[string][]string{"a": {"b: c"}}}
	if _, ok := printed(reflect.ValueOf(plain)); !ok {
		t.Error("a plain document is left to the library")
	}
}
