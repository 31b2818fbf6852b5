package hosttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

const notAccessible = "Resource not accessible by integration"

func (g *GitHub) routes() map[string]http.HandlerFunc {
	const repo = "/api/v3/repos/example/shop"
	return map[string]http.HandlerFunc{
		"GET " + repo:                               g.repository,
		"GET " + repo + "/pulls":                    g.listPulls,
		"GET " + repo + "/pulls/7":                  g.pull,
		"GET " + repo + "/pulls/7/files":            g.pullFiles,
		"GET " + repo + "/pulls/7/comments":         g.listReviewComments,
		"POST " + repo + "/pulls/7/comments":        g.createReviewComment,
		"PATCH " + repo + "/pulls/comments/{id}":    g.editReviewComment,
		"DELETE " + repo + "/pulls/comments/{id}":   g.deleteReviewComment,
		"GET " + repo + "/compare/{range}":          g.compare,
		"GET " + repo + "/contents/{path...}":       g.contents,
		"GET " + repo + "/git/commits/{sha}":        g.commit,
		"GET " + repo + "/issues/7/comments":        g.listComments,
		"POST " + repo + "/issues/7/comments":       g.createComment,
		"PATCH " + repo + "/issues/comments/{id}":   g.editComment,
		"DELETE " + repo + "/issues/comments/{id}":  g.deleteComment,
		"POST " + repo + "/statuses/{sha}":          g.createStatus,
		"GET " + repo + "/commits/{sha}/statuses":   g.listStatuses,
		"POST " + repo + "/check-runs":              g.createCheck,
		"PATCH " + repo + "/check-runs/{id}":        g.editCheck,
		"GET " + repo + "/commits/{sha}/check-runs": g.listChecks,
		"GET /api/v3/user":                          g.user,
		"POST /api/graphql":                         g.graphQL,
		"/":                                         notFound,
	}
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "Not Found")
}

