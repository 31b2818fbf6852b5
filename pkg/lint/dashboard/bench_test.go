package dashboard

import (
	"context"
	"fmt"
	"testing"

	"github.com/nthlayer/action/pkg/lint"
)

// dashboards returns n dashboards of twenty panels each.
func dashboards(n int) []lint.File {
	var queries []string
	for i := range 20 {
		queries = append(queries, fmt.Sprintf(`sum by (job) (rate(http_requests_total{job=~"$x", code=~"%d..", handler="$y"}[$__rate_interval])) / sum by (job) (rate(http_requests_total{job=~"$x"}[$__rate_interval]))`, i))
	}
	data := []byte(withQueries(queries...))
	var files []lint.File
	for i := range n {
		files = append(files, lint.File{Name: fmt.Sprintf("d/%d.json", i), Data: data})
	}
	return files
}

func BenchmarkLint(b *testing.B) {
	for _, n := range []int{50, 100, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			files := dashboards(n)
			b.ReportAllocs()
			for b.Loop() {
				set := Read(context.Background(), files, func(string) ([]byte, bool) { return nil, false })
				set.Lint(context.Background(), Options{Written: true})
			}
		})
	}
}
