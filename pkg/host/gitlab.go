package host

import (
	"fmt"
	"strings"
)

// PipelineKind is what a GitLab pipeline runs for.
type PipelineKind string

// The kinds of pipelines. Detached, merged result and merge train pipelines
// belong to a merge request.
const (
	BranchPipeline PipelineKind = "branch"
	TagPipeline    PipelineKind = "tag"
	Detached       PipelineKind = "detached"
	MergedResult   PipelineKind = "merged_result"
	MergeTrain     PipelineKind = "merge_train"
)

// GitLabJob is what only a job on GitLab knows about its run.
type GitLabJob struct {
	Kind PipelineKind `json:"kind"`
	// Project is the number of the project that the pipeline runs in, Target
	// that of the project that the merge request goes to. They differ for a
	// fork, whose pipelines run in the fork.
	Project int64 `json:"project"`
	Target  int64 `json:"target"`
	// Commit is the pipeline's own commit: for merged results and merge trains
	// an internal merge commit, not the Head of the Context.
	Commit string `json:"commit"`
	// CAFile is where the runner keeps the certificate authority of the
	// server; empty when the system knows it.
	CAFile string `json:"ca_file,omitempty"`
}

// fromGitLab reads GitLab's predefined variables; there is no event file.
func fromGitLab(getenv func(string) string) (Context, error) {
	c := Context{
		Host: GitLab, Event: gitLabEvent(getenv),
		Head: getenv("CI_COMMIT_SHA"), Base: getenv("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
		BaseRef: getenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
		Actor:   getenv("GITLAB_USER_LOGIN"), Workspace: getenv("CI_PROJECT_DIR"),
		RunID: number(getenv("CI_PIPELINE_ID")), Attempt: 1,
		Repo: gitLabRepo(getenv("CI_PROJECT_PATH")),
		GitLab: &GitLabJob{
			Kind: pipelineKind(getenv), Project: number(getenv("CI_PROJECT_ID")),
			Commit: getenv("CI_COMMIT_SHA"), CAFile: getenv("CI_SERVER_TLS_CA_FILE"),
		},
		URLs: URLs{
			API:     address(getenv("CI_API_V4_URL"), "https://gitlab.com/api/v4"),
			GraphQL: address(getenv("CI_API_GRAPHQL_URL"), "https://gitlab.com/api/graphql"),
			Server:  address(getenv("CI_SERVER_URL"), "https://gitlab.com"),
			Run:     getenv("CI_JOB_URL"),
		},
	}
	c.GitLab.Target = c.GitLab.Project
	c.applyMergeRequest(getenv)
	if c.PR == 0 {
		c.applyOpenMergeRequest(getenv)
	}
	// All zeros stand for "nothing before": a new branch, a tag, a schedule.
	if before := getenv("CI_COMMIT_BEFORE_SHA"); c.Event == Push && c.GitLab.Kind == BranchPipeline && strings.Trim(before, "0") != "" {
		c.Base = before
	}
	return c.checked()
}

// applyMergeRequest takes what a merge request pipeline knows. In pipelines for
// merged results and merge trains CI_COMMIT_SHA is an internal merge commit, and
// the head of the source branch has a variable of its own. Without it nobody
// can say what a note would be about, so that none is written.
func (c *Context) applyMergeRequest(getenv func(string) string) {
	iid := number(getenv("CI_MERGE_REQUEST_IID"))
	if iid == 0 {
		return
	}
	kind := c.GitLab.Kind
	head := getenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
	if head == "" && (kind == MergedResult || kind == MergeTrain) {
		c.Notes = append(c.Notes, fmt.Sprintf(
			"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA is empty in a %s pipeline: the head of merge request %d is not known, and nothing is written to it", kind, iid))
		return
	}
	if head != "" {
		c.Merge, c.Head = c.Head, head
	}
	c.PR = int(iid)
	source, target := number(getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")), number(getenv("CI_MERGE_REQUEST_PROJECT_ID"))
	c.Fork = source != target
	if target > 0 {
		c.GitLab.Target = target
	}
	c.URLs.Request = mergeRequestURL(getenv("CI_MERGE_REQUEST_PROJECT_URL"), c.PR)
	if labels := getenv("CI_MERGE_REQUEST_LABELS"); labels != "" {
		c.Labels = strings.Split(labels, ",")
	}
}

// applyOpenMergeRequest finds the merge request of a branch pipeline, which
// GitLab lists as group/project!7. With several it is not known which one the
// run is for.
func (c *Context) applyOpenMergeRequest(getenv func(string) string) {
	if c.Event != Push {
		return
	}
	path, iid, ok := strings.Cut(getenv("CI_OPEN_MERGE_REQUESTS"), "!")
	if !ok || path != getenv("CI_PROJECT_PATH") {
		return
	}
	c.PR = int(number(iid)) // no number when more requests follow behind a comma
	if c.PR > 0 {
		c.URLs.Request = mergeRequestURL(getenv("CI_PROJECT_URL"), c.PR)
	}
}

func mergeRequestURL(project string, iid int) string {
	if project == "" {
		return ""
	}
	return fmt.Sprintf("%s/-/merge_requests/%d", project, iid)
}

// gitLabEvent returns what started the pipeline. A child pipeline has a source
// of its own and keeps the variables of its parent's merge request.
func gitLabEvent(getenv func(string) string) Event {
	if number(getenv("CI_MERGE_REQUEST_IID")) > 0 {
		return PullRequest
	}
	switch source := getenv("CI_PIPELINE_SOURCE"); source {
	case "push":
		return Push
	case "schedule":
		return Schedule
	case "web", "api", "trigger":
		return Dispatch
	default:
		return Event(source)
	}
}

func pipelineKind(getenv func(string) string) PipelineKind {
	if number(getenv("CI_MERGE_REQUEST_IID")) > 0 {
		switch kind := PipelineKind(getenv("CI_MERGE_REQUEST_EVENT_TYPE")); kind {
		case MergedResult, MergeTrain:
			return kind
		case Detached, BranchPipeline, TagPipeline:
		}
		return Detached
	}
	if getenv("CI_COMMIT_TAG") != "" {
		return TagPipeline
	}
	return BranchPipeline
}

func gitLabRepo(path string) Repo {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return Repo{Name: path}
	}
	return Repo{Owner: path[:i], Name: path[i+1:]}
}
