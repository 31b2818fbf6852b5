// Package pushtest serves, inside a test, fakes of the systems that are pushed to.
// They keep what they are given, refuse what the real ones refuse, and fail when a
// test wants it.
package pushtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/transport"
)

// Request is a request that a fake received.
type Request struct {
	Method string
	// Path is as it was sent, with escapes and query.
	Path   string
	Header http.Header
	Body   string
}

// Fault is what a fake answers in place of its own answer.
type Fault struct {
	// Method and Path say to which requests; empty is any. Path is a prefix.
	Method, Path string
	Status       int
	Body         string
	// RetryAfter is a header, in seconds; empty for none.
	RetryAfter string
	// Times is how often it happens; 0 is always.
	Times int
}

// base is what all fakes have.
type base struct {
	// URL is the address.
	URL string

	mu       sync.Mutex
	requests []Request
	faults   []*Fault
	// required are the headers that each request must have.
	required map[string]string
}

func (b *base) serve(t testing.TB, h http.Handler) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read a request: %v", err)
		}
		b.requests = append(b.requests, Request{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Body: string(body)})
		if b.lacks(r.Header) {
			http.Error(w, "invalid credentials", http.StatusUnauthorized)
			return
		}
		if b.failed(w, r) {
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		h.ServeHTTP(w, r)
	}))
	b.URL = s.URL
	t.Cleanup(s.Close)
}

func (b *base) failed(w http.ResponseWriter, r *http.Request) bool {
	for i, f := range b.faults {
		if f.Method != "" && f.Method != r.Method || !strings.HasPrefix(r.URL.Path, f.Path) {
			continue
		}
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		http.Error(w, f.Body, f.Status)
		if f.Times--; f.Times == 0 {
			b.faults = append(b.faults[:i:i], b.faults[i+1:]...)
		}
		return true
	}
	return false
}

// Break makes requests fail from now on.
func (b *base) Break(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, &f)
}

// Mend ends all faults.
func (b *base) Mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// Require answers 401 to requests without a header.
func (b *base) Require(header, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.required == nil {
		b.required = map[string]string{}
	}
	b.required[header] = value
}

func (b *base) lacks(h http.Header) bool {
	for name, value := range b.required {
		if h.Get(name) != value {
			return true
		}
	}
	return false
}

// Requests returns the requests so far with one of the methods; none is all.
func (b *base) Requests(methods ...string) []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Request
	for _, r := range b.requests {
		if len(methods) == 0 || strings.Contains(" "+strings.Join(methods, " ")+" ", " "+r.Method+" ") {
			out = append(out, r)
		}
	}
	return out
}

// Forget forgets the requests so far.
func (b *base) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = nil
}

// API returns the way to a server as the program makes it, without its waits.
func API(t testing.TB, system, address string, auth transport.Auth) push.API {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := transport.New(transport.Options{Origin: u, Auth: auth, Sleep: noSleep, RetryInternalError: true})
	if err != nil {
		t.Fatal(err)
	}
	return push.API{System: system, Base: u, HTTP: tr.Client(), Credentials: "THE_TOKEN"}
}
