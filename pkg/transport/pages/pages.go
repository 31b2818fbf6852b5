// Package pages asks whether the pages are there that links of a repository lead to.
// The links are hostile: nothing is sent but the address itself.
package pages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Max is how many pages a client asks for.
const Max = 2000

// The bounds on asking for a page. A job must not hang on a slow host.
const (
	pagesAtOnce   = 8
	pageTimeout   = 5 * time.Second
	pageRedirects = 5
)

// Client asks for pages, each once however often it is called. It is safe for
// concurrent use.
type Client struct {
	client *http.Client
	mu     sync.Mutex
	// answers are why pages are not there; "" for those that are.
	answers map[string]string
}

// Public returns a client that asks pages on the internet alone. The links are from the
// change under test: a link to http://169.254.169.254/ must not make the runner ask its
// cloud. No credentials are sent, and no proxy is used, which could reach what we must
// not.
func Public() *Client { return newClient(publicOnly) }

// All returns a client that asks private addresses, too.
func All() *Client { return newClient(nil) }

func newClient(control func(network, address string, c syscall.RawConn) error) *Client {
	dialer := &net.Dialer{Timeout: pageTimeout, Control: control}
	return &Client{answers: map[string]string{}, client: &http.Client{
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

// Reach asks for each page once, and returns those that are not there and why. Left are
// those that nobody knows: what is beyond Max, and what the end of ctx left out.
func (c *Client) Reach(ctx context.Context, urls []string) (dead map[string]string, left []string) {
	var g errgroup.Group
	g.SetLimit(pagesAtOnce)
	for _, url := range c.unknown(urls) {
		g.Go(func() error {
			c.look(ctx, url)
			return nil
		})
	}
	_ = g.Wait() // the functions return no error
	c.mu.Lock()
	defer c.mu.Unlock()
	dead = map[string]string{}
	for _, url := range urls {
		switch why, known := c.answers[url]; {
		case !known:
			left = append(left, url)
		case why != "":
			dead[url] = why
		}
	}
	return dead, left
}

// unknown are the pages that were not asked for before, as many as may be.
func (c *Client) unknown(urls []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := slices.DeleteFunc(slices.Clone(urls), func(url string) bool { _, known := c.answers[url]; return known })
	return out[:min(len(out), Max-len(c.answers))]
}

// look asks for a page.
func (c *Client) look(ctx context.Context, url string) {
	why := c.page(ctx, url)
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[url] = why
}

// page says why a page is not there; "" when it is, or asks for a login.
func (c *Client) page(ctx context.Context, url string) string {
	status, err := c.ask(ctx, http.MethodHead, url)
	if err == nil && (status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented) {
		status, err = c.ask(ctx, http.MethodGet, url)
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

func (c *Client) ask(ctx context.Context, method, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Header.Set("User-Agent", "nthlayer")
	request.URL.User = nil // no login of a file is sent
	response, err := c.client.Do(request)
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
