package memory_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkSnapshot reads thirty days of minutes in 32 series: 1.4 million
// samples.
func BenchmarkSnapshot(b *testing.B) {
	var lines [][2]string
	for i := range 32 {
		lines = append(lines, [2]string{fmt.Sprintf(`requests_total{service="s%d",code="200"}`, i), "0+10x43200"})
	}
	b.ReportAllocs()
	for b.Loop() {
		if s := load(b, time.Unix(1_800_000_000, 0), lines); s.Series() != 32 {
			b.Fatal(s.Series())
		}
	}
}
