package verify

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// alert wraps an expression as a required declaration.
func alert(expr string) string {
	return "\n  - kind: Alert\n    name: probe\n    spec:\n      expr: '" + expr + "'\n"
}

// metric wraps a name as an optional declaration.
func metric(name string) string {
	return "\n  - kind: Observability\n    name: signals\n    spec:\n      metrics:\n        - " + name + "\n"
}

// step is one metric, the series that there are, and what is said about it.
type step struct {
	name      string
	series    string
	resources string
	recorded  []string
	state     report.MetricState
	rule      string
	severity  report.Severity
	verdict   report.Verdict
}

// owners are about series of the service and of others.
func owners() []step {
	return []step{
		{
			name:      "a live metric of the service",
			series:    `requests_total{service="checkout"} ` + always,
			resources: alert(`rate(requests_total[5m]) > 1`),
			state:     report.MetricOK, verdict: report.Pass,
		},
		{
			name:      "a metric of another service only",
			series:    `requests_total{service="cart"} ` + always,
			resources: alert(`rate(requests_total[5m]) > 1`),
			state:     report.MetricOtherService, rule: RuleOtherService, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "a metric without the service label",
			series:    `requests_total{job="checkout"} ` + always,
			resources: alert(`rate(requests_total[5m]) > 1`),
			state:     report.MetricOtherService, rule: RuleOtherService, severity: report.Error, verdict: report.Fail,
		},
	}
}

