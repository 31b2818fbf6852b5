package entrypoint_test

import (
	"errors"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/entrypoint"
)

var update = flag.Bool("update", false, "rewrite action.yml from the table of options")

// metadata is action.yml, in its own order.
type metadata struct {
	Name        string    `yaml:"name"`
	Description string    `yaml:"description"`
	Author      string    `yaml:"author"`
	Branding    branding  `yaml:"branding"`
	Inputs      yaml.Node `yaml:"inputs"`
	Outputs     yaml.Node `yaml:"outputs"`
	Runs        runs      `yaml:"runs"`
}

type branding struct {
	Icon  string `yaml:"icon"`
	Color string `yaml:"color"`
}

type runs struct {
	Using string `yaml:"using"`
	Image string `yaml:"image"`
	Post  string `yaml:"post-entrypoint"`
}

type input struct {
	Description string `yaml:"description"`
	Required    bool   `yaml:"required"`
	Default     string `yaml:"default"`
}

type output struct {
	Description string `yaml:"description"`
}

// mapping adds name: value to a YAML mapping and keeps the order.
func mapping(t *testing.T, node *yaml.Node, name string, value any) {
	t.Helper()
	var v yaml.Node
	if err := v.Encode(value); err != nil {
		t.Fatal(err)
	}
	node.Kind = yaml.MappingNode
	node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, &v)
}

// allowed mirrors what --help says about a choice.
func described(o entrypoint.Option) string {
	if len(o.Allowed) == 0 {
		return o.Text
	}
	return o.Text + " One of: " + strings.Join(o.Allowed, ", ") + "."
}

func actionYAML(t *testing.T) string {
	t.Helper()
	m := metadata{
		Name:        "nthlayer",
		Description: "Lint PromQL, verify metrics, gate deploys on error budgets and report on all services, from one YAML file per service",
		Author:      "nthlayer",
		Branding:    branding{Icon: "shield", Color: "blue"},
		Runs:        runs{Using: "docker", Image: "Dockerfile", Post: "/nthlayer-post"},
	}
	for _, o := range entrypoint.Options() {
		def := o.Default
		if o.ActionDefault != "" {
			def = o.ActionDefault
		}
		mapping(t, &m.Inputs, o.Name, input{Description: described(o), Default: def})
	}
	for _, o := range entrypoint.Outputs() {
		mapping(t, &m.Outputs, o.Name, output{Description: o.Text})
	}
	var b strings.Builder
	b.WriteString("# The inputs and outputs follow the table in entrypoint/options.go:\n# go test ./entrypoint -run TestActionFollowsTheTable -update\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(m), e.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestActionFollowsTheTable(t *testing.T) {
	want := actionYAML(t)
	if *update {
		if err := os.WriteFile("../action.yml", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("action.yml differs from the table of options; run the test with -update:\n%s", diff)
	}
}

// TestReadmeEndsWithTheTables compares the README's two last sections with the
// table of options; -update writes them.
func TestReadmeEndsWithTheTables(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const inputs, outputs = "\n## Inputs\n\n", "\n## Outputs\n\n"
	head, tables, ok := strings.Cut(string(readme), inputs)
	if !ok {
		t.Fatalf("the README has no section%s", inputs)
	}
	want := entrypoint.InputsMarkdown() + outputs + entrypoint.OutputsMarkdown()
	if *update {
		if err := os.WriteFile("../README.md", []byte(head+inputs+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, tables); diff != "" {
		t.Errorf("the README differs from the table of options; run the test with -update:\n%s", diff)
	}
}

func TestTablesHaveARowForEveryOption(t *testing.T) {
	inputs, outputs := entrypoint.InputsMarkdown(), entrypoint.OutputsMarkdown()
	for _, o := range entrypoint.Options() {
		if !regexp.MustCompile("(?m)^\\| `" + o.Name + "` \\| [^|]*\\| [^|]+\\|$").MatchString(inputs) {
			t.Errorf("no row for %s in:\n%s", o.Name, inputs)
		}
	}
	for _, o := range entrypoint.Outputs() {
		if !strings.Contains(outputs, "| `"+o.Name+"` | "+o.Text+" |\n") {
			t.Errorf("no row for %s", o.Name)
		}
	}
}

// The GitHub image is started by the runner, which needs root, its own work
// directory and an absolute command; an image without a shell gives a hostile
// pull request nothing to run.
func TestImageIsWhatARunnerNeeds(t *testing.T) {
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var stages [][]string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "FROM ") {
			stages = append(stages, nil)
		}
		if len(stages) > 0 {
			stages[len(stages)-1] = append(stages[len(stages)-1], line)
		}
	}
	last := strings.Join(stages[len(stages)-1], "\n")
	for _, want := range []string{"FROM scratch", "COPY --from=build /image/ /", `ENTRYPOINT ["/nthlayer", "ci"]`} {
		if !strings.Contains(last, want) {
			t.Errorf("the last stage lacks %q:\n%s", want, last)
		}
	}
	if regexp.MustCompile(`(?m)^(USER|WORKDIR|CMD) `).MatchString(last) {
		t.Errorf("the last stage sets a user, a work directory or a command:\n%s", last)
	}
	for _, stage := range stages[:len(stages)-1] {
		if !regexp.MustCompile(`^FROM [a-z/.]+:[0-9]+\.[0-9]+\.[0-9]+\S* AS [a-z]+$`).MatchString(stage[0]) {
			t.Errorf("%q does not pin a whole version", stage[0])
		}
	}
}
