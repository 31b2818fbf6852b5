package entrypoint_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// ownJob is a job of our own pipeline on GitLab.
type ownJob struct {
	Stage        string
	Rules        []map[string]string
	Needs        []any
	AllowFailure struct {
		ExitCodes []int `yaml:"exit_codes"`
	} `yaml:"allow_failure"`
	Script  []string
	Release map[string]string
}

// The component is released by the pipeline that tested it at the same commit.
func TestOwnPipelineReleasesTheComponentThatItTested(t *testing.T) {
	data, err := os.ReadFile("../.gitlab-ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	var pipeline struct {
		Stages  []string
		Include []struct {
			Component string
			Inputs    map[string]any
		}
		Jobs map[string]yaml.Node `yaml:",inline"`
	}
	if err := yaml.Unmarshal(data, &pipeline); err != nil {
		t.Fatal(err)
	}
	jobs := map[string]ownJob{}
	for name, node := range pipeline.Jobs {
		var job ownJob
		if name != "workflow" {
			if err := node.Decode(&job); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			jobs[name] = job
		}
	}
	inputs, _, _ := component(t)
	for _, include := range pipeline.Include {
		if include.Component != "$CI_SERVER_FQDN/$CI_PROJECT_PATH/gitlab@$CI_COMMIT_SHA" {
			t.Errorf("%s is not the component of the same commit", include.Component)
		}
		for name := range include.Inputs {
			if _, ok := inputs[name]; !ok {
				t.Errorf("the component has no input %s", name)
			}
		}
		if name := fmt.Sprint(include.Inputs["job-prefix"], "nthlayer"); len(jobs[name].Needs) == 0 {
			t.Errorf("the job %s does not wait for the program that it runs", name)
		}
	}
	if len(pipeline.Include) != 2 || !slices.Equal(jobs["bad-nthlayer"].AllowFailure.ExitCodes, []int{2}) ||
		!strings.Contains(strings.Join(jobs["check"].Script, "\n"), `test "$NTHLAYER_RESULT_EXIT_CODE" = 2`) {
		t.Error("no job shows that the component turns red for a bad fixture")
	}
	release := jobs["create-release"]
	if release.Stage != pipeline.Stages[len(pipeline.Stages)-1] || len(release.Needs) > 0 || release.Release["tag_name"] != "$CI_COMMIT_TAG" || len(release.Rules) != 1 {
		t.Fatalf("release %+v", release)
	}
	pattern := regexp.MustCompile(`=~ /(.+)/$`).FindStringSubmatch(release.Rules[0]["if"])
	if pattern == nil {
		t.Fatalf("rule %v", release.Rules[0])
	}
	tags := regexp.MustCompile(pattern[1])
	for tag, want := range map[string]bool{"v1.2.3": true, "v1": false, "v1.2": false, "v1.2.3-rc.1": false, "xv1.2.3": false} {
		if tags.MatchString(tag) != want {
			t.Errorf("%s is released: %v", tag, !want)
		}
	}
}
