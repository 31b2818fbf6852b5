package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
)

var (
	head   = strings.Repeat("1", 40)
	base   = strings.Repeat("2", 40)
	merge  = strings.Repeat("3", 40)
	runner = strings.Repeat("4", 40) // what GITHUB_SHA says
)

// env returns the environment of a job, with more on top.
func env(event string, more ...string) func(string) string {
	m := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_SHA": runner,
		"GITHUB_REPOSITORY": "example/shop", "GITHUB_RUN_ID": "123456", "GITHUB_RUN_ATTEMPT": "2",
		"GITHUB_ACTOR": "octocat", "GITHUB_WORKSPACE": "/github/workspace",
		"GITHUB_API_URL": "https://ghe.example/api/v3", "GITHUB_GRAPHQL_URL": "https://ghe.example/api/graphql",
		"GITHUB_SERVER_URL": "https://ghe.example",
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return func(name string) string { return m[name] }
}

func payload(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestContextOfEveryEvent(t *testing.T) {
	tests := []struct {
		payload string
		event   host.Event
		want    host.Context // head, base, branch, number, fork, labels, merge
	}{
		{"pull_request", host.PullRequest, host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Labels: []string{"team:payments"}}},
		{"pull_request_fork", host.PullRequest, host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Fork: true, Labels: []string{"team:payments"}}},
		{"pull_request_deleted_fork", host.PullRequest, host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Fork: true, Labels: []string{"team:payments"}}},
		{"pull_request_draft", host.PullRequest, host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Labels: []string{"team:payments"}}},
		{"pull_request_closed", host.PullRequest, host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Labels: []string{"team:payments"}}},
		{"pull_request_dependabot", host.PullRequest, host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Labels: []string{"dependencies"}}},
		{"pull_request_target", host.PullRequestTarget, host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Fork: true, Labels: []string{"team:payments"}}},
		{"pull_request", "pull_request_review", host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Labels: []string{"team:payments"}}},
		{"pull_request_fork", "pull_request_review_comment", host.Context{Head: head, Base: base, BaseRef: "main", PR: 7, Merge: merge, Fork: true, Labels: []string{"team:payments"}}},
		{"push", host.Push, host.Context{Head: runner, Base: base}},
		{"push_new_branch", host.Push, host.Context{Head: runner}},
		{"merge_group", host.MergeGroup, host.Context{Head: head, Base: base, BaseRef: "main"}},
		{"workflow_dispatch", host.Dispatch, host.Context{Head: runner}},
		{"schedule", host.Schedule, host.Context{Head: runner}},
		{"deployment", host.Deployment, host.Context{Head: head}},
		{"workflow_run", host.WorkflowRun, host.Context{Head: head, Earlier: &host.Earlier{
			Name: "reliability", Event: host.PullRequest, Conclusion: "success", Repo: host.Repo{Owner: "example", Name: "shop"}, Branch: "objective",
			Request: host.Request{Number: 7, Head: head, BaseRef: "main"},
		}}},
		{"workflow_run_fork", host.WorkflowRun, host.Context{
			Head: head, Fork: true,
			Unsure: "the event workflow_run is about a commit of a fork, which is not what the workspace holds; publish the report of that run with from-report",
			Earlier: &host.Earlier{
				Name: "reliability", Event: host.PullRequest, Conclusion: "failure", Repo: host.Repo{Owner: "visitor", Name: "shop"}, Branch: "objective",
			},
		}},
	}
	for _, tt := range tests {
		t.Run(string(tt.event)+"/"+tt.payload, func(t *testing.T) {
			got, err := host.FromEnvironment(env(string(tt.event)), payload(t, tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			want.Host, want.Event, want.Repo = host.GitHub, tt.event, host.Repo{Owner: "example", Name: "shop"}
			want.Actor, want.RunID, want.Attempt, want.Workspace = "octocat", 123456, 2, "/github/workspace"
			want.URLs = host.URLs{
				API: "https://ghe.example/api/v3", GraphQL: "https://ghe.example/api/graphql", Server: "https://ghe.example",
				Run: "https://ghe.example/example/shop/actions/runs/123456/attempts/2",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The branch of Dependabot's pull requests lies in the repository itself, and their
// runs can write as little as those of a fork.
func TestPullRequestByDependabotIsReadOnly(t *testing.T) {
	c, err := host.FromEnvironment(env("pull_request", "GITHUB_ACTOR", "dependabot[bot]"), payload(t, "pull_request_dependabot"))
	if err != nil || c.Fork || !strings.Contains(c.ReadOnly(), "Dependabot") {
		t.Errorf("%+v, %v: %q", c, err, c.ReadOnly())
	}
}

// A comment on a pull request starts a run on the default branch, although the
// workflow may check the pull request out.
func TestEventsThatDoNotNameTheHeadPostNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		payload string
		unsure  bool
	}{
		"comment on a pull request":  {`{"issue":{"number":7,"pull_request":{"url":"https://x"}}}`, true},
		"comment on an issue":        {`{"issue":{"number":7}}`, false},
		"pull request without head":  {`{"pull_request":{"number":7}}`, true},
		"event about something else": {`{}`, false},
	} {
		c, err := host.FromEnvironment(env("issue_comment"), []byte(tt.payload))
		if err != nil || (c.Unsure != "") != tt.unsure || c.PR != 0 || c.Head != runner {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		if tt.unsure && !strings.Contains(c.Describe(), "issue_comment does not name the head") {
			t.Errorf("%s: %s", name, c.Describe())
		}
	}
}

// Reporting on some other commit than the right one is worse than not
// reporting at all.
func TestContextRefusesWhatItCannotTell(t *testing.T) {
	tests := []struct {
		name, event, payload, want string
		more                       []string
	}{
		{"pull request event without a pull request", "pull_request", `{}`, "has no pull_request", nil},
		{"merge group event without a group", "merge_group", `{}`, "has no merge_group", nil},
		{"deployment without a deployment", "deployment", `{}`, "has no deployment", nil},
		{"workflow run without a run", "workflow_run", `{}`, "has no workflow_run", nil},
		{"head is no commit", "pull_request", `{"pull_request":{"number":7,"head":{"sha":"main"}}}`, "no commit to report on", nil},
		{"base is no commit", "push", `{"before":"--upload-pack=x"}`, "not a commit id", nil},
		{"event is no JSON", "push", `<html>`, "not a GitHub event", nil},
		{"repository without owner", "push", `{}`, "owner/name", []string{"GITHUB_REPOSITORY", "shop"}},
		{"repository that climbs", "push", `{}`, "owner/name", []string{"GITHUB_REPOSITORY", "../shop"}},
		{"two hosts", "push", `{}`, "NTHLAYER_HOST", []string{"GITLAB_CI", "true"}},
		{"unknown host", "push", `{}`, "must be github, gitlab or local", []string{"NTHLAYER_HOST", "jenkins"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := host.FromEnvironment(env(tt.event, tt.more...), []byte(tt.payload))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, error %v; want an error with %q", got, err, tt.want)
			}
		})
	}
}

func TestHostIsFoundFromTheEnvironment(t *testing.T) {
	tests := []struct {
		name string
		more []string
		want host.Kind
		note bool
	}{
		{"GitHub", nil, host.GitHub, false},
		{"Gitea says so", []string{"GITEA_ACTIONS", "true"}, host.GitHub, true},
		{"both, told which", []string{"GITLAB_CI", "true", "NTHLAYER_HOST", "github"}, host.GitHub, false},
		{"told local", []string{"NTHLAYER_HOST", "local"}, host.Local, false},
		{"GitLab", []string{"GITHUB_ACTIONS", "", "GITLAB_CI", "true", "CI_COMMIT_SHA", head}, host.GitLab, false},
		{"a person's machine", []string{"GITHUB_ACTIONS", ""}, host.Local, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := host.FromEnvironment(env("push", tt.more...), []byte(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			if got.Host != tt.want || (len(got.Notes) > 0) != tt.note {
				t.Errorf("host %q with notes %q, want %q", got.Host, got.Notes, tt.want)
			}
		})
	}
}

func TestDescribeNamesWhatIsReportedOn(t *testing.T) {
	c, err := host.FromEnvironment(env("pull_request"), payload(t, "pull_request"))
	if err != nil {
		t.Fatal(err)
	}
	want := "reporting on 111111111111 - head of pull request 7, compared with 222222222222"
	if got := c.Describe(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadOnlyTokensAreExpected(t *testing.T) {
	fork := host.Context{Event: host.PullRequest, PR: 7, Fork: true}
	target := host.Context{Event: host.PullRequestTarget, PR: 7, Fork: true}
	review := host.Context{Event: "pull_request_review", PR: 7, Fork: true}
	bot := host.Context{Event: host.PullRequest, PR: 7, Actor: "dependabot[bot]"}
	for name, tt := range map[string]struct {
		c    host.Context
		want bool
	}{"fork": {fork, true}, "review of a fork": {review, true}, "target": {target, false}, "dependabot": {bot, true}, "own branch": {host.Context{Event: host.PullRequest, PR: 7}, false}} {
		if got := tt.c.ReadOnly() != ""; got != tt.want {
			t.Errorf("%s: read-only %v, want %v", name, got, tt.want)
		}
	}
}
