package hosttest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// watched is a test whose end and whose errors are looked at.
type watched struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (w *watched) Helper()           {}
func (w *watched) Cleanup(f func())  { w.cleanups = append(w.cleanups, f) }
func (w *watched) Error(args ...any) { w.errors = append(w.errors, fmt.Sprint(args...)) }

func (w *watched) end() {
	for _, f := range slices.Backward(w.cleanups) {
		f()
	}
}

// send asks a fake and returns the status.
func send(t *testing.T, method, address, credential, secret, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(credential, secret)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// checkErrors wants one error with all the words, or none without words.
func (w *watched) checkErrors(t *testing.T, want string) {
	t.Helper()
	w.end()
	if want == "" && len(w.errors) > 0 || want != "" && (len(w.errors) != 1 || !strings.Contains(w.errors[0], want)) {
		t.Errorf("the test failed with %q, want %q", w.errors, want)
	}
}

func TestRequestsToGitHubKeepToItsDescription(t *testing.T) {
	const status = "/repos/example/shop/statuses/1111111111111111111111111111111111111111"
	for name, tt := range map[string]struct{ method, path, body, want string }{
		"as described":               {"GET", "/repos/example/shop/issues/7/comments?per_page=100&page=2", "", ""},
		"unknown operation":          {"GET", "/repos/example/shop/issues/7/coments", "", "GET /api/v3/repos/example/shop/issues/7/coments does not keep to the description of the API: the API has no such operation"},
		"unknown method":             {"PUT", "/repos/example/shop/issues/7/comments", "{}", "no such operation"},
		"unknown parameter":          {"GET", "/repos/example/shop/issues/7/comments?perpage=100", "", `issues/list-comments has no parameter "perpage"`},
		"value of the wrong type":    {"GET", "/repos/example/shop/issues/7/comments?page=two", "", `"page"`},
		"name instead of a number":   {"GET", "/repos/example/shop/pulls/seven", "", `"pull_number"`},
		"missing field":              {"POST", "/repos/example/shop/issues/7/comments", `{}`, `"body" is missing`},
		"misspelt field":             {"POST", status, `{"state":"success","descripton":"x"}`, `"descripton" is unsupported`},
		"unknown value":              {"POST", status, `{"state":"passed"}`, "/state: value is not one of the allowed values"},
		"body where none is read":    {"GET", "/user", `{"a":1}`, "request body not allowed"},
		"file in a folder":           {"GET", "/repos/example/shop/contents/services/a%20b.yaml?ref=main", "", ""},
		"check with its conclusion":  {"POST", "/repos/example/shop/check-runs", `{"name":"n","head_sha":"1","status":"completed","conclusion":"success"}`, ""},
		"check without a conclusion": {"PATCH", "/repos/example/shop/check-runs/1", `{"status":"completed"}`, "match any schema from \"anyOf\""},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watched{TB: t}
			g := New(w)
			g.Grant("t", Token{User: Human, Comments: true, Statuses: true})
			send(t, tt.method, g.API()+tt.path, "Authorization", "Bearer t", tt.body)
			w.checkErrors(t, tt.want)
		})
	}
}

func TestQuestionsToGitHubKeepToItsSchema(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"as described":     {`{"query":"{ viewer { login } }","variables":null}`, ""},
		"unknown field":    {`{"query":"{ viewer { logon } }"}`, `"logon"`},
		"missing variable": {`{"query":"query($id: ID!) { node(id: $id) { id } }","variables":{}}`, "must be defined"},
		"not a question":   {`{"question":"?"}`, "question"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watched{TB: t}
			g := New(w)
			g.Grant("t", Token{User: Human})
			send(t, "POST", g.GraphQL(), "Authorization", "Bearer t", tt.body)
			w.checkErrors(t, tt.want)
		})
	}
}

