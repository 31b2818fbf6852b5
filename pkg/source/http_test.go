package source_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/transport"
)

const (
	queryPath = "/api/v1/query"
	namesPath = "/api/v1/label/__name__/values"
	rulesPath = "/api/v1/rules"
)

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// newServer serves two series of one metric and one of another.
func newServer(t *testing.T) *sourcetest.Server {
	t.Helper()
	return sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m",
		`http_requests_total{service="checkout",code="200"} 0+60x100`,
		`http_requests_total{service="checkout",code="500"} 0+6x100`,
		`up{service="checkout"} 1x100`,
	))
}

// open opens a source whose waits take no time.
func open(t *testing.T, value string, change ...func(*source.Options)) source.Source {
	t.Helper()
	o := source.Options{Now: now(), Transport: transport.Options{
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}}
	for _, c := range change {
		c(&o)
	}
	src, err := source.Open(context.Background(), value, o)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func kindOf(t *testing.T, err error) source.ErrorKind {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *source.Error
	if !errors.As(err, &e) {
		t.Fatalf("error of type %T (%v), want *source.Error", err, err)
	}
	return e.Kind
}

func one(pairs ...string) labels.Labels { return labels.FromStrings(pairs...) }

func diff(want, got any) string {
	return cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmp.Comparer(labels.Equal))
}

