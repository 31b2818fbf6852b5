package host

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// FromEnvironment works out the context of a run from the environment and the
// bytes of the event (the file that GITHUB_EVENT_PATH names; nil on other
// hosts). It reads nothing else, so that recorded payloads can test it.
func FromEnvironment(getenv func(string) string, event []byte) (Context, error) {
	kind, notes, err := Detect(getenv)
	if err != nil {
		return Context{}, err
	}
	var c Context
	switch kind {
	case GitHub:
		c, err = fromGitHub(getenv, event)
	case GitLab:
		c, err = fromGitLab(getenv)
	case Local:
		c = Context{Host: Local}
	}
	if err != nil {
		return Context{}, err
	}
	c.Notes = append(notes, c.Notes...)
	return c, nil
}

// Detect finds the host and says what is unusual about it. NTHLAYER_HOST decides
// where the variables of two hosts are set.
func Detect(getenv func(string) string) (Kind, []string, error) {
	if s := getenv("NTHLAYER_HOST"); s != "" {
		switch k := Kind(s); k {
		case GitHub, GitLab, Local:
			return k, nil, nil
		}
		return "", nil, fmt.Errorf("NTHLAYER_HOST is %q; it must be github, gitlab or local", s)
	}
	onGitHub, onGitLab := getenv("GITHUB_ACTIONS") == "true", getenv("GITLAB_CI") == "true"
	switch {
	case onGitHub && onGitLab:
		return "", nil, fmt.Errorf("the variables of GitHub Actions and of GitLab CI are both set; set NTHLAYER_HOST to github, gitlab or local")
	case onGitHub && getenv("GITEA_ACTIONS") == "true":
		return GitHub, []string{"this is Gitea or Forgejo: treated as GitHub; set NTHLAYER_HOST to local to keep all results in the log"}, nil
	case onGitHub:
		return GitHub, nil, nil
	case onGitLab:
		return GitLab, nil, nil
	}
	return Local, nil, nil
}

// payload holds the fields of GitHub's events that matter here.
type payload struct {
	PullRequest *struct {
		Number         int    `json:"number"`
		MergeCommitSHA string `json:"merge_commit_sha"`
		Head           side   `json:"head"`
		Base           side   `json:"base"`
		Labels         []struct {
			Name string `json:"name"`
		} `json:"labels"`
	} `json:"pull_request"`
	// Issue is that of a comment; PullRequest is set when it is a pull request.
	Issue *struct {
		Number      int              `json:"number"`
		PullRequest *json.RawMessage `json:"pull_request"`
	} `json:"issue"`
	MergeGroup *struct {
		HeadSHA string `json:"head_sha"`
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"`
	} `json:"merge_group"`
	Before     string `json:"before"`
	Deployment *struct {
		SHA string `json:"sha"`
	} `json:"deployment"`
	WorkflowRun *workflowRun `json:"workflow_run"`
	Repository  struct {
		ID int64 `json:"id"`
	} `json:"repository"`
}

type side struct {
	SHA  string `json:"sha"`
	Ref  string `json:"ref"`
	Repo *struct {
		FullName string `json:"full_name"`
	} `json:"repo"`
}

func fromGitHub(getenv func(string) string, event []byte) (Context, error) {
	c := Context{
		Host: GitHub, Event: Event(getenv("GITHUB_EVENT_NAME")),
		Head: getenv("GITHUB_SHA"), Actor: getenv("GITHUB_ACTOR"), Workspace: getenv("GITHUB_WORKSPACE"),
		BaseRef: getenv("GITHUB_BASE_REF"),
		URLs: URLs{
			API:     address(getenv("GITHUB_API_URL"), "https://api.github.com"),
			GraphQL: address(getenv("GITHUB_GRAPHQL_URL"), graphQL(getenv("GITHUB_API_URL"))),
			Server:  address(getenv("GITHUB_SERVER_URL"), "https://github.com"),
		},
	}
	var err error
	if c.Repo, err = parseRepo(getenv("GITHUB_REPOSITORY")); err != nil {
		return Context{}, err
	}
	c.RunID = number(getenv("GITHUB_RUN_ID"))
	c.Attempt = int(number(getenv("GITHUB_RUN_ATTEMPT")))
	c.URLs.Run = runURL(c)
	var p payload
	if len(event) > 0 {
		if err := json.Unmarshal(event, &p); err != nil {
			return Context{}, fmt.Errorf("the event file (GITHUB_EVENT_PATH) is not a GitHub event: %w", err)
		}
	}
	if err := c.apply(p); err != nil {
		return Context{}, err
	}
	return c.checked()
}

