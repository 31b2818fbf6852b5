package hosttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host/diff"
)

// GitLabPosition is the place of a thread in the diff.
type GitLabPosition struct {
	BaseSHA  string `json:"base_sha"`
	StartSHA string `json:"start_sha"`
	HeadSHA  string `json:"head_sha"`
	Type     string `json:"position_type"`
	OldPath  string `json:"old_path"`
	NewPath  string `json:"new_path"`
	OldLine  *int   `json:"old_line"`
	NewLine  *int   `json:"new_line"`
}

// ThreadNote is a note in a thread.
type ThreadNote struct {
	Note
	Type       string          `json:"type"`
	Resolvable bool            `json:"resolvable"`
	Resolved   bool            `json:"resolved"`
	ResolvedBy *GitLabUser     `json:"resolved_by"`
	Position   *GitLabPosition `json:"position,omitempty"`
}

// GitLabThread is a thread on the merge request.
type GitLabThread struct {
	ID         string       `json:"id"`
	Individual bool         `json:"individual_note"`
	Notes      []ThreadNote `json:"notes"`
}

// Resolved reports whether the thread is resolved.
func (t GitLabThread) Resolved() bool { return t.Notes[0].Resolved }

// The commits of the newest version beside its head: where the branch began, and
// the head of the target branch, which has moved on since.
var (
	VersionBase  = strings.Repeat("b", 40)
	VersionStart = strings.Repeat("c", 40)
)

// SeedThread adds a thread by somebody on no line of the diff.
func (g *GitLab) SeedThread(by GitLabUser, body string) GitLabThread {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.addThread(by, body, nil)
}

func (g *GitLab) addThread(by GitLabUser, body string, at *GitLabPosition) GitLabThread {
	g.nextID += 2
	kind := "DiscussionNote"
	if at != nil {
		kind = "DiffNote"
	}
	note := ThreadNote{Note: Note{ID: g.nextID, Body: body, Author: by}, Type: kind, Resolvable: true, Position: at}
	t := GitLabThread{ID: fmt.Sprintf("%040x", g.nextID), Notes: []ThreadNote{note}}
	g.threads = append(g.threads, t)
	return t
}

// Reply answers in a thread.
func (g *GitLab) Reply(id string, by GitLabUser, body string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.threadByID(id); t != nil {
		g.nextID++
		first := t.Notes[0]
		first.Note = Note{ID: g.nextID, Body: body, Author: by}
		t.Notes = append(t.Notes, first)
	}
}

// Resolve resolves a thread as somebody.
func (g *GitLab) Resolve(id string, by GitLabUser) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.threadByID(id); t != nil {
		t.set(true, by)
	}
}

// Threads returns all threads, oldest first.
func (g *GitLab) Threads() []GitLabThread {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := slices.Clone(g.threads)
	for i := range out {
		out[i].Notes = slices.Clone(out[i].Notes)
	}
	return out
}

