package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Transport is an http.RoundTripper for one origin. It is safe for concurrent
// use. Requests to other origins are sent without credentials.
type Transport struct {
	options Options
	base    http.RoundTripper
	slots   chan struct{}
	secrets *strings.Replacer

	mu        sync.Mutex
	waited    time.Duration
	waitUntil time.Time
	nextWrite time.Time
}

// New returns a transport, or an error that says which option is wrong.
func New(options Options) (*Transport, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	base, err := o.base()
	if err != nil {
		return nil, err
	}
	return &Transport{
		options: o,
		base:    base,
		slots:   make(chan struct{}, o.Concurrency),
		secrets: secretReplacer(o),
	}, nil
}

// secretReplacer masks the secrets in foreign text. Shorter ones would mask
// parts of ordinary words and are no secrets.
func secretReplacer(o Options) *strings.Replacer {
	const shortest = 4
	all := append([]string(nil), o.Auth.secrets...)
	if o.Origin.User != nil {
		password, _ := o.Origin.User.Password()
		all = append(all, password)
	}
	for _, v := range o.Headers {
		all = append(all, v)
	}
	var pairs []string
	for _, s := range all {
		if len(s) < shortest {
			continue
		}
		for _, form := range forms(s) {
			pairs = append(pairs, form, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}

// forms are the ways in which servers write a text that they repeat: as it is, in an
// address, in JSON or a quoted string, and on a web page.
func forms(s string) []string {
	quoted := strconv.Quote(s)
	out := []string{s, url.QueryEscape(s), url.PathEscape(s), quoted[1 : len(quoted)-1], html.EscapeString(s)}
	if text, err := json.Marshal(s); err == nil {
		out = append(out, string(text[1:len(text)-1]))
	}
	slices.Sort(out[1:])
	return slices.Compact(out)
}

// Redact masks the transport's secrets in a text, such as a server's error that
// repeats the request.
func (t *Transport) Redact(text string) string { return t.secrets.Replace(text) }

// RedactorOf returns what masks the secrets of a client made by Client, and
// leaves texts as they are for any other client.
func RedactorOf(c *http.Client) func(string) string {
	if t, ok := c.Transport.(*Transport); ok {
		return t.Redact
	}
	return func(text string) string { return text }
}

// TimeoutOf returns how long one attempt of a client made by Client may take, 0 for any
// other client.
func TimeoutOf(c *http.Client) time.Duration {
	if t, ok := c.Transport.(*Transport); ok {
		return t.options.Timeout
	}
	return 0
}

// mark is the key of what a context says about its requests.
type mark string

const (
	question   mark = "question"
	idempotent mark = "idempotent"
	urgent     mark = "urgent"
)

func (m mark) on(r *http.Request) bool { return r.Context().Value(m) != nil }

// WithQuestion marks the requests of a context as questions that change nothing
// whatever their method, as queries that are sent by POST. They are safe to repeat
// and no writes.
func WithQuestion(ctx context.Context) context.Context { return context.WithValue(ctx, question, true) }

// WithIdempotent marks the requests of a context as writes that are safe to repeat
// whatever their method: a second one changes nothing.
func WithIdempotent(ctx context.Context) context.Context {
	return context.WithValue(ctx, idempotent, true)
}

// WithoutPace marks the writes of a context as urgent: they do not wait until
// MinWriteInterval has passed, as those of a run that is about to be killed.
func WithoutPace(ctx context.Context) context.Context { return context.WithValue(ctx, urgent, true) }

func repeatable(r *http.Request) bool {
	switch r.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return idempotent.on(r) || question.on(r)
}

func writes(r *http.Request) bool {
	switch r.Method {
	case "", http.MethodGet, http.MethodHead:
		return false
	}
	return !question.on(r)
}

// RoundTrip sends a request as often as Options allow and returns the last
// answer with its whole body in memory. Failures of one attempt that are worth
// another are connections that broke and the statuses 408, 425, 429, 502, 503
// and 504, and 500 where Options say so. A POST may have taken effect when its answer is lost, so it is sent
// again only after an answer that says it was too many: that one had no effect.
// A wait that would outlast the request's context is not begun.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := replayable(request)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		response, answer, err := t.attempt(request, body)
		safe := repeatable(request) || err == nil && limited(response)
		if attempt >= t.options.MaxAttempts || !safe || !t.worthAnother(response, answer, err) {
			return response, err
		}
		wait := t.waitAfter(response, attempt)
		if outlasts(request.Context(), wait) || !t.reserve(wait) {
			return response, err
		}
		if sleepErr := t.options.Sleep(request.Context(), wait); sleepErr != nil {
			return nil, sleepErr
		}
	}
}

// outlasts reports whether a wait would end behind the deadline of a context.
func outlasts(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < wait //nolint:forbidigo // a deadline is by the clock, whatever time the run is about
}

// replayable returns a function that gives the request's body anew. The body is
// consumed and closed, as RoundTrip must.
func replayable(r *http.Request) (func() io.ReadCloser, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() io.ReadCloser { return http.NoBody }, nil
	}
	data, err := io.ReadAll(r.Body)
	if closeErr := r.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	return func() io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }, nil
}

