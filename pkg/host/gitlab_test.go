package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
)

// pipeline returns the predefined variables of a recorded job.
func pipeline(t *testing.T, name string, more ...string) func(string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "gitlab", name+".env"))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for line := range strings.Lines(string(data)) {
		variable, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			t.Fatalf("%s: %q is no variable", name, line)
		}
		m[variable] = value
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestContextOfEveryGitLabPipeline(t *testing.T) {
	const request = "https://gitlab.example/code/group/shop/-/merge_requests/7"
	job := host.GitLabJob{Project: 42, Target: 42, Commit: head}
	of := func(kind host.PipelineKind, change func(*host.GitLabJob)) *host.GitLabJob {
		j := job
		j.Kind = kind
		if change != nil {
			change(&j)
		}
		return &j
	}
	inner := func(j *host.GitLabJob) { j.Commit = merge }
	tests := []struct {
		name string
		want host.Context // event, head, base, branch, number, fork, labels, merge, job, request
	}{
		{"branch", host.Context{Event: host.Push, Head: head, Base: base, PR: 7, GitLab: of(host.BranchPipeline, nil), URLs: host.URLs{Request: request}}},
		{"branch_new", host.Context{Event: host.Push, Head: head, GitLab: of(host.BranchPipeline, nil)}},
		{"detached", host.Context{
			Event: host.PullRequest, Head: head, Base: base, BaseRef: "main", PR: 7, Labels: []string{"team::shop", "risk"},
			GitLab: of(host.Detached, nil), URLs: host.URLs{Request: request},
		}},
		{"merged_result", host.Context{
			Event: host.PullRequest, Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge,
			GitLab: of(host.MergedResult, inner), URLs: host.URLs{Request: request},
		}},
		{"merge_train", host.Context{
			Event: host.PullRequest, Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge,
			GitLab: of(host.MergeTrain, inner), URLs: host.URLs{Request: request},
		}},
		{"fork", host.Context{
			Event: host.PullRequest, Head: head, Base: base, BaseRef: "main", PR: 7, Fork: true,
			GitLab: of(host.Detached, func(j *host.GitLabJob) { j.Project = 77 }), URLs: host.URLs{Request: request},
		}},
		{"child", host.Context{
			Event: host.PullRequest, Head: head, Base: base, BaseRef: "main", PR: 7,
			GitLab: of(host.Detached, nil), URLs: host.URLs{Request: request},
		}},
		{"tag", host.Context{Event: host.Push, Head: head, GitLab: of(host.TagPipeline, nil)}},
		{"schedule", host.Context{Event: host.Schedule, Head: head, GitLab: of(host.BranchPipeline, nil)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := host.FromEnvironment(pipeline(t, tt.name), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			want.Host, want.Repo, want.Actor, want.RunID, want.Attempt, want.Workspace = host.GitLab, host.Repo{Owner: "group", Name: "shop"}, "octocat", 900, 1, "/builds/group/shop"
			if tt.name == "fork" {
				want.Repo.Owner = "octocat"
			}
			want.URLs.API, want.URLs.GraphQL = "https://gitlab.example/code/api/v4", "https://gitlab.example/code/api/graphql"
			want.URLs.Server, want.URLs.Run = "https://gitlab.example/code", "https://gitlab.example/code/group/shop/-/jobs/5001"
			want.GitLab.CAFile = "/builds/group/shop.tmp/CI_SERVER_TLS_CA_FILE"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A note about an internal merge commit would say something about a commit that
// nobody can find.
func TestNothingIsWrittenWhenTheHeadIsNotKnown(t *testing.T) {
	for _, name := range []string{"merged_result", "merge_train"} {
		got, err := host.FromEnvironment(pipeline(t, name, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", ""), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.PR != 0 || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") {
			t.Errorf("%s: merge request %d, notes %q", name, got.PR, got.Notes)
		}
	}
}

func TestMergeRequestOfABranchHasToBeCertain(t *testing.T) {
	for value, want := range map[string]int{
		"group/shop!7":              7,
		"group/shop!7,group/shop!9": 0,
		"upstream/shop!7":           0,
		"group/shop!":               0,
		"":                          0,
	} {
		got, err := host.FromEnvironment(pipeline(t, "branch", "CI_OPEN_MERGE_REQUESTS", value), nil)
		if err != nil || got.PR != want {
			t.Errorf("%q: merge request %d, want %d, %v", value, got.PR, want, err)
		}
	}
}

func TestGitLabContextRefusesWhatIsNoCommit(t *testing.T) {
	for _, more := range [][]string{{"CI_COMMIT_SHA", "main"}, {"CI_MERGE_REQUEST_DIFF_BASE_SHA", "--output=x"}} {
		if got, err := host.FromEnvironment(pipeline(t, "detached", more...), nil); err == nil {
			t.Errorf("%q: got %+v", more, got)
		}
	}
}

func TestGitLabContextInWords(t *testing.T) {
	c, err := host.FromEnvironment(pipeline(t, "fork"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Describe(), "reporting on 111111111111 - head of merge request 7, compared with 222222222222"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(c.ReadOnly(), "runs in the fork") {
		t.Errorf("a fork's missing token is not explained: %q", c.ReadOnly())
	}
}
