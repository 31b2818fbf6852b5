package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// step is one size of an input that grows.
type step struct {
	// times is how many times the first step it is.
	times  int
	folder string
}

// linters are those that are measured side by side.
var linters = []string{"nthlayer", "promtool", "pint"}

// steps measures linting beside others as the rules become more: those that
// NTHLAYER_CORPUS names, and those that sloth makes of SLOs. Time and memory of a
// linear linter grow as the rules do.
func (b *bench) steps(ctx context.Context) error {
	if b.corpus == "" {
		b.printf("\nforeign rules are left out: NTHLAYER_CORPUS does not name their folder\n")
	} else if err := b.foreignSteps(ctx); err != nil {
		return err
	}
	if err := b.slothSteps(ctx); err != nil {
		return err
	}
	return b.fetched(ctx)
}

// fetched lints what make foreign has fetched: compiled mixins, that of Kubernetes among
// them, and resources of Kubernetes, which promtool does not read. Only files of rules
// are copied.
func (b *bench) fetched(ctx context.Context) error {
	for _, f := range []struct{ name, pattern string }{
		{"mixins", "mixins/assets/*/[ar]*s.yaml"},
		{"kube-prometheus", "kube-prometheus/manifests/*-prometheusRule.yaml"},
	} {
		files, err := filepath.Glob(filepath.Join(b.mixins, f.pattern))
		if err != nil {
			return err
		}
		if len(files) == 0 {
			b.printf("\nrules of %s are left out: they are not there (make foreign)\n", f.name)
			continue
		}
		folder := filepath.Join(b.work, f.name)
		for _, file := range files {
			if err := copyFile(file, filepath.Join(folder, filepath.Base(filepath.Dir(file)), filepath.Base(file))); err != nil {
				return err
			}
		}
		b.printf("\nlint, rules of %s\n", f.name)
		if _, err := b.lintOurs(ctx, folder); err != nil {
			return err
		}
		if _, err := b.lintPint(ctx, folder); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

func (b *bench) foreignSteps(ctx context.Context) error {
	var steps []step
	for _, times := range []int{1, 10, 100} {
		s := step{times, filepath.Join(b.work, fmt.Sprintf("foreign-%d", times))}
		if err := multiplyRules(b.corpus, s.folder, times); err != nil {
			return err
		}
		steps = append(steps, s)
	}
	measured, err := b.measureSteps(ctx, "foreign", steps)
	if err != nil {
		return err
	}
	ours, promtool := measured["nthlayer"], measured["promtool"]
	b.budget(fmt.Sprintf("wall, %d foreign rules", ours[1].rules), ours[1].wall.Seconds(), 3, "s")
	for i := 1; promtool[0].wall > 0 && i < len(steps); i++ {
		b.budget(fmt.Sprintf("wall over promtool's, %d foreign rules", ours[i].rules), ours[i].wall.Seconds()/promtool[i].wall.Seconds(), 1.5, "")
	}
	return nil
}

// slothSteps lints what sloth makes of 100 SLOs and of 500.
func (b *bench) slothSteps(ctx context.Context) error {
	program, ok := b.tool("sloth")
	if !ok {
		b.printf("\nrules of sloth are left out: it is not present (make bench-tools)\n")
		return nil
	}
	var steps []step
	for _, times := range []int{1, 5} {
		s := step{times, filepath.Join(b.work, fmt.Sprintf("of-sloth-%d", times))}
		if err := b.makeWithSloth(ctx, program, s.folder, 100*times); err != nil {
			return err
		}
		steps = append(steps, s)
	}
	_, err := b.measureSteps(ctx, "sloth's", steps)
	return err
}

// makeWithSloth fills a folder with the rules that sloth makes of so many SLOs, a
// service each.
func (b *bench) makeWithSloth(ctx context.Context, program, folder string, slos int) error {
	in := folder + "-slos"
	for _, dir := range []string{in, folder} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for i := range slos {
		if err := os.WriteFile(filepath.Join(in, serviceName(i)+".yaml"), []byte(oneSLO(i)), 0o644); err != nil {
			return err
		}
	}
	f, _, err := b.measure(ctx, call{program: program, args: []string{"generate", "-i", in, "-o", folder}, dir: b.work})
	if err == nil && f.code != 0 {
		err = fmt.Errorf("sloth ended with %d", f.code)
	}
	return err
}

// oneSLO is the file of a service for sloth with one of the SLOs of slothFile.
func oneSLO(i int) string {
	const begin = "  - name: "
	parts := strings.Split(slothFile(i), begin)
	return parts[0] + begin + parts[1+i%(len(parts)-1)]
}

// measureSteps lints every step with every linter, and prints how much the figures
// grow from step to step. The figures are by linter and step; those of one that is not
// present are 0.
func (b *bench) measureSteps(ctx context.Context, whose string, steps []step) (map[string][]figures, error) {
	measured := map[string][]figures{}
	lint := map[string]func(context.Context, string) (figures, error){"nthlayer": b.lintOurs, "promtool": b.lintPromtool, "pint": b.lintPint}
	for _, s := range steps {
		b.printf("\nlint, %s rules x%d\n", whose, s.times)
		for _, name := range linters {
			f, err := lint[name](ctx, s.folder)
			if err != nil {
				return nil, err
			}
			measured[name] = append(measured[name], f)
		}
	}
	for i := 1; i < len(steps); i++ {
		b.printf("\nlint, %s rules: how many times as much for %.4g times the rules\n", whose, float64(steps[i].times)/float64(steps[i-1].times))
		for _, name := range linters {
			b.printf("  %-24s %s\n", name, growth(measured[name][i-1], measured[name][i]))
		}
	}
	return measured, nil
}

// growth says how many times the figures of one step are those of the one before. What
// was ended early took longer.
func growth(from, to figures) string {
	switch {
	case from.wall == 0 || to.wall == 0:
		return "not present"
	case from.late:
		return "not known: it was too slow at the step before"
	}
	over := " "
	if to.late {
		over = ">"
	}
	return fmt.Sprintf("%s%6.2f wall %s%6.2f CPU %s%6.2f memory", over, to.wall.Seconds()/from.wall.Seconds(), over, to.cpu.Seconds()/from.cpu.Seconds(), over, float64(to.rss)/float64(from.rss))
}
