package verify

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/transport"
)

// overHTTP returns a source over a server with one live series of checkout.
func overHTTP(t *testing.T) (*sourcetest.Server, source.Source) {
	t.Helper()
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "5m",
		`requests_total{service="checkout",status="200"} `+always,
		`gone_total{service="checkout"} `+gone))
	src, err := source.Open(t.Context(), server.URL, source.Options{Transport: transport.Options{
		Timeout: 5 * time.Second, MaxAttempts: 1,
		Sleep: func(context.Context, time.Duration) error { return nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	return server, src
}

const threeAlerts = `
  - kind: Alert
    name: live
    spec: {expr: 'rate(requests_total[5m]) > 1'}
  - kind: Alert
    name: failures
    spec: {expr: 'rate(requests_total{status="500"}[5m]) > 1'}
  - kind: Alert
    name: absent
    spec: {expr: 'rate(orders_total[5m]) > 1'}
`

func TestAFailingServerGivesUnknownAndNeverPass(t *testing.T) {
	tests := []struct {
		name string
		step sourcetest.Step
	}{
		{"503", sourcetest.Status(http.StatusServiceUnavailable)},
		{"500 of the API", sourcetest.Fail(500, "internal", "head is broken")},
		{"429", sourcetest.Status(http.StatusTooManyRequests)},
		{"401", sourcetest.Status(http.StatusUnauthorized)},
		{"timeout on the server", sourcetest.Fail(503, "timeout", "query timed out in expression evaluation")},
		{"a login page", sourcetest.HTML()},
		{"truncated JSON", sourcetest.Truncated()},
		{"a cut connection", sourcetest.CutOff()},
		{"a reset connection", sourcetest.Reset()},
		{"another shape", sourcetest.Data(`{"resultType":"string","result":[0,"x"]}`)},
		{"refusal", sourcetest.Fail(400, "bad_data", "no")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, src := overHTTP(t)
			for _, path := range []string{"/api/v1/query", "/api/v1/query_range", "/api/v1/label/__name__/values", "/api/v1/rules"} {
				server.Always(path, tt.step)
			}
			r := Run(t.Context(), src, []*spec.Service{checkout(t, threeAlerts)}, Options{At: evaluation()})
			for _, m := range r.Services[0].Metrics {
				if m.State != report.MetricError || m.Suggestion == "" {
					t.Errorf("%s: state %s (%q), want error and why", m.Selector, m.State, m.Suggestion)
				}
			}
			if s := r.Services[0]; s.Verdict != report.Undecidable || s.Undecided == "" {
				t.Errorf("verdict %s (%q), want unknown and why", s.Verdict, s.Undecided)
			}
			if got := rules(r.Findings); !cmp.Equal(got, []string{RuleUnavailable}) {
				t.Errorf("findings %v, want one about the source, not one a metric", got)
			}
			for _, f := range r.Findings {
				if f.Severity != report.Warning || !strings.Contains(f.Message, "3 declared metrics") {
					t.Errorf("finding %s %q, want a warning that counts the metrics", f.Severity, f.Message)
				}
			}
		})
	}
}

func TestAPartialAnswerProvesPresenceButNotAbsence(t *testing.T) {
	for name, step := range map[string]sourcetest.Step{
		"warnings":       sourcetest.Warn("store thanos-3 is away"),
		"a partial flag": sourcetest.Partial(),
	} {
		t.Run(name, func(t *testing.T) {
			server, src := overHTTP(t)
			server.Always("/api/v1/query", step)
			r := Run(t.Context(), src, []*spec.Service{checkout(t, threeAlerts)}, Options{At: evaluation()})
			want := []report.MetricState{report.MetricOK, report.MetricError, report.MetricError}
			if diff := cmp.Diff(want, states(r)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if got := r.Services[0].Verdict; got != report.Undecidable {
				t.Errorf("verdict %s, want unknown", got)
			}
			if got := rules(r.Findings); !cmp.Equal(got, []string{RulePartialAnswer}) {
				t.Errorf("findings %v, want one about the partial answer", got)
			}
		})
	}
}

func TestInformationInAnAnswerIsNoWarning(t *testing.T) {
	server, src := overHTTP(t)
	server.Always("/api/v1/query", sourcetest.Infos("metric might not be a counter"))
	r := Run(t.Context(), src, []*spec.Service{checkout(t, threeAlerts)}, Options{At: evaluation()})
	want := []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricMissing}
	if diff := cmp.Diff(want, states(r)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func states(r Result) []report.MetricState {
	var out []report.MetricState
	for _, s := range r.Services {
		for _, m := range s.Metrics {
			out = append(out, m.State)
		}
	}
	return out
}

func TestAFaultInALaterRoundLeavesWhatIsOpenUnknown(t *testing.T) {
	tests := []struct {
		name string
		// call is the kind of call that fails, after so many that went well.
		call  string
		after int
		err   source.ErrorKind
		// status is the HTTP status of the fault.
		status int
		want   []report.MetricState
	}{
		{"diagnosis", "query", 1, source.ServerFault, 0, []report.MetricState{report.MetricOK, report.MetricError, report.MetricError}},
		{"history", "range", 0, source.ServerFault, 0, []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricError}},
		{"history that is too much to ask", "range", 0, source.Rejected, 0, []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricMissing}},
		{"history, for too many requests", "range", 0, source.Limited, 429, []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricError}},
		{"history that takes too long", "range", 0, source.Timeout, 0, []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricMissing}},
		{"rules", "recorded", 0, source.Unsupported, 0, []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricMissing}},
		{"names", "names", 0, source.ServerFault, 0, []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricMissing}},
		{"candidates", "query", 2, source.ServerFault, 0, []report.MetricState{report.MetricOK, report.MetricNoErrorsYet, report.MetricMissing}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEngine(t, `requests_total{service="checkout",status="200"} `+always+"\norder_total{service=\"cart\"} "+always)
			seen := 0
			e.fault = func(call, _ string) ([]string, error) {
				if call != tt.call {
					return nil, nil
				}
				if seen++; seen <= tt.after {
					return nil, nil
				}
				return nil, &source.Error{Kind: tt.err, Status: tt.status, Message: "it broke"}
			}
			r := verifyOne(t, e, checkout(t, threeAlerts))
			if diff := cmp.Diff(tt.want, states(r)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if seen <= tt.after {
				t.Error("the call that was to fail was not made")
			}
		})
	}
}

