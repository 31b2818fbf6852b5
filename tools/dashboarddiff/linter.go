package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
)

// linter is the program dashboard-linter with the names of its rules by what it prints
// above their findings.
type linter struct {
	program string
	rules   map[string]string
}

var listed = regexp.MustCompile("(?m)^\\* `([^`]+)` - (.*)$")

// newLinter asks the program for its rules.
func newLinter(ctx context.Context, program string) (linter, error) {
	said, err := exec.CommandContext(ctx, program, "rules").Output() //nolint:gosec // the caller names the program
	if err != nil {
		return linter{}, fmt.Errorf("ask dashboard-linter for its rules: %w", err)
	}
	l := linter{program: program, rules: map[string]string{}}
	for _, m := range listed.FindAllStringSubmatch(string(said), -1) {
		l.rules[m[2]] = strings.TrimSuffix(m[1], "-rule")
	}
	if len(l.rules) == 0 {
		return linter{}, fmt.Errorf("%s names no rules", program)
	}
	return l, nil
}

// lint lints one dashboard, without the .lint file that lies where it is started.
func (l linter) lint(ctx context.Context, f lint.File) ([]finding, error) {
	cmd := exec.CommandContext(ctx, l.program, "lint", "--stdin", "--config", os.DevNull+"-is-none") //nolint:gosec // the caller names the program
	cmd.Stdin = bytes.NewReader(f.Data)
	said, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run dashboard-linter on %s: %w", f.Name, err)
	}
	return l.parse(f, string(said)), nil
}

// colours matches what colours a terminal.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// parse reads what the program prints: a line with what a rule looks for, and below it
// its findings, each in lines of which the first begins with a bracket.
func (l linter) parse(f lint.File, said string) []finding {
	panels := panelsOf(f.Data)
	var out []finding
	rule := ""
	for line := range strings.Lines(colours.ReplaceAllString(said, "")) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := l.rules[line]; ok {
			rule = name
			continue
		}
		if _, text, ok := strings.Cut(line, "] "); ok && strings.HasPrefix(line, "[") {
			out = append(out, finding{file: f.Name, rule: rule, text: text})
		} else if len(out) > 0 {
			out[len(out)-1].text += "\n" + line
		}
	}
	for i := range out {
		out[i].panel, out[i].query, out[i].text = panels.read(out[i].text)
		if !ofQueries(out[i].rule) {
			out[i].query = -1
		}
	}
	return out
}

// panels are the panels of a dashboard as both name them.
type panels struct {
	dashboard string
	titles    []string
	// byPath are the names of panels by their way from the root.
	byPath map[string]string
}

// level is what is read of a panel, a row or a dashboard.
type level struct {
	Title  string
	ID     int
	Panels []level
	Rows   []level
}

func panelsOf(data []byte) panels {
	var root level
	_ = json.Unmarshal(data, &root) // what cannot be read has no panels
	p := panels{dashboard: root.Title, byPath: map[string]string{}}
	for i, row := range root.Rows {
		p.add(fmt.Sprintf("rows[%d].", i), row.Panels)
	}
	p.add("", root.Panels)
	// Of two titles that begin alike the longer one is meant.
	slices.SortFunc(p.titles, func(a, b string) int { return len(b) - len(a) })
	return p
}

func (p *panels) add(path string, list []level) {
	for i, panel := range list {
		at := fmt.Sprintf("%spanels[%d]", path, i)
		p.byPath[at] = panel.Title
		if panel.Title == "" {
			p.byPath[at] = "#" + strconv.Itoa(panel.ID)
		} else {
			p.titles = append(p.titles, panel.Title)
		}
		p.add(at+".", panel.Panels)
	}
}

var inPanel = regexp.MustCompile(`^((?:rows\[\d+\]\.)?panels\[\d+\](?:\.panels\[\d+\])*)(?:\.targets\[(\d+)\])?`)

// at returns the panel and the query that a way from the root leads to.
func (p panels) at(path string) (panel string, query int) {
	m := inPanel.FindStringSubmatch(path)
	if m == nil {
		return "", -1
	}
	query = -1
	if m[2] != "" {
		query, _ = strconv.Atoi(m[2])
	}
	return p.byPath[m[1]], query
}

var (
	withID = regexp.MustCompile(`^, panel with id '(\d+)'`)
	index  = regexp.MustCompile(`^, target idx '(\d+)'`)
)

// read reads panel and query out of a message, and returns the rest of it.
func (p panels) read(text string) (panel string, query int, rest string) {
	query = -1
	rest = strings.TrimPrefix(text, "Dashboard '"+p.dashboard+"'")
	if m := withID.FindStringSubmatch(rest); m != nil {
		panel, rest = "#"+m[1], rest[len(m[0]):]
	} else {
		for _, t := range append(slices.Clone(p.titles), "") {
			if after, ok := strings.CutPrefix(rest, ", panel '"+t+"'"); ok {
				panel, rest = t, after
				break
			}
		}
	}
	if m := index.FindStringSubmatch(rest); m != nil {
		query, _ = strconv.Atoi(m[1])
		rest = rest[len(m[0]):]
	}
	return panel, query, strings.TrimSpace(rest)
}

var (
	query   = regexp.MustCompile(`'.*': `)
	place   = regexp.MustCompile(`\b\d+:\d+: `)
	quoted  = regexp.MustCompile(`'[^']*'`)
	matched = regexp.MustCompile(`selector is [^=].*, not`)
	values  = regexp.MustCompile(`map\[.*`)
)

// kind is a message of dashboard-linter without what differs from dashboard to
// dashboard.
func kind(text string) string {
	text = query.ReplaceAllString(strings.Join(strings.Fields(text), " "), "'...': ")
	text = quoted.ReplaceAllString(place.ReplaceAllString(text, ""), "'...'")
	return values.ReplaceAllString(matched.ReplaceAllString(text, "selector is ..., not"), "map[...]")
}
