//go:build e2e

// Package e2e runs the built program against real servers. What it says there
// must be what it says about a snapshot of the same samples, and the server in
// the process of the other tests must answer as a real one does.
package e2e

import (
	"math"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestRealServers(t *testing.T) {
	l := newLab(t)
	t.Run("Prometheus", func(t *testing.T) {
		binary, promtool := l.tool(t, "prometheus", required), l.tool(t, "promtool", required)
		prometheus := l.prometheus(t, binary, l.blocks(t, promtool))
		ours := l.inProcess(t)
		t.Run("says what the snapshot says", func(t *testing.T) { l.sameAsSnapshot(t, prometheus.URL) })
		t.Run("says what the server in tests says", func(t *testing.T) { l.sameLater(t, ours.URL, prometheus.URL) })
		t.Run("answers as the server in tests", func(t *testing.T) { l.sameAnswers(t, ours.URL, prometheus.URL) })
	})
	t.Run("Prometheus 2.42 of Debian", func(t *testing.T) {
		binary, promtool := l.tool(t, "debian/usr/bin/prometheus", optional), l.tool(t, "debian/usr/bin/promtool", optional)
		prometheus := l.prometheus(t, binary, l.blocks(t, promtool))
		l.sameAsSnapshot(t, prometheus.URL)
	})
	t.Run("VictoriaMetrics", func(t *testing.T) {
		l.sameAsSnapshot(t, l.victoriaMetrics(t, l.tool(t, "victoria-metrics", required)).URL)
	})
}

// inProcess starts the server that other tests use, over the same history.
func (l *lab) inProcess(t *testing.T) *sourcetest.Server {
	t.Helper()
	s := sourcetest.NewServer(t, sourcetest.Load(t, l.now, l.history.interval.String(), l.history.lines()...))
	s.RecordingRules(recordingRuleName)
	// The history lies in blocks, for which a Prometheus keeps to the times of a
	// request for label values.
	s.ExactNames()
	return s
}

// sameAsSnapshot runs the commands that ask against a server and against the
// snapshot that the server was filled from.
func (l *lab) sameAsSnapshot(t *testing.T, url string) {
	for command, code := range map[string]int{"verify": 2, "check-deploy": 2, "portfolio": 2} {
		t.Run(command, func(t *testing.T) {
			want := l.run(t, command, "file:metrics.yaml", l.now)
			if want.code != code {
				t.Errorf("the snapshot: exit code %d, want %d", want.code, code)
			}
			got := l.run(t, command, url, l.now)
			compare(t, url, want, got)
			if command == "check-deploy" {
				l.knownSLIs(t, got)
			}
		})
	}
}

// knownSLIs compares SLIs with what the increments in the snapshot amount to, so
// that two wrong answers do not pass for being equal.
func (l *lab) knownSLIs(t *testing.T, got result) {
	want := map[string]float64{
		"checkout-api/availability": 600 / 600.06,
		"checkout-api/latency":      599 / 600.06,
		"payments-api/availability": 200 / 200.5,
		"payments-api/latency-p95":  199.9 / 200.5,
		"search/availability":       900 / 901.8,
	}
	for _, service := range list(got.report["services"]) {
		for _, slo := range list(service["slos"]) {
			name := service["name"].(string) + "/" + slo["name"].(string)
			sli, ok := slo["sli"].(float64)
			if wanted, known := want[name]; known && (!ok || math.Abs(sli-wanted) > 1e-6*wanted) {
				t.Errorf("SLI of %s = %v, want %v", name, slo["sli"], wanted)
			}
			delete(want, name)
		}
	}
	for name := range want {
		t.Errorf("the report has no SLO %s", name)
	}
}

// list returns the objects of a list in a report.
func list(v any) []map[string]any {
	var out []map[string]any
	items, _ := v.([]any)
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

// sameLater runs the commands against both servers when the services are well,
// when they have been silent for two hours, and ten days after the last sample.
func (l *lab) sameLater(t *testing.T, ours, theirs string) {
	for name, later := range map[string]time.Duration{"alive": 0, "silent": 2 * time.Hour, "gone": 240 * time.Hour} {
		for _, command := range []string{"verify", "check-deploy", "portfolio"} {
			t.Run(name+"/"+command, func(t *testing.T) {
				compare(t, theirs, l.run(t, command, ours, l.now.Add(later)), l.run(t, command, theirs, l.now.Add(later)))
			})
		}
	}
}
