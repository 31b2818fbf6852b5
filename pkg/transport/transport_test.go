package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/transport"
)

const secret = "s3cr3t-value"

func parse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func build(t *testing.T, address string, o transport.Options) *transport.Transport {
	t.Helper()
	o.Origin = parse(t, address)
	tr, err := transport.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// request returns a request whose body, if any, can be read once only.
func request(t *testing.T, ctx context.Context, method, address, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, address, io.NopCloser(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// recorder is a server that keeps the headers of every request.
func recorder(t *testing.T, answer http.HandlerFunc) (address string, received func() []http.Header) {
	t.Helper()
	var all []http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all = append(all, r.Header.Clone())
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []http.Header { return all }
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

func TestCredentialsGoToTheOriginAlone(t *testing.T) {
	auths := map[string]transport.Auth{
		"basic":  transport.Basic("joe", secret),
		"bearer": transport.Bearer(secret),
		"header": transport.Header("PRIVATE-TOKEN", secret),
	}
	for name, auth := range auths {
		t.Run(name, func(t *testing.T) {
			home, atHome := recorder(t, ok)
			away, atAway := recorder(t, ok)
			c := build(t, home, transport.Options{Auth: auth, Headers: map[string]string{"X-Scope-OrgID": secret}, UserAgent: "nthlayer/1"}).Client()
			for _, address := range []string{home, away, strings.Replace(home, "127.0.0.1", "localhost", 1)} {
				r := request(t, context.Background(), http.MethodGet, address, "")
				if address == away {
					// A library that signs on its own must not get its way either.
					r.Header.Set("Authorization", "Bearer "+secret)
					r.Header.Set("Private-Token", secret)
					r.Header.Set("X-Scope-OrgID", secret)
				}
				response, err := c.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
			}
			if h := atHome()[0]; h.Get("X-Scope-OrgID") != secret || h.Get("Authorization")+h.Get("Private-Token") == "" {
				t.Errorf("the origin got %v, want the credentials", h)
			}
			if got := atHome()[0].Get("User-Agent"); got != "nthlayer/1" {
				t.Errorf("User-Agent = %q", got)
			}
			for _, h := range append(atAway(), atHome()[1]) {
				if text := fmt.Sprint(h); strings.Contains(text, secret) || h.Get("Authorization") != "" {
					t.Errorf("another origin got %s", text)
				}
			}
		})
	}
}

func TestRedirectsThatLeaveTheOriginAreRefused(t *testing.T) {
	away, atAway := recorder(t, ok)
	for name, target := range map[string]string{
		"another port": away + "/x?token=" + secret,
		"another host": strings.Replace(away, "127.0.0.1", "localhost", 1),
	} {
		t.Run(name, func(t *testing.T) {
			home, _ := recorder(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, target, http.StatusFound)
			})
			response, err := build(t, home, transport.Options{Auth: transport.Bearer(secret)}).Client().Get(home)
			if response != nil {
				_ = response.Body.Close()
			}
			var refused *transport.RedirectError
			if !errors.As(err, &refused) || !strings.Contains(refused.Error(), "another host or port") {
				t.Errorf("error = %v, want a refused redirect", err)
			}
			if refused != nil && strings.Contains(refused.Error(), secret) {
				t.Errorf("the error shows the query: %v", refused)
			}
			if n := len(atAway()); n != 0 {
				t.Errorf("the other server got %d requests", n)
			}
		})
	}
}

func TestRedirectsFromHTTPSToHTTPAreRefused(t *testing.T) {
	tr := build(t, "https://prom.example", transport.Options{Base: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"http://prom.example/"}}, Body: http.NoBody}, nil
	})})
	response, err := tr.Client().Get("https://prom.example/")
	if response != nil {
		_ = response.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "from https to http") {
		t.Errorf("error = %v, want a refused redirect", err)
	}
}

// A POST that turns into a GET would be answered as if it had been done.
func TestRedirectsThatLoseTheBodyAreRefused(t *testing.T) {
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther} {
		home, received := recorder(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/next", status) })
		response, err := build(t, home, transport.Options{}).Client().Post(home, "text/plain", strings.NewReader("x"))
		if response != nil {
			_ = response.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "turns a POST into a GET") || len(received()) != 1 {
			t.Errorf("%d: %d requests, error %v", status, len(received()), err)
		}
	}
}