func TestServerAnswers(t *testing.T) {
	s := newServer(t)
	src := open(t, s.URL)
	ctx := context.Background()

	got, err := src.Query(ctx, `sum by (code) (increase(http_requests_total{service="checkout"}[10m]))`, now())
	if err != nil {
		t.Fatal(err)
	}
	want := source.Answer{Series: []source.Series{
		{Labels: one("code", "200"), Points: []source.Point{{At: now(), Value: 600}}},
		{Labels: one("code", "500"), Points: []source.Point{{At: now(), Value: 60}}},
	}}
	if d := diff(want, got); d != "" {
		t.Errorf("Query (-want +got):\n%s", d)
	}

	got, err = src.QueryRange(ctx, `up`, source.Range{Start: now().Add(-2 * time.Minute), End: now(), Step: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	want = source.Answer{Series: []source.Series{{Labels: one("__name__", "up", "service", "checkout"), Points: []source.Point{
		{At: now().Add(-2 * time.Minute), Value: 1}, {At: now().Add(-time.Minute), Value: 1}, {At: now(), Value: 1},
	}}}}
	if d := diff(want, got); d != "" {
		t.Errorf("QueryRange (-want +got):\n%s", d)
	}

	for _, r := range s.Requests() {
		if r.Method != http.MethodPost || r.URLBytes > 40 {
			t.Errorf("the query was sent by %s with a URL of %d bytes, want it in the body of a POST", r.Method, r.URLBytes)
		}
		if got := r.Params.Get("timeout"); got != "10s" {
			t.Errorf("timeout = %q, want the server to stop when nobody waits any more", got)
		}
	}
	info := source.Info{Name: s.URL, TargetLabels: true, History: true}
	if d := diff(info, src.Info()); d != "" {
		t.Errorf("Info (-want +got):\n%s", d)
	}
}

func TestServerAnswerShapes(t *testing.T) {
	value := func(v float64) source.Answer {
		return source.Answer{Series: []source.Series{{Points: []source.Point{{At: time.Unix(0, 0).UTC(), Value: v}}}}}
	}
	tests := map[string]struct {
		step sourcetest.Step
		want source.Answer
	}{
		"scalar is one series":         {sourcetest.Scalar(0.5), value(0.5)},
		"NaN is kept":                  {sourcetest.Value(math.NaN()), value(math.NaN())},
		"infinity is kept":             {sourcetest.Value(math.Inf(1)), value(math.Inf(1))},
		"no series":                    {sourcetest.Data(`{"resultType":"vector","result":[]}`), source.Answer{}},
		"infos are no warnings":        {sourcetest.Infos("PromQL info: metric might not be a counter"), source.Answer{}},
		"warnings are kept and sorted": {sourcetest.Warn("b", "a"), source.Answer{Warnings: []string{"a", "b"}}},
		"partial is a warning":         {sourcetest.Partial(), source.Answer{Warnings: []string{"the server says that its answer is partial"}}},
		"histograms are counted": {
			sourcetest.Data(`{"resultType":"vector","result":[{"metric":{},"histogram":[0,{"count":"1","sum":"1"}]},{"metric":{},"value":[0,"2"]}]}`),
			source.Answer{Series: value(2).Series, Histograms: 1},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.Next("", tt.step)
			got, err := open(t, s.URL).Query(context.Background(), "absent_metric", now())
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(tt.want, got); d != "" {
				t.Errorf("answer (-want +got):\n%s", d)
			}
		})
	}
}

func TestServerFailures(t *testing.T) {
	tests := map[string]struct {
		step sourcetest.Step
		want source.ErrorKind
		// requests is how often the server is asked.
		requests int
		text     string
	}{
		"bad query":         {sourcetest.Fail(400, "bad_data", "parse error at char 3"), source.Rejected, 1, "parse error at char 3"},
		"execution":         {sourcetest.Fail(422, "execution", "many-to-many matching"), source.Rejected, 1, "many-to-many matching"},
		"too large":         {sourcetest.Status(413), source.Rejected, 1, "413"},
		"long URL":          {sourcetest.Status(414), source.Rejected, 1, "414"},
		"too many samples":  {sourcetest.Fail(422, "execution", "query processing would load too many samples into memory"), source.Limited, 1, "too many samples"},
		"login":             {sourcetest.Status(401), source.Unauthorized, 1, "401"},
		"forbidden":         {sourcetest.Status(403), source.Unauthorized, 1, "403"},
		"proxy login":       {sourcetest.Status(407), source.Unauthorized, 1, "HTTPS_PROXY"},
		"no such call":      {sourcetest.Status(404), source.Unsupported, 1, "/api/v1"},
		"no POST, no GET":   {sourcetest.Status(405), source.Unsupported, 2, "405"},
		"not implemented":   {sourcetest.Status(501), source.Unsupported, 2, "501"},
		"too many requests": {sourcetest.Status(429), source.Limited, 3, "429"},
		"internal":          {sourcetest.Status(500), source.ServerFault, 1, "500"},
		"bad gateway":       {sourcetest.Status(502), source.ServerFault, 3, "502"},
		"overloaded":        {sourcetest.Status(503), source.ServerFault, 3, "503"},
		"gateway timeout":   {sourcetest.Status(504), source.Timeout, 3, "504"},
		"server's timeout":  {sourcetest.Fail(503, "timeout", "query timed out in expression evaluation"), source.Timeout, 1, "timed out"},
		"web page":          {sourcetest.HTML(), source.Malformed, 1, "web page"},
		"error web page":    {sourcetest.Respond(502, "text/html", "<html>nginx</html>"), source.ServerFault, 3, "502"},
		"truncated":         {sourcetest.Truncated(), source.Malformed, 1, "breaks off"},
		"cut off":           {sourcetest.CutOff(), source.Malformed, 3, "broke off"},
		"no result":         {sourcetest.JSON(`{}`), source.Malformed, 1, "no result"},
		"other JSON":        {sourcetest.JSON(`[1,2]`), source.Malformed, 1, "Prometheus API"},
		"empty":             {sourcetest.JSON(``), source.Malformed, 1, "Prometheus API"},
		"no content":        {sourcetest.Status(204), source.Malformed, 1, "Prometheus API"},
		"not modified":      {sourcetest.Status(304), source.Malformed, 1, "304"},
		"lost redirect":     {sourcetest.Status(302), source.Malformed, 1, "302"},
		"error with 200":    {sourcetest.JSON(`{"status":"error","errorType":"execution","error":"boom"}`), source.Rejected, 1, "boom"},
		"range of samples":  {sourcetest.Data(`{"resultType":"matrix","result":[]}`), source.Malformed, 1, "range of samples"},
		"text":              {sourcetest.Data(`{"resultType":"string","result":[0,"x"]}`), source.Malformed, 1, "string"},
		"samples of text":   {sourcetest.Data(`{"resultType":"vector","result":"x"}`), source.Malformed, 1, "it is no JSON, or has another form"},
		"unknown shape":     {sourcetest.Data(`{"resultType":"table","result":[]}`), source.Malformed, 1, "Prometheus API"},
		"reset":             {sourcetest.Reset(), source.Unreachable, 3, "reset"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.Always("", tt.step)
			_, err := open(t, s.URL).Query(context.Background(), "up", now())
			if got := kindOf(t, err); got != tt.want {
				t.Errorf("kind = %q, want %q (%v)", got, tt.want, err)
			}
			if got := s.Count(""); got != tt.requests {
				t.Errorf("%d requests, want %d", got, tt.requests)
			}
			if err != nil && (!strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "nmarshal")) {
				t.Errorf("%q does not say %q, or says how it was decoded", err, tt.text)
			}
		})
	}
}

