package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/transport"
)

// classify says what a call could not do, without the token even where the answer
// repeats it. need is what the token must be allowed to.
func (c *Client) classify(ctx context.Context, err error, what, need string) error {
	return host.Failed(ctx, err, what, need, c.redact, answered)
}

// answered classifies by GitHub's answer, where there is one.
func answered(err error, out *host.Error) (host.ErrorKind, string) {
	if e, ok := errors.AsType[*gh.RateLimitError](err); ok {
		out.Status, out.Until = status(e.Response), e.Rate.Reset.Time
		return host.Limited, "the token's rate limit is used up"
	}
	if e, ok := errors.AsType[*gh.AbuseRateLimitError](err); ok {
		out.Status, out.Until = status(e.Response), retryAt(e.Response)
		return host.Limited, "GitHub asks for fewer requests at once"
	}
	if e, ok := errors.AsType[*gh.ErrorResponse](err); ok {
		out.Status = status(e.Response)
		return refused(e, out)
	}
	if transport.IsTimeout(err) {
		return host.Transient, "GitHub did not answer in time"
	}
	if e, ok := errors.AsType[*transport.RedirectError](err); ok {
		return host.Rejected, e.Error()
	}
	return host.Transient, "no usable answer from GitHub: " + err.Error()
}

func refused(e *gh.ErrorResponse, out *host.Error) (host.ErrorKind, string) {
	said := strings.TrimSpace(fmt.Sprintf("GitHub answered %d %s", out.Status, detail(e)))
	limited := e.Response != nil && e.Response.Header.Get("Retry-After") != "" ||
		strings.Contains(strings.ToLower(e.Message), "rate limit")
	switch code := out.Status; {
	case code == http.StatusTooManyRequests, code == http.StatusForbidden && limited:
		out.Until = retryAt(e.Response)
		return host.Limited, said
	case code == http.StatusForbidden && strings.Contains(strings.ToLower(e.Message), "is locked"):
		return host.Rejected, said + "; the conversation is locked, and no permission helps: unlock it, or set comment: off"
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return host.Permission, said
	case code == http.StatusNotFound:
		return host.NotFound, said
	case code == http.StatusConflict:
		return host.Conflict, said
	case code == http.StatusUnprocessableEntity && strings.Contains(strings.ToLower(said), "too long"):
		return host.TooLong, said
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return host.Transient, said
	}
	return host.Rejected, said
}

// maxSaid is the most of an answer's text that is repeated, in characters.
const maxSaid = 300

// detail joins GitHub's message and the messages of its error list.
func detail(e *gh.ErrorResponse) string {
	parts := []string{e.Message}
	for _, one := range e.Errors {
		if one.Message != "" {
			parts = append(parts, one.Message)
		}
	}
	return report.Clip(strings.Join(parts, "; "), maxSaid)
}

func status(r *http.Response) int {
	if r == nil {
		return 0
	}
	return r.StatusCode
}

// retryAt reads when a limit ends; zero when GitHub does not say. Headers with
// seconds are relative to the answer's own Date.
func retryAt(r *http.Response) time.Time {
	if r == nil {
		return time.Time{}
	}
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil {
		if date, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			return date.Add(time.Duration(seconds) * time.Second)
		}
	}
	if unix, err := strconv.ParseInt(r.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		return time.Unix(unix, 0).UTC()
	}
	return time.Time{}
}
