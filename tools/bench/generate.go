package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// slos is how many SLOs the services of the benchmark have.
const slos = 3

// generate measures how long it takes to make all artefacts of many services, to
// write them, and to find that nothing changed; beside sloth on the same SLOs.
func (b *bench) generate(ctx context.Context) error {
	folder, remove, err := b.inMemory()
	if err != nil {
		return err
	}
	defer remove()
	if err := writeServices(filepath.Join(folder, "services"), b.services); err != nil {
		return err
	}
	b.printf("\ngenerate, %d services with %d SLOs each\n", b.services, slos)
	const rules = "recording-rules,burn-rate-alerts"
	runs := []struct {
		what, command, action, only, dir string
		f                                figures
	}{
		{what: "made, not written", command: "plan", action: "create", dir: "none-%d"},
		{what: "written", command: "apply", action: "create", dir: "made-%d"},
		{what: "nothing changed", command: "apply", action: "unchanged", dir: "made-0"},
		{what: "rules of SLOs, made", command: "plan", action: "create", only: rules, dir: "none-%d"},
		{what: "rules of SLOs, written", command: "apply", action: "create", only: rules, dir: "rules-%d"},
	}
	for i := range runs {
		r := &runs[i]
		f, err := b.generated(ctx, folder, r.action, func(round int) []string {
			args := []string{r.command, "--fail-on", "error", "--format", "json", "--output-dir", strings.ReplaceAll(r.dir, "%d", strconv.Itoa(round))}
			if r.only != "" {
				args = append(args, "--only", r.only)
			}
			return args
		})
		if err != nil {
			return err
		}
		r.f = f
		b.printf("  %-24s %s, %.3f s of it in the kernel\n", r.what, f, f.kernel.Seconds())
	}
	var copied time.Duration
	for round := range b.rounds {
		took, err := b.copied(filepath.Join(folder, "made-0"), filepath.Join(folder, "copy-"+strconv.Itoa(round)))
		if err != nil {
			return err
		}
		if round == 0 || took < copied {
			copied = took
		}
	}
	b.printf("          %-58s %8.4g s CPU\n", "the same files written one after another, with no care", copied.Seconds())
	if b.services == 1000 {
		b.budget("CPU, all artefacts of 1,000 services, made", runs[0].f.cpu.Seconds(), 2, "s")
		// Whoever waits for apply waits for the file system, too. What that costs is not
		// ours to save.
		b.budget("CPU, made and written, without what a plain copy costs", (runs[1].f.cpu - copied).Seconds(), 2, "s")
	}
	return b.sloth(ctx, folder, runs[3].f, runs[4].f)
}

// inMemory makes a folder in a file system that is memory, where there is one. What a
// disk adds to a new file differs by a factor of thirty, and on ext4 between two runs by
// more than all else: it looks at each inode that somebody freed in the last minutes.
func (b *bench) inMemory() (folder string, remove func(), err error) {
	const memory = "/dev/shm"
	in := b.work
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		in = memory
	} else {
		b.printf("\n%s is not there: files are written to %s\n", memory, in)
	}
	if folder, err = os.MkdirTemp(in, "nthlayer-bench-"); err != nil {
		return "", nil, err
	}
	return folder, func() { _ = os.RemoveAll(folder) }, nil
}

// copied is the processor time that it takes this process to write the files of one
// folder into another: what the file system costs, whoever writes.
func (b *bench) copied(from, to string) (time.Duration, error) {
	files := os.DirFS(from)
	var took time.Duration
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		begin := ownTime()
		defer func() { took += ownTime() - begin }()
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	})
	return took, err
}

// ownTime is the processor time that this process has used so far.
func ownTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
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
func (b *bench) sloth(ctx context.Context, folder string, made, written figures) error {
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
	files, err := filepath.Glob(filepath.Join(out, "*.yaml"))
	if err != nil || f.code != 0 || len(files) != b.services {
		return fmt.Errorf("sloth ended with %d and wrote %d files (%w)", f.code, len(files), err)
	}
	b.printf("  %-24s %s, %.3f s of it in the kernel\n", "sloth generate", f, f.kernel.Seconds())
	b.printf("          %-58s %8.4g\n", "CPU, rules of SLOs, three files each, over sloth's one", written.cpu.Seconds()/f.cpu.Seconds())
	b.printf("          %-58s %8.4g\n", "CPU but the kernel's, over sloth's", (written.cpu-written.kernel).Seconds()/(f.cpu-f.kernel).Seconds())
	b.budget("CPU, rules of SLOs made, over sloth's", (made.cpu-made.kernel).Seconds()/(f.cpu-f.kernel).Seconds(), 1, "")
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