func TestRefusedLoginIsNotAskedAgainWithTheQueryInTheURL(t *testing.T) {
	s := newServer(t)
	s.Always("", sourcetest.Status(http.StatusForbidden))
	_, err := open(t, s.URL).Query(context.Background(), "secret_business_metric", now())
	if got := kindOf(t, err); got != source.Unauthorized {
		t.Errorf("kind = %q, want %q", got, source.Unauthorized)
	}
	for _, r := range s.Requests() {
		if r.Method != http.MethodPost {
			t.Errorf("the query was repeated by %s", r.Method)
		}
	}
}

func TestServerWithoutPOSTIsAskedByGET(t *testing.T) {
	s := newServer(t)
	s.Next(queryPath, sourcetest.Status(http.StatusMethodNotAllowed))
	got, err := open(t, s.URL).Query(context.Background(), "up", now())
	if err != nil || len(got.Series) != 1 {
		t.Errorf("answer = %v, %v, want one series", got, err)
	}
}

func TestUnreachableServers(t *testing.T) {
	closed := newServer(t)
	closed.Close()
	tls := sourcetest.NewTLSServer(t, sourcetest.Load(t, now(), "1m", "up 1"))
	plain := newServer(t)
	tests := map[string]struct{ url, hint string }{
		"refused":        {closed.URL, "port"},
		"no such host":   {"http://prometheus.invalid:9090", "spelling"},
		"unknown CA":     {tls.URL, "ca-file"},
		"no TLS there":   {strings.Replace(plain.URL, "http:", "https:", 1), "http://"},
		"TLS is there":   {strings.Replace(tls.URL, "https:", "http:", 1), ""},
		"unreached port": {"http://127.0.0.1:1", "port"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, tt.url).Query(context.Background(), "up", now())
			kind := kindOf(t, err)
			if name == "TLS is there" {
				// Go's server answers 400 in plain text to such a client.
				if kind != source.Rejected {
					t.Errorf("kind = %q, want %q", kind, source.Rejected)
				}
				return
			}
			var e *source.Error
			if !errors.As(err, &e) || kind != source.Unreachable || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("error = %v of kind %q, want unreachable with a hint on %q", err, kind, tt.hint)
			}
		})
	}
}

func TestDeadlineAndCancellation(t *testing.T) {
	s := newServer(t)
	s.Always("", sourcetest.Hang())
	short := open(t, s.URL, func(o *source.Options) { o.Transport.Timeout = time.Millisecond })
	if _, err := short.Query(context.Background(), "up", now()); kindOf(t, err) != source.Timeout {
		t.Errorf("a query without an answer gave %v, want a timeout", err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	src := open(t, s.URL)
	if _, err := src.Query(canceled, "up", now()); kindOf(t, err) != source.Canceled {
		t.Errorf("a stopped run gave %v, want canceled", err)
	}
	expired, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
	defer cancel()
	if _, err := src.Names(expired, nil, now(), now()); kindOf(t, err) != source.Timeout {
		t.Errorf("a run out of time gave %v, want a timeout", err)
	}
}

func TestAnswerSizeIsBounded(t *testing.T) {
	s := newServer(t)
	src := open(t, s.URL, func(o *source.Options) { o.Transport.MaxBodyBytes = 50 })
	_, err := src.Query(context.Background(), "up", now())
	if kindOf(t, err) != source.Limited || !strings.Contains(err.Error(), "50 bytes") {
		t.Errorf("error = %v, want one about the 50 bytes", err)
	}
}

func TestQueriesAtATimeAreBounded(t *testing.T) {
	s := newServer(t)
	entered, release := make(chan struct{}, 6), make(chan struct{})
	s.Always("", func(w http.ResponseWriter, r *http.Request, s *sourcetest.Server) {
		entered <- struct{}{}
		sourcetest.Hold(release)(w, r, s)
	})
	src := open(t, s.URL, func(o *source.Options) { o.Transport.Concurrency = 2 })
	results := make(chan error)
	for range 6 {
		go func() {
			_, err := src.Query(context.Background(), "up", now())
			results <- err
		}()
	}
	for range 2 {
		<-entered
	}
	close(release)
	for range 6 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if got := s.MaxInFlight(); got != 2 {
		t.Errorf("%d requests ran at a time, want 2", got)
	}
}
