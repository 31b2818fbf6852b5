package pipeline

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// BenchmarkGenerate makes the artefacts of one of many services, kind by kind and
// all of them.
func BenchmarkGenerate(b *testing.B) {
	kinds, err := bundle.Select(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range kinds {
		b.Run(string(kind), func(b *testing.B) { benchmarkGenerate(b, []generate.Kind{kind}) })
	}
	b.Run("all", func(b *testing.B) { benchmarkGenerate(b, kinds) })
}

func benchmarkGenerate(b *testing.B, kinds []generate.Kind) {
	catalog, err := tech.Load()
	if err != nil {
		b.Fatal(err)
	}
	g := &Generation{Catalog: catalog, Kinds: kinds, Dir: "generated", Read: func(string) ([]byte, error) { return nil, fs.ErrNotExist }}
	services := benchmarked(b, 20)
	r := &run{o: Options{Generation: g}, catalog: catalogs{plain: catalog}}
	for b.Loop() {
		for range 5 {
			r.makeAll(b.Context(), services, newFaults(nil))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*5*len(services)), "µs/service")
}

// benchmarked returns the services of tools/bench, with a dependency.
func benchmarked(b *testing.B, n int) []*spec.Service {
	file, err := os.ReadFile("../../tools/bench/service.yaml")
	if err != nil {
		b.Fatal(err)
	}
	var text strings.Builder
	for i := range n {
		name := fmt.Sprintf("s%d", i)
		text.WriteString("-- " + name + ".yaml --\n" + strings.NewReplacer("NAME", name, "TEAM", "core", "TIER", "critical").Replace(string(file)))
		text.WriteString("  - {kind: Dependencies, name: upstream, spec: {databases: [{name: main, type: postgresql, selector: {job: main}}]}}\n")
	}
	return spectest.Load(b, text.String(), "").Services
}
