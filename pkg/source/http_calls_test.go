package source_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/transport"
)

func TestNames(t *testing.T) {
	tests := map[string]struct {
		match []string
		want  []string
	}{
		"all":             {nil, []string{"http_requests_total", "up"}},
		"one selector":    {[]string{`{__name__=~"up|down"}`}, []string{"up"}},
		"several":         {[]string{`up`, `http_requests_total{code="500"}`}, []string{"http_requests_total", "up"}},
		"none that match": {[]string{`up{service="other"}`}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			got, err := open(t, s.URL).Names(context.Background(), tt.match, now().Add(-time.Hour), now())
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(source.Names{Names: tt.want}, got); d != "" {
				t.Errorf("names (-want +got):\n%s", d)
			}
			p := s.Requests()[0].Params
			if p.Get("start") != "1772362800" || p.Get("end") != "1772366400" {
				t.Errorf("start = %s, end = %s, want the hour before %d", p.Get("start"), p.Get("end"), now().Unix())
			}
		})
	}
}

func TestNamesOfManySelectorsTakeSeveralShortURLs(t *testing.T) {
	s := newServer(t)
	s.Next(namesPath, sourcetest.Warn("a store is away"))
	match := []string{"up"}
	for i := range 300 {
		match = append(match, fmt.Sprintf(`metric_number_%d_total{service="a service with a long name"}`, i))
	}
	match = append(match, "http_requests_total")
	got, err := open(t, s.URL).Names(context.Background(), match, now().Add(-time.Hour), now())
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(source.Names{Names: []string{"http_requests_total", "up"}, Warnings: []string{"a store is away"}}, got); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	sent := 0
	for _, r := range s.Requests() {
		sent += len(r.Params["match[]"])
		if r.URLBytes > 7100 {
			t.Errorf("a URL has %d bytes, want about 7000 at most", r.URLBytes)
		}
	}
	if n := s.Count(namesPath); sent != len(match) || n < 2 || n > 6 {
		t.Errorf("%d of %d selectors were sent in %d requests, want all of them in 2 to 6", sent, len(match), n)
	}
}

func TestNamesFailures(t *testing.T) {
	tests := map[string]struct {
		step sourcetest.Step
		want source.ErrorKind
	}{
		"refused":      {sourcetest.Fail(400, "bad_data", "no"), source.Rejected},
		"forbidden":    {sourcetest.Status(403), source.Unauthorized},
		"no such call": {sourcetest.Status(404), source.Unsupported},
		"web page":     {sourcetest.HTML(), source.Malformed},
		"truncated":    {sourcetest.Truncated(), source.Malformed},
		// Taken for success these would say that no metric exists.
		"empty object": {sourcetest.JSON(`{}`), source.Malformed},
		"no data":      {sourcetest.JSON(`{"status":"success"}`), source.Malformed},
		"null data":    {sourcetest.Data(`null`), source.Malformed},
		"other data":   {sourcetest.Data(`{"a":1}`), source.Malformed},
		"error in 200": {sourcetest.JSON(`{"status":"error","errorType":"timeout","error":"slow"}`), source.Timeout},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.Always("", tt.step)
			got, err := open(t, s.URL).Names(context.Background(), nil, now(), now())
			if kindOf(t, err) != tt.want {
				t.Errorf("Names = %v, %v, want an error of kind %q", got, err, tt.want)
			}
		})
	}
}