// apply takes the commits from the event. GITHUB_SHA is right for pushes,
// dispatches and schedules only: for a pull request it is a merge commit that
// nobody sees, and for pull_request_target and workflow_run the default branch.
func (c *Context) apply(p payload) error {
	switch c.Event {
	case PullRequest, PullRequestTarget:
		return c.applyPullRequest(p)
	case MergeGroup:
		if p.MergeGroup == nil {
			return missing(c.Event, "merge_group")
		}
		c.Head, c.Base = p.MergeGroup.HeadSHA, p.MergeGroup.BaseSHA
		c.BaseRef = strings.TrimPrefix(p.MergeGroup.BaseRef, "refs/heads/")
	case Push:
		if strings.Trim(p.Before, "0") != "" { // zeros: the branch is new
			c.Base = p.Before
		}
	case Deployment, DeploymentStatus:
		if p.Deployment == nil {
			return missing(c.Event, "deployment")
		}
		c.Head = p.Deployment.SHA
	case WorkflowRun:
		return c.applyWorkflowRun(p)
	case Dispatch, Schedule:
	default:
		return c.applyOther(p)
	}
	return nil
}

// applyOther takes the pull request of an event that is about one, as reviews
// are. Of some only the number is known: then GITHUB_SHA is the default branch,
// whatever the workflow has checked out, and nothing may be posted there.
func (c *Context) applyOther(p payload) error {
	if pr := p.PullRequest; pr != nil && IsCommit(pr.Head.SHA) {
		return c.applyPullRequest(p)
	}
	if p.PullRequest != nil || p.Issue != nil && p.Issue.PullRequest != nil {
		c.Unsure = fmt.Sprintf("the event %s does not name the head of its pull request", c.Event)
	}
	return nil
}

func (c *Context) applyPullRequest(p payload) error {
	pr := p.PullRequest
	if pr == nil || pr.Number <= 0 {
		return missing(c.Event, "pull_request")
	}
	c.PR, c.Head, c.Base, c.BaseRef, c.Merge = pr.Number, pr.Head.SHA, pr.Base.SHA, pr.Base.Ref, pr.MergeCommitSHA
	// A head without a repository is a fork that was deleted.
	c.Fork = pr.Head.Repo == nil || pr.Base.Repo == nil || !strings.EqualFold(pr.Head.Repo.FullName, pr.Base.Repo.FullName)
	for _, l := range pr.Labels {
		c.Labels = append(c.Labels, l.Name)
	}
	return nil
}

// checked refuses commits that are none, rather than reporting somewhere else.
func (c Context) checked() (Context, error) {
	if !IsCommit(c.Head) {
		return Context{}, fmt.Errorf("the event %q names no commit to report on (found %q)", c.Event, c.Head)
	}
	if c.Base != "" && !IsCommit(c.Base) {
		return Context{}, fmt.Errorf("the event %q names %q as base, which is not a commit id", c.Event, c.Base)
	}
	return c, nil
}

func missing(e Event, key string) error {
	return fmt.Errorf("the event file (GITHUB_EVENT_PATH) has no %s, although GITHUB_EVENT_NAME is %s", key, e)
}

func parseRepo(s string) (Repo, error) {
	owner, name, ok := strings.Cut(s, "/")
	if !ok || !plainName(owner) || !plainName(name) {
		return Repo{}, fmt.Errorf("GITHUB_REPOSITORY is %q; it must be owner/name", s)
	}
	return Repo{Owner: owner, Name: name}, nil
}

// plainName reports whether s can stand as one segment of an API path.
func plainName(s string) bool {
	if s == "" || s == "." || s == ".." {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c) {
			return false
		}
	}
	return true
}

func address(s, otherwise string) string {
	if s == "" {
		s = otherwise
	}
	return strings.TrimRight(s, "/")
}

// graphQL is where GraphQL is when the environment does not say. Gitea has none and
// leaves the variable empty: its runs must not ask GitHub.
func graphQL(api string) string {
	if api != "" && api != "https://api.github.com" {
		return ""
	}
	return "https://api.github.com/graphql"
}

// number reads a positive decimal number; 0 for anything else.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func runURL(c Context) string {
	if c.RunID == 0 {
		return ""
	}
	s := fmt.Sprintf("%s/%s/actions/runs/%d", c.URLs.Server, c.Repo, c.RunID)
	if c.Attempt > 0 {
		s += "/attempts/" + strconv.Itoa(c.Attempt)
	}
	return s
}