// An origin is scheme, host and port: the same port without encryption is another.
func TestCredentialsDoNotGoToTheSamePortWithoutEncryption(t *testing.T) {
	var sent []http.Header
	tr := build(t, "https://prom.example:9090", transport.Options{Auth: transport.Bearer(secret), Base: roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header)
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})})
	for _, address := range []string{"https://prom.example:9090/", "http://prom.example:9090/"} {
		response, err := tr.RoundTrip(request(t, context.Background(), http.MethodGet, address, ""))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	if len(sent) != 2 || sent[0].Get("Authorization") == "" || sent[1].Get("Authorization") != "" {
		t.Errorf("sent %v", sent)
	}
}

func TestRedirectsWithinTheOriginAreFollowedAFewTimes(t *testing.T) {
	hops := 0
	home, received := recorder(t, func(w http.ResponseWriter, r *http.Request) {
		if hops == 0 {
			ok(w, r)
			return
		}
		hops--
		http.Redirect(w, r, "/next", http.StatusFound)
	})
	c := build(t, home, transport.Options{Auth: transport.Bearer(secret)}).Client()
	hops = 3
	response, err := c.Get(home)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if last := received()[3]; last.Get("Authorization") == "" {
		t.Error("the credentials are lost within the origin")
	}
	hops = 100
	response, err = c.Get(home)
	if err == nil {
		_ = response.Body.Close()
	}
	var refused *transport.RedirectError
	if !errors.As(err, &refused) {
		t.Errorf("error = %v, want an end to redirects", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnswersAreBounded(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"with a length": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 101)) },
		"without": func(w http.ResponseWriter, _ *http.Request) {
			for range 101 {
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			home, received := recorder(t, answer)
			tr := build(t, home, transport.Options{MaxBodyBytes: 100})
			_, err := tr.RoundTrip(request(t, context.Background(), http.MethodGet, home, ""))
			var large *transport.TooLargeError
			if !errors.As(err, &large) || large.Limit != 100 {
				t.Errorf("error = %v, want one about 100 bytes", err)
			}
			if n := len(received()); n != 1 {
				t.Errorf("%d requests, want 1: the next answer would be as large", n)
			}
			if body, err := body(build(t, home, transport.Options{MaxBodyBytes: 101}), home); err != nil || len(body) != 101 {
				t.Errorf("an answer as large as the limit gave %d bytes, %v", len(body), err)
			}
		})
	}
}

// endless is a body that fails a test which reads far beyond a limit.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read += len(p); e.read > 1<<20 {
		return 0, errors.New("read far too much")
	}
	return len(p), nil
}

// What an answer claims to be is not made room for.
func TestAnswersThatClaimToBeHugeAreRefused(t *testing.T) {
	tr := build(t, "https://prom.example", transport.Options{Base: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ContentLength: 1 << 60, Body: io.NopCloser(strings.NewReader("x"))}, nil
	})})
	_, err := tr.RoundTrip(request(t, context.Background(), http.MethodGet, "https://prom.example/", ""))
	if large, ok := errors.AsType[*transport.TooLargeError](err); !ok || large.Limit != transport.DefaultMaxBodyBytes {
		t.Errorf("error %v", err)
	}
}

func TestEndlessAnswersAreNotReadToTheEnd(t *testing.T) {
	tr := build(t, "http://prom.example", transport.Options{MaxBodyBytes: 100, Base: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ContentLength: -1, Body: io.NopCloser(&endless{})}, nil
	})})
	_, err := tr.RoundTrip(request(t, context.Background(), http.MethodGet, "http://prom.example", ""))
	var large *transport.TooLargeError
	if !errors.As(err, &large) {
		t.Errorf("error = %v, want one about the size", err)
	}
}

func body(tr *transport.Transport, address string) (string, error) {
	response, err := tr.Client().Get(address)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	return string(data), err
}

func TestEveryCallHasADeadline(t *testing.T) {
	tr := build(t, "http://prom.example", transport.Options{Timeout: time.Nanosecond, Base: roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})})
	_, err := tr.RoundTrip(request(t, context.Background(), http.MethodGet, "http://prom.example", ""))
	if !transport.IsTimeout(err) {
		t.Errorf("error = %v, want a timeout", err)
	}
}

func TestCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(ok))
	t.Cleanup(s.Close)
	dir := t.TempDir()
	none := filepath.Join(dir, "none.pem")
	if err := os.WriteFile(none, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{none: "no PEM certificate", filepath.Join(dir, "missing.pem"): "cannot be read"} {
		_, err := transport.New(transport.Options{Origin: parse(t, s.URL), CAFile: file})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want %q", file, err, want)
		}
	}
}

func TestProxyIsTheCallers(t *testing.T) {
	proxy, received := recorder(t, ok)
	tr := build(t, "http://prom.example", transport.Options{Proxy: http.ProxyURL(parse(t, proxy))})
	if got, err := body(tr, "http://prom.example/x"); err != nil || got != "ok" || len(received()) != 1 {
		t.Errorf("answer = %q, %v after %d requests to the proxy, want ok after one", got, err, len(received()))
	}
}

func TestOptionsAreChecked(t *testing.T) {
	origin := &url.URL{Scheme: "http", Host: "prom.example"}
	tests := map[string]struct {
		options transport.Options
		want    string
	}{
		"no origin":      {transport.Options{}, "no address"},
		"scheme":         {transport.Options{Origin: &url.URL{Scheme: "ftp", Host: "x", User: url.UserPassword("joe", secret)}}, "http://"},
		"no host":        {transport.Options{Origin: &url.URL{Scheme: "http", Path: "/x"}}, "no host"},
		"negative":       {transport.Options{Origin: origin, Timeout: -1}, "negative"},
		"header name":    {transport.Options{Origin: origin, Headers: map[string]string{"a b": secret}}, `"a b"`},
		"header value":   {transport.Options{Origin: origin, Headers: map[string]string{"X-Key": secret + "\n"}}, `"X-Key"`},
		"token newline":  {transport.Options{Origin: origin, Auth: transport.Bearer(secret + "\n")}, "line break"},
		"auth bad value": {transport.Options{Origin: origin, Auth: transport.Header("X-Key", secret+"\r\n")}, "line break"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := transport.New(tt.options)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("error = %v, want one with %q and without the secret", err, tt.want)
			}
		})
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	tr := build(t, "http://joe:"+secret+"@127.0.0.1:1", transport.Options{Headers: map[string]string{"X-Scope-OrgID": "tenant-1"}})
	response, err := tr.Client().Get("http://joe:" + secret + "@127.0.0.1:1/x")
	if response != nil {
		_ = response.Body.Close()
	}
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("error = %v, want one without the secret", err)
	}
	encoded := "am9lOnMzY3IzdC12YWx1ZQ==" // joe:s3cr3t-value in base64
	if got := tr.Redact("a " + secret + " b " + encoded + " c tenant-1"); got != "a *** b *** c ***" {
		t.Errorf("Redact = %q", got)
	}
	if got := build(t, "http://prom.example", transport.Options{Auth: transport.Bearer("p@ss word")}).Redact("/x?token=p%40ss+word"); got != "/x?token=***" {
		t.Errorf("Redact of an encoded secret = %q", got)
	}
	odd := build(t, "http://prom.example", transport.Options{Auth: transport.Bearer(`s3"c\<r&t`)})
	for _, repeated := range []string{`s3"c\<r&t`, `s3\"c\\<r&t`, `s3\"c\\\u003cr\u0026t`, `s3&#34;c\&lt;r&amp;t`, `s3%22c%5C%3Cr&t`, `s3%22c%5C%3Cr%26t`} {
		if got := odd.Redact("Bearer " + repeated + "."); got != "Bearer ***." {
			t.Errorf("Redact of a secret as a server repeats it = %q", got)
		}
	}
	for _, auth := range []transport.Auth{transport.Basic("joe", secret), transport.Bearer(secret), transport.Header("K", secret)} {
		o := transport.Options{Auth: auth}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, o); strings.Contains(text, secret) {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
	u := parse(t, "https://joe:"+secret+"@prom.example/x?token="+secret+"#"+secret)
	if got := transport.Redacted(u); got != "https://prom.example/x" {
		t.Errorf("Redacted = %q", got)
	}
}
