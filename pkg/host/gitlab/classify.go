package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	gl "github.com/xanzy/go-gitlab"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// classify says what a call could not do, without the token even where the answer
// repeats it. need is what the token must be allowed to.
func (c *Client) classify(ctx context.Context, err error, what, need string) error {
	return host.Failed(ctx, err, what, need, c.redact, answered)
}

// answered classifies by GitLab's answer, where there is one.
func answered(err error, out *host.Error) (host.ErrorKind, string) {
	if errors.Is(err, gl.ErrNotFound) {
		out.Status = http.StatusNotFound
		return host.NotFound, "GitLab answered 404 Not Found, which it also does for what a token may not see"
	}
	if e, ok := errors.AsType[*gl.ErrorResponse](err); ok && e.Response != nil {
		out.Status = e.Response.StatusCode
		return refused(e, out)
	}
	if transport.IsTimeout(err) {
		return host.Transient, "GitLab did not answer in time"
	}
	if e, ok := errors.AsType[*transport.RedirectError](err); ok {
		return host.Rejected, e.Error()
	}
	return host.Transient, "no usable answer from GitLab: " + err.Error()
}

// maxSaid is the most of an answer's text that is repeated, in bytes.
const maxSaid = 300

func refused(e *gl.ErrorResponse, out *host.Error) (host.ErrorKind, string) {
	message := strings.ToValidUTF8(e.Message[:min(len(e.Message), maxSaid)], "")
	said := strings.TrimSpace(fmt.Sprintf("GitLab answered %d %s", out.Status, message))
	switch code := out.Status; {
	case code == http.StatusTooManyRequests:
		out.Until = retryAt(e.Response.Header)
		return host.Limited, said
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return host.Permission, said
	case code == http.StatusConflict:
		return host.Conflict, said
	case code == http.StatusRequestEntityTooLarge, code < 500 && strings.Contains(strings.ToLower(message), "too long"):
		return host.TooLong, said
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return host.Transient, said
	}
	return host.Rejected, said
}

// retryAt reads when a limit ends; zero when GitLab does not say. Headers with
// seconds are relative to the answer's own Date.
func retryAt(h http.Header) time.Time {
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			return date.Add(time.Duration(seconds) * time.Second)
		}
	}
	if unix, err := strconv.ParseInt(h.Get("RateLimit-Reset"), 10, 64); err == nil {
		return time.Unix(unix, 0).UTC()
	}
	return time.Time{}
}
