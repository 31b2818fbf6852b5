package lint

import "testing"

func TestZerosAtTheEndAreNoNoise(t *testing.T) {
	for written, want := range map[string]string{
		"0.99900000000000000":    "",
		"1000000000000000.0":     "",
		"0.30000000000000004":    "0.3",
		"0.30000000000000004000": "0.3",
	} {
		if got := withoutNoise(written); got != want {
			t.Errorf("%s: got %q, want %q", written, got, want)
		}
	}
}
