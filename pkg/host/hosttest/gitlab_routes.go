package hosttest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (g *GitLab) routes() map[string]http.HandlerFunc {
	const project = "/gitlab/api/v4/projects/42"
	const discussions = project + "/merge_requests/7/discussions"
	return map[string]http.HandlerFunc{
		"GET " + project + "/merge_requests/7/versions":         g.listVersions,
		"GET " + project + "/merge_requests/7/versions/{id}":    g.oneVersion,
		"GET " + discussions:                                    g.listThreads,
		"POST " + discussions:                                   g.createThread,
		"PUT " + discussions + "/{thread}":                      g.resolveThread,
		"PUT " + discussions + "/{thread}/notes/{id}":           g.editThread,
		"DELETE " + discussions + "/{thread}/notes/{id}":        g.deleteThread,
		"GET /gitlab/api/v4/user":                               g.user,
		"GET /gitlab/api/v4/personal_access_tokens/self":        g.describeToken,
		"GET " + project:                                        g.describeProject,
		"GET " + project + "/merge_requests/7":                  g.mergeRequest,
		"GET " + project + "/merge_requests/7/diffs":            g.listDiffs,
		"GET " + project + "/merge_requests/7/notes":            g.listNotes,
		"POST " + project + "/merge_requests/7/notes":           g.createNote,
		"PUT " + project + "/merge_requests/7/notes/{id}":       g.editNote,
		"DELETE " + project + "/merge_requests/7/notes/{id}":    g.deleteNote,
		"GET " + project + "/repository/commits/{sha}/statuses": g.listStatuses,
		"POST " + project + "/statuses/{sha}":                   g.createStatus,
		"GET " + project + "/repository/commits/{sha}":          g.commit,
		"GET " + project + "/repository/merge_base":             g.commonCommit,
		"GET " + project + "/repository/files/{path}/raw":       g.rawFile,
		"/": gitLabNotFound,
	}
}

func gitLabNotFound(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusNotFound, map[string]string{"error": "404 Not Found"})
}

// admit lets requests with a known token in. A job's own token comes in another
// header and is not among those known here.
func (g *GitLab) admit(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	token, known := g.tokens[r.Header.Get("PRIVATE-TOKEN")]
	g.mu.Unlock()
	switch {
	case !known:
		gitLabRefuse(w, http.StatusUnauthorized, "401 Unauthorized")
	case token.Hidden && strings.Contains(r.URL.Path, "/projects/"):
		gitLabRefuse(w, http.StatusNotFound, "404 Project Not Found")
	default:
		return true
	}
	return false
}

func gitLabRefuse(w http.ResponseWriter, code int, message any) {
	answer(w, code, map[string]any{"message": message})
}

func (g *GitLab) token(r *http.Request) GitLabToken { return g.tokens[r.Header.Get("PRIVATE-TOKEN")] }

func (g *GitLab) user(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answer(w, http.StatusOK, g.token(r).User)
}

func (g *GitLab) mergeRequest(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"iid": 7, "project_id": 42, "sha": g.head})
}

func (g *GitLab) listDiffs(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	const most = 3000
	answer(w, http.StatusOK, gitLabPage(w, r, g.diffs[:min(len(g.diffs), most)]))
}

// listNotes lists the newest first, unless asked for the other order.
func (g *GitLab) listNotes(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	notes := slices.Clone(g.notes)
	if r.URL.Query().Get("sort") != "asc" {
		slices.Reverse(notes)
	}
	answer(w, http.StatusOK, gitLabPage(w, r, notes))
}

// gitLabPage cuts out the page that a request asks for, 20 by default, and names
// the next one.
func gitLabPage[T any](w http.ResponseWriter, r *http.Request, all []T) []T {
	part, size, number, next := pageOf(r, 20, all)
	w.Header().Set("X-Page", strconv.Itoa(number))
	w.Header().Set("X-Per-Page", strconv.Itoa(size))
	w.Header().Set("X-Next-Page", "")
	if next > 0 {
		w.Header().Set("X-Next-Page", strconv.Itoa(next))
	}
	return part
}

