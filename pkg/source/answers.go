package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// partialKey finds in a request's context where to note that the answer said it
// is partial, which the client does not read.
type partialKey struct{}

func withPartial(ctx context.Context, p *atomic.Bool) context.Context {
	return context.WithValue(ctx, partialKey{}, p)
}

// answers stands between the client and the transport and turns every answer
// that is no success into an *Error. So a refused login is not asked again as a
// GET with the query in the URL, which the client does after 403. A server that
// takes no POST (405, 501) is asked again.
type answers struct {
	next http.RoundTripper
	name string
}

// errorBody is how much of an error's body is read.
const errorBody = 64 << 10

// RoundTrip sends a request.
func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	status := response.StatusCode
	switch {
	case status/100 == 3 && response.Header.Get("Location") != "":
		return response, nil
	case r.Method == http.MethodPost && (status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented):
		return response, nil
	case status/100 != 2:
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(io.LimitReader(response.Body, errorBody))
		if err != nil {
			return nil, err
		}
		return nil, failedStatus(a.name, status, body)
	}
	return a.inspect(r, response)
}

// inspect looks at the beginning of a success.
func (a *answers) inspect(r *http.Request, response *http.Response) (*http.Response, error) {
	if err := noteCost(r.Context(), response); err != nil {
		return nil, err
	}
	body := response.Body
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	if looksLikeHTML(head) {
		_ = body.Close()
		return nil, &Error{Kind: Malformed, Status: response.StatusCode, Message: a.name + " answered with a web page", Hint: "the address may lead to a login page; use the address that /api/v1 is appended to"}
	}
	if p, ok := r.Context().Value(partialKey{}).(*atomic.Bool); ok && bytes.Contains(head, []byte(`"isPartial":true`)) {
		p.Store(true)
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), body), body}
	return response, nil
}
