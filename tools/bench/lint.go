package main

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lint measures the linting of generated rules; steps that of rules of others.
func (b *bench) lint(ctx context.Context) error {
	type input struct {
		name, folder string
	}
	var inputs []input
	for _, n := range []int{1000, 10_000, 20_000} {
		folder := filepath.Join(b.work, fmt.Sprintf("rules-%d", n))
		if err := writeRules(folder, n); err != nil {
			return err
		}
		inputs = append(inputs, input{fmt.Sprintf("%d generated rules", n), folder})
	}
	ours, promtools := map[string]figures{}, map[string]figures{}
	for _, in := range inputs {
		b.printf("\nlint, %s\n", in.name)
		var err error
		if ours[in.name], err = b.lintOurs(ctx, in.folder); err != nil {
			return err
		}
		if promtools[in.name], err = b.lintPromtool(ctx, in.folder); err != nil {
			return err
		}
		if in.name == "20000 generated rules" {
			continue // it is there for the ratio
		}
		if _, err := b.lintPint(ctx, in.folder); err != nil {
			return err
		}
	}
	b.lintBudgets(ours, promtools)
	return nil
}

func (b *bench) lintBudgets(ours, promtools map[string]figures) {
	b.printf("\nlint, ratios\n")
	ratio := func(what string, a, b figures) (string, float64) {
		return what, a.cpu.Seconds() / max(b.cpu.Seconds(), 1e-9)
	}
	small, large, twice := ours["1000 generated rules"], ours["10000 generated rules"], ours["20000 generated rules"]
	what, r := ratio("CPU, 10,000 rules over 1,000", large, small)
	b.printf("          %-58s %8.4g\n", what, r)
	what, r = ratio("CPU, 20,000 rules over 10,000", twice, large)
	b.budget(what, r, 2.2, "")
	b.budget("wall, 10,000 generated rules", large.wall.Seconds(), 3, "s")
	if peer := promtools["10000 generated rules"]; peer.wall > 0 {
		b.budget("wall over promtool's, 10,000 generated rules", large.wall.Seconds()/peer.wall.Seconds(), 1.5, "")
	}
}

func (b *bench) lintOurs(ctx context.Context, folder string) (figures, error) {
	answer := filepath.Join(b.work, "lint.json")
	f, _, err := b.best(ctx, b.rounds, call{program: b.program, args: []string{"lint", "--offline", "--format", "json", "."}, dir: folder, answer: answer})
	if err != nil {
		return f, err
	}
	rules, findings, err := readAnswer(answer)
	if err != nil {
		return f, fmt.Errorf("read the report of lint: %w", err)
	}
	f.rules = rules // none in dashboards
	b.printf("  %-24s %s  %d rules, %d findings\n", "nthlayer lint", f, rules, findings)
	return f, nil
}

// readAnswer counts the rules and findings of a report, line by line: this process
// must stay small, see figures.
func readAnswer(name string) (rules, findings int, err error) {
	file, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		key, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), ": ")
		switch key {
		case `"rules"`:
			rules, err = strconv.Atoi(strings.TrimSuffix(value, ","))
		case `"fingerprint"`:
			findings++
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return rules, findings, lines.Err()
}

func (b *bench) lintPromtool(ctx context.Context, folder string) (figures, error) {
	promtool, ok := b.tool("promtool")
	if !ok {
		b.printf("  %-24s not present (make bench-tools)\n", "promtool check rules")
		return figures{}, nil
	}
	files, err := ruleFiles(folder)
	if err != nil {
		return figures{}, err
	}
	f, _, err := b.best(ctx, b.rounds, call{program: promtool, args: append([]string{"check", "rules"}, files...), dir: folder, limit: b.patience})
	if err != nil {
		return f, err
	}
	b.printf("  %-24s %s\n", "promtool check rules", f)
	return f, nil
}

func (b *bench) lintPint(ctx context.Context, folder string) (figures, error) {
	pint, ok := b.tool("pint")
	if !ok {
		b.printf("  %-24s not present (make bench-tools)\n", "pint --offline lint")
		return figures{}, nil
	}
	f, _, err := b.best(ctx, 1, call{program: pint, args: []string{"--offline", "--no-color", "--log-level", "error", "lint", "."}, dir: folder, limit: b.patience})
	if err != nil {
		return f, err
	}
	b.printf("  %-24s %s\n", "pint --offline lint", f)
	return f, nil
}

func ruleFiles(folder string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && (ext == ".yaml" || ext == ".yml") {
			out = append(out, strings.TrimPrefix(path, folder+"/"))
		}
		return err
	})
	return out, err
}
