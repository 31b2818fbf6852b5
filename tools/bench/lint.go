package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// slowPeer ends a peer that would keep the run waiting.
const slowPeer = 90 * time.Second

// lint measures the linting of rules that are not ours.
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
	if b.corpus == "" {
		b.printf("foreign rules are left out: NTHLAYER_CORPUS does not name their folder\n")
	} else {
		for _, n := range []int{1, 10} {
			folder := filepath.Join(b.work, fmt.Sprintf("foreign-%d", n))
			if err := multiplyRules(b.corpus, folder, n); err != nil {
				return err
			}
			inputs = append(inputs, input{fmt.Sprintf("foreign rules x%d", n), folder})
		}
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
		if err := b.lintPint(ctx, in.folder); err != nil {
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
	if foreign, ok := ours["foreign rules x10"]; ok {
		b.budget("wall, 9,540 foreign rules", foreign.wall.Seconds(), 3, "s")
	}
	for _, name := range []string{"10000 generated rules", "foreign rules x10"} {
		if peer, ok := promtools[name]; ok && peer.wall > 0 {
			b.budget("wall over promtool's, "+name, ours[name].wall.Seconds()/peer.wall.Seconds(), 1.5, "")
		}
	}
}

func (b *bench) lintOurs(ctx context.Context, folder string) (figures, error) {
	f, out, err := b.best(ctx, b.rounds, call{program: b.program, args: []string{"lint", "--format", "json", "."}, dir: folder})
	if err != nil {
		return f, err
	}
	var report struct {
		Findings []json.RawMessage `json:"findings"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return f, fmt.Errorf("read the report of lint: %w", err)
	}
	b.printf("  %-24s %s  %d findings\n", "nthlayer lint", f, len(report.Findings))
	return f, nil
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
	f, _, err := b.best(ctx, b.rounds, call{program: promtool, args: append([]string{"check", "rules"}, files...), dir: folder, limit: slowPeer})
	if err != nil {
		return f, err
	}
	b.printf("  %-24s %s\n", "promtool check rules", f)
	return f, nil
}

func (b *bench) lintPint(ctx context.Context, folder string) error {
	pint, ok := b.tool("pint")
	if !ok {
		b.printf("  %-24s not present (make bench-tools)\n", "pint --offline lint")
		return nil
	}
	f, _, err := b.best(ctx, 1, call{program: pint, args: []string{"--offline", "--no-color", "--log-level", "error", "lint", "."}, dir: folder, limit: slowPeer})
	if err != nil {
		return err
	}
	b.printf("  %-24s %s\n", "pint --offline lint", f)
	return nil
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
