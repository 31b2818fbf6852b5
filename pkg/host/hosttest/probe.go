package hosttest

import "net/http"

// repository answers with what a token may do there. GitHub tells the scopes of
// classic tokens in a header, and of no other token what it may.
func (g *GitHub) repository(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	token := g.token(r)
	if token.Scopes != "" {
		w.Header().Set("X-OAuth-Scopes", token.Scopes)
	}
	w.Header().Set("X-RateLimit-Limit", "1000")
	w.Header().Set("X-RateLimit-Remaining", itoa(1000-g.spent))
	answer(w, http.StatusOK, map[string]any{
		"name": "shop", "full_name": "example/shop", "private": !g.public, "language": "Go",
		"permissions": map[string]bool{"admin": false, "push": !token.Reader, "pull": true},
	})
}

// SetPublic makes the repository one that everybody can see.
func (g *GitHub) SetPublic() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.public = true
}

// Spend uses up some of the 1,000 requests that a token has in an hour. Requests
// themselves are not counted.
func (g *GitHub) Spend(requests int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent += requests
}

// describeToken answers what a token is, unless it is of a kind that cannot ask.
func (g *GitLab) describeToken(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	token := g.token(r)
	if token.Untold {
		gitLabRefuse(w, http.StatusNotFound, "404 Not Found")
		return
	}
	scopes := token.Scopes
	if scopes == nil {
		scopes = []string{"api"}
	}
	var expires any
	if token.Expires != "" {
		expires = token.Expires
	}
	answer(w, http.StatusOK, map[string]any{
		"id": 4, "name": "nthlayer", "user_id": token.User.ID, "scopes": scopes,
		"active": !token.Revoked, "revoked": token.Revoked, "expires_at": expires,
	})
}

// describeProject answers with the role of the token's account.
func (g *GitLab) describeProject(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var access any
	if role := g.token(r).Role; role > 0 {
		access = map[string]int{"access_level": role, "notification_level": 3}
	}
	answer(w, http.StatusOK, map[string]any{
		"id": 42, "name": "shop", "path_with_namespace": "example/shop",
		"permissions": map[string]any{"project_access": access, "group_access": nil},
	})
}
