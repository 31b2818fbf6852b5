package transport

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// worthAnother reports whether one more attempt may end better. A deadline that
// passed is not worth it: the same work would take the same time again.
func (t *Transport) worthAnother(response *http.Response, body []byte, err error) bool {
	if err != nil {
		return broken(err)
	}
	switch response.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	case http.StatusInternalServerError:
		if !t.options.RetryInternalError {
			return false
		}
	case http.StatusForbidden:
		if !limited(response) {
			return false
		}
	default:
		return false
	}
	return t.options.Final == nil || !t.options.Final(response.StatusCode, body)
}

// broken reports whether a connection was cut. The text is compared as well
// because net/http does not export its error for a connection that the server
// closed while it was idle.
func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.Contains(err.Error(), "server closed idle connection")
}

// limited reports whether an answer says that there were too many requests.
// GitHub says so with 403 as well as with 429.
func limited(response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return response.Header.Get("Retry-After") != "" || exhausted(response.Header)
	}
	return false
}

func exhausted(h http.Header) bool {
	return h.Get("X-RateLimit-Remaining") == "0" || h.Get("RateLimit-Remaining") == "0"
}

// The bounds of the backoff without word from the server.
const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 8 * time.Second
)

// waitAfter returns how long to wait after the given attempt, counted from 1:
// what the server asks for, else a backoff that doubles, less up to half of it
// at random so that callers do not come back together.
func (t *Transport) waitAfter(response *http.Response, attempt int) time.Duration {
	if response != nil {
		if d, ok := t.asked(response); ok {
			return d
		}
		if limited(response) && t.options.LimitedWait > 0 {
			return t.options.LimitedWait
		}
	}
	backoff := min(firstBackoff<<min(attempt-1, 10), maxBackoff)
	return backoff - time.Duration(t.options.Random()*float64(backoff)/2)
}

// asked returns how long the server asks to wait.
func (t *Transport) asked(response *http.Response) (time.Duration, bool) {
	now := t.serverTime(response)
	if value := response.Header.Get("Retry-After"); value != "" {
		if d, ok := seconds(value); ok {
			return d, true
		}
		if at, err := http.ParseTime(value); err == nil {
			return max(0, at.Sub(now)), true
		}
	}
	if !limited(response) {
		return 0, false
	}
	for _, prefix := range []string{"X-RateLimit-", "RateLimit-"} {
		if remaining := response.Header.Get(prefix + "Remaining"); remaining != "" && remaining != "0" {
			continue
		}
		if d, ok := reset(response.Header.Get(prefix+"Reset"), now); ok {
			return d, true
		}
	}
	return 0, false
}

// serverTime returns the time of the server's own clock, by which its dates are
// meant, or ours when it does not tell.
func (t *Transport) serverTime(response *http.Response) time.Time {
	if at, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		return at
	}
	return t.options.Now()
}

// longestSeconds keeps a huge number from overflowing a duration.
const longestSeconds = 365 * 24 * 60 * 60

func seconds(value string) (time.Duration, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	return time.Duration(min(n, longestSeconds)) * time.Second, true
}

// reset reads a limit's reset header: a Unix time with GitHub and GitLab, a
// number of seconds in the IETF draft. No server asks for 30 years of patience.
func reset(value string, now time.Time) (time.Duration, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	if n < 1_000_000_000 {
		return seconds(value)
	}
	return max(0, time.Unix(n, 0).Sub(now)), true
}

// reserve takes a wait out of the total that is allowed. The part that overlaps
// a wait of another call is free. It returns false when too little is left.
func (t *Transport) reserve(wait time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.options.Now()
	end, from := now.Add(wait), now
	if t.waitUntil.After(from) {
		from = t.waitUntil
	}
	more := max(0, end.Sub(from))
	if t.waited+more > t.options.TotalWait {
		return false
	}
	t.waited += more
	if end.After(t.waitUntil) {
		t.waitUntil = end
	}
	return true
}
