package dashboard

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestIndentedIsWhatTheLibraryWrites compares both for values of every shape.
func TestIndentedIsWhatTheLibraryWrites(t *testing.T) {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "bool") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.Float64Range(-1e9, 1e9).Draw(t, "number") }),
		rapid.Custom(func(t *rapid.T) any {
			return rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune(`"\\{}[],: `+"\n\t")), rapid.Rune())).Draw(t, "text")
		}),
	)
	value := rapid.Deferred(func() *rapid.Generator[any] { return leaf })
	for range 3 {
		inner := value
		value = rapid.OneOf(leaf,
			rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(inner, 0, 4).Draw(t, "list") }),
			rapid.Custom(func(t *rapid.T) any { return rapid.MapOfN(rapid.String(), inner, 0, 4).Draw(t, "object") }))
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
		if diff := cmp.Diff(want.String(), string(indented(data))); diff != "" {
			rt.Fatalf("-want +got:\n%s", diff)
		}
	})
}
