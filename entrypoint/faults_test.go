package entrypoint_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

// class is what a fault comes to for a run.
type class string

const (
	unwelcome  class = "unwelcome"  // the token is not known: 401
	refused    class = "refused"    // the token may not: 403
	hidden     class = "hidden"     // 404
	conflict   class = "conflict"   // 409
	rejected   class = "rejected"   // 406, 422, a redirect, a listing without end
	limited    class = "limited"    // too many requests
	failing    class = "failing"    // no usable answer, and nothing done
	effective  class = "effective"  // no usable answer, but done
	recovering class = "recovering" // as effective, and over when the call is repeated
	passing    class = "passing"    // as failing, and over when the call is repeated
	countless  class = "too many"   // more than the host lists
)

// place is one kind of call of a run.
type place struct {
	name, method, path string
	// also is the path of the call that the run tries next, which fails as well.
	also string
	// lost is the surface that a fault here costs, nothing when there is another way.
	lost string
	// survives are the classes of faults that cost nothing here. stale are those
	// after which an earlier comment rightly stays as it is.
	survives, stale []class
	// earlier is how many comments of ours there are, about another commit.
	earlier int
	// before lets a run come before this one, with more findings.
	before bool
	// skip is how many such calls come before that are not meant.
	skip   int
	inputs []string // names and values in turn
	list   bool     // has pages
	change bool     // tells what changed
}

// fault is one thing that goes wrong at a place.
type fault struct {
	name  string
	class class
	hosttest.Fault
	// slow never answers within the time that a call has, away leads to a server
	// of somebody else, many is a change of more files than hosts list.
	slow, away, many bool
	on               string // the only host with it; empty is both
	lists            bool   // only where there are pages
}

// repeated stands for the token in what a server says: some repeat the request.
const repeated = "(the token)"

func faults() []fault {
	const spent = "API rate limit exceeded for installation ID 1."
	answer := func(name string, c class, status int, message string, header ...string) fault {
		f := fault{name: name, class: c, Fault: hosttest.Fault{Status: status, Message: message, Header: map[string]string{}}}
		for i := 0; i < len(header); i += 2 {
			f.Header[header[i]] = header[i+1]
		}
		return f
	}
	gitHub := func(f fault) fault { f.on = "github"; return f }
	once := func(f fault) fault { f.Times = 1; return f }
	after := func(f fault) fault { f.AfterEffect = true; return f }
	return []fault{
		answer("401", unwelcome, 401, "Bad credentials: "+repeated),
		answer("403", refused, 403, "Resource not accessible by integration with "+repeated),
		answer("404", hidden, 404, "Not Found"),
		answer("406", rejected, 406, "Sorry, the diff exceeded the maximum number of lines (20000)"),
		answer("409", conflict, 409, "Conflict"),
		answer("422", rejected, 422, "Validation Failed: "+repeated),
		gitHub(answer("403, used up, with a reset", limited, 403, spent, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "4102444800")),
		gitHub(answer("403, secondary limit, seconds", limited, 403, "You have exceeded a secondary rate limit", "Retry-After", "60")),
		gitHub(answer("403, secondary limit, date", limited, 403, "You have exceeded a secondary rate limit", "Retry-After", "Fri, 01 Jan 2100 00:00:00 GMT")),
		gitHub(answer("403, secondary limit, no word", limited, 403, "You have exceeded a secondary rate limit")),
		answer("429, no word", limited, 429, "slow down"),
		answer("429, seconds", limited, 429, "slow down", "Retry-After", "1"),
		answer("429, date", limited, 429, "slow down", "Retry-After", "Fri, 01 Jan 2100 00:00:00 GMT"),
		answer("429, reset", limited, 429, "slow down", "RateLimit-Remaining", "0", "RateLimit-Reset", "4102444800"),
		once(answer("503 once", passing, 503, "Service Unavailable")),
		once(after(answer("502 after the effect once", recovering, 502, "Bad Gateway"))),
		after(answer("502 after the effect", effective, 502, "Bad Gateway")),
		answer("500", failing, 500, "Server Error: "+repeated),
		answer("502", failing, 502, "Bad Gateway"),
		{name: "slow", class: failing, slow: true},
		{name: "cut answer", class: effective, Fault: hosttest.Fault{Truncate: true}},
		{name: "redirect to another server", class: rejected, away: true},
		{name: "next page is the same", class: rejected, lists: true, Fault: hosttest.Fault{NextPage: func(page int) int { return page }}},
		{name: "pages without end", class: rejected, lists: true, Fault: hosttest.Fault{NextPage: func(page int) int { return page + 1 }}},
		{name: "3,000 files", class: countless, many: true},
	}
}

// run is a run on one of the fakes.
type run struct {
	secret string
	fake   interface{ Break(hosttest.Fault) }
	many   func()
	// after is the step after the job, when the fault is over; nil is none.
	after func() outcome
	slow  func(http.RoundTripper)
	start func() outcome
}

