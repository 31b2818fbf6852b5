package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/lint/fix"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// maxFixRounds bounds how often files are fixed and looked at again. Fixes that
// overlap, and those behind a misspelt key, take a round each.
const maxFixRounds = 10

// fixing is what --fix does.
type fixing struct {
	on, dryRun bool
	// before and after are the files that changed, by name.
	before, after map[string][]byte
	// refused are the findings whose fixes would change more than they say, as they
	// were found in the last look at a file.
	refused map[string][]fix.Refusal
	// withheld are the findings that a program must not fix.
	withheld []report.Finding
	// removed are the lines that each round took out of a file, by its name.
	removed map[string][][]int
}

// addFix adds the flags about fixes.
func (c *check) addFix(cmd *cobra.Command) {
	f := &fixing{}
	cmd.Flags().BoolVar(&f.on, "fix", false, "Put right in the files what has only one fix, keeping comments and layout.")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "Write nothing, and show what would be written: the files, or the requests of a push.")
	more := c.more
	c.fixing = f
	c.before = func(*report.Report) error { return f.explain(c) }
	c.more = func(o *pipeline.Options) error {
		if f.dryRun && !f.on {
			return errors.New("--dry-run shows what --fix would change: add --fix")
		}
		return more(o)
	}
}

// run fixes files until nothing is left to fix, and writes them. It returns the
// report about what is left; with --dry-run about the files as they are.
func (f *fixing) run(ctx context.Context, o pipeline.Options, look func(pipeline.Options) (*report.Report, error)) (*report.Report, error) {
	first, err := look(o)
	if err != nil {
		return nil, err
	}
	f.before, f.after, f.refused, f.removed = map[string][]byte{}, map[string][]byte{}, map[string][]fix.Refusal{}, map[string][][]int{}
	on, rep := o, first
	for range maxFixRounds {
		changed, err := f.round(ctx, on.Workspace, rep.Findings)
		if err != nil {
			return nil, err
		}
		if !changed || ctx.Err() != nil {
			break
		}
		on.Workspace = o.Workspace.Over(f.after)
		if rep, err = look(on); err != nil {
			return nil, err
		}
	}
	for _, found := range rep.Findings {
		if found.Fix != nil && found.Fix.Why != "" {
			f.withheld = append(f.withheld, found)
		}
	}
	if ctx.Err() != nil { // not all was looked at, so nothing is written
		clear(f.after)
	}
	if f.dryRun {
		return first, nil
	}
	for _, name := range slices.Sorted(maps.Keys(f.after)) {
		if err := o.Workspace.Replace(name, f.before[name], f.after[name]); err != nil {
			return nil, err
		}
	}
	return rep, nil
}

// round fixes what findings of one look at the files can fix together.
func (f *fixing) round(ctx context.Context, ws *spec.Workspace, findings []report.Finding) (changed bool, err error) {
	byFile := map[string][]report.Finding{}
	for _, found := range findings {
		if found.Fix != nil {
			byFile[found.File] = append(byFile[found.File], found)
		}
	}
	limits := document.RuleLimits()
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		data, err := ws.Read(name, limits.Bytes)
		if err != nil {
			return changed, fmt.Errorf("fix %s: %w", name, err)
		}
		result := fix.File(ctx, name, data, byFile[name], limits)
		f.refused[name] = result.Refused
		if len(result.Fixed) == 0 {
			continue
		}
		if _, known := f.before[name]; !known {
			f.before[name] = data
		}
		f.after[name] = result.Data
		f.removed[name] = append(f.removed[name], removedLines(result.Fixed))
		changed = true
	}
	return changed, nil
}

// explain says what was fixed or, with --dry-run, shows it. Where a machine reads
// standard output it says so on standard error.
func (f *fixing) explain(c *check) error {
	if !f.on {
		return nil
	}
	out := c.p.stdout
	if c.flags.format != "table" {
		out = c.p.stderr
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.after)) {
		if f.dryRun {
			b.WriteString(unified(name, f.before[name], f.after[name]))
			continue
		}
		b.WriteString("fixed " + render.TerminalText(name) + "\n")
	}
	if len(f.after) == 0 {
		b.WriteString("nothing to fix\n")
	}
	for _, name := range slices.Sorted(maps.Keys(f.refused)) {
		for _, r := range f.refused[name] {
			b.WriteString(f.notFixed(r.Finding, r.Err.Error()))
		}
	}
	for _, found := range f.withheld {
		b.WriteString(f.notFixed(found, found.Fix.Why))
	}
	if c.flags.quiet && !f.dryRun {
		return nil
	}
	_, err := io.WriteString(out, b.String()+"\n")
	return err
}

// notFixed says why a finding is left to people. With --dry-run the file is still as it
// was, and so are its lines.
func (f *fixing) notFixed(found report.Finding, why string) string {
	if f.dryRun {
		found.Line = lineBefore(f.removed[found.File], found.Line)
	}
	return "not fixed: " + render.TerminalText(found.Position().String()+": "+found.Rule+": "+why) + "\n"
}

// removedLines returns the lines that fixes take out of a file, sorted.
func removedLines(fixed []report.Finding) []int {
	var out []int
	for _, f := range fixed {
		for _, e := range f.Fix.Edits {
			if e.Kind == report.EditRemove {
				out = append(out, e.StartLine)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// lineBefore returns which line a line was before some rounds took others out.
func lineBefore(rounds [][]int, line int) int {
	for _, removed := range slices.Backward(rounds) {
		for _, r := range removed {
			if r <= line {
				line++
			}
		}
	}
	return line
}

// unified is the difference between two texts of a file.
func unified(name string, before, after []byte) string {
	return patch("a/"+name, "b/"+name, string(before), string(after))
}
