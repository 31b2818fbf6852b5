package push

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/nthlayer/action/pkg/transport"
)

// Request is one request to a system, as it is sent.
type Request struct {
	Method string
	// Path is the path below the address of the system, escaped, with its query.
	Path        string
	ContentType string
	Body        []byte
	// Again is set when it does no harm to send it twice.
	Again bool
}

// API is the address of a system and the client that holds its credentials.
type API struct {
	// System is its name for people: Grafana.
	System string
	Base   *url.URL
	HTTP   *http.Client
	// Credentials says where they come from, for messages: NTHLAYER_GRAFANA_API_KEY.
	Credentials string
	// Invalid is what to do about a request that the system calls wrong; empty is to
	// correct the service file.
	Invalid string
	// Secret is what must not be shown of the credentials, beside what the client
	// knows.
	Secret string
}

// Name is the system and its address.
func (a API) Name() string { return a.System + " at " + transport.Redacted(a.Base) }

// Error is an answer that refuses a request.
type Error struct {
	// System is the name and address, What the request.
	System, What string
	Status       int
	// Message is what the system said, without secrets.
	Message string
	Fix     string
}

// Error says what was refused, why, and what to do.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s refused %s with status %d", e.System, e.What, e.Status)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text + "; " + e.Fix
}

// StatusOf returns the status with which a system refused a request, 0 for any other
// error.
func StatusOf(err error) int {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Status
	}
	return 0
}

// maxMessage is how much of what a system says is kept, in bytes.
const maxMessage = 300

// Call sends a request and returns the body of the answer. A status from 300 on is
// an *Error.
func (a API) Call(ctx context.Context, r Request) ([]byte, error) {
	if r.Again {
		ctx = transport.WithIdempotent(ctx)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, a.URL(r.Path), bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("write the request %s %s: %w", r.Method, r.Path, err)
	}
	request.Header.Set("Accept", "application/json, application/yaml")
	if r.ContentType != "" {
		request.Header.Set("Content-Type", r.ContentType)
	}
	response, err := a.HTTP.Do(request)
	if err != nil {
		return nil, a.unreached(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", a.Name(), a.redacted(err))
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return body, nil
	}
	return body, &Error{
		System: a.Name(), What: r.Method + " " + withoutQuery(r.Path), Status: response.StatusCode,
		Message: a.message(body), Fix: a.fix(response.StatusCode),
	}
}

// unreached says why there is no answer: the run ended, the system took too long, or
// it is not there.
func (a API) unreached(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return &StoppedError{System: a.Name(), OutOfTime: errors.Is(ctx.Err(), context.DeadlineExceeded)}
	case transport.IsTimeout(err):
		return fmt.Errorf("%s gave no answer within %s, which is the limit for one request", a.Name(), transport.TimeoutOf(a.HTTP))
	}
	return fmt.Errorf("%s could not be reached: %w", a.Name(), a.redacted(err))
}

// StoppedError says that the run ended before a system answered. Whether what was sent
// last has been written is not known.
type StoppedError struct {
	// System is the name and address.
	System string
	// OutOfTime is set when the time of the whole run is over, and not when somebody
	// interrupted it.
	OutOfTime bool
}

// Error says who ended the run.
func (e *StoppedError) Error() string {
	if e.OutOfTime {
		return "the time of --timeout for the whole run was over before " + e.System + " answered"
	}
	return "the run was interrupted before " + e.System + " answered"
}

// URL is the address of a request to the system, whose own may have a path, without
// credentials.
func (a API) URL(path string) string {
	base := *a.Base
	base.User, base.RawQuery, base.Fragment = nil, "", ""
	return strings.TrimRight(base.String(), "/") + path
}

func withoutQuery(path string) string { path, _, _ = strings.Cut(path, "?"); return path }

// redacted keeps the address of a request, which may hold a query, and the secrets
// that a proxy repeats out of an error.
func (a API) redacted(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err
	}
	if text := a.hidden(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// hidden is a text without secrets.
func (a API) hidden(text string) string {
	text = transport.RedactorOf(a.HTTP)(text)
	if a.Secret != "" {
		text = strings.ReplaceAll(text, a.Secret, "***")
	}
	return text
}

// message is what the system said, in one line.
func (a API) message(body []byte) string {
	text := strings.Join(strings.Fields(a.hidden(string(body))), " ")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + " ..."
	}
	return text
}

func (a API) fix(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "check the credentials in " + a.Credentials
	case http.StatusForbidden:
		return "give the credentials in " + a.Credentials + " the permission to do that"
	case http.StatusNotFound:
		return "check the address: nothing is there"
	case http.StatusTooManyRequests:
		return "wait a minute and run it again; what is written already is not written twice"
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return cmp.Or(a.Invalid, "correct what it names in the service file")
	}
	if status >= http.StatusInternalServerError {
		return "run it again when the server is well; what is written already is not written twice"
	}
	return "see its log for the reason"
}
