package spec

import "testing"

// TestMillisecondsKeepTheirDigits makes sure that a latency threshold is the bucket
// boundary that it names.
func TestMillisecondsKeepTheirDigits(t *testing.T) {
	for ms, want := range map[float64]float64{2.1: 0.0021, 300: 0.3, 0.1: 0.0001, 1e6: 1000, 57.7: 0.0577} {
		if got := seconds(ms); got != want {
			t.Errorf("%v ms are %v s, not %v", ms, got, want)
		}
	}
}
