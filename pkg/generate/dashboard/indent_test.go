package dashboard

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestIndentedIsWhatTheLibraryWrites compares both for values of every shape, and reads
// the lines of objects with an id back.
func TestIndentedIsWhatTheLibraryWrites(t *testing.T) {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "bool") }),
		rapid.Custom(func(t *rapid.T) any {
			return rapid.OneOf(rapid.Float64Range(-1e9, 1e9), rapid.Just(7.0)).Draw(t, "number")
		}),
		rapid.Custom(func(t *rapid.T) any {
			return rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune(`"\\{}[],: `+"\n\t")), rapid.Rune())).Draw(t, "text")
		}),
	)
	value := rapid.Deferred(func() *rapid.Generator[any] { return leaf })
	for range 3 {
		inner := value
		value = rapid.OneOf(leaf,
			rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(inner, 0, 4).Draw(t, "list") }),
			rapid.Custom(func(t *rapid.T) any {
				return rapid.MapOfN(rapid.OneOf(rapid.Just("id"), rapid.String()), inner, 0, 4).Draw(t, "object")
			}))
	}
	rapid.Check(t, func(rt *rapid.T) {
		data, err := json.Marshal(value.Draw(rt, "value"))
		if err != nil {
			rt.Fatal(err)
		}
		data = append(data, '\n')
		var want bytes.Buffer
		if err := json.Indent(&want, data, "", "  "); err != nil {
			rt.Fatal(err)
		}
		got, objects := indented(data)
		if diff := cmp.Diff(want.String(), string(got)); diff != "" {
			rt.Fatalf("-want +got:\n%s", diff)
		}
		lines := strings.Split(want.String(), "\n")
		ids, numbered := 0, regexp.MustCompile(`^ *"id": [0-9]`)
		for _, l := range lines {
			if numbered.MatchString(l) {
				ids++
			}
		}
		if len(objects) != ids {
			rt.Fatalf("%d objects with an id, want %d:\n%s", len(objects), ids, got)
		}
		for _, o := range objects {
			first, last := lines[o.line-1], lines[o.end-1]
			member := strings.Repeat(" ", len(first)-len(strings.TrimLeft(first, " "))+2) + `"id": ` + o.id
			if !strings.HasSuffix(first, "{") || !strings.HasPrefix(strings.TrimLeft(last, " "), "}") || !strings.Contains(strings.Join(lines[o.line:o.end-1], "\n"), member) {
				rt.Errorf("the object with the id %s is not in the lines %d to %d:\n%s", o.id, o.line, o.end, got)
			}
		}
	})
}
