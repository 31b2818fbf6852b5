package lint

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// generated returns one file with n distinct rules, half of them alerts with
// templates.
func generated(n int) []File {
	var b strings.Builder
	b.WriteString("groups:\n")
	for i := range n {
		if i%20 == 0 {
			fmt.Fprintf(&b, "  - name: group-%d\n    rules:\n", i)
		}
		if i%2 == 0 {
			fmt.Fprintf(&b, `      - record: job:requests_%d:rate5m
        expr: |
          sum by (job) (rate(http_requests_total{service="s%d",code=~"5.."}[5m]))
            / sum by (job) (rate(http_requests_total{service="s%d"}[5m]))
`, i, i, i)
			continue
		}
		fmt.Fprintf(&b, `      - alert: HighErrorRate%d
        expr: histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket{service="s%d"}[5m]))) > 0.5
        for: 5m
        labels: {severity: page, team: payments}
        annotations:
          summary: "{{ $labels.job }} is slow"
          description: "The 99th percentile is {{ $value | humanizeDuration }}.\n  LABELS = {{ $labels }}"
`, i, i)
	}
	return []File{{Name: "generated.yaml", Data: []byte(b.String())}}
}

func benchmarkRules(b *testing.B, files []File, rules int) {
	b.ReportAllocs()
	for b.Loop() {
		RuleFiles(context.Background(), files, Options{})
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(rules), "µs/rule")
}

func BenchmarkRules1000(b *testing.B)  { benchmarkRules(b, generated(1000), 1000) }
func BenchmarkRules10000(b *testing.B) { benchmarkRules(b, generated(10_000), 10_000) }

// BenchmarkDoubling reports how much longer twice the rules take: 2 is linear.
func BenchmarkDoubling(b *testing.B) {
	small, large := generated(10_000), generated(20_000)
	var ratio float64
	for b.Loop() {
		ratio = float64(took(large)) / float64(took(small))
	}
	b.ReportMetric(ratio, "x")
}

func took(files []File) time.Duration {
	begin := time.Now()
	RuleFiles(context.Background(), files, Options{})
	return time.Since(begin)
}

// BenchmarkPrometheusLoads10000 is the peer: Prometheus's own loader on the same
// rules, which is most of what promtool check rules does.
func BenchmarkPrometheusLoads10000(b *testing.B) {
	data := generated(10_000)[0].Data
	for b.Loop() {
		refusedByPrometheus(data)
	}
}

// tenfold returns the foreign rules ten times, under ten names.
func tenfold(b *testing.B) []File {
	var out []File
	for i, f := range corpus(b) {
		for copies := range 10 {
			name := fmt.Sprintf("%d/%d/%s", copies, i, f.Name)
			out = append(out, File{Name: name, Data: bytes.ReplaceAll(f.Data, []byte("alert: "), fmt.Appendf(nil, "alert: X%d", copies))})
		}
	}
	return out
}

func BenchmarkForeignRulesTenfold(b *testing.B) { benchmarkRules(b, tenfold(b), 9540) }

func BenchmarkPrometheusLoadsForeignRulesTenfold(b *testing.B) {
	files := tenfold(b)
	for b.Loop() {
		for _, f := range files {
			refusedByPrometheus(f.Data)
		}
	}
}
