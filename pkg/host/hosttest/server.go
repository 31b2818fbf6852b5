// Package hosttest serves the parts of GitHub's and GitLab's APIs that this
// program uses, from memory: pages, accounts and permissions by token, the
// hosts' own limits and refusals, and faults on demand.
package hosttest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The accounts of the fake.
var (
	// ActionsBot is whom a job's GITHUB_TOKEN writes as.
	ActionsBot = User{ID: 41898282, Login: "github-actions[bot]", Type: "Bot"}
	// OtherBot is the account of another app.
	OtherBot = User{ID: 49699333, Login: "other-app[bot]", Type: "Bot"}
	// Human is a person.
	Human = User{ID: 1001, Login: "octocat", Type: "User"}
)

// User is an account.
type User struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type"`
}

// Token is what a token may do.
type Token struct {
	User User
	// Installation tokens may not ask GET /user.
	Installation bool
	// Comments and Statuses are the permissions pull-requests: write and
	// statuses: write.
	Comments, Statuses bool
	// Checks is the permission checks: write, which only installation tokens can
	// have.
	Checks bool
	// Scopes are told for classic tokens, separated by commas.
	Scopes string
	// Reader is true for the token of an account that may not push.
	Reader bool
}

// File is a file of a pull request or comparison.
type File struct {
	Filename         string `json:"filename"`
	PreviousFilename string `json:"previous_filename,omitempty"`
	Status           string `json:"status"`
	Changes          int    `json:"changes"`
	Patch            string `json:"patch,omitempty"`
	SHA              string `json:"sha"`
}

// Comment is an issue comment.
type Comment struct {
	ID      int64  `json:"id"`
	Body    string `json:"body"`
	User    User   `json:"user"`
	HTMLURL string `json:"html_url"`
	NodeID  string `json:"node_id"`
}

// Edit is a text that a comment had, as GraphQL tells it.
type Edit struct {
	Diff   string `json:"diff"`
	Editor struct {
		Login string `json:"login"`
	} `json:"editor"`
}

// Status is a commit status.
type Status struct {
	SHA         string `json:"-"`
	State       string `json:"state"`
	Context     string `json:"context"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url"`
}

// GitHub is a fake server for one repository, example/shop, with pull request 7.
type GitHub struct {
	base
	tokens   map[string]Token
	files    []File
	compared []File
	pulls    []Pull
	comments []Comment
	reviews  []ReviewComment
	edits    map[string][]Edit // by the comment's node id
	nextID   int64
	statuses []Status
	checks   []CheckRun
	public   bool
	spent    int64
}

// New starts a server that stops with the test.
func New(t testing.TB) *GitHub {
	g := &GitHub{tokens: map[string]Token{}, edits: map[string][]Edit{}, nextID: 1000}
	c := newContract(t, "/api/v3", gitHubAPI)
	c.mux.HandleFunc("POST /api/graphql", func(_ http.ResponseWriter, r *http.Request) {
		if err := checkQuestion(r); err != nil {
			c.violated(r, err)
		}
	})
	g.serve(t, c, "Authorization", g.routes(), g.admit)
	return g
}

// API is the address of the REST API, below a path as on a GitHub Enterprise
// Server.
func (g *GitHub) API() string { return g.server.URL + "/api/v3" }

// GraphQL is the address of the GraphQL API.
func (g *GitHub) GraphQL() string { return g.server.URL + "/api/graphql" }

// URL is the address of the server.
func (g *GitHub) URL() string { return g.server.URL }

// Grant makes a token known.
func (g *GitHub) Grant(token string, what Token) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens[token] = what
}

// SetFiles sets the files of the pull request.
func (g *GitHub) SetFiles(files ...File) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.files = hashed(files)
}

// SetCompared sets the files of every comparison.
func (g *GitHub) SetCompared(files ...File) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.compared = hashed(files)
}

// hashed gives files the hash of their content, which GitHub names of each.
func hashed(files []File) []File {
	out := slices.Clone(files)
	for i := range out {
		out[i].SHA = cmp.Or(out[i].SHA, strings.Repeat("e", 40))
	}
	return out
}

// Seed adds a comment by somebody and returns its id.
func (g *GitHub) Seed(by User, body string) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.addComment(by, body).ID
}

// SeedForeign adds the comments that nobody of ours may touch: a person who
// quotes the marker, another app with the marker, and our account with another
// product's marker. It returns them.
func (g *GitHub) SeedForeign(marker string) []Comment {
	g.Seed(Human, marker+"\nwhat is this line for?")
	g.Seed(Human, "> "+marker+"\n> old text\n\nthis was wrong")
	g.Seed(OtherBot, marker+"\nour report")
	g.Seed(ActionsBot, "<!-- coverage:report v=1 key=default -->\ncoverage 81 %")
	return g.Comments()
}

func (g *GitHub) addComment(by User, body string) Comment {
	g.nextID++
	c := Comment{ID: g.nextID, Body: body, User: by, HTMLURL: g.server.URL + "/example/shop/pull/7#issuecomment-" + itoa(g.nextID), NodeID: "IC_" + itoa(g.nextID)}
	g.comments = append(g.comments, c)
	g.kept(by, c)
	return c
}

// Comments returns all comments, oldest first.
func (g *GitHub) Comments() []Comment {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.comments)
}

// Statuses returns all statuses in the order in which they were set.
func (g *GitHub) Statuses() []Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.statuses)
}

// answer writes JSON. An encoding error is a fault of the fake itself and shows
// as a broken answer.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

// refuse answers as GitHub does.
func refuse(w http.ResponseWriter, code int, message string) {
	answer(w, code, map[string]string{"message": message, "documentation_url": "https://docs.github.com/rest"})
}
