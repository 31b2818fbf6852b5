package source_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	told := func(text string) sourcetest.Step { return sourcetest.Data(`{"storageRetention":"` + text + `"}`) }
	for _, c := range []struct {
		name         string
		info, config sourcetest.Step
		want         time.Duration
		kind         source.ErrorKind
		requests     int
	}{
		{"by time", told("15d"), sourcetest.Pass(), 15 * day, "", 1},
		{"by both", told("10d or 50GiB"), sourcetest.Pass(), 10 * day, "", 1},
		{"by both, the other way round", told("50GiB or 1w2d"), sourcetest.Pass(), 9 * day, "", 1},
		{"by size", told("50GiB"), sourcetest.Pass(), 0, "", 0},
		{"for ever", told("0s"), sourcetest.Pass(), 0, "", 0},
		{"not told", sourcetest.Data(`{"startTime":"2026-01-01T00:00:00Z"}`), sourcetest.Pass(), 0, "", 0},
		{"beside a remote storage", told("15d"), sourcetest.Data(`{"yaml":"global:\n  evaluation_interval: 1m\nremote_read:\n- url: http://long.example.com/read\n"}`), 0, "", 1},
		{"without a configuration", told("15d"), sourcetest.Status(404), 0, source.Unsupported, 1},
		{"no such call", sourcetest.Status(404), sourcetest.Pass(), 0, source.Unsupported, 0},
		{"login", sourcetest.Status(401), sourcetest.Pass(), 0, source.Unauthorized, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m", "here 1"))
			server.Always("/api/v1/status/runtimeinfo", c.info)
			server.Always("/api/v1/status/config", c.config)
			got, err := open(t, server.URL).(interface {
				Retention(context.Context) (time.Duration, error)
			}).Retention(context.Background())
			var e *source.Error
			if errors.As(err, &e); (err != nil) != (c.kind != "") || e != nil && e.Kind != c.kind {
				t.Errorf("error %v, want of the kind %q", err, c.kind)
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if n := server.Count("/api/v1/status/config"); n != c.requests {
				t.Errorf("%d requests for the configuration, want %d", n, c.requests)
			}
		})
	}
}
