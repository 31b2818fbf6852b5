package render

import (
	"io"
	"testing"
)

func BenchmarkRender(b *testing.B) {
	rep := large()
	for _, f := range Formats() {
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				if err := Render(io.Discard, f.Name, rep, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