func TestRecorded(t *testing.T) {
	tests := map[string]struct {
		step sourcetest.Step
		want []string
		kind source.ErrorKind
	}{
		"rules":               {sourcetest.Pass(), []string{"slo:a", "slo:b"}, ""},
		"no such call":        {sourcetest.Status(404), nil, ""},
		"unsupported path":    {sourcetest.Respond(400, "text/plain", "unsupported path requested"), nil, ""},
		"not implemented":     {sourcetest.Status(501), nil, ""},
		"alerts are left out": {sourcetest.Data(`{"groups":[{"rules":[{"name":"A","type":"alerting"},{"name":"r","type":"recording"}]}]}`), []string{"r"}, ""},
		"down":                {sourcetest.Status(500), nil, source.ServerFault},
		"forbidden":           {sourcetest.Status(403), nil, source.Unauthorized},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.RecordingRules("slo:b", "slo:a", "slo:b")
			s.Always(rulesPath, tt.step)
			got, err := open(t, s.URL).Recorded(context.Background())
			if kindOf(t, err) != tt.kind {
				t.Fatalf("error = %v, want kind %q", err, tt.kind)
			}
			if d := diff(tt.want, got); d != "" {
				t.Errorf("names (-want +got):\n%s", d)
			}
			if got := s.Requests()[0].Params.Get("type"); got != "record" {
				t.Errorf("type = %q, want record alone: alerts may be large", got)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, suffix := range []string{"", "/", "/prometheus", "/prometheus/", "/a/b/"} {
		t.Run("path "+suffix, func(t *testing.T) {
			s := newServer(t)
			s.Prefix(strings.TrimRight(suffix, "/"))
			address := strings.TrimSuffix(s.URL, strings.TrimRight(suffix, "/")) + suffix
			src := open(t, address)
			for range 2 {
				if _, err := src.Query(context.Background(), "up", now()); err != nil {
					t.Error(err)
				}
			}
			if _, err := src.Names(context.Background(), nil, now(), now()); err != nil {
				t.Error(err)
			}
			if _, err := src.Recorded(context.Background()); err != nil {
				t.Error(err)
			}
			if got := src.Info().Name; got != s.URL {
				t.Errorf("name = %q, want %q", got, s.URL)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	const secret = "s3cr3t-p@ss"
	tests := map[string]struct {
		require func(*sourcetest.Server)
		inURL   string
		options transport.Options
	}{
		"user in the URL": {func(s *sourcetest.Server) { s.RequireBasic("joe", secret) }, "joe:s3cr3t-p%40ss@", transport.Options{}},
		"basic":           {func(s *sourcetest.Server) { s.RequireBasic("joe", secret) }, "", transport.Options{Auth: transport.Basic("joe", secret)}},
		"bearer":          {func(s *sourcetest.Server) { s.RequireBearer(secret) }, "", transport.Options{Auth: transport.Bearer(secret)}},
		"tenant":          {func(s *sourcetest.Server) { s.RequireHeader("X-Scope-OrgID", secret) }, "", transport.Options{Headers: map[string]string{"X-Scope-OrgID": secret}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			tt.require(s)
			address := strings.Replace(s.URL, "http://", "http://"+tt.inURL, 1)
			src := open(t, address, func(o *source.Options) { o.Transport = tt.options })
			if _, err := src.Query(context.Background(), "up", now()); err != nil {
				t.Errorf("Query: %v", err)
			}
			if _, err := src.Names(context.Background(), nil, now(), now()); err != nil {
				t.Errorf("Names: %v", err)
			}
			// A server that repeats what it was sent must not make it public.
			s.Always("", sourcetest.Fail(400, "bad_data", "not for s3cr3t-p@ss"))
			_, err := src.Query(context.Background(), "up", now())
			if kindOf(t, err) != source.Rejected || strings.Contains(err.Error(), secret) {
				t.Errorf("error = %v, want one without the secret", err)
			}
			if text := fmt.Sprintf("%v %+v", src.Info(), tt.options); strings.Contains(text, "joe:") || strings.Contains(text, "s3cr3t-p") && tt.options.Headers == nil {
				t.Errorf("the secret is printed: %s", text)
			}
		})
	}
}

func TestRedirectsCarryNoCredentials(t *testing.T) {
	const secret = "s3cr3t-token"
	other := newServer(t)
	tests := map[string]func(string) string{
		"another port": func(string) string { return other.URL + "%s" },
		"another host": func(string) string { return strings.Replace(other.URL, "127.0.0.1", "localhost", 1) + "%s" },
	}
	for name, to := range tests {
		for _, status := range []int{301, 302, 307, 308} {
			t.Run(fmt.Sprintf("%s %d", name, status), func(t *testing.T) {
				other.Reset()
				s := newServer(t)
				s.Always("", sourcetest.Redirect(status, to(s.URL)))
				src := open(t, s.URL, func(o *source.Options) {
					o.Transport.Auth = transport.Bearer(secret)
					o.Transport.Headers = map[string]string{"X-Scope-OrgID": secret}
				})
				_, err := src.Query(context.Background(), "up", now())
				if kindOf(t, err) != source.Malformed || !strings.Contains(err.Error(), "another host or port") {
					t.Errorf("error = %v, want a redirect that was not followed", err)
				}
				if _, err := src.Names(context.Background(), nil, now(), now()); kindOf(t, err) != source.Malformed {
					t.Errorf("Names: %v, want a redirect that was not followed", err)
				}
				if n := other.Count(""); n != 0 {
					t.Errorf("the other server was asked %d times", n)
				}
			})
		}
	}
}

func TestRedirectsWithinTheServer(t *testing.T) {
	s := newServer(t)
	src := open(t, s.URL)
	s.Next(queryPath, sourcetest.Redirect(http.StatusPermanentRedirect, "%s"))
	if got, err := src.Query(context.Background(), "up", now()); err != nil || len(got.Series) != 1 {
		t.Errorf("a 308 gave %v, %v, want it to be followed", got, err)
	}
	s.Next(queryPath, sourcetest.Redirect(http.StatusFound, "/login"))
	if _, err := src.Query(context.Background(), "up", now()); kindOf(t, err) != source.Malformed || !strings.Contains(err.Error(), "loses what was asked") {
		t.Errorf("a 302 gave %v, want an error: the query would be lost", err)
	}
}

func TestCAFileIsTrusted(t *testing.T) {
	s := sourcetest.NewTLSServer(t, sourcetest.Load(t, now(), "1m", "up 1"))
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, s.Certificate(), 0o600); err != nil {
		t.Fatal(err)
	}
	src := open(t, s.URL, func(o *source.Options) { o.Transport.CAFile = file })
	if _, err := src.Query(context.Background(), "up", now()); err != nil {
		t.Error(err)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	s := newServer(t)
	s.Next(queryPath, sourcetest.RetryAfter(429, "7"), sourcetest.RetryAfter(503, "3"))
	var waits []time.Duration
	src := open(t, s.URL, func(o *source.Options) {
		o.Transport.Sleep = func(_ context.Context, d time.Duration) error {
			waits = append(waits, d)
			return nil
		}
	})
	if _, err := src.Query(context.Background(), "up", now()); err != nil {
		t.Fatal(err)
	}
	if d := diff([]time.Duration{7 * time.Second, 3 * time.Second}, waits); d != "" {
		t.Errorf("waits (-want +got):\n%s", d)
	}
}
