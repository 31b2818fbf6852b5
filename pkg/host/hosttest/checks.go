package hosttest

import (
	"encoding/json"
	"net/http"
	"slices"
	"unicode/utf8"
)

// CheckRun is a check run of a commit.
type CheckRun struct {
	ID         int64  `json:"id"`
	HeadSHA    string `json:"head_sha"`
	Name       string `json:"name"`
	ExternalID string `json:"external_id"`
	DetailsURL string `json:"details_url"`
	Status     string `json:"status"`
	// Conclusion is empty until the run is completed.
	Conclusion  string `json:"-"`
	Title       string `json:"-"`
	Summary     string `json:"-"`
	Annotations []CheckAnnotation
}

// CheckAnnotation is a mark of a check run.
type CheckAnnotation struct {
	Path        string `json:"path"`
	StartLine   int    `json:"start_line"`
	EndLine     int    `json:"end_line"`
	StartColumn int    `json:"start_column"`
	EndColumn   int    `json:"end_column"`
	Level       string `json:"annotation_level"`
	Message     string `json:"message"`
	Title       string `json:"title"`
	RawDetails  string `json:"raw_details"`
}

// checkRequest is the body of a request that creates or changes a check run.
type checkRequest struct {
	CheckRun
	Conclusion string `json:"conclusion"`
	Output     *struct {
		Title       string            `json:"title"`
		Summary     string            `json:"summary"`
		Text        string            `json:"text"`
		Annotations []CheckAnnotation `json:"annotations"`
	} `json:"output"`
}

// Checks returns all check runs, oldest first.
func (g *GitHub) Checks() []CheckRun {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.checks)
}

// view is a check run as the API shows it: without its annotations, which have
// an address of their own.
func (c CheckRun) view() map[string]any {
	out := map[string]any{
		"id": c.ID, "head_sha": c.HeadSHA, "name": c.Name, "external_id": c.ExternalID, "details_url": c.DetailsURL, "status": c.Status,
		"conclusion": nil,
		"output":     map[string]any{"title": c.Title, "summary": c.Summary, "text": nil, "annotations_count": len(c.Annotations), "annotations_url": "https://example.com/annotations"},
	}
	if c.Conclusion != "" {
		out["conclusion"] = c.Conclusion
	}
	return out
}

// checkWriter reads a request that writes a check run, or answers the refusal.
func (g *GitHub) checkWriter(w http.ResponseWriter, r *http.Request) (checkRequest, bool) {
	var in checkRequest
	token := g.token(r)
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case !token.Installation:
		refuse(w, http.StatusForbidden, "You must authenticate via a GitHub App.")
	case !token.Checks:
		refuse(w, http.StatusForbidden, notAccessible)
	case err != nil:
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
	default:
		if why := in.wrong(); why != "" {
			refuse(w, http.StatusUnprocessableEntity, "Invalid request. "+why)
			return in, false
		}
		return in, true
	}
	return in, false
}

// wrong says what GitHub would not take.
func (in checkRequest) wrong() string {
	switch {
	case in.Name == "":
		return "\"name\" wasn't supplied."
	case in.Status == "completed" && in.Conclusion == "":
		return "\"conclusion\" wasn't supplied."
	case in.Output == nil:
		return ""
	case in.Output.Title == "" || in.Output.Summary == "":
		return "\"title\" or \"summary\" wasn't supplied."
	case utf8.RuneCountInString(in.Output.Summary) > 65535 || utf8.RuneCountInString(in.Output.Text) > 65535:
		return "Only 65535 characters are allowed."
	case len(in.Output.Annotations) > 50:
		return "No more than 50 items are allowed."
	}
	for _, a := range in.Output.Annotations {
		if why := a.wrong(); why != "" {
			return why
		}
	}
	return ""
}

func (a CheckAnnotation) wrong() string {
	switch {
	case a.Path == "" || a.Message == "" || a.Level == "":
		return "An annotation needs a path, a level and a message."
	case a.StartLine < 1 || a.EndLine < a.StartLine:
		return "\"end_line\" is before \"start_line\"."
	case a.StartLine != a.EndLine && (a.StartColumn != 0 || a.EndColumn != 0):
		return "Columns are for one line only."
	case a.StartColumn > a.EndColumn:
		return "\"end_column\" is before \"start_column\"."
	case len(a.Message) > 64<<10 || len(a.RawDetails) > 64<<10 || utf8.RuneCountInString(a.Title) > 255:
		return "An annotation is too long."
	}
	return ""
}

// write does to a check run what a request asks. Annotations are added, and a
// conclusion completes the run.
func (c *CheckRun) write(in checkRequest) {
	if in.Status != "" {
		c.Status = in.Status
	}
	if in.Conclusion != "" {
		c.Status, c.Conclusion = "completed", in.Conclusion
	}
	if in.Output != nil {
		c.Title, c.Summary = in.Output.Title, in.Output.Summary
		c.Annotations = append(c.Annotations, in.Output.Annotations...)
	}
}

func (g *GitHub) createCheck(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, ok := g.checkWriter(w, r)
	if !ok {
		return
	}
	g.nextID++
	c := CheckRun{ID: g.nextID, HeadSHA: in.HeadSHA, Name: in.Name, ExternalID: in.ExternalID, DetailsURL: in.DetailsURL, Status: "queued"}
	c.write(in)
	g.checks = append(g.checks, c)
	answer(w, http.StatusCreated, c.view())
}

func (g *GitHub) editCheck(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, ok := g.checkWriter(w, r)
	if !ok {
		return
	}
	i := slices.IndexFunc(g.checks, func(c CheckRun) bool { return itoa(c.ID) == r.PathValue("id") })
	if i < 0 {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	g.checks[i].write(in)
	answer(w, http.StatusOK, g.checks[i].view())
}

// listChecks lists the check runs of a commit, the newest first.
func (g *GitHub) listChecks(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	views := []map[string]any{}
	for _, c := range slices.Backward(g.checks) {
		if name := r.URL.Query().Get("check_name"); c.HeadSHA == r.PathValue("sha") && (name == "" || name == c.Name) {
			views = append(views, c.view())
		}
	}
	answer(w, http.StatusOK, map[string]any{"total_count": len(views), "check_runs": page(g, w, r, views)})
}

// listStatuses lists the statuses of a commit, the newest first.
func (g *GitHub) listStatuses(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	statuses := []Status{}
	for _, s := range slices.Backward(g.statuses) {
		if s.SHA == r.PathValue("sha") {
			statuses = append(statuses, s)
		}
	}
	answer(w, http.StatusOK, page(g, w, r, statuses))
}

// maxStatuses is how many statuses of one name a commit takes.
const maxStatuses = 1000

func (g *GitHub) full(sha, context string) bool {
	n := 0
	for _, s := range g.statuses {
		if s.SHA == sha && s.Context == context {
			n++
		}
	}
	return n >= maxStatuses
}

// Open returns what says that a run is still going on: the names of commit
// statuses whose last state is pending, and of check runs that are not completed.
func (g *GitHub) Open() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	last := map[string]string{}
	for _, s := range g.statuses {
		last[s.Context] = s.State
	}
	var out []string
	for name, state := range last {
		if state == "pending" {
			out = append(out, name)
		}
	}
	for _, c := range g.checks {
		if c.Status != "completed" {
			out = append(out, c.Name)
		}
	}
	slices.Sort(out)
	return out
}

// AddStatus sets a status as another writer would.
func (g *GitHub) AddStatus(s Status) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.statuses = append(g.statuses, s)
}
