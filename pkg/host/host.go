// Package host knows the place a run happens in: a GitHub or GitLab job, or a
// person's machine. It turns environment and event into one Context, and it
// names the few things that a host may be able to do (annotate, comment, set a
// status, say what changed). Each host implements only what it can.
package host

import (
	"fmt"
	"strconv"
)

// Kind is the family of a host.
type Kind string

// The hosts. Gitea and Forgejo set GitHub's variables and speak enough of its
// API to count as GitHub.
const (
	GitHub Kind = "github"
	GitLab Kind = "gitlab"
	Local  Kind = "local"
)

// Event is what started the run, in GitHub's words. Other events than the ones
// named here are kept as they are and treated like a dispatch.
type Event string

// The events with rules of their own.
const (
	PullRequest       Event = "pull_request"
	PullRequestTarget Event = "pull_request_target"
	Push              Event = "push"
	MergeGroup        Event = "merge_group"
	Dispatch          Event = "workflow_dispatch"
	Schedule          Event = "schedule"
	Deployment        Event = "deployment"
	DeploymentStatus  Event = "deployment_status"
	WorkflowRun       Event = "workflow_run"
)

// Repo is a repository's owner (a group path on GitLab) and name.
type Repo struct {
	Owner string `json:"owner"`
	Name  string `json:"name"`
}

// String returns owner/name, or nothing when it is not known.
func (r Repo) String() string {
	if r.Owner == "" || r.Name == "" {
		return ""
	}
	return r.Owner + "/" + r.Name
}

// URLs are the addresses that the host gave for itself, without a trailing
// slash. Run links to this run for people, Request to the merge request.
type URLs struct {
	API     string `json:"api"`
	GraphQL string `json:"graphql"`
	Server  string `json:"server"`
	Run     string `json:"run"`
	Request string `json:"request,omitempty"` // GitLab only
}

// Context is where and for what a run happens. It is made once, from the
// environment and the event, and never changes.
type Context struct {
	Host  Kind  `json:"host"`
	Event Event `json:"event"`
	// Head is the commit that results are reported on: the head of the pull
	// request, never the merge commit that the host made for testing it.
	Head string `json:"head"`
	// Base is the commit to compare with; empty when everything counts as new.
	Base string `json:"base"`
	// BaseRef is the branch that the change goes to, without refs/heads/.
	BaseRef string `json:"base_ref"`
	// Merge is the test merge commit, as the event knew it; may be empty.
	Merge string `json:"merge,omitempty"`
	// PR is the number of the pull or merge request; 0 for none.
	PR int `json:"pr,omitempty"`
	// Fork is true when the change comes from another repository.
	Fork bool `json:"fork"`
	// Labels are the labels of the pull request.
	Labels []string `json:"labels,omitempty"`
	Repo   Repo     `json:"repo"`
	Actor  string   `json:"actor,omitempty"`
	// RunID grows from run to run; Attempt counts the starts of one run from 1.
	RunID     int64  `json:"run_id,omitempty"`
	Attempt   int    `json:"attempt,omitempty"`
	Workspace string `json:"workspace,omitempty"`
	URLs      URLs   `json:"urls"`
	// Unsure says why it is not known which commit the workspace holds; empty
	// when it is. Nothing may be posted then.
	Unsure string `json:"unsure,omitempty"`
	// Earlier is the run that a workflow_run event is about; nil for other events.
	Earlier *Earlier `json:"earlier,omitempty"`
	// GitLab is nil on other hosts.
	GitLab *GitLabJob `json:"gitlab,omitempty"`
	// Notes are sentences about how this context was found, for the log.
	Notes []string `json:"notes,omitempty"`
}

// dependabot is the actor whose pull requests get a read-only token even though
// their branch lies in the repository itself.
const dependabot = "dependabot[bot]"

// ReadOnly says why the host gives this run a token that cannot write, or
// nothing when it may be able to.
func (c Context) ReadOnly() string {
	switch {
	case c.Host == GitLab && c.Fork:
		return "a merge request from a fork runs in the fork, without the variables of the project it goes to"
	case c.ofPullRequest() && c.Fork:
		return "a pull request from a fork gets a read-only token"
	case c.ofPullRequest() && c.Actor == dependabot:
		return "a pull request by Dependabot gets a read-only token"
	}
	return ""
}

// ofPullRequest reports whether the run has the files and the rights of a pull
// request, as for pull_request and for its reviews. A run for
// pull_request_target has those of the base.
func (c Context) ofPullRequest() bool {
	switch c.Event {
	case PullRequest:
		return true
	case PullRequestTarget, Push, MergeGroup, Dispatch, Schedule, Deployment, DeploymentStatus, WorkflowRun:
		return false
	}
	return c.PR > 0
}

// Describe says in one line what is reported on, for the log.
func (c Context) Describe() string {
	if c.Head == "" {
		return fmt.Sprintf("%s: no commit to report on", c.Host)
	}
	s := "reporting on " + Short(c.Head)
	switch {
	case c.Unsure != "":
		return "reporting in the log and in files only: " + c.Unsure
	case c.PR > 0:
		s += " - head of " + c.RequestWord() + " " + strconv.Itoa(c.PR)
	case c.Event == MergeGroup:
		s += " - head of a merge group for " + c.BaseRef
	case c.Event != "":
		s += " - " + string(c.Event)
	}
	if c.Base != "" {
		s += ", compared with " + Short(c.Base)
	}
	return s
}

// RequestWord is what the host calls a proposed change.
func (c Context) RequestWord() string {
	if c.Host == GitLab {
		return "merge request"
	}
	return "pull request"
}

// Short returns the first 12 characters of a commit id.
func Short(sha string) string {
	if len(sha) > 12 {
		return sha[:12]
	}
	return sha
}

// IsCommit reports whether s is a full SHA-1 or SHA-256 commit id in lower
// case. Only such a string may stand in a URL path or on a git command line.
func IsCommit(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
