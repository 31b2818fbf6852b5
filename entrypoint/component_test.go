package entrypoint_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/entrypoint"
)

const componentFile = "../templates/gitlab/template.yml"

// componentInput is one entry of a component's spec:inputs.
type componentInput struct {
	Description string   `yaml:"description"`
	Type        string   `yaml:"type"`
	Default     any      `yaml:"default"`
	Options     []string `yaml:"options,omitempty"`
	Regex       string   `yaml:"regex,omitempty"`
}

// oneLine keeps an input from ending the quotes that it is written into.
const oneLine = `^[^'\r\n]*$`

// fileInput keeps a report's path from being empty: the component hands it to
// GitLab as an artifact.
const fileInput = `^[A-Za-z0-9_][A-Za-z0-9._/-]*$`

// ownInputs are the component's inputs that are no options of the program.
func ownInputs() []named {
	return []named{
		{"stage", componentInput{Description: "The stage of the job.", Type: "string", Default: "test"}},
		{"job-prefix", componentInput{Description: "Stands before the name of the job, nthlayer.", Type: "string", Default: "", Regex: oneLine}},
		{"image", componentInput{Description: "The image of the job; it has a shell.", Type: "string", Default: "ghcr.io/nthlayer/action:1-gitlab"}},
	}
}

type named struct {
	name  string
	input componentInput
}

// notForComponents are options that the component leaves out, and why. They are
// still there as variables.
func notForComponents() map[string]string {
	return map[string]string{
		"annotate":     "GitLab takes no annotations from the log",
		"sarif-file":   "GitLab shows no SARIF",
		"comment-file": "GitLab shows no Markdown of a job",
	}
}

// gitLabDefault is what the program takes on GitLab when nothing is said.
func gitLabDefault(o entrypoint.Option) string {
	if o.GitLabDefault != "" {
		return o.GitLabDefault
	}
	return o.Default
}

// componentOption returns an option as an input. Secrets are none: inputs are
// readable by everybody who can read the pipeline.
func componentOption(t *testing.T, o entrypoint.Option) (componentInput, bool) {
	t.Helper()
	if notForComponents()[o.Name] != "" || o.Kind == entrypoint.Secret {
		return componentInput{}, false
	}
	text := gitLabDefault(o)
	in := componentInput{Description: described(o), Type: "string", Default: text}
	switch o.Kind {
	case entrypoint.Boolean:
		in.Type, in.Default = "boolean", text == "true"
	case entrypoint.Integer:
		var n int
		if _, err := fmt.Sscan(text, &n); err != nil {
			t.Fatal(err)
		}
		in.Type, in.Default = "number", n
	case entrypoint.Choice:
		in.Options = slices.Clone(o.Allowed)
		if !slices.Contains(in.Options, text) {
			in.Options = append([]string{text}, in.Options...)
		}
	case entrypoint.Path:
		in.Regex = oneLine
		if text != "" {
			in.Regex = fileInput
		}
	case entrypoint.Text, entrypoint.Choices, entrypoint.List, entrypoint.Duration, entrypoint.Secret:
		in.Regex = oneLine
	}
	return in, true
}

const componentHead = `# The inputs follow the table in entrypoint/options.go:
# go test ./entrypoint -run TestComponentFollowsTheTable -update
`

// componentJob is the job without its variables. Exit code 1 stands for warnings
// alone, which fail-on: warning asks for.
const componentJob = `---
'$[[ inputs.job-prefix ]]nthlayer':
  stage: '$[[ inputs.stage ]]'
  image:
    name: '$[[ inputs.image ]]'
    entrypoint: ['']
  variables:
%s  script:
    - nthlayer ci
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    - if: $CI_COMMIT_TAG
  # 1 is "warnings only". 2 (errors), 3 (wrong call) and 4 (could not be decided)
  # fail the job.
  allow_failure:
    exit_codes: [1]
  artifacts:
    when: always
    paths:
      - '$[[ inputs.report-file ]]'
    reports:
      codequality: '$[[ inputs.codequality-file ]]'
      junit: '$[[ inputs.junit-file ]]'
      dotenv: '$[[ inputs.dotenv-file ]]'
      annotations: '$[[ inputs.annotations-file ]]'
`

func componentYAML(t *testing.T) string {
	t.Helper()
	inputs := ownInputs()
	var variables strings.Builder
	for _, o := range entrypoint.Options() {
		if in, ok := componentOption(t, o); ok {
			inputs = append(inputs, named{o.Name, in})
			fmt.Fprintf(&variables, "    %s: '$[[ inputs.%s ]]'\n", o.Variable(), o.Name)
		}
	}
	var spec struct {
		Spec struct {
			Inputs yaml.Node `yaml:"inputs"`
		} `yaml:"spec"`
	}
	for _, in := range inputs {
		mapping(t, &spec.Spec.Inputs, in.name, in.input)
	}
	var b strings.Builder
	b.WriteString(componentHead)
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(spec), e.Close()); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, componentJob, variables.String())
	return b.String()
}

