package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/nthlayer/action/pkg/slo"
)

// end is when all histories end. It is fixed, so that runs can be compared.
func end() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

const month = 30 * 24 * time.Hour

// series is one that can be computed.
type series struct {
	labels labels.Labels
	step   time.Duration
	count  int
	value  func(i int) float64
}

// kind says what the servers know.
type kind string

const (
	// recorded has the counts of recording rules for the window of every SLO,
	// and the metrics themselves for an hour.
	recorded kind = "recorded counts"
	// raw has the metrics of SLOs for the whole window.
	raw kind = "raw counters"
)

// history returns all series of n services.
func history(n int, k kind) []series {
	var out []series
	for i := range n {
		out = append(out, metricsOf(serviceName(i), k)...)
		if k == recorded {
			out = append(out, countsOf(serviceName(i))...)
		}
	}
	return out
}

// metricsOf returns the series of a service's ten metrics. Counters of
// SLOs have a sample every quarter of an hour where they reach back a month.
func metricsOf(service string, k kind) []series {
	step, count := time.Minute, 60
	if k == raw {
		step, count = 15*time.Minute, int(month/(15*time.Minute))
	}
	with := func(name string, perMinute float64, pairs ...string) series {
		pairs = append([]string{model.MetricNameLabel, name, "job", service, "service", service}, pairs...)
		increase := perMinute * step.Minutes()
		return series{labels.FromStrings(pairs...), step, count, func(i int) float64 { return increase * float64(i) }}
	}
	out := []series{
		with("http_requests_total", 600, "status", "200"),
		with("http_requests_total", 0.3, "status", "500"),
		with("http_request_duration_seconds_bucket", 500, "le", "0.1"),
		with("http_request_duration_seconds_bucket", 598, "le", "0.25"),
		with("http_request_duration_seconds_bucket", 600, "le", "0.5"),
		with("http_request_duration_seconds_bucket", 600.3, "le", "+Inf"),
		with("http_request_duration_seconds_count", 600.3),
		with("jobs_total", 20),
		with("jobs_failed_total", 0.05),
	}
	step, count = time.Minute, 60
	for _, name := range []string{"process_cpu_seconds_total", "go_goroutines", "queue_depth", "cache_hits_total", "cache_misses_total", "db_connections"} {
		out = append(out, with(name, 1))
	}
	return out
}

// countsOf returns what the recording rules of a service's SLOs made of a month.
func countsOf(service string) []series {
	const step = 5 * time.Minute
	var out []series
	for _, name := range []string{"availability", "latency", "jobs"} {
		with := func(metric string, value func(int) float64) series {
			return series{labels.FromStrings(model.MetricNameLabel, metric, slo.ServiceLabel, service, slo.SLOLabel, name), step, int(month / step), value}
		}
		out = append(out,
			with(slo.TotalEvents, func(i int) float64 { return float64(3000 + i%7) }),
			with(slo.BadEvents, func(i int) float64 { return float64(i % 3) }))
	}
	return out
}

// blocks writes the history of some services into a folder. It runs as a process
// of its own: see serve.
func blocks(ctx context.Context, folder string, k kind, services string) error {
	n, err := strconv.Atoi(services)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return writeBlock(ctx, folder, history(n, k))
}

// writeBlock writes series as one block of a Prometheus' database.
func writeBlock(ctx context.Context, folder string, all []series) error {
	w, err := tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), folder, (2 * month).Milliseconds())
	if err != nil {
		return fmt.Errorf("create a block: %w", err)
	}
	defer func() { _ = w.Close() }()
	for _, s := range all {
		app := w.Appender(ctx)
		first := end().Add(-time.Duration(s.count-1) * s.step).UnixMilli()
		for i := range s.count {
			if _, err := app.Append(0, s.labels, first+int64(i)*s.step.Milliseconds(), s.value(i)); err != nil {
				return fmt.Errorf("append to %s: %w", s.labels, err)
			}
		}
		if err := app.Commit(); err != nil {
			return err
		}
	}
	if _, err := w.Flush(ctx); err != nil {
		return fmt.Errorf("write a block: %w", err)
	}
	return nil
}
