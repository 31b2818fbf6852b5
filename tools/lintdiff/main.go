// Command lintdiff lints folders of foreign rules with ours and with pint, and prints
// for each what both find, what only pint finds and what only we find, by rule and
// line. It asserts nothing: docs/lint-and-pint.md says what the differences are.
//
// Without folders NTHLAYER_CORPUS names that with awesome-prometheus-alerts.
// NTHLAYER_TOOLS names the one with pint.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/tools/difference"
)

func main() {
	if err := run(context.Background(), os.Stdout, os.Getenv, os.Args[1:]); err != nil { //nolint:forbidigo // this is a main
		fmt.Fprintln(os.Stderr, "lintdiff:", err)
		os.Exit(1) //nolint:forbidigo // this is a main
	}
}

func run(ctx context.Context, out io.Writer, getenv func(string) string, args []string) error {
	flags := flag.NewFlagSet("lintdiff", flag.ContinueOnError)
	verbose := flags.Bool("v", false, "print every finding, and not only how many there are of each rule")
	smelly := flags.Bool("smelly", true, "switch promql/regexp on, which pint has on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	roots := flags.Args()
	if corpus := getenv("NTHLAYER_CORPUS"); len(roots) == 0 && corpus != "" {
		roots = []string{filepath.Join(corpus, "awesome-prometheus-alerts")}
	}
	if len(roots) == 0 {
		return errors.New("name folders of rule files, or set NTHLAYER_CORPUS to the folder that holds awesome-prometheus-alerts")
	}
	program := filepath.Join(cmp.Or(getenv("NTHLAYER_TOOLS"), filepath.Join(".cache", "tools")), "pint")
	for _, root := range roots {
		files, err := read(ctx, root)
		if err != nil {
			return err
		}
		found, linted := lint.Files(files).Lint(ctx, lint.Options{Checks: organisation.Checks{SmellyRegexp: *smelly}})
		ours := make([]finding, 0, len(found))
		for _, f := range found {
			ours = append(ours, finding{file: f.File, rule: f.Rule, from: f.Line, to: max(f.Line, f.EndLine), text: f.Message + " (" + f.Suggestion + ")", topics: pint.Topics(f)})
		}
		theirs, err := ask(ctx, program, files)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %d files, %d rules\n", root, len(files), linted.Rules)
		compare(ours, theirs).print(out, *verbose)
		fmt.Fprintln(out)
	}
	return nil
}

// finding is one finding of either; rule is our id, or the name of a check of pint
// that we have no rule for.
type finding struct {
	file, rule string
	from, to   int
	text       string
	// topics are those that one of ours covers.
	topics []string
}

// read returns the files of a folder that hold rules.
func read(ctx context.Context, root string) ([]lint.File, error) {
	var files []lint.File
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") && !strings.HasSuffix(path, ".yaml") {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // the caller names the folder
		file := lint.File{Name: path, Data: data}
		if _, linted := (lint.Files{file}).Lint(ctx, lint.Options{}); linted.Rules > 0 {
			files = append(files, file)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no rule files", root)
	}
	return files, err
}

// relaxed is the configuration of pint: without it resources of Kubernetes are refused.
// All else is as it is by default.
const relaxed = "parser {\n  relaxed = [\".*(kube|[Pp]rometheusRule).*\"]\n}\n"

// ask lets pint lint files offline.
func ask(ctx context.Context, program string, files []lint.File) ([]finding, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "lintdiff-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if program, err = filepath.Abs(program); err != nil {
		return nil, err
	}
	answer, names := filepath.Join(dir, "pint.json"), map[string]string{}
	cmd := exec.CommandContext(ctx, program, "--no-color", "--offline", "lint", "--min-severity", "info", "--json", answer) //nolint:gosec // the caller names the program
	for _, f := range files {
		name, err := filepath.Abs(f.Name)
		if err != nil {
			return nil, err
		}
		cmd.Args, names[name] = append(cmd.Args, name), f.Name
	}
	if err := os.WriteFile(filepath.Join(dir, ".pint.hcl"), []byte(relaxed), 0o600); err != nil {
		return nil, err
	}
	cmd.Dir = dir // a configuration that lies about is none of ours
	said, failed := cmd.CombinedOutput()
	data, err := os.ReadFile(answer) //nolint:gosec // it was written just now
	if err != nil {
		return nil, fmt.Errorf("run pint: %w: %s", errors.Join(failed, err), said)
	}
	problems, err := pint.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read what pint found: %w", err)
	}
	out := make([]finding, 0, len(problems))
	for _, p := range problems {
		from, to := p.Span()
		out = append(out, finding{file: names[p.Path], rule: p.Reporter, from: from, to: to, text: p.Problem})
	}
	return out, nil
}

// findings are those of one run of each.
type findings struct{ both, onlyPint, onlyOurs []finding }

// compare pairs findings about the same lines of a file whose rules look for the
// same. Several of ours may be one of pint's, and the other way around.
func compare(ours, theirs []finding) findings {
	byFile := map[string][]int{}
	for i, f := range ours {
		byFile[f.file] = append(byFile[f.file], i)
	}
	paired := make([]bool, len(ours))
	var d findings
	for _, f := range theirs {
		ids, found := pint.Ours(f.rule), false
		for _, i := range byFile[f.file] {
			if o := ours[i]; slices.Contains(ids, o.rule) && o.from <= f.to && f.from <= o.to && slices.Contains(o.topics, pint.Topic(f.text)) {
				paired[i], found = true, true
			}
		}
		if found {
			d.both = append(d.both, f)
		} else {
			d.onlyPint = append(d.onlyPint, f)
		}
	}
	for i, f := range ours {
		if !paired[i] {
			d.onlyOurs = append(d.onlyOurs, f)
		}
	}
	return d
}

func (d findings) print(out io.Writer, verbose bool) {
	rule := func(f finding) string { return f.rule }
	problem := func(f finding) string { return f.rule + ": " + f.text }
	difference.Print(out, verbose, gather("both", d.both, problem), gather("only pint", d.onlyPint, problem), gather("only ours", d.onlyOurs, rule))
}

func gather(name string, found []finding, kind func(finding) string) difference.List {
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.from, b.from), cmp.Compare(a.rule, b.rule))
	})
	l := difference.List{Name: name}
	for _, f := range found {
		l.Kinds = append(l.Kinds, kind(f))
		l.Lines = append(l.Lines, fmt.Sprintf("%s:%d-%d: %s: %s", f.file, f.from, f.to, f.rule, f.text))
	}
	return l
}
