package hosttest

import (
	"net/http"
	"slices"
)

func (g *GitLab) rawFile(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	text, ok := g.tree[r.URL.Query().Get("ref")+":"+r.PathValue("path")]
	if !ok {
		gitLabRefuse(w, http.StatusNotFound, "404 File Not Found")
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte(text))
}

func (g *GitLab) commit(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	parents, ok := g.parents[r.PathValue("sha")]
	if !ok {
		gitLabRefuse(w, http.StatusNotFound, "404 Commit Not Found")
		return
	}
	answer(w, http.StatusOK, map[string]any{"id": r.PathValue("sha"), "parent_ids": parents})
}

func (g *GitLab) commonCommit(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if refs := r.URL.Query()["refs[]"]; len(refs) != 2 || slices.Contains(refs, "") {
		gitLabRefuse(w, http.StatusBadRequest, "400 Bad request - Provide at least 2 refs")
		return
	}
	answer(w, http.StatusOK, map[string]string{"id": g.mergeBase})
}
