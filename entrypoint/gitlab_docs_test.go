package entrypoint_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/entrypoint"
)

// pageFile returns a file that docs/gitlab.md shows.
func pageFile(t *testing.T, name string, into any) {
	t.Helper()
	page, err := os.ReadFile("../docs/gitlab.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "```yaml\n# "+name+"\n")
	text, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatalf("docs/gitlab.md shows no %s", name)
	}
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestPipelineOfTheDocumentationUsesTheComponentRight(t *testing.T) {
	var pipeline struct {
		Stages  []string `yaml:"stages"`
		Include []struct {
			Component string         `yaml:"component"`
			Inputs    map[string]any `yaml:"inputs"`
		} `yaml:"include"`
	}
	pageFile(t, ".gitlab-ci.yml", &pipeline)
	if len(pipeline.Include) != 1 || pipeline.Include[0].Component != "$CI_SERVER_FQDN/nthlayer/action/gitlab@1" {
		t.Fatalf("include %+v", pipeline.Include)
	}
	inputs, _, _ := component(t)
	for name, value := range pipeline.Include[0].Inputs {
		in, ok := inputs[name]
		switch text := fmt.Sprint(value); {
		case !ok:
			t.Errorf("the component has no input %s", name)
		case fmt.Sprintf("%T", value) != fmt.Sprintf("%T", in.Default):
			t.Errorf("%s is a %T, the component takes a %s", name, value, in.Type)
		case in.Regex != "" && !regexp.MustCompile(in.Regex).MatchString(text):
			t.Errorf("%s: %q does not match %s", name, text, in.Regex)
		case len(in.Options) > 0 && !slices.Contains(in.Options, text):
			t.Errorf("%s: %q is none of %q", name, text, in.Options)
		}
	}
	if stage := fmt.Sprint(pipeline.Include[0].Inputs["stage"]); !slices.Contains(pipeline.Stages, stage) {
		t.Errorf("the stage %s is not among %q", stage, pipeline.Stages)
	}
}

func TestLaterJobOfTheDocumentationReadsVariablesThatExist(t *testing.T) {
	var jobs map[string]struct{ Script []string }
	pageFile(t, "later-job.yml", &jobs)
	p := newPipeline(t)
	p.start()
	variables := p.variables()
	read := regexp.MustCompile(`\$(NTHLAYER_\w+)`).FindAllStringSubmatch(strings.Join(jobs["announce"].Script, "\n"), -1)
	if len(read) == 0 {
		t.Error("the job reads no variable")
	}
	for _, m := range read {
		if _, ok := variables[m[1]]; !ok {
			t.Errorf("no output is called %s", m[1])
		}
	}
}

func TestOwnJobOfTheDocumentationTakesTheFilesThatAreWritten(t *testing.T) {
	var jobs map[string]struct {
		Image struct {
			Name       string
			Entrypoint []string
		}
		Artifacts struct {
			Paths   []string
			Reports map[string]string
		}
	}
	pageFile(t, "own-job.yml", &jobs)
	job := jobs["reliability"]
	got := map[string]string{"report-file": strings.Join(job.Artifacts.Paths, " ")}
	for name, file := range job.Artifacts.Reports {
		got[name+"-file"] = file
	}
	for _, o := range entrypoint.Options() {
		if file, ok := got[o.Name]; ok && file != gitLabDefault(o) {
			t.Errorf("%s: the job takes %s, the program writes %s", o.Name, file, gitLabDefault(o))
		}
	}
	if len(got) != 5 || !slices.Equal(job.Image.Entrypoint, []string{""}) {
		t.Errorf("job %+v", job)
	}
	if inputs, _, _ := component(t); job.Image.Name != inputs["image"].Default {
		t.Errorf("image %s, the component's is %v", job.Image.Name, inputs["image"].Default)
	}
}