func TestMissingDoesNotClaimAHistoryThatWasNotRead(t *testing.T) {
	e := newEngine(t, "")
	e.fault = func(call, _ string) ([]string, error) {
		if call == "range" {
			return nil, &source.Error{Kind: source.Limited, Message: "too many samples"}
		}
		return nil, nil
	}
	r := verifyOne(t, e, checkout(t, alert("orders_total > 1")))
	if got := r.Findings[0].Message; strings.Contains(got, "days") {
		t.Errorf("message %q speaks of days that nobody looked at", got)
	}
}

func TestAnOptionalMetricThatIsUnknownOnlyWarns(t *testing.T) {
	e := newEngine(t, "")
	e.fault = func(string, string) ([]string, error) {
		return nil, &source.Error{Kind: source.Unreachable, Message: "connection refused", Hint: "check the address"}
	}
	r := verifyOne(t, e, checkout(t, metric("orders_total")))
	if s := r.Services[0]; s.Verdict != report.Warn || s.Undecided != "" {
		t.Errorf("verdict %s (%q), want warn", s.Verdict, s.Undecided)
	}
}

func TestAFailedServiceStaysFailedBesideUnknownMetrics(t *testing.T) {
	e := newEngine(t, `requests_total{service="checkout",method="GET"} `+always)
	e.fault = func(call, _ string) ([]string, error) {
		if call == "range" {
			return nil, &source.Error{Kind: source.ServerFault, Message: "it broke"}
		}
		return nil, nil
	}
	r := verifyOne(t, e, checkout(t, alert(`requests_total{method="PUT"} + orders_total > 1`)))
	want := []report.MetricState{report.MetricWrongLabels, report.MetricError}
	if diff := cmp.Diff(want, states(r)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if got := r.Services[0].Verdict; got != report.Fail {
		t.Errorf("verdict %s, want fail", got)
	}
}
