package host

import (
	"context"
	"fmt"
	"strings"
)

// Earlier is the run that a workflow_run event is about.
type Earlier struct {
	// Name is the name of its workflow, Event what started it, Conclusion how it
	// ended.
	Name       string `json:"name"`
	Event      Event  `json:"event"`
	Conclusion string `json:"conclusion"`
	// Repo is where its commit comes from; empty for a fork that was deleted.
	Repo   Repo   `json:"repo"`
	Branch string `json:"branch"`
	// Request is the pull request that the event names for its commit, with the
	// number 0 for none: GitHub names none of forks.
	Request Request `json:"request"`
}

// Request is an open pull request.
type Request struct {
	Number  int    `json:"number"`
	Head    string `json:"head"`
	BaseRef string `json:"base_ref"`
}

// RequestFinder finds the open pull requests to the repository of a run from a
// branch of a repository, which may be a fork.
type RequestFinder interface {
	Requests(ctx context.Context, from Repo, branch string) ([]Request, error)
}

// Of returns the one request whose head is a commit, or says why there is none.
func Of(commit string, from string, found []Request) (Request, string) {
	var matching []Request
	for _, r := range found {
		if r.Head == commit {
			matching = append(matching, r)
		}
	}
	switch {
	case len(matching) == 1:
		return matching[0], ""
	case len(matching) > 1:
		return Request{}, fmt.Sprintf("commit %s is the head of %d pull requests, and it cannot be told which of them was meant", Short(commit), len(matching))
	case len(found) > 0:
		return Request{}, fmt.Sprintf("pull request %d has the newer head %s, and the report is about %s", found[0].Number, Short(found[0].Head), Short(commit))
	}
	return Request{}, "there is no open pull request from " + from
}

// Find returns the open pull request that the run was about. The event's own
// word is taken where it has one; the report of that run has no say in it.
func (e Earlier) Find(ctx context.Context, finder RequestFinder, commit string) (Request, string, error) {
	if e.Request.Number > 0 {
		return e.Request, "", nil
	}
	if e.Repo.String() == "" || e.Branch == "" {
		return Request{}, "the repository that the change comes from does not exist any more", nil
	}
	found, err := finder.Requests(ctx, e.Repo, e.Branch)
	if err != nil {
		return Request{}, "", err
	}
	request, why := Of(commit, e.Repo.Owner+":"+e.Branch, found)
	return request, why, nil
}

// workflowRun holds the fields of a workflow_run that matter here.
type workflowRun struct {
	HeadSHA    string `json:"head_sha"`
	HeadBranch string `json:"head_branch"`
	Name       string `json:"name"`
	Event      Event  `json:"event"`
	Conclusion string `json:"conclusion"`
	HeadRepo   *struct {
		FullName string `json:"full_name"`
	} `json:"head_repository"`
	PullRequests []struct {
		Number int `json:"number"`
		Head   struct {
			SHA string `json:"sha"`
		} `json:"head"`
		Base struct {
			Ref  string `json:"ref"`
			Repo struct {
				ID int64 `json:"id"`
			} `json:"repo"`
		} `json:"base"`
	} `json:"pull_requests"`
}

// applyWorkflowRun takes the commit of the earlier run. The workspace holds the
// default branch then, unless the workflow has checked something else out, so
// that nothing this run finds may be said about a fork's commit.
func (c *Context) applyWorkflowRun(p payload) error {
	run := p.WorkflowRun
	if run == nil {
		return missing(c.Event, "workflow_run")
	}
	c.Head = run.HeadSHA
	c.Earlier = &Earlier{Name: run.Name, Event: run.Event, Conclusion: run.Conclusion, Branch: run.HeadBranch}
	if run.HeadRepo != nil {
		if repo, err := parseRepo(run.HeadRepo.FullName); err == nil {
			c.Earlier.Repo = repo
		}
	}
	c.Earlier.Request = run.request(p.Repository.ID)
	c.Fork = !strings.EqualFold(c.Earlier.Repo.String(), c.Repo.String())
	if c.Fork {
		c.Unsure = "the event workflow_run is about a commit of a fork, which is not what the workspace holds; publish the report of that run with from-report"
	}
	return nil
}

// request returns the pull request to the repository with an id that the event
// names for the commit of the run; none when it names several.
func (r *workflowRun) request(repository int64) Request {
	var found []Request
	for _, pr := range r.PullRequests {
		if pr.Number > 0 && pr.Base.Repo.ID == repository {
			found = append(found, Request{Number: pr.Number, Head: pr.Head.SHA, BaseRef: pr.Base.Ref})
		}
	}
	request, _ := Of(r.HeadSHA, r.HeadBranch, found)
	return request
}
