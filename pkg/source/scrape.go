package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/nthlayer/action/pkg/source/memory"
	"github.com/nthlayer/action/pkg/transport"
)

// scrapeAccept asks for the formats that Prometheus asks for, in its order, so
// that names are those that it will see. The binary format is left out.
const scrapeAccept = "application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
	"text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

// scrape reads a service's page of metrics once. A page that cannot be read is a
// source that answers every question with the reason.
func scrape(ctx context.Context, u *url.URL, o Options) (Source, error) {
	if o.Now.IsZero() {
		return nil, errors.New("the evaluation time is not set")
	}
	name := transport.Redacted(u)
	src, err := readPage(ctx, u, name, o)
	var unread *Error
	if errors.As(err, &unread) {
		return failed{name: "scrape:" + name, err: unread}, nil
	}
	return src, err
}

func readPage(ctx context.Context, u *url.URL, name string, o Options) (Source, error) {
	t, err := connect(u, o)
	if err != nil {
		return nil, err
	}
	defer t.CloseIdleConnections()
	page, contentType, err := fetch(ctx, t, u, name)
	if err != nil {
		if ctx.Err() != nil {
			return nil, stopped(ctx)
		}
		var known *Error
		if !errors.As(err, &known) {
			known = noConnection(name, err)
		}
		known.Message = t.Redact(known.Message)
		return nil, known
	}
	store, err := memory.Exposition(name, page, contentType, o.Now)
	if err != nil {
		return nil, &Error{Kind: Malformed, Message: t.Redact(err.Error()), Hint: "check that the address is the service's page of metrics", Err: err}
	}
	return newPage("scrape:"+name, store, o), nil
}

// fetch returns the page and its content type.
func fetch(ctx context.Context, t *transport.Transport, u *url.URL, name string) ([]byte, string, error) {
	address := *u
	address.User = nil
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), http.NoBody)
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Accept", scrapeAccept)
	response, err := t.Client().Do(request)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, "", err
	}
	if response.StatusCode != http.StatusOK {
		e := failedStatus(name, response.StatusCode, page)
		if e.Kind == Unsupported {
			e.Hint = "check the path, which often is /metrics"
		}
		return nil, "", e
	}
	return page, response.Header.Get("Content-Type"), nil
}
