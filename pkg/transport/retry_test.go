package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/transport"
)

const origin = "https://api.example"

// script answers requests in turn, the last one for ever, on a clock of its own.
type script struct {
	turns  []turn
	now    time.Time
	waits  []time.Duration
	bodies []string
	starts []time.Time
}

type turn struct {
	status int
	header http.Header
	err    error
	body   string
}

func status(code int, pairs ...string) turn {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return turn{status: code, header: h}
}

func play(turns ...turn) *script {
	return &script{turns: turns, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.bodies = append(s.bodies, string(data))
	s.starts = append(s.starts, s.now)
	one := s.turns[min(len(s.bodies), len(s.turns))-1]
	if one.err != nil {
		return nil, one.err
	}
	return &http.Response{StatusCode: one.status, Header: one.header, Body: io.NopCloser(strings.NewReader(one.body)), ContentLength: -1}, nil
}

func (s *script) sleep(ctx context.Context, d time.Duration) error {
	s.waits = append(s.waits, d)
	s.now = s.now.Add(d)
	return ctx.Err()
}

func (s *script) transport(t *testing.T, change ...func(*transport.Options)) *transport.Transport {
	t.Helper()
	o := transport.Options{
		Base: s, Sleep: s.sleep,
		Now:    func() time.Time { return s.now },
		Random: func() float64 { return 0 },
	}
	for _, c := range change {
		c(&o)
	}
	return build(t, origin, o)
}

// send sends a request and returns the status, or 0 for an error.
func send(t *testing.T, ctx context.Context, tr *transport.Transport, method string) (int, error) {
	t.Helper()
	response, err := tr.RoundTrip(request(t, ctx, method, origin, "payload"))
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// TestInternalErrors makes sure that an API that is busy is asked again where that is
// wanted, and that nothing is written twice for it.
func TestInternalErrors(t *testing.T) {
	for method, want := range map[string]int{"GET": 2, "PUT": 2, "POST": 1, "PATCH": 1} {
		s := play(status(500), status(200))
		tr := s.transport(t, func(o *transport.Options) { o.RetryInternalError = true })
		if _, err := send(t, context.Background(), tr, method); err != nil || len(s.bodies) != want {
			t.Errorf("%s is sent %d times, want %d: %v", method, len(s.bodies), want, err)
		}
	}
}

func TestWhatIsSentAgain(t *testing.T) {
	background := context.Background()
	reset := turn{err: fmt.Errorf("read tcp: %w", syscall.ECONNRESET)}
	tests := []struct {
		name   string
		method string
		ctx    context.Context
		first  turn
		sent   int
	}{
		{"request timeout", "GET", background, status(408), 2},
		{"too early", "GET", background, status(425), 2},
		{"too many requests", "GET", background, status(429), 2},
		{"bad gateway", "GET", background, status(502), 2},
		{"unavailable", "GET", background, status(503), 2},
		{"gateway timeout", "GET", background, status(504), 2},
		{"reset", "GET", background, reset, 2},
		{"broken pipe", "GET", background, turn{err: syscall.EPIPE}, 2},
		{"end of file", "GET", background, turn{err: io.EOF}, 2},
		{"cut answer", "GET", background, turn{err: io.ErrUnexpectedEOF}, 2},
		{"closed while idle", "GET", background, turn{err: errors.New("http: server closed idle connection")}, 2},
		{"head", "HEAD", background, status(503), 2},
		{"put", "PUT", background, status(503), 2},
		{"delete", "DELETE", background, status(503), 2},
		{"marked post", "POST", transport.WithIdempotent(background), status(503), 2},
		{"question by post", "POST", transport.WithQuestion(background), status(503), 2},
		{"marked post after a reset", "POST", transport.WithIdempotent(background), reset, 2},
		{"secondary limit", "GET", background, status(403, "Retry-After", "1"), 2},
		{"primary limit", "GET", background, status(403, "X-RateLimit-Remaining", "0"), 2},

		{"post that was too many", "POST", background, status(429), 2},
		{"post beyond the secondary limit", "POST", background, status(403, "Retry-After", "1"), 2},
		{"patch that was too many", "PATCH", background, status(429, "Retry-After", "1"), 2},

		{"post", "POST", background, status(503), 1},
		{"post with a wait", "POST", background, status(503, "Retry-After", "1"), 1},
		{"forbidden post", "POST", background, status(403), 1},
		{"post after a reset", "POST", background, reset, 1},
		{"patch", "PATCH", background, status(502), 1},
		{"refused connection", "GET", background, turn{err: syscall.ECONNREFUSED}, 1},
		{"deadline", "GET", background, turn{err: context.DeadlineExceeded}, 1},
		{"internal error", "GET", background, status(500), 1},
		{"not implemented", "GET", background, status(501), 1},
		{"bad request", "GET", background, status(400), 1},
		{"login", "GET", background, status(401), 1},
		{"forbidden", "GET", background, status(403), 1},
		{"not found", "GET", background, status(404), 1},
		{"conflict", "PUT", background, status(409), 1},
		{"unprocessable", "GET", background, status(422), 1},
		{"success", "GET", background, status(200), 1},
		{"redirect", "GET", background, status(302), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := play(tt.first, status(200))
			got, err := send(t, tt.ctx, s.transport(t), tt.method)
			if len(s.bodies) != tt.sent {
				t.Errorf("sent %d times, want %d", len(s.bodies), tt.sent)
			}
			if tt.sent == 2 && (got != 200 || err != nil) {
				t.Errorf("the second answer was %d, %v", got, err)
			}
			for i, b := range s.bodies {
				if b != "payload" {
					t.Errorf("body %d = %q, want it whole each time", i, b)
				}
			}
		})
	}
}

func TestAttemptsAreCountedAndTheLastAnswerStands(t *testing.T) {
	s := play(status(503))
	got, err := send(t, context.Background(), s.transport(t), "GET")
	if got != 503 || err != nil || len(s.bodies) != 3 {
		t.Errorf("answer = %d, %v after %d attempts, want 503 after 3", got, err, len(s.bodies))
	}
	s = play(turn{err: syscall.ECONNRESET})
	if _, err := send(t, context.Background(), s.transport(t, func(o *transport.Options) { o.MaxAttempts = 2 }), "GET"); !errors.Is(err, syscall.ECONNRESET) || len(s.bodies) != 2 {
		t.Errorf("error = %v after %d attempts, want the reset after 2", err, len(s.bodies))
	}
}

func TestHowLongIsWaited(t *testing.T) {
	at := play().now
	unix := func(d time.Duration) string { return strconv.FormatInt(at.Add(d).Unix(), 10) }
	date := func(d time.Duration) string { return at.Add(d).Format(http.TimeFormat) }
	tests := map[string]struct {
		first turn
		want  time.Duration
	}{
		"seconds":                    {status(503, "Retry-After", "7"), 7 * time.Second},
		"a date":                     {status(429, "Retry-After", date(20*time.Second)), 20 * time.Second},
		"a date in the past":         {status(429, "Retry-After", date(-time.Hour)), 0},
		"a date by the server clock": {status(429, "Date", date(time.Hour), "Retry-After", date(time.Hour+5*time.Second)), 5 * time.Second},
		"unreadable":                 {status(503, "Retry-After", "soon"), 500 * time.Millisecond},
		"negative":                   {status(503, "Retry-After", "-7"), 500 * time.Millisecond},
		"GitHub's reset":             {status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix(30*time.Second)), 30 * time.Second},
		"GitLab's reset":             {status(429, "RateLimit-Remaining", "0", "RateLimit-Reset", unix(11*time.Second)), 11 * time.Second},
		"the draft's reset":          {status(429, "RateLimit-Reset", "9"), 9 * time.Second},
		"a reset that is not due":    {status(429, "X-RateLimit-Remaining", "4000", "X-RateLimit-Reset", unix(time.Hour)), time.Minute},
		"no reset on other errors":   {status(503, "X-RateLimit-Reset", unix(time.Hour)), 500 * time.Millisecond},
		"Retry-After comes first":    {status(429, "Retry-After", "2", "X-RateLimit-Reset", unix(time.Hour)), 2 * time.Second},
		"a limit without a time":     {status(429), time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(tt.first, status(200))
			tr := s.transport(t, func(o *transport.Options) { o.LimitedWait = time.Minute })
			if got, err := send(t, context.Background(), tr, "GET"); got != 200 || err != nil {
				t.Errorf("answer = %d, %v", got, err)
			}
			if d := cmp.Diff([]time.Duration{tt.want}, s.waits); d != "" {
				t.Errorf("waits (-want +got):\n%s", d)
			}
		})
	}
}

