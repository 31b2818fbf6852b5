package hosttest

import (
	"net/http"
	"strings"
)

// Pull is an open pull request, as the list of them shows it.
type Pull struct {
	Number int
	// From is owner/name of the repository that it comes from.
	From, Branch, SHA string
}

// SetPulls sets the list of open pull requests.
func (g *GitHub) SetPulls(pulls ...Pull) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pulls = pulls
}

// listPulls answers the pull requests that the filter lets through. One that is
// not owner:branch filters nothing, as on GitHub.
func (g *GitHub) listPulls(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := []map[string]any{}
	filter := r.URL.Query().Get("head")
	for _, p := range g.pulls {
		owner, _, _ := strings.Cut(p.From, "/")
		if strings.Contains(filter, ":") && filter != owner+":"+p.Branch {
			continue
		}
		list = append(list, map[string]any{
			"number": p.Number, "state": "open",
			"head": map[string]any{"sha": p.SHA, "ref": p.Branch, "repo": map[string]string{"full_name": p.From}},
			"base": map[string]any{"ref": "main", "repo": map[string]string{"full_name": "example/shop"}},
		})
	}
	answer(w, http.StatusOK, page(g, w, r, list))
}
