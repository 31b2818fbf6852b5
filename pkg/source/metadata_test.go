package source_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestTypesOfMetrics(t *testing.T) {
	const answer = `{"a_total":[{"type":"counter"},{"type":"counter"}],"b":[{"type":"gauge"}],"c":[{"type":"gauge"},{"type":"counter"}]}`
	for _, c := range []struct {
		name string
		step sourcetest.Step
		want map[string]string
		fail bool
	}{
		{"types", sourcetest.Data(answer), map[string]string{"a_total": "counter", "b": "gauge"}, false},
		{"no such call", sourcetest.Status(404), nil, false},
		{"refused", sourcetest.Fail(400, "bad_data", "unsupported path"), nil, false},
		{"down", sourcetest.Status(500), nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m", "here 1"))
			server.Always("/api/v1/metadata", c.step)
			src, ok := open(t, server.URL).(interface {
				Types(context.Context) (map[string]string, error)
			})
			if !ok {
				t.Fatal("a server does not tell the types of metrics")
			}
			got, err := src.Types(context.Background())
			if (err != nil) != c.fail {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
		})
	}
}