func TestBackoffDoublesAndIsSpread(t *testing.T) {
	for random, want := range map[float64][]time.Duration{
		0: {500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second},
		1: {250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second},
	} {
		s := play(status(503))
		tr := s.transport(t, func(o *transport.Options) {
			o.MaxAttempts = 7
			o.Random = func() float64 { return random }
		})
		if _, err := send(t, context.Background(), tr, "GET"); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, s.waits); d != "" {
			t.Errorf("random %v: waits (-want +got):\n%s", random, d)
		}
	}
}

func TestTheTotalWaitIsCapped(t *testing.T) {
	s := play(status(429, "Retry-After", "40"))
	tr := s.transport(t, func(o *transport.Options) { o.MaxAttempts = 10 })
	if got, err := send(t, context.Background(), tr, "GET"); got != 429 || err != nil {
		t.Errorf("answer = %d, %v, want the 429", got, err)
	}
	// The next call shares what is left of the 90 seconds.
	if got, err := send(t, context.Background(), tr, "GET"); got != 429 || err != nil {
		t.Errorf("answer = %d, %v, want the 429", got, err)
	}
	want := []time.Duration{40 * time.Second, 40 * time.Second}
	if d := cmp.Diff(want, s.waits); d != "" {
		t.Errorf("waits (-want +got):\n%s", d)
	}
	endless := play(status(429, "Retry-After", "99999999999999"))
	if got, err := send(t, context.Background(), endless.transport(t), "GET"); got != 429 || err != nil || endless.waits != nil {
		t.Errorf("answer = %d, %v after waits %v, want the 429 at once", got, err, endless.waits)
	}
}