func (g *GitLab) threadByID(id string) *GitLabThread {
	i := slices.IndexFunc(g.threads, func(t GitLabThread) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return &g.threads[i]
}

// set resolves a thread, or opens it again. One that is resolved stays that of
// whom it was resolved by.
func (t *GitLabThread) set(resolved bool, by GitLabUser) {
	for i := range t.Notes {
		n := &t.Notes[i]
		switch {
		case !resolved:
			n.Resolved, n.ResolvedBy = false, nil
		case !n.Resolved:
			n.Resolved, n.ResolvedBy = true, &by
		}
	}
}

// listVersions lists the newest version first.
func (g *GitLab) listVersions(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	older := map[string]any{"id": 109, "head_commit_sha": VersionBase, "base_commit_sha": VersionBase, "start_commit_sha": VersionBase}
	answer(w, http.StatusOK, gitLabPage(w, r, []map[string]any{g.newestVersion(), older}))
}

func (g *GitLab) newestVersion() map[string]any {
	return map[string]any{"id": 110, "head_commit_sha": g.head, "base_commit_sha": VersionBase, "start_commit_sha": VersionStart}
}

func (g *GitLab) oneVersion(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.PathValue("id") != "110" {
		gitLabRefuse(w, http.StatusNotFound, "404 Not found")
		return
	}
	v := g.newestVersion()
	v["diffs"] = append([]Diff{}, g.diffs...)
	answer(w, http.StatusOK, v)
}

// listThreads lists plain notes among the threads, as GitLab does.
func (g *GitLab) listThreads(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := slices.Clone(g.threads)
	for _, n := range g.notes {
		all = append(all, GitLabThread{ID: fmt.Sprintf("%040x", n.ID), Individual: true, Notes: []ThreadNote{{Note: n, Type: "DiscussionNote"}}})
	}
	answer(w, http.StatusOK, gitLabPage(w, r, all))
}

func (g *GitLab) createThread(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Body     string          `json:"body"`
		Position *GitLabPosition `json:"position"`
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case !g.token(r).Notes:
		gitLabRefuse(w, http.StatusForbidden, "403 Forbidden")
	case err != nil || in.Position == nil:
		gitLabRefuse(w, http.StatusBadRequest, "400 Bad request")
	case !g.placed(*in.Position):
		gitLabRefuse(w, http.StatusBadRequest, "400 Bad request - Note {:line_code=>[\"can't be blank\", \"must be a valid line code\"]}")
	default:
		g.actions = append(g.actions, quickAction.FindAllString(in.Body, -1)...)
		answer(w, http.StatusCreated, g.addThread(g.token(r).User, in.Body, in.Position))
	}
}

// placed reports whether GitLab finds the line: of the newest version, an added
// line by its new number alone, an unchanged one by both.
func (g *GitLab) placed(p GitLabPosition) bool {
	if p.HeadSHA != g.head || p.BaseSHA != VersionBase || p.StartSHA != VersionStart || p.NewLine == nil {
		return false
	}
	i := slices.IndexFunc(g.diffs, func(d Diff) bool { return d.OldPath == p.OldPath && d.NewPath == p.NewPath })
	if i < 0 {
		return false
	}
	old, was, err := diff.OldLine(g.diffs[i].Diff, *p.NewLine)
	if err != nil || !was {
		return err == nil && p.OldLine == nil
	}
	return p.OldLine != nil && *p.OldLine == old
}

// resolveThread lets whoever may write resolve any thread.
func (g *GitLab) resolveThread(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Resolved bool `json:"resolved"`
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.threadByID(r.PathValue("thread"))
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case t == nil:
		gitLabRefuse(w, http.StatusNotFound, "404 Discussion Not Found")
	case !g.token(r).Notes:
		gitLabRefuse(w, http.StatusForbidden, "403 Forbidden")
	case err != nil:
		gitLabRefuse(w, http.StatusBadRequest, "400 Bad request")
	default:
		t.set(in.Resolved, g.token(r).User)
		answer(w, http.StatusOK, *t)
	}
}

// ownNote returns the thread and the index of the note that a request names, or
// answers the refusal. Only its author may change a note.
func (g *GitLab) ownNote(w http.ResponseWriter, r *http.Request) (*GitLabThread, int) {
	t := g.threadByID(r.PathValue("thread"))
	if t == nil {
		gitLabRefuse(w, http.StatusNotFound, "404 Discussion Not Found")
		return nil, 0
	}
	i := slices.IndexFunc(t.Notes, func(n ThreadNote) bool { return itoa(n.ID) == r.PathValue("id") })
	switch {
	case i < 0:
		gitLabRefuse(w, http.StatusNotFound, "404 Note Not Found")
	case !g.token(r).Notes || t.Notes[i].Author != g.token(r).User:
		gitLabRefuse(w, http.StatusForbidden, "403 Forbidden")
	default:
		return t, i
	}
	return nil, 0
}

func (g *GitLab) editThread(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, i := g.ownNote(w, r)
	if t == nil {
		return
	}
	if body, ok := g.noteBody(w, r); ok {
		t.Notes[i].Body = body
		answer(w, http.StatusOK, t.Notes[i])
	}
}

func (g *GitLab) deleteThread(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, i := g.ownNote(w, r)
	if t == nil {
		return
	}
	t.Notes = slices.Delete(t.Notes, i, i+1)
	g.threads = slices.DeleteFunc(g.threads, func(t GitLabThread) bool { return len(t.Notes) == 0 })
	w.WriteHeader(http.StatusNoContent)
}
