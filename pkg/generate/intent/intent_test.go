package intent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

func cache() tech.Technology {
	counter := func(name string, c ...tech.Candidate) tech.Intent {
		return tech.Intent{Name: name, Type: tech.Counter, Candidates: c}
	}
	return tech.Technology{
		Name: "re-dis", Outcome: &tech.Outcome{Labels: []string{"status", "code"}, Errors: "5.."},
		Intents: []tech.Intent{
			counter("hits", tech.Candidate{Selector: "redis_hits_total"}, tech.Candidate{Selector: "app_hits_total", Source: "app"}),
			counter("misses", tech.Candidate{Selector: "redis_misses_total"}, tech.Candidate{Selector: `app_misses_total{kind="get"}`, Source: "app"}),
			counter("commands", tech.Candidate{Selector: "redis_commands_total", By: "cmd"}, tech.Candidate{Selector: "redis_calls_total"}),
			{Name: "latency", Type: tech.Histogram, Candidates: []tech.Candidate{{Selector: "redis_usec_bucket", Scale: 1e-6}}},
			{Name: "load", Type: tech.Derived, Candidates: []tech.Candidate{{Expr: "rate(a_total[5m]) / rate(b_total[5m])"}}},
			counter("requests", tech.Candidate{Selector: "req_total"}, tech.Candidate{Selector: "grpc_total", Errors: `grpc_code!="OK"`}),
			{Name: "errors", Type: tech.Counter, ErrorsOf: "requests"},
			{Name: "size", Type: tech.Gauge, Fallback: "hits", Candidates: []tech.Candidate{{Selector: "redis_size", Needs: "--size"}}},
		},
	}
}

func seen(outcome string, names ...string) map[string]Presence {
	p := Presence{Asked: true, Names: map[string]bool{}, Outcome: outcome}
	for _, n := range names {
		p.Names[n] = true
	}
	return map[string]Presence{Key("re-dis", "main"): p}
}

func TestExpand(t *testing.T) {
	ratio := "rate(re_dis:hits[5m]) / (rate(re_dis:hits[5m]) + rate(re_dis:misses[5m]))"
	tests := []struct {
		name, expr, legend string
		seen               map[string]Presence
		overrides          []spec.MetricOverride
		want               string
	}{
		{name: "the first candidate, when nobody was asked", expr: "rate(re_dis:hits[5m])", want: `rate(redis_hits_total{job="r"}[5m])`},
		{name: "what the server has", expr: "rate(re_dis:hits[5m])", seen: seen("", "app_hits_total"), want: `rate(app_hits_total{job="r"}[5m])`},
		{name: "a name that only begins like a candidate is none", expr: "rate(re_dis:hits[5m])", seen: seen("", "redis_hits_total_bytes", "redis_hits"), want: "missing re-dis.hits"},
		{
			name: "both sides of a ratio from one source", expr: ratio, seen: seen("", "redis_hits_total", "app_hits_total", "app_misses_total"),
			want: `rate(app_hits_total{job="r"}[5m]) / (rate(app_hits_total{job="r"}[5m]) + rate(app_misses_total{job="r",kind="get"}[5m]))`,
		},
		{name: "the label to break down by", expr: "sum by (by_commands, pod) (rate(re_dis:commands[5m]))", legend: "{{by_commands}} a second", want: `sum by (cmd, pod) (rate(redis_commands_total{job="r"}[5m])) | {{cmd}} a second`},
		{name: "no label to break down by", expr: "sum by (by_commands) (rate(re_dis:commands[5m]))", legend: "{{by_commands}}", seen: seen("", "redis_calls_total"), want: `sum(rate(redis_calls_total{job="r"}[5m]))`},
		{name: "another unit", expr: "histogram_quantile(0.9, sum by (le) (rate(re_dis:latency[5m])))", want: `(histogram_quantile(0.9, sum by (le) (rate(redis_usec_bucket{job="r"}[5m])))) * 0.000001`},
		{name: "a derived one", expr: "max(re_dis:load)", want: `max((rate(a_total{job="r"}[5m]) / rate(b_total{job="r"}[5m])))`},
		{name: "own matchers and an offset stay", expr: `rate(re_dis:misses{db="0"}[5m] offset 1d)`, seen: seen("", "app_misses_total"), want: `rate(app_misses_total{db="0",job="r",kind="get"}[5m] offset 1d)`},
		{name: "failures by the first label", expr: "rate(re_dis:errors[5m])", want: `rate(req_total{job="r",status=~"5.."}[5m])`},
		{name: "failures by the label that is there", expr: "rate(re_dis:errors[5m])", seen: seen("code", "req_total"), want: `rate(req_total{code=~"5..",job="r"}[5m])`},
		{name: "failures as the candidate tells them", expr: "rate(re_dis:errors[5m])", seen: seen("", "grpc_total"), want: `rate(grpc_total{grpc_code!="OK",job="r"}[5m])`},
		{name: "a fallback", expr: "sum(re_dis:size)", seen: seen("", "redis_hits_total"), want: `sum(redis_hits_total{job="r"})`},
		{
			name: "what the service file names", expr: "rate(re_dis:hits[5m])", seen: seen("", "redis_hits_total"),
			overrides: []spec.MetricOverride{{Intent: spec.Value[string]{V: "re-dis.hits"}, Metric: spec.Value[string]{V: `my_hits{a="b"}`}, Scale: spec.Value[float64]{V: 2}}},
			want:      `(rate(my_hits{a="b",job="r"}[5m])) * 2`,
		},
		{name: "a metric that is no intent", expr: "max(up) + on () max(re_dis:size)", want: `max(up{job="r"}) + on () max(redis_size{job="r"})`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Seen(&spec.Service{MetricOverrides: test.overrides}, test.seen)
			scope := Scope{Dependency: "main", Matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", "r")}}
			got, err := r.Expand(cache(), tech.Target{Expr: test.expr, Legend: test.legend}, scope)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, shown(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func shown(e Expression) string {
	if e.Expr == nil {
		var names []string
		for _, m := range e.Missing {
			names = append(names, m.Intent)
		}
		return "missing " + strings.Join(names, ", ")
	}
	if e.Legend != "" {
		return e.Expr.String() + " | " + e.Legend
	}
	return e.Expr.String()
}

// TestAnswerSaysWhatIsMissing makes sure that a panel can tell what to install.
func TestAnswerSaysWhatIsMissing(t *testing.T) {
	r := Seen(&spec.Service{}, seen(""))
	a, err := r.Answer(cache(), "size", Scope{Dependency: "main"})
	if err != nil || a.Status != Missing || a.Intent != "re-dis.size" {
		t.Errorf("got %+v, %v", a, err)
	}
	if a, err := r.Answer(cache(), "hits", Scope{Dependency: "other"}); err != nil || a.Status != Assumed {
		t.Errorf("another dependency was not asked about, got %+v, %v", a, err)
	}
}

func TestOverridesThatCannotStand(t *testing.T) {
	for metric, want := range map[string]string{
		"rate(x[5m])": "re-dis.hits needs the name of a metric or a selector, and rate(x[5m]) is an expression",
		"a b":         "the metric of re-dis.hits is not valid PromQL",
	} {
		s := &spec.Service{MetricOverrides: []spec.MetricOverride{{Intent: spec.Value[string]{V: "re-dis.hits"}, Metric: spec.Value[string]{V: metric}}}}
		_, err := Offline(s).Expand(cache(), tech.Target{Expr: "rate(re_dis:hits[5m])"}, Scope{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