// attempt sends a request once and reads the answer.
func (t *Transport) attempt(r *http.Request, body func() io.ReadCloser) (*http.Response, []byte, error) {
	ctx := r.Context()
	if err := t.paceWrite(r); err != nil {
		return nil, nil, err
	}
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, t.options.Timeout)
	defer cancel()

	out := r.Clone(ctx)
	out.Body = body()
	out.GetBody = func() (io.ReadCloser, error) { return body(), nil }
	t.sign(out)
	response, err := t.base.RoundTrip(out)
	if err != nil {
		return nil, nil, err
	}
	answer, err := t.read(response)
	if err != nil {
		return nil, nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(answer))
	response.Request = r
	return response, answer, nil
}

// read returns the whole body, or an error for one that is too large.
func (t *Transport) read(response *http.Response) ([]byte, error) {
	defer func() { _ = response.Body.Close() }()
	limit := t.options.MaxBodyBytes
	if response.Body == http.NoBody {
		return nil, nil // A HEAD tells the length of a body that does not come.
	}
	if response.ContentLength > limit {
		return nil, &TooLargeError{Limit: limit}
	}
	var b bytes.Buffer
	if n := response.ContentLength; n > 0 {
		b.Grow(int(n) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(response.Body, limit+1)); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if int64(b.Len()) > limit {
		return nil, &TooLargeError{Limit: limit}
	}
	return b.Bytes(), nil
}

// TooLargeError says that an answer was larger than Options allow.
type TooLargeError struct {
	// Limit is in bytes.
	Limit int64
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Limit)
}

// sign adds the credentials for the origin, and takes credentials off a request
// to anywhere else.
func (t *Transport) sign(r *http.Request) {
	if t.options.UserAgent != "" && r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", t.options.UserAgent)
	}
	if !sameOrigin(r.URL, t.options.Origin) {
		for _, name := range []string{"Authorization", "Cookie", "Private-Token", "Job-Token", t.options.Auth.header} {
			r.Header.Del(name)
		}
		for name := range t.options.Headers {
			r.Header.Del(name)
		}
		return
	}
	for name, value := range t.options.Headers {
		r.Header.Set(name, value)
	}
	if !t.options.Auth.None() {
		r.Header.Set(t.options.Auth.header, t.options.Auth.value)
	}
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// maxRedirects is how many redirects within the origin are followed.
const maxRedirects = 5

// Client returns a client that follows few redirects, and none that leave the
// origin or would lose the body of a POST.
func (t *Transport) Client() *http.Client {
	return &http.Client{Transport: t, CheckRedirect: t.checkRedirect}
}

// CloseIdleConnections closes connections that no request uses.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RedirectError says why a redirect was not followed. Its text holds addresses
// without credentials and queries.
type RedirectError struct {
	From, To string
	Reason   string
}

// Error names both ends and the reason.
func (e *RedirectError) Error() string {
	return fmt.Sprintf("the redirect from %s to %s was not followed: %s", e.From, e.To, e.Reason)
}

func (t *Transport) checkRedirect(next *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	refuse := func(reason string) error {
		return &RedirectError{From: Redacted(last.URL), To: Redacted(next.URL), Reason: reason}
	}
	switch {
	case last.URL.Scheme == "https" && next.URL.Scheme != "https":
		return refuse("it leads from https to " + next.URL.Scheme)
	case !sameOrigin(next.URL, t.options.Origin):
		return refuse("it leads to another host or port; configure that address if it is the right one")
	case next.Method != last.Method:
		return refuse(fmt.Sprintf("it turns a %s into a %s and loses what was asked; configure the address that it leads to", last.Method, next.Method))
	case len(via) > maxRedirects:
		return refuse(fmt.Sprintf("there were %d redirects before it", maxRedirects))
	}
	return nil
}

// paceWrite waits until the next write may start.
func (t *Transport) paceWrite(r *http.Request) error {
	if t.options.MinWriteInterval == 0 || !writes(r) || urgent.on(r) {
		return nil
	}
	t.mu.Lock()
	now := t.options.Now()
	start := now
	if t.nextWrite.After(now) {
		start = t.nextWrite
	}
	t.nextWrite = start.Add(t.options.MinWriteInterval)
	t.mu.Unlock()
	if start.Equal(now) {
		return nil
	}
	return t.options.Sleep(r.Context(), start.Sub(now))
}

// IsTimeout reports whether a call ended because its own deadline passed, not
// because the run was stopped.
func IsTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
