package push_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/transport"
)

// silent is a system that answers nothing until the request is given up, and says when
// it was asked.
func silent(t *testing.T, limit time.Duration, asked func()) push.API {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked()
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := transport.New(transport.Options{Origin: u, Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	return push.API{System: "Grafana", Base: u, HTTP: tr.Client()}
}

// TestWhoEndedTheWait makes sure that a message says which time was over, and that an
// interrupted run does not look like a system that is away.
func TestWhoEndedTheWait(t *testing.T) {
	tests := []struct {
		name            string
		interrupt, late bool
		limit           time.Duration
		want            string
	}{
		{"the limit of a request", false, false, time.Millisecond, " gave no answer within 1ms, which is the limit for one request"},
		{"the time of the run", false, true, time.Hour, "the time of --timeout for the whole run was over before Grafana at http://127.0.0.1:"},
		{"a person", true, false, time.Hour, "the run was interrupted before Grafana at http://127.0.0.1:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx, interrupt := context.WithCancelCause(t.Context())
			defer interrupt(nil)
			if test.late {
				var cancel context.CancelFunc
				ctx, cancel = context.WithDeadline(ctx, time.Unix(0, 0))
				defer cancel()
			}
			api := silent(t, test.limit, func() {
				if test.interrupt {
					interrupt(errors.New("interrupt signal received"))
				}
			})
			_, err := api.Call(ctx, push.Request{Method: http.MethodGet, Path: "/api"})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "signal") {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if o := (push.Outcome{Err: err}); o.Stopped() != (test.interrupt || test.late) {
				t.Errorf("stopped: %v", o.Stopped())
			}
		})
	}
}
