package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// files measures how the cost of reading service files grows with their number.
func (b *bench) files(ctx context.Context) error {
	var all []figures
	for _, n := range []int{1000, 10_000} {
		folder := filepath.Join(b.work, fmt.Sprintf("files-%d", n))
		if err := writeServices(filepath.Join(folder, "services"), n); err != nil {
			return err
		}
		f, out, err := b.best(ctx, b.rounds, call{program: b.program, args: []string{"lint", "--format", "json"}, dir: folder})
		if err != nil {
			return err
		}
		if err := sound("lint", n, 0, f, out); err != nil {
			return err
		}
		b.printf("\nlint, %d service files\n  %-24s %s\n", n, "nthlayer lint", f)
		all = append(all, f)
	}
	b.printf("          %-58s %8.4g\n", "CPU, 10,000 services over 1,000", all[1].cpu.Seconds()/all[0].cpu.Seconds())
	b.budget("memory, 10,000 services", float64(all[1].rss)/1e6, 300, "MB")
	return nil
}

func serviceName(i int) string { return fmt.Sprintf("service-%05d", i) }

// writeServices writes the files of n services with three SLOs each, on four
// metrics, and six metrics more.
func writeServices(folder string, n int) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for i := range n {
		if err := os.WriteFile(filepath.Join(folder, serviceName(i)+".yaml"), []byte(serviceFile(i)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// selectors is how many selectors a service declares: its ten metrics, one of
// them with a status and without.
const selectors = 11

// misspell misspells the last metric in the files of every tenth service.
func misspell(folder string, n int) error {
	for i := 0; i < n; i += 10 {
		text := strings.Replace(serviceFile(i), "db_connections", "db_conections", 1)
		if err := os.WriteFile(filepath.Join(folder, serviceName(i)+".yaml"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// misspelled is how many metrics misspell misspells.
func misspelled(n int) int { return (n + 9) / 10 }

// service is the file of a service, with NAME, TEAM and TIER in the place of its own. The
// benchmark of the pipeline reads it, too.
//
//go:embed service.yaml
var service string

func serviceFile(i int) string {
	tiers := []string{"critical", "standard", "low"}
	return strings.NewReplacer("NAME", serviceName(i), "TEAM", fmt.Sprintf("team-%02d", i%40), "TIER", tiers[i%len(tiers)]).Replace(service)
}
