package hosttest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// ReviewComment is a comment on lines of the pull request. Line is 0 for one whose
// lines are no longer in the diff.
type ReviewComment struct {
	ID        int64  `json:"id"`
	Body      string `json:"body"`
	User      User   `json:"user"`
	CommitID  string `json:"commit_id"`
	Path      string `json:"path"`
	Line      int    `json:"line,omitempty"`
	StartLine int    `json:"start_line,omitempty"`
	Side      string `json:"side,omitempty"`
	StartSide string `json:"start_side,omitempty"`
	InReplyTo int64  `json:"in_reply_to_id,omitempty"`
}

// Reviews returns all comments on lines, oldest first.
func (g *GitHub) Reviews() []ReviewComment {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.reviews)
}

// SeedReview adds a comment on a line by somebody.
func (g *GitHub) SeedReview(by User, c ReviewComment) ReviewComment {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.addReview(by, c)
}

// Outdate takes the lines of a comment out of the diff.
func (g *GitHub) Outdate(id int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.reviews {
		if g.reviews[i].ID == id {
			g.reviews[i].Line, g.reviews[i].StartLine = 0, 0
		}
	}
}

func (g *GitHub) addReview(by User, c ReviewComment) ReviewComment {
	g.nextID++
	c.ID, c.User = g.nextID, by
	g.reviews = append(g.reviews, c)
	return c
}

func (g *GitHub) listReviewComments(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answer(w, http.StatusOK, page(g, w, r, slices.Clone(g.reviews)))
}

func (g *GitHub) createReviewComment(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var c ReviewComment
	switch err := json.NewDecoder(r.Body).Decode(&c); {
	case !g.token(r).Comments:
		refuse(w, http.StatusForbidden, notAccessible)
	case err != nil:
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
	case c.CommitID != g.head:
		refuse(w, http.StatusUnprocessableEntity, "Validation Failed: commit_id is not part of the pull request")
	case c.Side != "RIGHT", c.StartLine != 0 && (c.StartSide != "RIGHT" || c.StartLine >= c.Line):
		refuse(w, http.StatusUnprocessableEntity, "Validation Failed: start_line must precede the end line")
	case !g.inDiff(c.Path, c.Line), c.StartLine != 0 && !g.inDiff(c.Path, c.StartLine):
		refuse(w, http.StatusUnprocessableEntity, "Validation Failed: pull_request_review_thread.line must be part of the diff")
	default:
		answer(w, http.StatusCreated, g.addReview(g.token(r).User, c))
	}
}

var hunk = regexp.MustCompile(`(?m)^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@`)

// inDiff reports whether a line of the new file is in a hunk, changed or beside a
// change.
func (g *GitHub) inDiff(path string, line int) bool {
	for _, f := range g.files {
		if f.Filename != path {
			continue
		}
		for _, m := range hunk.FindAllStringSubmatch(f.Patch, -1) {
			start, _ := strconv.Atoi(m[1])
			count, err := strconv.Atoi(m[2])
			if err != nil {
				count = 1
			}
			if line >= start && line < start+count {
				return true
			}
		}
	}
	return false
}

// findReview returns the index of the comment that a request names, or answers 404.
func (g *GitHub) findReview(w http.ResponseWriter, r *http.Request) (int, bool) {
	if !g.token(r).Comments {
		refuse(w, http.StatusForbidden, notAccessible)
		return 0, false
	}
	i := slices.IndexFunc(g.reviews, func(c ReviewComment) bool { return itoa(c.ID) == r.PathValue("id") })
	if i < 0 {
		refuse(w, http.StatusNotFound, "Not Found")
	}
	return i, i >= 0
}

func (g *GitHub) editReviewComment(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i, ok := g.findReview(w, r)
	if !ok {
		return
	}
	if body, ok := commentBody(w, r); ok {
		g.reviews[i].Body = body
		answer(w, http.StatusOK, g.reviews[i])
	}
}

func (g *GitHub) deleteReviewComment(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i, ok := g.findReview(w, r); ok {
		g.reviews = slices.Delete(g.reviews, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	}
}
