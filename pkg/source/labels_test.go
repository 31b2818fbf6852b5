package source_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestExternalLabels(t *testing.T) {
	for _, c := range []struct {
		name string
		step sourcetest.Step
		want map[string]string
		kind source.ErrorKind
	}{
		{"told", sourcetest.Pass(), map[string]string{"cluster": "eu", "replica": "1"}, ""},
		{"none", sourcetest.Data(`{"yaml":"global:\n  evaluation_interval: 1m\n"}`), nil, ""},
		{"VictoriaMetrics tells how it scrapes", sourcetest.Data(`{"yaml":"global:\n  scrape_interval: 5s\n  external_labels:\n    cluster: eu\n"}`), nil, source.Unsupported},
		{"an empty configuration", sourcetest.Data(`{"yaml":""}`), nil, source.Unsupported},
		{"no such call", sourcetest.Status(404), nil, source.Unsupported},
		{"no such call in VictoriaMetrics", sourcetest.Fail(400, "bad_data", "unsupported path"), nil, source.Unsupported},
		{"no YAML", sourcetest.Data(`{"yaml":"global: ["}`), nil, source.Malformed},
		{"down", sourcetest.Status(500), nil, source.ServerFault},
		{"login", sourcetest.Status(401), nil, source.Unauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m", "here 1"))
			server.ExternalLabels(map[string]string{"cluster": "eu", "replica": "1"})
			server.Always("/api/v1/status/config", c.step)
			src, ok := open(t, server.URL).(interface {
				ExternalLabels(context.Context) (map[string]string, error)
			})
			if !ok {
				t.Fatal("a server does not tell its external labels")
			}
			got, err := src.ExternalLabels(context.Background())
			var e *source.Error
			if errors.As(err, &e); (err != nil) != (c.kind != "") || e != nil && e.Kind != c.kind {
				t.Errorf("error %v, want of the kind %q", err, c.kind)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLabelNames(t *testing.T) {
	lines := []string{`a{i="1"} 1x60`, `b{j="2"} 1x60`}
	server := sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m", lines...))
	for name, src := range map[string]source.Source{"server": open(t, server.URL), "snapshot": sourcetest.Source(t, now(), "1m", lines...)} {
		got, err := src.(interface {
			LabelNames(ctx context.Context, start, end time.Time) (source.Names, error)
		}).LabelNames(context.Background(), now().Add(-time.Hour), now())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"__name__", "i", "j"}, got.Names); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
