package host

import "strings"

// fromGitLab reads GitLab's predefined variables; there is no event file. In
// pipelines for merged results and merge trains CI_COMMIT_SHA is an internal
// merge commit, and the head of the source branch has a variable of its own.
func fromGitLab(getenv func(string) string) (Context, error) {
	c := Context{
		Host: GitLab, Event: gitLabEvent(getenv("CI_PIPELINE_SOURCE")),
		Head: getenv("CI_COMMIT_SHA"), Base: getenv("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
		BaseRef: getenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
		PR:      int(number(getenv("CI_MERGE_REQUEST_IID"))),
		Actor:   getenv("GITLAB_USER_LOGIN"), Workspace: getenv("CI_PROJECT_DIR"),
		RunID: number(getenv("CI_PIPELINE_ID")), Attempt: 1,
		Repo: gitLabRepo(getenv("CI_PROJECT_PATH")),
		URLs: URLs{
			API:     address(getenv("CI_API_V4_URL"), "https://gitlab.com/api/v4"),
			GraphQL: address(getenv("CI_API_GRAPHQL_URL"), "https://gitlab.com/api/graphql"),
			Server:  address(getenv("CI_SERVER_URL"), "https://gitlab.com"),
			Run:     getenv("CI_JOB_URL"),
		},
	}
	if head := getenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"); head != "" {
		c.Merge, c.Head = c.Head, head
	}
	source, target := getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), getenv("CI_MERGE_REQUEST_PROJECT_ID")
	c.Fork = c.PR > 0 && source != target
	if labels := getenv("CI_MERGE_REQUEST_LABELS"); labels != "" {
		c.Labels = strings.Split(labels, ",")
	}
	// In pipelines of merge requests this is all zeros.
	if before := getenv("CI_COMMIT_BEFORE_SHA"); c.Base == "" && strings.Trim(before, "0") != "" {
		c.Base = before
	}
	return c.checked()
}

func gitLabEvent(source string) Event {
	switch source {
	case "merge_request_event":
		return PullRequest
	case "push":
		return Push
	case "schedule":
		return Schedule
	case "web", "api", "trigger":
		return Dispatch
	}
	return Event(source)
}

func gitLabRepo(path string) Repo {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return Repo{Name: path}
	}
	return Repo{Owner: path[:i], Name: path[i+1:]}
}