// outcome is what a run left behind. Addresses and ports of servers are left out.
type outcome struct {
	code int
	// kept are the verdict and the results, which no fault may change, by name.
	kept map[string]string
	// posted are the comment and the statuses: the state, or the text.
	comment  []string
	statuses map[string]string
	// open are the statuses and check runs that still say that a run goes on.
	open []string
	// undelivered are the surfaces that the run says are missing; notices say so.
	undelivered string
	notices     []string
	log         string
	// shown is everything that anybody can read.
	shown string
}

func TestFaultsOfGitHub(t *testing.T) {
	again, landed := []class{passing, recovering}, []class{passing, recovering, effective}
	checks := []string{"INPUT_ANNOTATE", "checks"}
	matrix(t, "github", newGitHubRun, []place{
		{name: "files of the pull request", method: "GET", path: "/pulls/7/files", list: true, change: true},
		{name: "change", method: "GET", path: "/pulls/7/files", also: "/compare/", change: true},
		{name: "account", path: "/graphql", also: "/api/v3/user", lost: "comment", survives: again},
		{name: "former texts", method: "POST", path: "/graphql", earlier: 1, skip: 1},
		{name: "head", method: "GET", path: "/pulls/7$", earlier: 1},
		{name: "list of comments", method: "GET", path: "/issues/7/comments", lost: "comment", survives: again, list: true},
		{name: "new comment", method: "POST", path: "/issues/7/comments", lost: "comment", survives: landed},
		{
			name: "edit of the comment", method: "PATCH", path: "/issues/comments/", lost: "comment", earlier: 1,
			survives: []class{passing, recovering, refused, unwelcome, hidden}, stale: []class{hidden},
		},
		{name: "removal of a second comment", method: "DELETE", path: "/issues/comments/", earlier: 2},
		{name: "statuses", method: "POST", path: "/statuses/", lost: "statuses", survives: again},
		{name: "ends of the statuses", method: "POST", path: "/statuses/", lost: "statuses", survives: again, skip: 4},
		{name: "new check run", method: "POST", path: "/check-runs", lost: "checks", inputs: checks, survives: []class{recovering, effective}},
		{name: "end of a check run", method: "PATCH", path: "/check-runs/", lost: "checks", inputs: checks, survives: again},
	})
}

func TestFaultsOfGitLab(t *testing.T) {
	again, landed := []class{passing, recovering}, []class{passing, recovering, effective}
	threads := []string{"NTHLAYER_GITLAB_THREADS", "true"}
	matrix(t, "gitlab", newGitLabRun, []place{
		{name: "files of the merge request", method: "GET", path: "/merge_requests/7/diffs", list: true, change: true},
		{name: "account", method: "GET", path: "/api/v4/user", lost: "comment", survives: again},
		{name: "head", method: "GET", path: "/merge_requests/7$", earlier: 1},
		{name: "list of notes", method: "GET", path: "/notes", lost: "comment", survives: again, list: true},
		{name: "new note", method: "POST", path: "/notes", lost: "comment", survives: landed},
		{
			name: "edit of the note", method: "PUT", path: "/notes/", lost: "comment", earlier: 1,
			survives: []class{passing, recovering, refused, unwelcome, hidden}, stale: []class{hidden},
		},
		{name: "removal of a second note", method: "DELETE", path: "/notes/", earlier: 2},
		{name: "statuses", method: "POST", path: "/statuses/", lost: "statuses", survives: again},
		{name: "versions", method: "GET", path: "/versions", lost: "threads", inputs: threads, survives: again},
		{name: "list of threads", method: "GET", path: "/discussions", lost: "threads", inputs: threads, survives: again, list: true},
		{name: "file at the head", method: "GET", path: "/repository/files/", inputs: threads},
		{name: "end of a thread", method: "PUT", path: "/discussions/", lost: "threads", inputs: threads, before: true, survives: []class{passing, recovering, hidden}},
		{name: "new thread", method: "POST", path: "/discussions", lost: "threads", inputs: threads, survives: landed},
	})
}

// matrix lets every fault strike at every place. A run ends as it would without,
// shows no secret, sends nothing to another server, and says in one notice what is
// missing and what to do. No status stays pending: where the host lets none be
// ended, the step after the job does it.
func matrix(t *testing.T, host string, start func(*testing.T, place) run, places []place) {
	for _, p := range places {
		whole := start(t, p).start()
		if whole.undelivered != "" || len(whole.notices) > 0 || len(whole.comment) != 1 || len(whole.statuses) != 4 {
			t.Fatalf("%s: the run without a fault is not whole: %+v", p.name, whole)
		}
		for _, f := range faults() {
			if f.on != "" && f.on != host || f.lists && !p.list || f.many && !p.change {
				continue // cannot happen here
			}
			t.Run(p.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				r := start(t, p)
				strike(t, r, p, f)
				got := r.start()
				if r.after != nil {
					after := r.after()
					got.statuses, got.open = after.statuses, after.open
				}
				checkOutcome(t, whole, got, p, f)
			})
		}
	}
}