func TestRequestsToGitLabKeepToTheirDescription(t *testing.T) {
	const sha = "1111111111111111111111111111111111111111"
	const request = "/projects/42/merge_requests/7"
	position := `{"body":"b","position":{"base_sha":"` + sha + `","start_sha":"` + sha + `","head_sha":"` + sha + `","position_type":"text","old_path":"a","new_path":"a"%s}}`
	for name, tt := range map[string]struct{ method, path, body, want string }{
		"as described":        {"GET", request + "/notes?per_page=100&sort=asc", "", ""},
		"path of the project": {"GET", "/projects/example%2Fshop/merge_requests/7/notes", "", ""},
		"name of the project": {"GET", "/projects/shop/merge_requests/7/notes", "", `"id"`},
		"unknown operation":   {"GET", request + "/comments", "", "no such operation"},
		"unknown parameter":   {"GET", request + "/notes?order=asc", "", `listNotes has no parameter "order"`},
		"too large a page":    {"GET", request + "/notes?per_page=200", "", "per_page"},
		"misspelt field":      {"POST", "/projects/42/statuses/" + sha, `{"state":"success","pipeline":1}`, `"pipeline" is unsupported`},
		"state of GitHub":     {"POST", "/projects/42/statuses/" + sha, `{"state":"failure"}`, "/state"},
		"line of a thread":    {"POST", request + "/discussions", fmt.Sprintf(position, `,"new_line":3`), ""},
		"thread without line": {"POST", request + "/discussions", fmt.Sprintf(position, ""), "/position"},
		"thread is resolved":  {"PUT", request + "/discussions/abc", `{"resolved":true}`, ""},
		"one ref":             {"GET", "/projects/42/repository/merge_base?refs[]=a", "", "refs[]"},
		"file in a folder":    {"GET", "/projects/42/repository/files/services%2Fa.yaml/raw?ref=main", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watched{TB: t}
			g := NewGitLab(w)
			g.Grant("t", GitLabToken{User: Developer, Notes: true, Statuses: true})
			send(t, tt.method, g.API()+tt.path, "PRIVATE-TOKEN", "t", tt.body)
			w.checkErrors(t, tt.want)
		})
	}
}

// A fake that answers otherwise than the real server would prove nothing.
func TestAnswersOfTheFakesKeepToTheDescription(t *testing.T) {
	for name, tt := range map[string]struct {
		description func() (*openapi3.T, error)
		method      string
		path        string
		code        int
		kind        string
		body        string
		want        string
	}{
		"completed":              {gitHubAPI, "GET", "/user", 200, "application/json", `{"login":"octocat","user_view_type":"private"}`, ""},
		"wrong type":             {gitHubAPI, "GET", "/repos/a/b/issues/7/comments", 200, "application/json", `[{"id":"1","body":"b"}]`, "/0/id: value must be an integer"},
		"another form":           {gitHubAPI, "GET", "/rate_limit", 200, "text/html", "<p>", "Content-Type"},
		"status of nobody":       {gitHubAPI, "GET", "/rate_limit", 202, "application/json", `{}`, "status is not supported"},
		"refusal in another way": {gitHubAPI, "GET", "/user", 401, "application/json", `{"message":1}`, "/message"},
		"refusal not described":  {gitHubAPI, "GET", "/user", 418, "application/json", `{}`, ""},
		"GitLab, completed":      {gitLabAPI, "GET", "/user", 200, "application/json", `{"id":1,"username":"u"}`, ""},
		"GitLab, no identity":    {gitLabAPI, "GET", "/projects/4/merge_requests/7/notes", 200, "application/json", `[{"body":"b"}]`, `"id" is missing`},
		"GitLab, a lost reason":  {gitLabAPI, "GET", "/user", 403, "application/json", `{}`, "anyOf"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watched{TB: t}
			c := newContract(w, "", tt.description)
			var b base
			b.serve(w, c, "Authorization", map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.kind)
				w.WriteHeader(tt.code)
				_, _ = io.WriteString(w, tt.body)
			}}, func(http.ResponseWriter, *http.Request) bool { return true })
			if code := send(t, tt.method, b.server.URL+tt.path, "Authorization", "t", ""); code != tt.code {
				t.Errorf("status %d", code)
			}
			w.checkErrors(t, tt.want)
		})
	}
}
