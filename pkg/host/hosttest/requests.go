package hosttest

import "net/http"

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

// listPulls answers all pull requests, as GitHub does for a filter that it cannot
// read: whoever asks has to look at each.
func (g *GitHub) listPulls(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := []map[string]any{}
	for _, p := range g.pulls {
		list = append(list, map[string]any{
			"number": p.Number, "state": "open",
			"head": map[string]any{"sha": p.SHA, "ref": p.Branch, "repo": map[string]string{"full_name": p.From}},
			"base": map[string]any{"ref": "main", "repo": map[string]string{"full_name": "example/shop"}},
		})
	}
	answer(w, http.StatusOK, page(g, w, r, list))
}