// labelled are about series of the service with other labels.
func labelled() []step {
	return []step{
		{
			name:      "a label value that does not exist",
			series:    `requests_total{service="checkout",method="GET"} ` + always,
			resources: alert(`rate(requests_total{method="PUT"}[5m]) > 1`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "labels that exist apart but not together",
			series:    "requests_total{service=\"checkout\",method=\"GET\",path=\"/a\"} " + always + "\nrequests_total{service=\"checkout\",method=\"PUT\",path=\"/b\"} " + always,
			resources: alert(`rate(requests_total{method="PUT",path="/a"}[5m]) > 1`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "failures by code, none so far",
			series:    `requests_total{service="checkout",status="200"} ` + always,
			resources: alert(`rate(requests_total{status=~"5.."}[5m]) > 1`),
			state:     report.MetricNoErrorsYet, verdict: report.Pass,
		},
		{
			name:      "failures as all but success, none so far",
			series:    `requests_total{service="checkout",code="200"} ` + always,
			resources: alert(`rate(requests_total{code!~"2.."}[5m]) > 1`),
			state:     report.MetricNoErrorsYet, verdict: report.Pass,
		},
		{
			name:      "failures by word, none so far",
			series:    `jobs_total{service="checkout",status="success"} ` + always,
			resources: alert(`rate(jobs_total{status="failed"}[5m]) > 1`),
			state:     report.MetricNoErrorsYet, verdict: report.Pass,
		},
		{
			name:      "failures of a method that has no calls",
			series:    `requests_total{service="checkout",status="200",method="GET"} ` + always,
			resources: alert(`rate(requests_total{method="PUT",status=~"5.."}[5m]) > 1`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "failures under a label that the metric does not have",
			series:    `requests_total{service="checkout",code="200"} ` + always,
			resources: alert(`rate(requests_total{status=~"5.."}[5m]) > 1`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "codes asked of a label that holds words",
			series:    "requests_total{service=\"checkout\",status=\"success\"} " + always + "\nrequests_total{service=\"checkout\",status=\"failure\"} " + always,
			resources: alert(`rate(requests_total{status=~"5.."}[5m]) > 1`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "a filter of failures on a metric without that label excludes nothing",
			series:    `requests_total{service="checkout",code="500"} ` + always,
			resources: alert(`rate(requests_total{status!~"5.."}[5m]) > 1`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "a filter of failures while everything fails",
			series:    `requests_total{service="checkout",status="500"} ` + always,
			resources: alert(`rate(requests_total{status!~"5.."}[5m]) > 1`),
			state:     report.MetricOK, verdict: report.Pass,
		},
		{
			name:      "a label that only failures have",
			series:    `requests_total{service="checkout"} ` + always,
			resources: alert(`rate(requests_total{error_type="timeout"}[5m]) > 1`),
			state:     report.MetricNoErrorsYet, verdict: report.Pass,
		},
	}
}

// silent are about series that ended, or never were.
func silent() []step {
	return []step{
		{
			name:      "silent for two days",
			series:    `requests_total{service="checkout"} ` + gone,
			resources: alert(`rate(requests_total[5m]) > 1`),
			state:     report.MetricStale, rule: RuleStale, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "silent for half an hour",
			series:    `requests_total{service="checkout"} ` + recent,
			resources: alert(`rate(requests_total[5m]) > 1`),
			state:     report.MetricStale, rule: RuleStale, severity: report.Warning, verdict: report.Warn,
		},
		{
			name:      "silent while another service has it",
			series:    "requests_total{service=\"checkout\"} " + gone + "\nrequests_total{service=\"cart\"} " + always,
			resources: alert(`rate(requests_total[5m]) > 1`),
			state:     report.MetricStale, rule: RuleStale, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "made by a loaded recording rule",
			series:    `requests_total{service="checkout"} ` + always,
			resources: alert(`service:requests:rate5m > 1`), recorded: []string{"service:requests:rate5m"},
			state: report.MetricRecorded, rule: RuleRecorded, severity: report.Warning, verdict: report.Warn,
		},
		{
			name:      "required and nowhere",
			resources: alert(`rate(requests_total[5m]) > 1`),
			state:     report.MetricMissing, rule: RuleMissing, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "optional and nowhere",
			resources: metric("requests_total"),
			state:     report.MetricMissing, rule: RuleMissing, severity: report.Warning, verdict: report.Warn,
		},
	}
}

// named are about selectors that name something else than one metric of the service.
func named() []step {
	return []step{
		{
			name:      "an optional name that is a histogram's",
			series:    `latency_seconds_bucket{service="checkout",le="+Inf"} ` + always,
			resources: metric("latency_seconds"),
			state:     report.MetricOK, verdict: report.Pass,
		},
		{
			name:      "a histogram's base name in an alert is no series",
			series:    `latency_seconds_bucket{service="checkout",le="+Inf"} ` + always,
			resources: alert(`latency_seconds > 1`),
			state:     report.MetricMissing, rule: RuleMissing, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "a bucket boundary that does not exist",
			series:    "latency_seconds_bucket{service=\"checkout\",le=\"0.25\"} " + always + "\nlatency_seconds_bucket{service=\"checkout\",le=\"+Inf\"} " + always,
			resources: alert(`rate(latency_seconds_bucket{le="0.3"}[5m]) > 1`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "a name that is a pattern",
			series:    `requests_total{service="checkout"} ` + always,
			resources: alert(`{__name__=~"requests_.*"} > 1`),
			state:     report.MetricOK, verdict: report.Pass,
		},
		{
			name:      "a pattern that only another service has",
			series:    `requests_total{service="cart"} ` + always,
			resources: alert(`{__name__=~"requests_.*"} > 1`),
			state:     report.MetricMissing, rule: RuleMissing, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "an exporter's metric of a named target",
			series:    `up{job="checkout-db"} ` + always,
			resources: alert(`up{job="checkout-db"} == 0`),
			state:     report.MetricOK, verdict: report.Pass,
		},
		{
			name:      "a named target that does not exist",
			series:    `up{job="checkout-db"} ` + always,
			resources: alert(`up{job="checkout"} == 0`),
			state:     report.MetricWrongLabels, rule: RuleWrongLabels, severity: report.Error, verdict: report.Fail,
		},
		{
			name:      "an expression that names another service means that one",
			series:    `up{service="payments"} ` + always,
			resources: alert(`up{service="payments"} == 0`),
			state:     report.MetricOK, verdict: report.Pass,
		},
		{
			name:      "one of several services",
			series:    `up{service="payments"} ` + always,
			resources: alert(`up{service=~"payments|cart"} == 0`),
			state:     report.MetricOK, verdict: report.Pass,
		},
	}
}

func TestStateOfEveryStepOfTheLadder(t *testing.T) {
	for _, tt := range slices.Concat(owners(), labelled(), silent(), named()) {
		t.Run(tt.name, func(t *testing.T) {
			e := newEngine(t, tt.series)
			e.rules = tt.recorded
			r := verifyOne(t, e, checkout(t, tt.resources))
			s := r.Services[0]
			if len(s.Metrics) != 1 {
				t.Fatalf("%d metrics, want one: %+v", len(s.Metrics), s.Metrics)
			}
			if s.Metrics[0].State != tt.state {
				t.Errorf("state %s, want %s", s.Metrics[0].State, tt.state)
			}
			if s.Verdict != tt.verdict {
				t.Errorf("verdict %s, want %s", s.Verdict, tt.verdict)
			}
			type seen struct {
				Rule     string
				Severity report.Severity
			}
			var got, want []seen
			for _, f := range r.Findings {
				got = append(got, seen{f.Rule, f.Severity})
			}
			if tt.rule != "" {
				want = []seen{{tt.rule, tt.severity}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLastSeenIsTheEndOfTheSeries(t *testing.T) {
	e := newEngine(t, `requests_total{service="checkout"} `+gone)
	m := verifyOne(t, e, checkout(t, alert(`requests_total > 1`))).Services[0].Metrics[0]
	if m.LastSeen == nil {
		t.Fatal("no last_seen")
	}
	want := time.Unix(0, 0).Add(1728 * 5 * time.Minute)
	if late := m.LastSeen.Sub(want); late < 0 || late > 15*time.Minute {
		t.Errorf("last seen %s, want within 15 minutes after %s", m.LastSeen, want)
	}
}

func TestHistoryEndsWhereItIsToldTo(t *testing.T) {
	e := newEngine(t, `requests_total{service="checkout"} `+gone)
	s := checkout(t, alert(`requests_total > 1`))
	r := Run(t.Context(), e, []*spec.Service{s}, Options{At: evaluation(), History: 24 * time.Hour})
	if got := r.Services[0].Metrics[0].State; got != report.MetricMissing {
		t.Errorf("state %s, want missing: the last sample is two days old", got)
	}
}