func TestWaitsAtTheSameTimeCountOnce(t *testing.T) {
	s := play(status(503, "Retry-After", "60"), status(503, "Retry-After", "60"), status(200))
	var tr *transport.Transport
	inner := false
	tr = s.transport(t, func(o *transport.Options) {
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			s.waits = append(s.waits, d)
			if !inner {
				// While the first call waits, another one begins to wait.
				inner = true
				if got, err := send(t, ctx, tr, "GET"); got != 200 || err != nil {
					t.Errorf("inner answer = %d, %v", got, err)
				}
			}
			return nil
		}
	})
	if got, err := send(t, context.Background(), tr, "GET"); got != 200 || err != nil || len(s.waits) != 2 {
		t.Errorf("answer = %d, %v after waits %v, want 200 after both", got, err, s.waits)
	}
}

func TestAStoppedRunDoesNotWait(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := play(status(503))
	tr := s.transport(t, func(o *transport.Options) {
		o.Sleep = func(ctx context.Context, _ time.Duration) error {
			cancel()
			return ctx.Err()
		}
	})
	if _, err := send(t, ctx, tr, "GET"); !errors.Is(err, context.Canceled) || len(s.bodies) != 1 {
		t.Errorf("error = %v after %d attempts, want canceled after one", err, len(s.bodies))
	}
}

// TestAWaitThatCannotEndIsNotBegun makes sure that a run with little time left says
// that there were too many requests, and not that it ran out of time.
func TestAWaitThatCannotEndIsNotBegun(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	s := play(status(429, "Retry-After", "7200"), status(200))
	tr := s.transport(t, func(o *transport.Options) { o.TotalWait = 24 * time.Hour })
	if got, err := send(t, ctx, tr, "GET"); got != 429 || err != nil || len(s.waits) != 0 {
		t.Errorf("answer %d, %v after waits %v, want 429 at once", got, err, s.waits)
	}
}

func TestTheServersLastWordIsKept(t *testing.T) {
	s := play(turn{status: 503, body: "timeout"})
	tr := s.transport(t, func(o *transport.Options) {
		o.Final = func(code int, body []byte) bool { return code == 503 && bytes.Equal(body, []byte("timeout")) }
	})
	if got, err := send(t, context.Background(), tr, "GET"); got != 503 || err != nil || len(s.bodies) != 1 {
		t.Errorf("answer = %d, %v after %d attempts, want 503 after one", got, err, len(s.bodies))
	}
}

func TestWritesAreSpaced(t *testing.T) {
	s := play(status(200))
	tr := s.transport(t, func(o *transport.Options) { o.MinWriteInterval = time.Second })
	background := context.Background()
	again, question, urgent := transport.WithIdempotent(background), transport.WithQuestion(background), transport.WithoutPace(background)
	for _, call := range []struct {
		method string
		ctx    context.Context
	}{{"POST", background}, {"GET", background}, {"POST", question}, {"PATCH", background}, {"PUT", background}, {"POST", again}, {"POST", urgent}} {
		if _, err := send(t, call.ctx, tr, call.method); err != nil {
			t.Fatal(err)
		}
	}
	var got []time.Duration
	for _, at := range s.starts {
		got = append(got, at.Sub(s.starts[0]))
	}
	want := []time.Duration{0, 0, 0, time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("starts (-want +got):\n%s", d)
	}
}

func TestAttemptsAtATimeAreBounded(t *testing.T) {
	var running, most atomic.Int32
	entered, release := make(chan struct{}), make(chan struct{})
	tr := build(t, origin, transport.Options{Concurrency: 3, Base: roundTrip(func(*http.Request) (*http.Response, error) {
		n := running.Add(1)
		defer running.Add(-1)
		for {
			old := most.Load()
			if n <= old || most.CompareAndSwap(old, n) {
				break
			}
		}
		entered <- struct{}{}
		<-release
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})})
	done := make(chan error)
	const calls = 9
	for range calls {
		go func() {
			_, err := send(t, context.Background(), tr, "GET")
			done <- err
		}()
	}
	for range 3 {
		<-entered
	}
	select {
	case <-entered:
		t.Error("a fourth attempt runs")
	default:
	}
	go func() {
		for range calls - 3 {
			<-entered
		}
	}()
	close(release)
	for range calls {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := most.Load(); got != 3 {
		t.Errorf("%d attempts ran at a time, want 3", got)
	}
}
