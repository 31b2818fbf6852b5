package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/tsdb"

	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// serve serves a folder of blocks as the tests' server does, prints its address
// and ends with its standard input. It is a process of its own, so that what it
// needs is not mistaken for what the program needs.
func serve(folder string) error {
	options := tsdb.DefaultOptions()
	options.RetentionDuration = 0
	db, err := tsdb.Open(folder, slog.New(slog.DiscardHandler), nil, options, nil)
	if err != nil {
		return fmt.Errorf("open the blocks: %w", err)
	}
	defer func() { _ = db.Close() }()
	h := &host{}
	defer h.end()
	server := sourcetest.NewServer(h, db)
	server.ExactNames()
	_, _ = fmt.Fprintln(os.Stdout, server.URL)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// host lets the server of the tests run outside of a test.
type host struct {
	testing.TB
	ends []func()
}

func (h *host) Helper() {}

func (h *host) Cleanup(f func()) { h.ends = append(h.ends, f) }

func (h *host) end() {
	for _, f := range h.ends {
		f()
	}
}

// meter passes requests on to a server and measures what they take there.
type meter struct {
	next http.Handler
	now  func() time.Time

	mu       sync.Mutex
	requests []passed
	inFlight int
	since    time.Time
	start    time.Time
	busy     time.Duration
}

// passed is a request that was passed on.
type passed struct {
	path, query string
	// began is the time since the last reset.
	began, took time.Duration
}

func newMeter(server string, now func() time.Time) (*meter, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	return &meter{next: httputil.NewSingleHostReverseProxy(u), now: now}, nil
}

// ServeHTTP passes a request on.
func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query().Get("query")
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		form, _ := url.ParseQuery(string(body))
		query = form.Get("query")
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	begin := m.enter()
	m.next.ServeHTTP(w, r)
	m.leave(passed{path: r.URL.Path, query: query}, begin)
}

func (m *meter) enter() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if m.inFlight == 0 {
		m.since = now
	}
	m.inFlight++
	return now
}

func (m *meter) leave(p passed, begin time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	p.began, p.took = begin.Sub(m.start), now.Sub(begin)
	m.requests = append(m.requests, p)
	m.inFlight--
	if m.inFlight == 0 {
		m.busy += now.Sub(m.since)
	}
}

// reset returns what was measured since the last reset: the requests, and how
// long at least one of them was under way.
func (m *meter) reset() ([]passed, time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	requests, busy := m.requests, m.busy
	m.requests, m.busy, m.start = nil, 0, m.now()
	return requests, busy
}
