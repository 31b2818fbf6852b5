package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// slos is how many SLOs the services of the benchmark have.
const slos = 3

// generate measures how long it takes to write all artefacts of many services, and
// to find that nothing changed; beside sloth on the same SLOs.
func (b *bench) generate(ctx context.Context) error {
	folder := filepath.Join(b.work, "generate")
	if err := writeServices(filepath.Join(folder, "services"), b.services); err != nil {
		return err
	}
	b.printf("\ngenerate, %d services with %d SLOs each\n", b.services, slos)
	first, err := b.generated(ctx, folder, "create", func(round int) []string {
		return []string{"apply", "--fail-on", "error", "--format", "json", "--output-dir", fmt.Sprintf("made-%d", round)}
	})
	if err != nil {
		return err
	}
	b.printf("  %-24s %s\n", "nthlayer apply", first)
	again, err := b.generated(ctx, folder, "unchanged", func(int) []string {
		return []string{"apply", "--fail-on", "error", "--format", "json", "--output-dir", "made-0"}
	})
	if err != nil {
		return err
	}
	b.printf("  %-24s %s\n", "nothing changed", again)
	rules, err := b.generated(ctx, folder, "create", func(round int) []string {
		return []string{"apply", "--fail-on", "error", "--format", "json", "--output-dir", fmt.Sprintf("rules-%d", round), "--only", "recording-rules,burn-rate-alerts"}
	})
	if err != nil {
		return err
	}
	b.printf("  %-24s %s\n", "only rules of SLOs", rules)
	if b.services == 1000 {
		b.budget("CPU, all artefacts of 1,000 services", first.cpu.Seconds(), 2, "s")
	}
	b.printf("          %-58s %8.4g\n", "memory in MB", float64(first.rss)/1e6)
	return b.sloth(ctx, folder, rules)
}

// generated runs a command several times and checks that each run did for every
// service what it should.
func (b *bench) generated(ctx context.Context, folder, action string, args func(round int) []string) (figures, error) {
	var fastest figures
	for round := range b.rounds {
		f, out, err := b.measure(ctx, call{program: b.program, args: args(round), dir: folder})
		if err != nil {
			return f, err
		}
		// Every service has a file of its recording rules at least.
		if n := strings.Count(string(out), `"action": "`+action+`"`); f.code != 0 || n < b.services {
			return f, fmt.Errorf("%v ended with %d and %d files: %s", args(round), f.code, n, action)
		}
		if round == 0 || f.cpu < fastest.cpu {
			fastest = f
		}
	}
	return fastest, nil
}

// sloth measures the same SLOs there, where its program is.
func (b *bench) sloth(ctx context.Context, folder string, ours figures) error {
	program, ok := b.tool("sloth")
	if !ok {
		b.printf("  sloth is not there: it is left out\n")
		return nil
	}
	in, out := filepath.Join(folder, "sloth"), filepath.Join(folder, "sloth-out")
	for _, dir := range []string{in, out} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for i := range b.services {
		if err := os.WriteFile(filepath.Join(in, serviceName(i)+".yaml"), []byte(slothFile(i)), 0o644); err != nil {
			return err
		}
	}
	f, _, err := b.best(ctx, b.rounds, call{program: program, args: []string{"generate", "-i", in, "-o", out}, dir: folder})
	if err != nil {
		return err
	}
	written, err := filepath.Glob(filepath.Join(out, "*.yaml"))
	if err != nil || f.code != 0 || len(written) != b.services {
		return fmt.Errorf("sloth ended with %d and wrote %d files (%w)", f.code, len(written), err)
	}
	b.printf("  %-24s %s\n", "sloth generate", f)
	b.printf("          %-58s %8.4g\n", "CPU, rules of SLOs, ours over sloth's", ours.cpu.Seconds()/f.cpu.Seconds())
	return nil
}

// slothFile is the file of a service for sloth, with the SLOs of serviceFile.
func slothFile(i int) string {
	return strings.NewReplacer("NAME", serviceName(i), "TEAM", fmt.Sprintf("team-%02d", i%40)).Replace(`version: prometheus/v1
service: NAME
labels: {team: TEAM}
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{service="NAME",status=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{service="NAME"}[{{.window}}]))
    alerting: {page_alert: {}, ticket_alert: {}, name: NAMEAvailability}
  - name: latency
    objective: 99
    sli:
      events:
        error_query: sum(rate(http_request_duration_seconds_count{service="NAME"}[{{.window}}])) - sum(rate(http_request_duration_seconds_bucket{service="NAME",le="0.25"}[{{.window}}]))
        total_query: sum(rate(http_request_duration_seconds_count{service="NAME"}[{{.window}}]))
    alerting: {page_alert: {}, ticket_alert: {}, name: NAMELatency}
  - name: jobs
    objective: 99.5
    sli:
      events:
        error_query: sum(rate(jobs_failed_total{service="NAME"}[{{.window}}]))
        total_query: sum(rate(jobs_total{service="NAME"}[{{.window}}]))
    alerting: {page_alert: {}, ticket_alert: {}, name: NAMEJobs}
`)
}
