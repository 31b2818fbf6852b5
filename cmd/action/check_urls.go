package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// The bounds on asking for pages. A job must not hang on a slow host.
const (
	maxPages      = 2000
	pagesAtOnce   = 8
	pageTimeout   = 5 * time.Second
	pageRedirects = 5
)

// reachOf returns what asks for pages; nil when nobody wants that. The links are from
// the change under test, so only public addresses are asked unless somebody allows all:
// a link to http://169.254.169.254/ must not make the runner ask its cloud. No
// credentials are sent, and no proxy is used, which could reach what we must not.
func reachOf(which string) (func(context.Context, []string) map[string]string, error) {
	switch which {
	case "":
		return nil, nil
	case "public":
		return newReacher(publicOnly).reach, nil
	case "all":
		return newReacher(nil).reach, nil
	}
	return nil, fmt.Errorf("--check-urls is %q: it must be public or all", which)
}

// reacher asks for pages, each once however often it is called.
type reacher struct {
	client *http.Client
	mu     sync.Mutex
	// answers are why pages are not there; "" for those that are.
	answers map[string]string
}

func newReacher(control func(network, address string, c syscall.RawConn) error) *reacher {
	dialer := &net.Dialer{Timeout: pageTimeout, Control: control}
	return &reacher{answers: map[string]string{}, client: &http.Client{
		Timeout:   pageTimeout,
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxConnsPerHost: 2, ResponseHeaderTimeout: pageTimeout},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) >= pageRedirects {
				return errors.New("it redirects too often")
			}
			return nil
		},
	}}
}

// errPrivate is why an address is not asked.
var errPrivate = errors.New("its address is private: --check-urls=all asks those too")

// publicOnly refuses to connect to what is not on the internet. It sees the address
// that a name was resolved to, so no name leads around it.
func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap()
	shared := netip.MustParsePrefix("100.64.0.0/10") // carrier-grade NAT, RFC 6598
	translated := netip.MustParsePrefix("64:ff9b::/96")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip) || translated.Contains(ip) {
		return errPrivate
	}
	return nil
}

// reach asks for each page once, and returns those that are not there and why. What
// the end of ctx left out is not judged.
func (r *reacher) reach(ctx context.Context, urls []string) map[string]string {
	var g errgroup.Group
	g.SetLimit(pagesAtOnce)
	for _, url := range urls[:min(len(urls), maxPages)] {
		g.Go(func() error {
			r.look(ctx, url)
			return nil
		})
	}
	_ = g.Wait() // the functions return no error
	dead := map[string]string{}
	for _, url := range urls {
		if why := r.answers[url]; why != "" {
			dead[url] = why
		}
	}
	return dead
}

// look asks for a page that was not asked for before.
func (r *reacher) look(ctx context.Context, url string) {
	r.mu.Lock()
	_, known := r.answers[url]
	r.mu.Unlock()
	if known {
		return
	}
	why := r.page(ctx, url)
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[url] = why
}

// page says why a page is not there; "" when it is, or asks for a login.
func (r *reacher) page(ctx context.Context, url string) string {
	status, err := r.ask(ctx, http.MethodHead, url)
	if err == nil && (status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented) {
		status, err = r.ask(ctx, http.MethodGet, url)
	}
	var timeout net.Error
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("the host did not answer within %s", pageTimeout)
	case err != nil:
		return "the host cannot be reached"
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests, status < http.StatusBadRequest:
		return ""
	}
	return "the host answers with " + strconv.Itoa(status)
}

func (r *reacher) ask(ctx context.Context, method, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Header.Set("User-Agent", "nthlayer")
	request.URL.User = nil // no login of a file is sent
	response, err := r.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.CopyN(io.Discard, response.Body, 1<<10)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return response.StatusCode, err
}
