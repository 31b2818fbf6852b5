package hosttest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// base is what both fakes are made of: the server, the log of requests, the
// faults, and the files and commits of the repository.
type base struct {
	server *httptest.Server

	mu       sync.Mutex
	requests []Request
	faults   faults
	// tree holds files by commit:path, parents those of commits.
	tree      map[string]string
	parents   map[string][]string
	mergeBase string
	// head is the head commit of the pull or merge request.
	head string
}

// Request is a request that the server saw. Authorization holds what the host
// takes a token in.
type Request struct {
	Method, Path, Query, Authorization, Body string
}

// serve starts the server; it stops with the test. Every request is recorded and
// held against the contract. credential names the header of the token, and admit
// answers requests that may not go on.
func (b *base) serve(t testing.TB, c *contract, credential string, routes map[string]http.HandlerFunc, admit func(http.ResponseWriter, *http.Request) bool) {
	b.tree, b.parents = map[string]string{}, map[string][]string{}
	mux := http.NewServeMux()
	for pattern, handle := range routes {
		mux.HandleFunc(pattern, handle)
	}
	open := c.answers(mux)
	guarded := c.answers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if admit(w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	b.server = httptest.NewServer(c.requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := b.record(r, credential); fault == nil || !fault.before(w, r, open) {
			guarded.ServeHTTP(w, r)
		}
	})))
	t.Cleanup(b.server.Close)
}

// record keeps a request, gives its body back to the handler, and returns the
// fault that is meant for it.
func (b *base) record(r *http.Request, credential string) *Fault {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte("unreadable: " + err.Error())
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Authorization: r.Header.Get(credential), Body: string(body),
	})
	return b.faults.take(r)
}

// Requests returns the requests with a method and a part of the path; empty
// stands for any.
func (b *base) Requests(method, path string) []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Request
	for _, r := range b.requests {
		if (method == "" || r.Method == method) && strings.Contains(r.Path, path) {
			out = append(out, r)
		}
	}
	return out
}

// Break adds a fault. Faults strike in the order in which they were added.
func (b *base) Break(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults.add(f)
}

// Repair removes all faults.
func (b *base) Repair() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// Mend takes all faults away.
func (b *base) Mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// SetHead sets the head commit of the pull or merge request.
func (b *base) SetHead(sha string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.head = sha
}

// SetFile sets the content of a file at a commit.
func (b *base) SetFile(commit, path, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tree[commit+":"+path] = text
}

// SetParents sets the parents of a commit.
func (b *base) SetParents(commit string, parents ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parents[commit] = parents
}

// SetMergeBase sets the merge base of any two commits.
func (b *base) SetMergeBase(commit string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mergeBase = commit
}

// pageOf cuts out the page that a request asks for. A page has usual items, or as
// many as the request says up to 100. next is the number of the page behind it, 0
// for none.
func pageOf[T any](r *http.Request, usual int, all []T) (part []T, size, number, next int) {
	query := r.URL.Query()
	size, number = usual, 1
	if n, err := strconv.Atoi(query.Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(query.Get("page")); err == nil && n > 0 {
		number = n
	}
	from := min((number-1)*size, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		next = number + 1
	}
	return append([]T{}, all[from:to]...), size, number, next
}
