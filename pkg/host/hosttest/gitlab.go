package hosttest

import (
	"slices"
	"testing"
)

// The accounts and numbers of the fake GitLab: merge request 7 of project 42,
// and the pipeline 900 of a job.
var (
	ProjectBot = GitLabUser{ID: 501, Username: "project_42_bot_0123456789abcdef", Name: "nthlayer"}
	OtherUser  = GitLabUser{ID: 502, Username: "project_42_bot_fedcba9876543210", Name: "other"}
	Ghost      = GitLabUser{ID: 1, Username: "ghost", Name: "Ghost User"}
	Developer  = GitLabUser{ID: 503, Username: "octocat", Name: "Octo Cat"}
)

// GitLabUser is an account.
type GitLabUser struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
	Name     string `json:"name"`
}

// GitLabToken is what a token may do.
type GitLabToken struct {
	User GitLabUser
	// Notes and Statuses are the permissions to write them.
	Notes, Statuses bool
	// Hidden is true for a token that does not see the project: all of it is
	// not found.
	Hidden bool
	// Scopes, Expires (a day, empty for none) and Revoked are what the token
	// says about itself; Untold is true for a token that cannot be asked.
	Scopes          []string
	Expires         string
	Revoked, Untold bool
	// Role is the access level in project 42; 0 is not told.
	Role int
}

// Note is a note on the merge request.
type Note struct {
	ID     int64      `json:"id"`
	Body   string     `json:"body"`
	Author GitLabUser `json:"author"`
	System bool       `json:"system"`
}

// GitLabStatus is a status of a commit in a pipeline.
type GitLabStatus struct {
	ID          int64  `json:"id"`
	SHA         string `json:"sha"`
	Name        string `json:"name"`
	Status      string `json:"status"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url"`
	PipelineID  int64  `json:"pipeline_id"`
}

// Diff is one file of the merge request.
type Diff struct {
	OldPath     string `json:"old_path"`
	NewPath     string `json:"new_path"`
	Diff        string `json:"diff"`
	NewFile     bool   `json:"new_file"`
	RenamedFile bool   `json:"renamed_file"`
	DeletedFile bool   `json:"deleted_file"`
}

// GitLab is a fake server for merge request 7 of project 42, example/shop.
type GitLab struct {
	base
	tokens    map[string]GitLabToken
	pipelines map[int64]string // number -> commit
	diffs     []Diff
	notes     []Note
	nextID    int64
	statuses  []GitLabStatus
	actions   []string
	threads   []GitLabThread
}

// NewGitLab starts a server that stops with the test.
func NewGitLab(t testing.TB) *GitLab {
	g := &GitLab{tokens: map[string]GitLabToken{}, pipelines: map[int64]string{}, nextID: 1000}
	g.serve(t, newContract(t, "/gitlab/api/v4", gitLabAPI), "PRIVATE-TOKEN", g.routes(), g.admit)
	return g
}

// API is the address of the REST API, below a path as on a server that is
// installed there.
func (g *GitLab) API() string { return g.server.URL + "/gitlab/api/v4" }

// URL is the address of the server.
func (g *GitLab) URL() string { return g.server.URL + "/gitlab" }

// Grant makes a token known.
func (g *GitLab) Grant(token string, what GitLabToken) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens[token] = what
}

// AddPipeline makes a pipeline known with its own commit.
func (g *GitLab) AddPipeline(id int64, commit string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pipelines[id] = commit
}

// Pipelines returns how many pipelines there are. A status for which no pipeline
// is found makes one more.
func (g *GitLab) Pipelines() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.pipelines)
}

// SetDiffs sets the files of the merge request.
func (g *GitLab) SetDiffs(diffs ...Diff) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.diffs = diffs
}

// Seed adds a note by somebody and returns its id.
func (g *GitLab) Seed(by GitLabUser, body string) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.addNote(by, body).ID
}

// SeedForeign adds the notes that nobody of ours may touch: a person who quotes
// the marker, another bot with the marker, our own former account, our account
// with another product's marker, and what GitLab writes itself. It returns them.
func (g *GitLab) SeedForeign(marker string) []Note {
	g.Seed(Developer, marker+"\nwhat is this line for?")
	g.Seed(Developer, "> "+marker+"\n> old text\n\nthis was wrong")
	g.Seed(OtherUser, marker+"\nour report")
	g.Seed(Ghost, marker+"\nfrom before the token was replaced")
	g.Seed(ProjectBot, "<!-- coverage:report v=1 key=default -->\ncoverage 81 %")
	g.mu.Lock()
	g.addNote(ProjectBot, marker+"\nadded 1 commit")
	g.notes[len(g.notes)-1].System = true
	g.mu.Unlock()
	return g.Notes()
}

func (g *GitLab) addNote(by GitLabUser, body string) Note {
	g.nextID++
	n := Note{ID: g.nextID, Body: body, Author: by}
	g.notes = append(g.notes, n)
	return n
}

// AddStatus sets a status as another writer would.
func (g *GitLab) AddStatus(s GitLabStatus) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nextID++
	s.ID = g.nextID
	g.statuses = append(g.statuses, s)
}

// Notes returns all notes, oldest first.
func (g *GitLab) Notes() []Note {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.notes)
}

// Statuses returns all statuses in the order in which they were set.
func (g *GitLab) Statuses() []GitLabStatus {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.statuses)
}

// QuickActions returns the lines of notes that GitLab took for commands and
// carried out with the rights of the token.
func (g *GitLab) QuickActions() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.actions)
}
