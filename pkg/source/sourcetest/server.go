// Package sourcetest serves the Prometheus HTTP API inside a test: real answers
// of Prometheus' own engine over series that the test writes down, a record of
// every request, and faults on demand.
//
//	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
//	data := sourcetest.Load(t, now, "1m",
//		`http_requests_total{service="checkout",code="200"} 0+60x1440`,
//		`http_requests_total{service="checkout",code="500"} 0+1x1440`,
//	)
//	server := sourcetest.NewServer(t, data)
//	server.Next("/api/v1/query", sourcetest.Status(503), sourcetest.HTML())
//	src, err := source.Open(ctx, server.URL, source.Options{Now: now})
//	...
//	if n := server.Count("/api/v1/query"); n != 3 { ... }
//
// Source gives the same data without HTTP, and Counting counts the calls to any
// source.
package sourcetest

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/prometheus/storage"
)

// Server is a Prometheus in the test's process. Its methods may be called at any
// time and from several goroutines.
type Server struct {
	// URL is the address that /api/v1 is appended to.
	URL string

	http *httptest.Server
	api  http.Handler
	done chan struct{}

	mu          sync.Mutex
	prefix      string
	guards      []guard
	missing     map[string]bool
	next        []pathStep
	always      []pathStep
	queries     []pathStep
	requests    []Request
	inFlight    int
	maxInFlight int
	backend     *backend
}

// Request is a request that the server received.
type Request struct {
	Method string
	// Path is without the prefix.
	Path string
	// Params are those of the URL and of the form in the body.
	Params url.Values
	Header http.Header
	// URLBytes is the length of the path with its parameters.
	URLBytes int
}

type pathStep struct {
	path string
	step Step
}

type guard func(*http.Request) bool

// NewServer starts a server over series, as of Load, a promqltest storage or any
// other; it stops at the end of the test.
func NewServer(tb testing.TB, data storage.Queryable) *Server {
	tb.Helper()
	s := newServer(data)
	s.http = httptest.NewServer(s)
	s.start(tb)
	return s
}

// NewTLSServer is NewServer with https and a certificate that nobody trusts; see
// Certificate.
func NewTLSServer(tb testing.TB, data storage.Queryable) *Server {
	tb.Helper()
	s := newServer(data)
	s.http = httptest.NewUnstartedServer(s)
	// Clients that refuse the certificate are expected, not worth a log line.
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.http.StartTLS()
	s.start(tb)
	return s
}

func newServer(data storage.Queryable) *Server {
	b := newBackend(data)
	return &Server{api: b.routes(), backend: b, done: make(chan struct{}), missing: map[string]bool{}}
}

func (s *Server) start(tb testing.TB) {
	s.URL = s.http.URL
	tb.Cleanup(func() {
		close(s.done)
		s.http.Close()
	})
}

// Certificate returns the PEM certificate of a server with TLS.
func (s *Server) Certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw})
}

// Close stops the server at once, so that connections to it are refused.
func (s *Server) Close() { s.http.Close() }

// Prefix serves everything under a path, as /prometheus, and changes URL.
func (s *Server) Prefix(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prefix = path
	s.URL = s.http.URL + path
}

// RequireBasic answers 401 to requests without this user and password.
func (s *Server) RequireBasic(user, password string) {
	s.require(func(r *http.Request) bool {
		u, p, ok := r.BasicAuth()
		return ok && u == user && p == password
	})
}

// RequireBearer answers 401 to requests without this token.
func (s *Server) RequireBearer(token string) { s.RequireHeader("Authorization", "Bearer "+token) }

// RequireHeader answers 401 to requests without this header, as X-Scope-OrgID.
func (s *Server) RequireHeader(name, value string) {
	s.require(func(r *http.Request) bool { return r.Header.Get(name) == value })
}

func (s *Server) require(g guard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.guards = append(s.guards, g)
}

// Remove answers 404 on the paths, as servers do that lack an endpoint.
func (s *Server) Remove(paths ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range paths {
		s.missing[p] = true
	}
}

// Next takes the steps, one a request, for the next requests to a path ("" is
// any path). After them the server answers truly again.
func (s *Server) Next(path string, steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range steps {
		s.next = append(s.next, pathStep{path, step})
	}
}

// Always takes a step for all requests to a path ("" is any path) for which Next
// has none. The step set last counts.
func (s *Server) Always(path string, step Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = append([]pathStep{{path, step}}, s.always...)
}

// OnQuery takes a step for all requests whose query parameter contains a text.
func (s *Server) OnQuery(contains string, step Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries = append([]pathStep{{contains, step}}, s.queries...)
}

// RecordingRules are the names in the answer of /api/v1/rules.
func (s *Server) RecordingRules(names ...string) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	s.backend.rules = names
}

// Metadata are the types by metric name in the answer of /api/v1/metadata.
func (s *Server) Metadata(types map[string]string) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	s.backend.types = types
}

// ExternalLabels are those of the configuration in the answer of
// /api/v1/status/config.
func (s *Server) ExternalLabels(labels map[string]string) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	s.backend.external = labels
}

// ExactNames makes label values keep to start and end. Without it the server
// ignores them, as Prometheus does for what is in its head block: names go on
// to be listed for hours after their last sample.
func (s *Server) ExactNames() {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	s.backend.exactNames = true
}

// Requests returns what was received so far, in the order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count returns the number of requests to a path, or all for "".
func (s *Server) Count(path string) int {
	n := 0
	for _, r := range s.Requests() {
		if path == "" || r.Path == path {
			n++
		}
	}
	return n
}

// Queries returns the query parameters that were received, in the order of
// arrival.
func (s *Server) Queries() []string {
	var out []string
	for _, r := range s.Requests() {
		if q := r.Params.Get("query"); q != "" {
			out = append(out, q)
		}
	}
	return out
}

// MaxInFlight returns the largest number of requests that ran at a time.
func (s *Server) MaxInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maxInFlight
}

// Reset forgets requests and steps.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.next, s.always, s.queries, s.maxInFlight = nil, nil, nil, nil, s.inFlight
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	step, allowed, present := s.receive(r)
	defer s.leave()
	switch {
	case !allowed:
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
	case !present:
		http.NotFound(w, r)
	case step != nil:
		step(w, r, s)
	default:
		s.answer(w, r)
	}
}

// receive records a request and decides what becomes of it.
func (s *Server) receive(r *http.Request) (step Step, allowed, present bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight++
	s.maxInFlight = max(s.maxInFlight, s.inFlight)
	path, present := strings.CutPrefix(r.URL.Path, s.prefix)
	s.requests = append(s.requests, Request{
		Method: r.Method, Path: path, Params: r.Form, Header: r.Header.Clone(), URLBytes: len(r.URL.RequestURI()),
	})
	for _, g := range s.guards {
		if !g(r) {
			return nil, false, present
		}
	}
	return s.stepFor(path, r.Form.Get("query")), true, present && !s.missing[path]
}

func (s *Server) stepFor(path, query string) Step {
	for i, n := range s.next {
		if n.path == "" || n.path == path {
			s.next = append(s.next[:i:i], s.next[i+1:]...)
			return n.step
		}
	}
	for _, q := range s.queries {
		if query != "" && strings.Contains(query, q.path) {
			return q.step
		}
	}
	for _, a := range s.always {
		if a.path == "" || a.path == path {
			return a.step
		}
	}
	return nil
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
}

// answer answers truly.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	prefix := s.prefix
	s.mu.Unlock()
	http.StripPrefix(prefix, s.api).ServeHTTP(w, r)
}