// admit lets requests with a known token in.
func (g *GitHub) admit(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	_, known := g.tokens[bearer(r)]
	g.mu.Unlock()
	if !known {
		refuse(w, http.StatusUnauthorized, "Bad credentials")
	}
	return known
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// token returns the token of a request; admit let only known ones in.
func (g *GitHub) token(r *http.Request) Token { return g.tokens[bearer(r)] }

func (g *GitHub) user(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	token := g.token(r)
	if token.Installation {
		refuse(w, http.StatusForbidden, notAccessible)
		return
	}
	answer(w, http.StatusOK, struct {
		User
		View string `json:"user_view_type"`
	}{token.User, "private"})
}

// graphQL answers the two questions that are asked: who the token is, and what a
// comment said before.
func (g *GitHub) graphQL(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var in struct {
		Query     string            `json:"query"`
		Variables map[string]string `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	data := map[string]any{"viewer": map[string]string{"login": g.token(r).User.Login}}
	if strings.Contains(in.Query, "userContentEdits") {
		data = map[string]any{"node": map[string]any{"userContentEdits": map[string]any{"nodes": g.edits[in.Variables["id"]]}}}
	}
	answer(w, http.StatusOK, map[string]any{"data": data})
}

// kept adds the present text of a comment to those that it had, newest first.
func (g *GitHub) kept(by User, c Comment) {
	edit := Edit{Diff: c.Body}
	edit.Editor.Login = strings.TrimSuffix(by.Login, "[bot]") // as GraphQL names the bots of apps
	g.edits[c.NodeID] = append([]Edit{edit}, g.edits[c.NodeID]...)
}

func (g *GitHub) pull(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"number": 7, "head": map[string]string{"sha": g.head}})
}

func (g *GitHub) pullFiles(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	const most = 3000 // GitHub lists no more, and says nothing about it
	answer(w, http.StatusOK, page(g, w, r, g.files[:min(len(g.files), most)]))
}

func (g *GitHub) compare(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	const most = 300
	answer(w, http.StatusOK, map[string]any{
		"status": "ahead", "files": append([]File{}, g.compared[:min(len(g.compared), most)]...), "merge_base_commit": map[string]string{"sha": g.mergeBase},
	})
}

// contents answers a file in the raw form alone, which is all that we ask for.
func (g *GitHub) contents(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	text, ok := g.tree[r.URL.Query().Get("ref")+":"+r.PathValue("path")]
	switch {
	case r.Header.Get("Accept") != "application/vnd.github.raw+json":
		refuse(w, http.StatusUnsupportedMediaType, "Must accept 'application/vnd.github.raw+json'")
	case !ok:
		refuse(w, http.StatusNotFound, "Not Found")
	default:
		w.Header().Set("Content-Type", "application/vnd.github.raw+json; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}
}

func (g *GitHub) commit(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	parents, ok := g.parents[r.PathValue("sha")]
	if !ok {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	list := []map[string]string{}
	for _, p := range parents {
		list = append(list, map[string]string{"sha": p})
	}
	answer(w, http.StatusOK, map[string]any{"sha": r.PathValue("sha"), "parents": list})
}

func (g *GitHub) listComments(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answer(w, http.StatusOK, page(g, w, r, g.comments))
}

// page cuts out the page that a request asks for, 30 by default, and names the
// next one in a Link header.
func page[T any](g *GitHub, w http.ResponseWriter, r *http.Request, all []T) []T {
	part, size, _, next := pageOf(r, 30, all)
	if next > 0 {
		query := url.Values{"per_page": {strconv.Itoa(size)}, "page": {strconv.Itoa(next)}}
		w.Header().Set("Link", fmt.Sprintf("<%s%s?%s>; rel=\"next\"", g.server.URL, r.URL.Path, query.Encode()))
	}
	return part
}

// maxBody is the most characters that a comment may have.
const maxBody = 65536

// commentBody reads the body of a new or edited comment, or answers the refusal.
func commentBody(w http.ResponseWriter, r *http.Request) (string, bool) {
	var in struct {
		Body string `json:"body"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return "", false
	}
	if in.Body == "" {
		refuse(w, http.StatusUnprocessableEntity, "Validation Failed")
		return "", false
	}
	if utf8.RuneCountInString(in.Body) > maxBody {
		answer(w, http.StatusUnprocessableEntity, map[string]any{
			"message": "Validation Failed",
			"errors":  []map[string]string{{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": "Body is too long (maximum is 65536 characters)"}},
		})
		return "", false
	}
	return in.Body, true
}

func (g *GitHub) createComment(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.token(r).Comments {
		refuse(w, http.StatusForbidden, notAccessible)
		return
	}
	if body, ok := commentBody(w, r); ok {
		answer(w, http.StatusCreated, g.addComment(g.token(r).User, body))
	}
}

// find returns the index of the comment that a request names, or answers 404.
// A token with write access may edit anybody's comment, as on GitHub.
func (g *GitHub) find(w http.ResponseWriter, r *http.Request) (int, bool) {
	if !g.token(r).Comments {
		refuse(w, http.StatusForbidden, notAccessible)
		return 0, false
	}
	i := slices.IndexFunc(g.comments, func(c Comment) bool { return itoa(c.ID) == r.PathValue("id") })
	if i < 0 {
		refuse(w, http.StatusNotFound, "Not Found")
	}
	return i, i >= 0
}

func (g *GitHub) editComment(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i, ok := g.find(w, r)
	if !ok {
		return
	}
	if body, ok := commentBody(w, r); ok {
		g.comments[i].Body = body
		g.kept(g.token(r).User, g.comments[i])
		answer(w, http.StatusOK, g.comments[i])
	}
}

func (g *GitHub) deleteComment(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i, ok := g.find(w, r); ok {
		g.comments = slices.Delete(g.comments, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (g *GitHub) createStatus(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var s Status
	switch err := json.NewDecoder(r.Body).Decode(&s); {
	case !g.token(r).Statuses:
		refuse(w, http.StatusForbidden, notAccessible)
	case err != nil:
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
	case utf8.RuneCountInString(s.Description) > 140:
		answer(w, http.StatusUnprocessableEntity, map[string]any{
			"message": "Validation Failed",
			"errors":  []map[string]string{{"resource": "Status", "code": "custom", "field": "description", "message": "description is too long (maximum is 140 characters)"}},
		})
	case !slices.Contains([]string{"error", "failure", "pending", "success"}, s.State):
		refuse(w, http.StatusUnprocessableEntity, "Validation Failed")
	case g.full(r.PathValue("sha"), s.Context):
		refuse(w, http.StatusUnprocessableEntity, "This SHA and context has reached the maximum number of statuses.")
	default:
		s.SHA = r.PathValue("sha")
		g.statuses = append(g.statuses, s)
		answer(w, http.StatusCreated, s)
	}
}
