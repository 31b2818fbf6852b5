package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// tables are the generated parts of the documentation by name.
func tables() map[string]func(*testing.T) string {
	return map[string]func(*testing.T) string{
		"tiers":      tiersTable,
		"types":      typesTable,
		"thresholds": thresholdsTable,
		"templates":  templatesTable,
		"formats":    formatsTable,
		"flags":      flagsTable,
		"inputs":     func(*testing.T) string { return entrypoint.InputsMarkdown() },
		"outputs":    func(*testing.T) string { return entrypoint.OutputsMarkdown() },

		"kinds": kindsTable,

		"policy-fields": policyFieldsTable,
		"promruval":     promruvalTable,

		"technologies":     technologyTable,
		"technology-needs": technologyNeeds,
	}
}

func table(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	for _, r := range rows {
		line(r)
	}
	return b.String()
}

// code joins words, each as code.
func code(words ...string) string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, "`"+w+"`")
		}
	}
	return strings.Join(out, ", ")
}

func tiersTable(*testing.T) string {
	var rows [][]string
	for _, f := range spec.Tiers() {
		rows = append(rows, []string{
			code(string(f.Tier)), code(f.Aliases...), f.Availability + " %",
			strconv.Itoa(f.LatencyP99Milliseconds) + " ms", strconv.FormatFloat(f.Weight, 'g', -1, 64),
		})
	}
	return table([]string{"Tier", "Also written", "Usual availability", "Usual p99 latency", "Weight in the score"}, rows)
}

func typesTable(*testing.T) string {
	var rows [][]string
	for _, f := range spec.Types() {
		rows = append(rows, []string{code(string(f.Type)), code(f.Aliases...), code(f.Total), code(f.BadMatcher), code(f.Histogram)})
	}
	return table([]string{"Type", "Also written", "Events", "Failed events", "Latency histogram"}, rows)
}

func thresholdsTable(*testing.T) string {
	var rows [][]string
	for _, f := range spec.Tiers() {
		row := []string{code(string(f.Tier))}
		for _, environment := range []string{"dev", "staging", "prod"} {
			row = append(row, limit(f.Gates[environment].Warning)+" / "+limit(f.Gates[environment].Blocking))
		}
		rows = append(rows, row)
	}
	return table([]string{"Tier", "dev", "staging", "prod and all others"}, rows)
}

func limit(percent *float64) string {
	if percent == nil {
		return "off"
	}
	return strconv.FormatFloat(*percent, 'g', -1, 64) + " %"
}

func templatesTable(t *testing.T) string {
	ws, err := spec.OpenWorkspace(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	templates, findings := spec.Templates(context.Background(), ws, ".")
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var rows [][]string
	for _, tm := range templates {
		rows = append(rows, []string{code(tm.Name), code(tm.Tier), code(tm.Type), tm.Description, strings.Join(tm.ResourceKinds(), ", ")})
	}
	return table([]string{"Template", "Tier", "Type", "What it is for", "Resources"}, rows)
}

func formatsTable(*testing.T) string {
	var rows [][]string
	for _, f := range render.Formats() {
		rows = append(rows, []string{code(f.Name), f.Summary})
	}
	return table([]string{"Format", "What it is for"}, rows)
}

// shownCommands are the commands that people see, sorted by name.
func shownCommands() []*cobra.Command {
	exit := 0
	return slices.DeleteFunc(newRoot(process{}, &exit).Commands(), func(c *cobra.Command) bool { return c.Name() == "help" || c.Hidden })
}

// flagsTable lists the flags of all commands but ci, whose flags are its inputs.
// Those of a command's own commands are the command's.
func flagsTable(*testing.T) string {
	text, commands := map[string]*pflag.Flag{}, map[string][]string{}
	for _, c := range shownCommands() {
		if c.Name() == "ci" {
			continue
		}
		for _, part := range append(c.Commands(), c) {
			part.LocalFlags().VisitAll(func(f *pflag.Flag) {
				if !f.Hidden && !slices.Contains(commands[f.Name], c.Name()) {
					text[f.Name] = f
					commands[f.Name] = append(commands[f.Name], c.Name())
				}
			})
		}
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(text)) {
		f := text[name]
		spelling := "--" + f.Name
		if f.Shorthand != "" {
			spelling = "-" + f.Shorthand + "`, `" + spelling
		}
		value := f.DefValue
		if value == "false" || value == "[]" || value == "0s" {
			value = ""
		}
		rows = append(rows, []string{code(spelling), whose(commands[name], commands["fail-on"]), code(value), f.Usage})
	}
	return table([]string{"Flag", "Commands", "Default", "What it does"}, rows)
}

// whose names the commands that have a flag. All are those that end with a verdict.
func whose(commands, all []string) string {
	for _, c := range all {
		if !slices.Contains(commands, c) {
			return strings.Join(commands, ", ")
		}
	}
	return "all"
}

var firstCell = regexp.MustCompile("(?m)^\\| `([^`]+)`(?:, `([^`]+)`)* \\|")

// documented returns the names in the first column of the table under a heading
// of a page. A cell may hold several names.
func documented(t *testing.T, page, heading string) []string {
	t.Helper()
	data, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(data), "\n## "+heading+"\n")
	if !ok {
		_, after, ok = strings.Cut(string(data), "\n### "+heading+"\n")
	}
	if !ok {
		t.Fatalf("docs/%s has no part %q", page, heading)
	}
	after, _, _ = strings.Cut(after, "\n##")
	var names []string
	for _, row := range firstCell.FindAllString(after, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row, -1) {
			names = append(names, name[1])
		}
	}
	slices.Sort(names)
	return names
}

