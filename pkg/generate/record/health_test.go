package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// ofType returns a job for a service of a type, with what a server was seen to have.
func ofType(t *testing.T, typ spec.Type, kind string, names ...string) generate.Job {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := spectest.Services(t, fmt.Sprintf("\n-- pay.yaml --\n# The service.\nservice: {name: pay, team: money, tier: critical, type: %s}\n", typ))[0]
	metrics := intent.Offline(s)
	if len(names) > 0 {
		seen := intent.Presence{Asked: true, Names: map[string]bool{}}
		for _, n := range names {
			seen.Names[n] = true
		}
		metrics = intent.Seen(s, map[string]intent.Presence{intent.Key(kind, ""): seen})
	}
	return generate.Job{Service: s, Catalog: catalog, Metrics: metrics}
}

// TestHealthOfEveryType shows what is recorded of the services of each type.
func TestHealthOfEveryType(t *testing.T) {
	for _, f := range spec.Types() {
		job := ofType(t, f.Type, "")
		job.Options.LegacyNames = true
		r := Rules{}.Generate(job)
		groups := parsed(t, r)
		filetest.Golden(t, "testdata/health-"+string(f.Type)+".yaml", string(r.Artefacts[0].Bytes))
		if len(groups.Groups) != 1 || len(r.Findings) > 0 {
			t.Errorf("%s: %d groups, findings %v", f.Type, len(groups.Groups), r.Findings)
		}
		for _, tr := range r.Artefacts[0].Trace {
			if tr.Origin.Line() != 2 {
				t.Errorf("%s: %s comes from line %d", f.Type, tr.What, tr.Origin.Line())
			}
		}
	}
}

// TestOnlyHTTPHasOlderNames makes sure that a dashboard for requests does not show
// jobs, and that nobody gets the names who did not ask.
func TestOnlyHTTPHasOlderNames(t *testing.T) {
	count := func(typ spec.Type, legacy bool) int {
		job := ofType(t, typ, "")
		job.Options.LegacyNames = legacy
		g, _ := healthGroup(job)
		n := 0
		for _, r := range g.Rules {
			if strings.HasPrefix(r.Record, "service:http_") {
				n++
			}
		}
		return n
	}
	if a, b, c := count(spec.TypeAPI, true), count(spec.TypeAPI, false), count(spec.TypeWorker, true); a != 4 || b != 0 || c != 0 {
		t.Errorf("got %d, %d and %d older names", a, b, c)
	}
}

// values evaluates the rules of a group after an hour of samples each minute.
func values(t *testing.T, g rules.Group, series ...string) map[string]string {
	t.Helper()
	at := time.Unix(1_700_000_000, 0)
	src := sourcetest.Source(t, at, "1m", series...)
	out := map[string]string{}
	for _, r := range g.Rules {
		a, err := src.Query(t.Context(), r.Expr, at)
		if err != nil {
			t.Fatalf("%s: %v", r.Expr, err)
		}
		for _, s := range a.Series {
			out[r.Record] += fmt.Sprintf("%.3g", s.Points[0].Value)
		}
	}
	return out
}

func TestHealthIsRight(t *testing.T) {
	const good, bad = `http_requests_total{service="pay",status="200"} `, `http_requests_total{service="pay",status="503"} `
	tests := []struct {
		name   string
		job    generate.Job
		series []string
		want   map[string]string
	}{
		{"some fail", ofType(t, spec.TypeAPI, ""), []string{good + "0+45x60", bad + "0+15x60"}, map[string]string{Requests: "1", ErrorShare: "0.25"}},
		{"none has ever failed", ofType(t, spec.TypeAPI, ""), []string{good + "0+60x60"}, map[string]string{Requests: "1", ErrorShare: "0"}},
		{"all fail", ofType(t, spec.TypeAPI, ""), []string{bad + "0+60x60"}, map[string]string{Requests: "1", ErrorShare: "1"}},
		{
			"no traffic", ofType(t, spec.TypeAPI, ""),
			[]string{good + "9x60", bad + "3x60", `http_request_duration_seconds_bucket{service="pay",le="1"} 9x60`, `http_request_duration_seconds_bucket{service="pay",le="+Inf"} 9x60`},
			map[string]string{Requests: "0"},
		},
		{"nothing", ofType(t, spec.TypeAPI, ""), []string{`http_requests_total{service="other",status="503"} 0+60x60`}, map[string]string{}},
		{
			"latency of all instances together", ofType(t, spec.TypeAPI, ""),
			[]string{
				`http_request_duration_seconds_bucket{service="pay",pod="a",le="0.1"} 0+60x60`, `http_request_duration_seconds_bucket{service="pay",pod="a",le="+Inf"} 0+60x60`,
				`http_request_duration_seconds_bucket{service="pay",pod="b",le="0.1"} 0+60x60`, `http_request_duration_seconds_bucket{service="pay",pod="b",le="+Inf"} 0+60x60`,
			},
			map[string]string{Latency + "p50": "0.05", Latency + "p95": "0.095", Latency + "p99": "0.099"},
		},
		{
			"milliseconds", ofType(t, spec.TypeAPI, "http", "http_server_duration_milliseconds_bucket"),
			[]string{`http_server_duration_milliseconds_bucket{service="pay",le="100"} 0+60x60`, `http_server_duration_milliseconds_bucket{service="pay",le="+Inf"} 0+60x60`},
			map[string]string{Latency + "p50": "0.05", Latency + "p95": "0.095", Latency + "p99": "0.099"},
		},
		{
			"gRPC", ofType(t, spec.TypeAPI, "http", "grpc_server_handled_total"),
			[]string{`grpc_server_handled_total{service="pay",grpc_code="OK"} 0+30x60`, `grpc_server_handled_total{service="pay",grpc_code="NotFound"} 0+15x60`, `grpc_server_handled_total{service="pay",grpc_code="Internal"} 0+15x60`},
			map[string]string{Requests: "1", ErrorShare: "0.25"},
		},
		{
			"jobs", ofType(t, spec.TypeWorker, ""),
			[]string{`job_processed_total{service="pay",status="done"} 0+45x60`, `job_processed_total{service="pay",status="failed"} 0+15x60`},
			map[string]string{Requests: "1", ErrorShare: "0.25"},
		},
		{
			"decisions", ofType(t, spec.TypeAIGate, ""),
			[]string{`gen_ai_decisions_total{service="pay"} 0+60x60`, `gen_ai_overrides_total{service="pay"} 0+6x60`},
			map[string]string{Requests: "1", ErrorShare: "0.1"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, findings := healthGroup(test.job)
			if report.VerdictOf(findings) != report.Pass {
				t.Fatalf("findings: %v", findings)
			}
			if diff := cmp.Diff(test.want, values(t, g, test.series...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestWhatIsNotMeasuredIsRecordedAllTheSame makes sure that a rule does not go with its
// metric: the service may be down.
func TestWhatIsNotMeasuredIsRecordedAllTheSame(t *testing.T) {
	g, findings := healthGroup(ofType(t, spec.TypeAPI, "http", "grpc_server_handled_total"))
	var got []string
	for _, r := range g.Rules {
		got = append(got, r.Record)
	}
	latency := []string{Latency + "p50", Latency + "p95", Latency + "p99"}
	if diff := cmp.Diff(append([]string{Requests, ErrorShare}, latency...), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(findings) != 1 || findings[0].Severity != report.Info || !strings.Contains(findings[0].Message, strings.Join(latency, ", ")) {
		t.Errorf("findings: %v", findings)
	}
}
