package sticky_test

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host/sticky"
)

var head = strings.Repeat("a", 40)

func TestMarkerSurvivesTheRoundTrip(t *testing.T) {
	for _, digest := range []string{"", "0123456789abcdef"} {
		want := sticky.Marker{Key: "prod-eu.1", SHA: head, Run: 123456789012, Attempt: 3, Text: digest}
		for _, newline := range []string{"\n", "\r\n"} {
			got, text, ok := sticky.Parse(want.String() + newline + "## pass" + newline + "x")
			if !ok || got != want || text != "## pass\nx" {
				t.Errorf("got %+v %q %v", got, text, ok)
			}
		}
	}
}

// A quoted marker, one with anything around it, or one of another product must
// never be taken for ours.
func TestForeignMarkersAreNotOurs(t *testing.T) {
	marker := sticky.Marker{Key: "default", SHA: head, Run: 1, Attempt: 1}.String()
	for _, body := range []string{
		"", "> " + marker, " " + marker, marker + " ", marker + "-->", "text\n" + marker,
		strings.Replace(marker, "nthlayer:", "other:", 1),
		strings.Replace(marker, "v=1", "v=2", 1),
		strings.Replace(marker, head, "main", 1),
		strings.Replace(marker, "run=1", "run=99999999999999999999", 1),
		strings.Replace(marker, "key=default", "key=de--fault", 1),
		strings.Replace(marker, " -->", " text=x -->", 1),
		strings.ToUpper(marker),
	} {
		if m, _, ok := sticky.Parse(body); ok {
			t.Errorf("%q was taken for ours: %+v", body, m)
		}
	}
}

func TestValidKey(t *testing.T) {
	for key, want := range map[string]bool{
		"default": true, "prod-eu": true, "a.b_c": true, strings.Repeat("x", 40): true,
		"": false, "-a": false, "a b": false, "a--b": false, "a>": false, "é": false, strings.Repeat("x", 41): false,
	} {
		if got := sticky.ValidKey(key); got != want {
			t.Errorf("%q: %v, want %v", key, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sticky.Marker{Key: "k", SHA: head, Run: 1, Attempt: 1}.String() + "\ntext")
	f.Fuzz(func(t *testing.T, body string) {
		m, text, ok := sticky.Parse(body)
		if !ok {
			return
		}
		again, same, ok := sticky.Parse(m.String() + "\n" + text)
		if !ok || same != text || again != m {
			t.Fatalf("%q: %+v then %+v", body, m, again)
		}
	})
}
