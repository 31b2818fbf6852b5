// Command bench measures the program against its budgets, and beside programs
// of others on the same input, all in one run. It asserts nothing: figures are
// for reading, and a missed budget is marked.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:forbidigo,gocritic // this is a main, and what is deferred was done
	}
}

// bench is one run of the measurements.
type bench struct {
	out io.Writer
	// now is the clock; everything here is about time.
	now func() time.Time
	// program is the binary that is measured, tools where those of others are,
	// corpus a folder of foreign rules or empty, mixins where make fetches others,
	// work a folder to write into.
	program, tools, corpus, mixins, work string
	// foreign is a folder of foreign dashboards, dashboardLinter the program that lints
	// them beside; both may be empty.
	foreign, dashboardLinter string
	services                 int
	rounds                   int
	// patience is how long a program of others may take.
	patience time.Duration
	verbose  bool
	missed   []string
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1])
	case len(args) == 4 && args[0] == "blocks":
		return blocks(ctx, args[1], kind(args[2]), args[3])
	}
	b := &bench{out: os.Stdout, now: time.Now} //nolint:forbidigo // the clock of a benchmark
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "lint,steps,files,dashboards,generate,ask,start", "the parts to measure")
	flags.StringVar(&b.program, "program", "bin/nthlayer", "the binary to measure")
	flags.IntVar(&b.services, "services", 1000, "how many services to ask about")
	flags.IntVar(&b.rounds, "rounds", 3, "how often to measure; the fastest counts")
	flags.DurationVar(&b.patience, "patience", 90*time.Second, "how long a program of others may take over one input")
	flags.BoolVar(&b.verbose, "v", false, "print every request")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := b.places(os.Getenv); err != nil { //nolint:forbidigo // this is a main
		return err
	}
	defer func() { _ = os.RemoveAll(b.work) }()
	parts := []struct {
		name    string
		measure func(context.Context) error
	}{{"lint", b.lint}, {"steps", b.steps}, {"files", b.files}, {"dashboards", b.dashboards}, {"generate", b.generate}, {"ask", b.ask}, {"start", b.start}}
	for _, part := range parts {
		if !strings.Contains(*only, part.name) {
			continue
		}
		if err := part.measure(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	b.sumUp()
	return nil
}

// places finds the binaries and folders, all absolute.
func (b *bench) places(getenv func(string) string) (err error) {
	if b.program, err = filepath.Abs(b.program); err != nil {
		return err
	}
	if _, err := os.Stat(b.program); err != nil {
		return fmt.Errorf("%w (run make build)", err)
	}
	tools := getenv("NTHLAYER_TOOLS")
	if tools == "" {
		tools = filepath.Join(".cache", "tools")
	}
	if b.tools, err = filepath.Abs(tools); err != nil {
		return err
	}
	if b.mixins, err = filepath.Abs(filepath.Join(".cache", "foreign")); err != nil {
		return err
	}
	if b.corpus = getenv("NTHLAYER_CORPUS"); b.corpus != "" {
		b.corpus = filepath.Join(b.corpus, "awesome-prometheus-alerts")
	}
	b.foreign, b.dashboardLinter = getenv("NTHLAYER_DASHBOARDS"), getenv("NTHLAYER_DASHBOARD_LINTER")
	b.work, err = os.MkdirTemp("", "nthlayer-bench-")
	return err
}

// tool returns the path of a program of others, or false when it is not present.
func (b *bench) tool(name string) (string, bool) {
	path := filepath.Join(b.tools, name)
	_, err := os.Stat(path)
	return path, err == nil
}

// budget prints a figure beside what it may be at most.
func (b *bench) budget(what string, figure, limit float64, unit string) {
	word := "ok"
	if figure > limit {
		word = "MISSED"
		b.missed = append(b.missed, what)
	}
	b.printf("  budget  %-58s %8.4g %-9s at most %6.4g  %s\n", what, figure, unit, limit, word)
}

func (b *bench) sumUp() {
	if len(b.missed) == 0 {
		b.printf("\nno budget was missed\n")
		return
	}
	b.printf("\nbudgets missed:\n  %s\n", strings.Join(b.missed, "\n  "))
}

func (b *bench) printf(format string, args ...any) { _, _ = fmt.Fprintf(b.out, format, args...) }