func TestComponentFollowsTheTable(t *testing.T) {
	want := componentYAML(t)
	if *update {
		if err := os.WriteFile(componentFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(componentFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the component differs from the table of options; run the test with -update:\n%s", diff)
	}
}

// component is the template as GitLab reads it: two documents.
func component(t *testing.T) (inputs map[string]componentInput, jobs map[string]yaml.Node, text string) {
	t.Helper()
	data, err := os.ReadFile(componentFile)
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Spec struct {
			Inputs map[string]componentInput `yaml:"inputs"`
		} `yaml:"spec"`
	}
	d := yaml.NewDecoder(strings.NewReader(string(data)))
	d.KnownFields(true)
	if err := errors.Join(d.Decode(&spec), d.Decode(&jobs)); err != nil {
		t.Fatal(err)
	}
	return spec.Spec.Inputs, jobs, string(data)
}

var interpolation = regexp.MustCompile(`\$\[\[\s*inputs\.([a-z-]+)\s*\]\]`)

func TestComponentIsOneGitLabAccepts(t *testing.T) {
	inputs, jobs, text := component(t)
	if len(jobs) != 1 {
		t.Fatalf("%d top-level keys, want one job and no global keyword", len(jobs))
	}
	used := map[string]bool{}
	for _, m := range interpolation.FindAllStringSubmatch(text, -1) {
		used[m[1]] = true
		if _, ok := inputs[m[1]]; !ok {
			t.Errorf("the input %s is used and not declared", m[1])
		}
	}
	if n := strings.Count(text, "$[["); n != len(interpolation.FindAllString(text, -1)) {
		t.Errorf("%d interpolations, of which some cannot be read", n)
	}
	for name, in := range inputs {
		if !used[name] {
			t.Errorf("the input %s is declared and not used", name)
		}
		if !slices.Contains([]string{"string", "number", "boolean"}, in.Type) || in.Description == "" {
			t.Errorf("input %s: %+v", name, in)
		}
		def, isText := in.Default.(string)
		if in.Regex != "" && (!isText || !regexp.MustCompile(in.Regex).MatchString(def)) {
			t.Errorf("input %s: its own default %v does not match %s", name, in.Default, in.Regex)
		}
		if len(in.Options) > 0 && !slices.Contains(in.Options, def) {
			t.Errorf("input %s: its own default %q is no option", name, def)
		}
	}
}

// An input is put into the text of the pipeline before any shell sees it: in a
// script it would run.
func TestComponentScriptTakesNoInput(t *testing.T) {
	_, jobs, _ := component(t)
	for name, node := range jobs {
		var job struct {
			Script    []string `yaml:"script"`
			Image     struct{ Entrypoint []string }
			Variables map[string]string
			Failure   struct {
				Codes []int `yaml:"exit_codes"`
			} `yaml:"allow_failure"`
			Artifacts struct {
				When    string
				Reports map[string]string
			}
		}
		if err := node.Decode(&job); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(job.Script, []string{"nthlayer ci"}) || !slices.Equal(job.Image.Entrypoint, []string{""}) {
			t.Errorf("%s: script %q, entry point %q", name, job.Script, job.Image.Entrypoint)
		}
		if !slices.Equal(job.Failure.Codes, []int{entrypoint.ExitWarn}) || job.Artifacts.When != "always" {
			t.Errorf("%s: %+v", name, job)
		}
		for _, report := range []string{"codequality", "junit", "dotenv", "annotations"} {
			if job.Artifacts.Reports[report] == "" {
				t.Errorf("%s has no report %s", name, report)
			}
		}
		for _, o := range entrypoint.Options() {
			if _, ok := job.Variables[o.Variable()]; ok && o.Kind == entrypoint.Secret {
				t.Errorf("the secret %s is an input, which everybody can read", o.Name)
			}
		}
	}
}

// What the component says when nobody says anything has to be what the program
// does anyway.
func TestComponentDefaultsAreTheProgramsOwn(t *testing.T) {
	inputs, _, _ := component(t)
	env := map[string]string{}
	for _, o := range entrypoint.Options() {
		if in, ok := inputs[o.Name]; ok {
			env[o.Variable()] = fmt.Sprint(in.Default)
		}
	}
	with, err := entrypoint.Resolve(nil, func(name string) string { return env[name] }).On("gitlab").Settings("/work")
	if err != nil {
		t.Fatal(err)
	}
	without, err := entrypoint.Resolve(nil, func(string) string { return "" }).On("gitlab").Settings("/work")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(without, with); diff != "" {
		t.Errorf("-program +component:\n%s", diff)
	}
}
