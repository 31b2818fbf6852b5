package host_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
)

// The events are those of a Gitea 1.26, as its webhooks send them and its Actions
// hand them to jobs: go test -tags e2e -run TestGiteaRecorded ./e2e -record.
func TestContextOfGitea(t *testing.T) {
	gitea := []string{
		"GITEA_ACTIONS", "true", "GITHUB_SHA", head, "GITHUB_SERVER_URL", "https://gitea.example",
		"GITHUB_API_URL", "https://gitea.example/api/v1", "GITHUB_GRAPHQL_URL", "",
	}
	tests := []struct {
		payload string
		event   host.Event
		want    host.Context
	}{
		{"gitea_pull_request", host.PullRequest, host.Context{Head: head, Base: base, BaseRef: "main", PR: 1}},
		{"gitea_push", host.Push, host.Context{Head: head, Base: strings.Repeat("5", 40)}},
	}
	for _, tt := range tests {
		t.Run(tt.payload, func(t *testing.T) {
			got, err := host.FromEnvironment(env(string(tt.event), gitea...), payload(t, tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			want.Host, want.Event, want.Notes = host.GitHub, tt.event, got.Notes
			want.Repo, want.Actor, want.Workspace = host.Repo{Owner: "example", Name: "shop"}, "octocat", "/github/workspace"
			want.RunID, want.Attempt = 123456, 2
			// A run on Gitea must not ask GitHub anything.
			want.URLs = host.URLs{
				API: "https://gitea.example/api/v1", Server: "https://gitea.example",
				Run: "https://gitea.example/example/shop/actions/runs/123456/attempts/2",
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "Gitea") {
				t.Errorf("notes %q", got.Notes)
			}
		})
	}
}

func TestWhereGraphQLIs(t *testing.T) {
	for _, tt := range []struct{ api, graphQL, want string }{
		{"", "", "https://api.github.com/graphql"},
		{"https://api.github.com", "", "https://api.github.com/graphql"},
		{"https://gitea.example/api/v1", "", ""},
		{"https://ghe.example/api/v3", "https://ghe.example/api/graphql", "https://ghe.example/api/graphql"},
	} {
		got, err := host.FromEnvironment(env("push", "GITHUB_API_URL", tt.api, "GITHUB_GRAPHQL_URL", tt.graphQL), nil)
		if err != nil || got.URLs.GraphQL != tt.want {
			t.Errorf("with the API at %q: %q, %v, want %q", tt.api, got.URLs.GraphQL, err, tt.want)
		}
	}
}