// known returns the names that the condition language lists when it is asked for
// one that does not exist.
func known(t *testing.T, condition string) []string {
	t.Helper()
	_, err := policy.Compile(condition, nil)
	var e *policy.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s compiles", condition)
	}
	list, ok := strings.CutPrefix(e.Suggestion, "there are ")
	if !ok {
		t.Fatalf("%q lists no names", e.Suggestion)
	}
	names := strings.Split(list, ", ")
	slices.Sort(names)
	return names
}

func TestGatePageNamesEveryValueAndFunction(t *testing.T) {
	values := documented(t, "gate.md", "Values")
	values = slices.DeleteFunc(values, func(name string) bool { return name == "metadata.KEY" })
	if diff := cmp.Diff(known(t, "NOT qqqqqqqqqqqq"), values); diff != "" {
		t.Errorf("values (-language +page):\n%s", diff)
	}
	var functions []string
	for _, call := range documented(t, "gate.md", "Functions") {
		name, _, _ := strings.Cut(call, "(")
		functions = append(functions, name)
		compiles := func(suffix string) bool {
			_, err := policy.Compile(call+suffix, nil)
			return err == nil
		}
		if !compiles("") && !compiles(" == 1") && !compiles(" == 'x'") {
			t.Errorf("%s is no call of the language", call)
		}
	}
	if diff := cmp.Diff(known(t, "qqqqqqqqqqqq()"), slices.Compact(functions)); diff != "" {
		t.Errorf("functions (-language +page):\n%s", diff)
	}
}

func TestCommandsPageNamesEveryCommand(t *testing.T) {
	var names []string
	for _, c := range shownCommands() {
		names = append(names, c.Name())
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, documented(t, "commands.md", "Commands")); diff != "" {
		t.Errorf("commands (-program +page):\n%s", diff)
	}
}

// fields are the keys that the loader knows at a place in a service file.
func fields(t *testing.T, text string) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/a.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ws, err := spec.OpenWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	loaded := spec.Load(context.Background(), ws, []spec.Found{{Path: "a.yaml", Named: true}}, spec.Options{})
	i := slices.IndexFunc(loaded.Findings, func(f report.Finding) bool {
		return f.Rule == "spec/unknown-field" && strings.HasPrefix(f.Suggestion, "remove it, or use one of ")
	})
	if i < 0 {
		t.Fatalf("no field is unknown in\n%s", text)
	}
	names := strings.Split(strings.TrimPrefix(loaded.Findings[i].Suggestion, "remove it, or use one of "), ", ")
	slices.Sort(names)
	return names
}

func TestServiceFilePageNamesEveryField(t *testing.T) {
	const head = "service: {name: a, team: t, tier: low, type: api%s}\nresources:\n"
	resource := func(kind, spec string) string {
		return strings.Replace(head, "%s", "", 1) + "- {kind: " + kind + ", name: x, spec: {" + spec + "}}\n"
	}
	const unknown = "qqqqqqqqqqqq: 1"
	for heading, text := range map[string]string{
		"The service":    strings.Replace(head, "%s", ", "+unknown, 1),
		"SLO":            resource("SLO", unknown),
		"Dependencies":   resource("Dependencies", unknown),
		"Observability":  resource("Observability", unknown),
		"Alert":          resource("Alert", "expr: up, "+unknown),
		"DeploymentGate": resource("DeploymentGate", unknown),
	} {
		if diff := cmp.Diff(fields(t, text), documented(t, "service-file.md", heading)); diff != "" {
			t.Errorf("fields of %s (-loader +page):\n%s", heading, diff)
		}
	}
}
