package slo

import (
	"errors"
	"fmt"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// latencySLO is a service with one latency SLO.
func latencySLO(t *testing.T, metric, threshold string) (*spec.Service, spec.SLO) {
	t.Helper()
	s := spectest.Services(t, fmt.Sprintf(`
-- pay.yaml --
service: {name: pay, team: money, tier: high, type: api}
resources:
  - kind: SLO
    name: fast
    spec: {objective: 99, window: 30d, indicator: {type: latency, threshold_ms: %s, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(%s[5m])))'}}
`, threshold, metric))[0]
	return s, s.SLOs[0]
}

func TestThresholdsThatAreNoBoundary(t *testing.T) {
	const seconds, millis = "req_seconds_bucket", "req_ms_bucket"
	tests := []struct {
		name, metric, threshold string
		boundaries              []string
		want                    string
	}{
		{"a boundary", seconds, "250", []string{"0.1", "0.25", "+Inf"}, ""},
		{"a boundary of milliseconds", millis, "250", []string{"100", "250", "+Inf"}, ""},
		{"whole seconds, as Prometheus 2 has them", seconds, "1000", []string{"0.5", "1"}, ""},
		{"whole seconds, as Prometheus 3 has them", seconds, "1000", []string{"0.5", "1.0"}, ""},
		{"between two", seconds, "300", []string{"0.1", "0.25", "0.5", "1", "+Inf"}, "the nearest ones are 250ms and 500ms"},
		{"between two of milliseconds", millis, "300", []string{"100", "250", "500", "+Inf"}, "the nearest ones are 250ms and 500ms"},
		{"below all", seconds, "1", []string{"0.005", "0.01", "+Inf"}, "the nearest one is 5ms"},
		{"above all", seconds, "9000", []string{"1", "2.5", "+Inf"}, "the nearest one is 2500ms"},
		{"nothing is known", seconds, "300", nil, ""},
		{"no finite one", seconds, "300", []string{"+Inf"}, ""},
		{"what is no number", seconds, "300", []string{"", "x", "NaN"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			service, s := latencySLO(t, test.metric, test.threshold)
			b, ok := BucketsOf(service, s, "service")
			if !ok {
				t.Fatal("it reads no buckets")
			}
			var a Answer
			for _, le := range test.boundaries {
				a.Samples = append(a.Samples, Sample{Labels: labels.FromStrings("le", le), Value: 3})
			}
			if test.want != "" {
				test.want = "the threshold " + test.threshold + "ms of the SLO fast is no bucket boundary of " + test.metric[:len(test.metric)-len("_bucket")] + ", so that its rules would count no request as good; " + test.want
			}
			if got, fix := b.Fault(a); got != test.want || (fix == "") != (got == "") {
				t.Errorf("got  %q\nwant %q\nfix %q", got, test.want, fix)
			}
			for _, doubt := range []Answer{{Samples: a.Samples, Warnings: []string{"partial"}}, {Samples: a.Samples, Err: errors.New("timeout")}} {
				if got, _ := b.Fault(doubt); got != "" {
					t.Errorf("an answer in doubt says %q", got)
				}
			}
		})
	}
}

func TestOnlyClassicHistogramsHaveBoundaries(t *testing.T) {
	service, s := latencySLO(t, "req_seconds", "300")
	if _, ok := BucketsOf(service, s, "service"); ok {
		t.Error("a native histogram has none")
	}
	service, s = latencySLO(t, "req_seconds_bucket", "300")
	b, _ := BucketsOf(service, s, "service")
	want := Question{ID: "7", Expr: `count by (le) (present_over_time(req_seconds_bucket{service="pay"}[1d]))`, Label: "service", Value: "pay"}
	if got := b.Question("7"); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