// strike prepares the fault, and fails the test when it never struck or another
// server was asked.
func strike(t *testing.T, r run, p place, f fault) {
	t.Helper()
	struck, passed := 0, 0
	f.Message = strings.ReplaceAll(f.Message, repeated, r.secret)
	f.Method, f.Path, f.Skip, f.Before = p.method, p.path, p.skip, func() { struck++ }
	switch {
	case f.many:
		r.many()
		return
	case f.slow:
		r.slow(slow{func(request *http.Request) bool {
			if !p.meant(request, p.path) && (p.also == "" || !p.meant(request, p.also)) {
				return false
			}
			if passed++; passed <= p.skip {
				return false
			}
			struck++
			return true
		}})
	case f.away:
		f.RedirectTo = hosttest.Elsewhere(t)
		breakAt(r, f, p)
	default:
		breakAt(r, f, p)
	}
	t.Cleanup(func() {
		if struck == 0 {
			t.Error("the fault never struck")
		}
	})
}

// meant reports whether a request goes to a path of the place.
func (p place) meant(r *http.Request, path string) bool {
	end, exact := strings.CutSuffix(path, "$")
	return (p.method == "" || r.Method == p.method) && (strings.HasSuffix(r.URL.Path, end) || !exact && strings.Contains(r.URL.Path, end))
}

func breakAt(r run, f fault, p place) {
	r.fake.Break(f.Fault)
	if p.also != "" {
		f.Path = p.also
		r.fake.Break(f.Fault)
	}
}

// slow stands for a network on which some answers take longer than a call may.
type slow struct{ hit func(*http.Request) bool }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.hit(r) {
		return nil, fmt.Errorf("waiting for the answer: %w", context.DeadlineExceeded)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func checkOutcome(t *testing.T, whole, got outcome, p place, f fault) {
	t.Helper()
	if got.code != whole.code {
		t.Errorf("exit code %d, want %d", got.code, whole.code)
	}
	if diff := cmp.Diff(whole.kept, got.kept); diff != "" {
		t.Errorf("the results are not those of a run without the fault:\n%s", diff)
	}
	for _, secret := range []string{jobToken, projectToken} {
		if strings.Contains(got.shown, secret) {
			t.Errorf("the secret %s is shown", secret)
		}
	}
	lost := p.lost
	if slices.Contains(p.survives, f.class) {
		lost = ""
	}
	checkPosted(t, whole, got, lost, slices.Contains(p.stale, f.class))
	checkOneNotice(t, got, lost, f)
	if p.change && f.class != recovering && f.class != passing && !f.AfterEffect && !strings.Contains(got.log, "note: ") {
		t.Errorf("nothing says that the change could not be read as usual:\n%s", got.log)
	}
}

// checkPosted checks what stands on the host.
func checkPosted(t *testing.T, whole, got outcome, lost string, stale bool) {
	t.Helper()
	if got.undelivered != lost {
		t.Errorf("undelivered %q, want %q", got.undelivered, lost)
	}
	if lost != "comment" && !stale && !slices.Contains(got.comment, whole.comment[0]) {
		t.Errorf("the comment is not the one of a run without the fault: %q", got.comment)
	}
	for name, state := range got.statuses {
		// A status may say that there was no verdict, where the verdict was not taken.
		if state != whole.statuses[name] && (lost != "statuses" || state != "error") {
			t.Errorf("the status %s is %s, want %s", name, state, whole.statuses[name])
		}
	}
	if len(got.open) > 0 {
		t.Errorf("%q still say that the run goes on", got.open)
	}
	if lost != "statuses" && len(got.statuses) != len(whole.statuses) {
		t.Errorf("statuses %v", got.statuses)
	}
}

// checkOneNotice wants one notice about what is missing that says what to do, and
// none when nothing is missing.
func checkOneNotice(t *testing.T, got outcome, lost string, f fault) {
	t.Helper()
	if lost == "" {
		if len(got.notices) > 0 {
			t.Errorf("notices %q", got.notices)
		}
		return
	}
	if len(got.notices) != 1 || !strings.Contains(got.notices[0], lost+": could not ") && !strings.Contains(got.notices[0], lost+": the account of the token") {
		t.Fatalf("notices %q, want one about %s", got.notices, lost)
	}
	if todo := toDo(f.class); !slices.ContainsFunc(todo, func(s string) bool { return strings.Contains(got.notices[0], s) }) {
		t.Errorf("the notice says none of %q:\n%s", todo, got.notices[0])
	}
	if f.away && !strings.Contains(got.notices[0], "another host or port") && !strings.Contains(got.notices[0], "the account of the token") {
		t.Errorf("the notice does not say where the redirect leads:\n%s", got.notices[0])
	}
}

// toDo is what a notice has to say about a class of faults.
func toDo(c class) []string {
	switch c {
	case unwelcome:
		return []string{"Check the token", "hold the same results"}
	case refused, hidden:
		return []string{"Add to the job's permissions: ", "gitlab-token needs: ", "hold the same results"}
	case conflict, limited, failing, effective, passing:
		return []string{"Run the job again"}
	case rejected, recovering, countless:
	}
	return []string{"hold the same results"}
}