// maxNote is the most characters that a note may have.
const maxNote = 1_000_000

// quickAction is a line that GitLab carries out instead of showing it.
var quickAction = regexp.MustCompile(`(?m)^/[a-z_]+\b`)

// noteBody reads the body of a new or edited note, or answers the refusal.
func (g *GitLab) noteBody(w http.ResponseWriter, r *http.Request) (string, bool) {
	var in struct {
		Body string `json:"body"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case err != nil:
		gitLabRefuse(w, http.StatusBadRequest, "400 Bad request")
	case in.Body == "":
		gitLabRefuse(w, http.StatusBadRequest, map[string][]string{"note": {"can't be blank"}})
	case utf8.RuneCountInString(in.Body) > maxNote:
		gitLabRefuse(w, http.StatusBadRequest, map[string][]string{"note": {"is too long (maximum is 1000000 characters)"}})
	default:
		g.actions = append(g.actions, quickAction.FindAllString(in.Body, -1)...)
		return in.Body, true
	}
	return "", false
}

func (g *GitLab) createNote(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.token(r).Notes {
		gitLabRefuse(w, http.StatusForbidden, "403 Forbidden")
		return
	}
	if body, ok := g.noteBody(w, r); ok {
		answer(w, http.StatusCreated, g.addNote(g.token(r).User, body))
	}
}

// find returns the index of the note that a request names, or answers the
// refusal. Only its author may change a note.
func (g *GitLab) find(w http.ResponseWriter, r *http.Request) (int, bool) {
	i := slices.IndexFunc(g.notes, func(n Note) bool { return itoa(n.ID) == r.PathValue("id") })
	switch {
	case i < 0:
		gitLabRefuse(w, http.StatusNotFound, "404 Note Not Found")
	case !g.token(r).Notes || g.notes[i].System || g.notes[i].Author != g.token(r).User:
		gitLabRefuse(w, http.StatusForbidden, "403 Forbidden")
	default:
		return i, true
	}
	return 0, false
}

func (g *GitLab) editNote(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i, ok := g.find(w, r)
	if !ok {
		return
	}
	if body, ok := g.noteBody(w, r); ok {
		g.notes[i].Body = body
		answer(w, http.StatusOK, g.notes[i])
	}
}

func (g *GitLab) deleteNote(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i, ok := g.find(w, r); ok {
		g.notes = slices.Delete(g.notes, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (g *GitLab) listStatuses(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []GitLabStatus
	for _, s := range g.statuses {
		if name := r.URL.Query().Get("name"); s.SHA == r.PathValue("sha") && (name == "" || name == s.Name) {
			out = append(out, s)
		}
	}
	answer(w, http.StatusOK, gitLabPage(w, r, out))
}

// createStatus files a status under the pipeline that is named, when its commit
// is the one in the address. Otherwise it makes a pipeline for it, as GitLab did
// for years.
func (g *GitLab) createStatus(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var in struct {
		State, Name, Description string
		TargetURL                string `json:"target_url"`
		PipelineID               int64  `json:"pipeline_id"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case !g.token(r).Statuses:
		gitLabRefuse(w, http.StatusForbidden, "403 Forbidden")
		return
	case err != nil:
		gitLabRefuse(w, http.StatusBadRequest, "400 Bad request")
		return
	case !slices.Contains([]string{"pending", "running", "success", "failed", "canceled"}, in.State):
		answer(w, http.StatusBadRequest, map[string]string{"error": "state does not have a valid value"})
		return
	}
	sha := r.PathValue("sha")
	if g.pipelines[in.PipelineID] != sha {
		g.nextID++
		in.PipelineID = g.nextID
		g.pipelines[in.PipelineID] = sha
	}
	g.nextID++
	s := GitLabStatus{
		ID: g.nextID, SHA: sha, Name: in.Name, Status: in.State,
		Description: in.Description, TargetURL: in.TargetURL, PipelineID: in.PipelineID,
	}
	g.statuses = append(g.statuses, s)
	answer(w, http.StatusCreated, s)
}
