package host_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
)

// requests answers with pull requests, or with an error for none.
type requests []host.Request

func (r requests) Requests(_ context.Context, from host.Repo, branch string) ([]host.Request, error) {
	if r == nil {
		return nil, errors.New("asked about " + from.String() + " " + branch)
	}
	return r, nil
}

func TestPullRequestOfAnEarlierRunIsTheOneWithItsCommit(t *testing.T) {
	fork := host.Earlier{Repo: host.Repo{Owner: "visitor", Name: "shop"}, Branch: "objective"}
	named := fork
	named.Request = host.Request{Number: 9, Head: head}
	for name, tt := range map[string]struct {
		earlier host.Earlier
		finder  requests
		want    int
		why     string
	}{
		"named by the event":   {named, nil, 9, ""},
		"found by its branch":  {fork, requests{{Number: 7, Head: head}}, 7, ""},
		"one of two":           {fork, requests{{Number: 6, Head: base}, {Number: 7, Head: head}}, 7, ""},
		"newer head":           {fork, requests{{Number: 7, Head: base}}, 0, "pull request 7 has the newer head 222222222222, and the report is about 111111111111"},
		"closed":               {fork, requests{}, 0, "there is no open pull request from visitor:objective"},
		"two to two branches":  {fork, requests{{Number: 6, Head: head}, {Number: 7, Head: head}}, 0, "cannot be told which"},
		"a fork that is gone":  {host.Earlier{Branch: "objective"}, requests{{Number: 7, Head: head}}, 0, "does not exist any more"},
		"a branch that is not": {host.Earlier{Repo: fork.Repo}, requests{{Number: 7, Head: head}}, 0, "does not exist any more"},
	} {
		got, why, err := tt.earlier.Find(t.Context(), tt.finder, head)
		if err != nil || got.Number != tt.want || !strings.Contains(why, tt.why) || (why == "") != (tt.why == "") {
			t.Errorf("%s: got %d, %q, %v", name, got.Number, why, err)
		}
	}
	if _, _, err := fork.Find(t.Context(), requests(nil), head); err == nil || err.Error() != "asked about visitor/shop objective" {
		t.Errorf("error %v", err)
	}
}

// The list in the event may hold pull requests to other repositories, and heads
// that are not those of the run.
func TestEventNamesOnlyPullRequestsToThisRepositoryAndCommit(t *testing.T) {
	const entry = `{"number":%d,"head":{"sha":"%s"},"base":{"ref":"main","repo":{"id":%d}}}`
	for name, tt := range map[string]struct {
		list string
		want int
	}{
		"ours":               {fmt.Sprintf(entry, 7, head, 42), 7},
		"another repository": {fmt.Sprintf(entry, 7, head, 41), 0},
		"another commit":     {fmt.Sprintf(entry, 7, base, 42), 0},
		"no number":          {fmt.Sprintf(entry, 0, head, 42), 0},
		"two":                {fmt.Sprintf(entry, 7, head, 42) + "," + fmt.Sprintf(entry, 8, head, 42), 0},
		"none":               {"", 0},
	} {
		event := fmt.Sprintf(`{"workflow_run":{"head_sha":"%s","head_repository":{"full_name":"Example/Shop"},"pull_requests":[%s]},"repository":{"id":42}}`, head, tt.list)
		c, err := host.FromEnvironment(env("workflow_run"), []byte(event))
		if err != nil || c.Earlier.Request.Number != tt.want || c.Fork || c.Unsure != "" || c.PR != 0 {
			t.Errorf("%s: %+v, %+v, %v", name, c.Earlier, c, err)
		}
	}
}

func TestRunOfAForkThatIsGoneIsOfAFork(t *testing.T) {
	for _, repo := range []string{`null`, `{"full_name":"../shop"}`} {
		event := fmt.Sprintf(`{"workflow_run":{"head_sha":"%s","head_repository":%s}}`, head, repo)
		c, err := host.FromEnvironment(env("workflow_run"), []byte(event))
		if err != nil || !c.Fork || c.Unsure == "" || c.Earlier.Repo.String() != "" {
			t.Errorf("%s: %+v, %v", repo, c, err)
		}
	}
}
