package pushtest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// Grafana is a Grafana that keeps folders and dashboards.
type Grafana struct {
	base
	folders    map[string]string
	dashboards map[string]*dashboard
	last       int
}

type dashboard struct {
	model   map[string]any
	folder  string
	history []map[string]any
	// provisioned dashboards belong to a file on the server.
	provisioned bool
}

// NewGrafana starts an empty Grafana.
func NewGrafana(t testing.TB) *Grafana {
	t.Helper()
	g := &Grafana{folders: map[string]string{}, dashboards: map[string]*dashboard{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/folders/{uid}", g.getFolder)
	mux.HandleFunc("POST /api/folders", g.postFolder)
	mux.HandleFunc("GET /api/dashboards/uid/{uid}", g.getDashboard)
	mux.HandleFunc("GET /api/dashboards/uid/{uid}/versions", g.getVersions)
	mux.HandleFunc("POST /api/dashboards/db", g.postDashboard)
	g.serve(t, mux)
	return g
}

// Edit changes a key of a dashboard as somebody does in the browser.
func (g *Grafana) Edit(uid, key string, value any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.dashboards[uid]
	d.model[key] = value
	g.saved(d, "", "ann")
}

// Provision makes a dashboard one of a file.
func (g *Grafana) Provision(uid string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dashboards[uid].provisioned = true
}

// Dashboard returns a key of a dashboard, its folder and how often it was saved.
func (g *Grafana) Dashboard(uid, key string) (value any, folder string, versions int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.dashboards[uid]
	if d == nil {
		return nil, "", 0
	}
	return d.model[key], d.folder, len(d.history)
}

// Folder returns the title of a folder, empty for none.
func (g *Grafana) Folder(uid string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.folders[uid]
}

// Message returns the message of the last version of a dashboard.
func (g *Grafana) Message(uid string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	m, _ := g.dashboards[uid].history[len(g.dashboards[uid].history)-1]["message"].(string)
	return m
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client may be gone
}

func problem(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

func (g *Grafana) getFolder(w http.ResponseWriter, r *http.Request) {
	uid := r.PathValue("uid")
	if g.folders[uid] == "" {
		problem(w, http.StatusNotFound, "folder not found")
		return
	}
	answer(w, http.StatusOK, map[string]string{"uid": uid, "title": g.folders[uid]})
}

func (g *Grafana) postFolder(w http.ResponseWriter, r *http.Request) {
	var in struct{ UID, Title string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Title == "" {
		problem(w, http.StatusBadRequest, "bad request data")
		return
	}
	if g.folders[in.UID] != "" {
		problem(w, http.StatusPreconditionFailed, "the folder has been changed by someone else")
		return
	}
	g.folders[in.UID] = in.Title
	answer(w, http.StatusOK, map[string]string{"uid": in.UID, "title": in.Title})
}

func (g *Grafana) getDashboard(w http.ResponseWriter, r *http.Request) {
	d := g.dashboards[r.PathValue("uid")]
	if d == nil {
		problem(w, http.StatusNotFound, "Dashboard not found")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"dashboard": d.model, "meta": map[string]any{"folderUid": d.folder, "provisioned": d.provisioned, "version": d.model["version"]},
	})
}

func (g *Grafana) getVersions(w http.ResponseWriter, r *http.Request) {
	d := g.dashboards[r.PathValue("uid")]
	if d == nil {
		problem(w, http.StatusNotFound, "Dashboard not found")
		return
	}
	answer(w, http.StatusOK, map[string]any{"continueToken": "", "versions": []any{d.history[len(d.history)-1]}})
}

func (g *Grafana) postDashboard(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Dashboard map[string]any
		FolderUID string `json:"folderUid"`
		Message   string
		Overwrite bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Dashboard == nil || in.Dashboard["title"] == nil {
		problem(w, http.StatusBadRequest, "bad request data")
		return
	}
	if in.FolderUID != "" && g.folders[in.FolderUID] == "" {
		problem(w, http.StatusBadRequest, "folder not found")
		return
	}
	uid, _ := in.Dashboard["uid"].(string)
	d := g.dashboards[uid]
	switch {
	case d != nil && d.provisioned:
		problem(w, http.StatusBadRequest, "Cannot save provisioned dashboard")
		return
	case d != nil && !in.Overwrite && in.Dashboard["version"] != d.model["version"]:
		answer(w, http.StatusPreconditionFailed, map[string]string{"message": "The dashboard has been changed by someone else", "status": "version-mismatch"})
		return
	case d == nil:
		g.last++
		d = &dashboard{model: map[string]any{"id": float64(g.last), "version": 0.0}}
		g.dashboards[uid] = d
	}
	in.Dashboard["id"], in.Dashboard["version"] = d.model["id"], d.model["version"]
	d.model, d.folder = in.Dashboard, in.FolderUID
	g.saved(d, in.Message, "nthlayer")
	answer(w, http.StatusOK, map[string]any{"uid": uid, "status": "success", "version": d.model["version"]})
}

func (g *Grafana) saved(d *dashboard, message, by string) {
	old, _ := d.model["version"].(float64)
	d.model["version"] = old + 1
	d.history = append(d.history, map[string]any{"version": old + 1, "message": cmp.Or(message, ""), "createdBy": by})
}
