package intent

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

func now() time.Time { return time.Unix(1_700_000_000, 0) }

func named(name string) *spec.Service { return &spec.Service{Name: spec.Value[string]{V: name}} }

func matching(pairs ...string) []*labels.Matcher {
	var out []*labels.Matcher
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, labels.MustNewMatcher(labels.MatchEqual, pairs[i], pairs[i+1]))
	}
	return out
}

// api is how a service measures itself, and store what it depends on.
func api() tech.Technology {
	return tech.Technology{
		Name: "http", Kind: tech.KindService, Outcome: &tech.Outcome{Labels: []string{"status", "code"}, Errors: "5..", Values: "[1-5].."},
		Intents: []tech.Intent{
			{Name: "requests", Type: tech.Counter, Candidates: []tech.Candidate{{Selector: "http_requests_total"}, {Selector: "grpc_total", Errors: `grpc_code!="OK"`}, {Selector: "istio_total"}}},
			{Name: "errors", Type: tech.Counter, ErrorsOf: "requests"},
		},
	}
}

func store() tech.Technology {
	return tech.Technology{Name: "store", Kind: tech.KindDatabase, Intents: []tech.Intent{
		{Name: "hits", Type: tech.Counter, Candidates: []tech.Candidate{{Selector: "store_hits_total"}, {Selector: "shop_hits_total"}}},
	}}
}

func own(service string) Use {
	return Use{Technology: api(), Scope: Scope{Matchers: matching("service", service)}}
}

func on(name, job string) Use {
	return Use{Technology: store(), Scope: Scope{Dependency: name, Matchers: matching("job", job)}}
}

// expanded is what an expression of a use becomes.
func expanded(t *testing.T, r *Resolution, u Use, expr string) string {
	t.Helper()
	e, err := r.Expand(u.Technology, tech.Target{Expr: expr}, u.Scope)
	if err != nil {
		t.Fatal(err)
	}
	return shown(e)
}

const (
	failing = "rate(http:errors[5m])"
	hitting = "rate(store:hits[5m])"
)

func TestDiscoverFindsWhatEachServiceHas(t *testing.T) {
	src := sourcetest.NewCounting(sourcetest.Source(t, now(), "1m",
		`http_requests_total{service="pay",code="200"} 0+1x10`, `http_requests_total{service="pay",code="503"} 0+1x10`,
		`http_requests_total{service="cart",status="200"} 0+1x10`,
		`grpc_total{service="mail",grpc_code="OK"} 0+1x10`,
		`istio_total{service="shop",status="ok",code="200"} 0+1x10`,
		`shop_hits_total{job="db"} 0+1x10`, `store_hits_total{job="cache"} 0+1x10`, `store_hits_total_bytes{job="db"} 0+1x10`,
	))
	wanted := []Wanted{
		{named("pay"), []Use{own("pay"), on("orders", "db")}},
		{named("cart"), []Use{own("cart"), on("main", "db"), on("sessions", "cache")}},
		{named("mail"), []Use{own("mail")}},
		{named("shop"), []Use{own("shop")}},
	}
	got, findings := Discover(t.Context(), src, wanted, now(), source.AskOptions{})
	if len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
	for _, x := range []struct {
		i    int
		use  Use
		expr string
		want string
	}{
		{0, own("pay"), failing, `rate(http_requests_total{code=~"5..",service="pay"}[5m])`},
		{0, on("orders", "db"), hitting, `rate(shop_hits_total{job="db"}[5m])`},
		{1, own("cart"), failing, `rate(http_requests_total{service="cart",status=~"5.."}[5m])`},
		{1, on("main", "db"), hitting, `rate(shop_hits_total{job="db"}[5m])`},
		{1, on("sessions", "cache"), hitting, `rate(store_hits_total{job="cache"}[5m])`},
		{2, own("mail"), failing, `rate(grpc_total{grpc_code!="OK",service="mail"}[5m])`},
		{3, own("shop"), failing, `rate(istio_total{code=~"5..",service="shop"}[5m])`},
	} {
		if diff := cmp.Diff(x.want, expanded(t, got[x.i], x.use, x.expr)); diff != "" {
			t.Errorf("%d: -want +got:\n%s", x.i, diff)
		}
	}
	// Four services, and two selectors of dependencies, one of which two of them
	// share. The labels of pay and cart are one question, those of shop another.
	if names, queries := src.Calls("Names"), src.Calls("Query"); names != 6 || queries != 2 {
		t.Errorf("asked for names %d times and %d queries", names, queries)
	}
}

func TestNothingAtAllIsNotTheSameAsMissing(t *testing.T) {
	src := sourcetest.Source(t, now(), "1m", `up{job="db"} 1x10`)
	guessed := on("guess", "nobody")
	guessed.Guessed = true
	uses := []Use{own("pay"), on("here", "db"), on("gone", "away"), guessed}
	got, findings := Discover(t.Context(), src, []Wanted{{named("pay"), uses}}, now(), source.AskOptions{})
	want := []string{
		// A service that nobody has deployed yet, one store that lacks the metric, one
		// that is not there, and one of which nobody said which series it has.
		`rate(http_requests_total{service="pay",status=~"5.."}[5m])`, "missing store.hits", "missing store.hits", `rate(store_hits_total{job="nobody"}[5m])`,
	}
	for i, expr := range []string{failing, hitting, hitting, hitting} {
		if diff := cmp.Diff(want[i], expanded(t, got[0], uses[i], expr)); diff != "" {
			t.Errorf("%d: -want +got:\n%s", i, diff)
		}
	}
	var said []string
	for _, f := range findings {
		said = append(said, string(f.Severity)+" "+f.Message)
	}
	slices.Sort(said)
	if diff := cmp.Diff([]string{
		`info no series match {job="nobody"}, so that the metrics of guess that are common are taken`,
		`info no series match {service="pay"}, so that the metrics of pay that are common are taken`,
	}, said); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	probe, err := promql.Parse("store_hits_total")
	if err != nil {
		t.Fatal(err)
	}
	for i, known := range []bool{false, true, false, false} {
		if asked, present := got[0].Present(uses[i].Technology, uses[i].Scope, probe); asked != known || present {
			t.Errorf("%d: asked %v, present %v", i, asked, present)
		}
	}
}

// unwell is a source that answers some questions for names badly.
type unwell struct {
	source.Source
	names func(match []string) (source.Names, error)
	query error

	mu    sync.Mutex
	asked int
}

func (u *unwell) Names(ctx context.Context, match []string, start, end time.Time) (source.Names, error) {
	u.mu.Lock()
	u.asked++
	u.mu.Unlock()
	if n, err := u.names(match); err != nil || len(n.Warnings) > 0 {
		return n, err
	}
	return u.Source.Names(ctx, match, start, end)
}

func (u *unwell) Query(ctx context.Context, query string, at time.Time) (source.Answer, error) {
	if u.query != nil {
		return source.Answer{}, u.query
	}
	return u.Source.Query(ctx, query, at)
}

// TestDoubtIsNotAbsence makes sure that an answer that is partial, or none, takes no
// metric away, and that it is said.
func TestDoubtIsNotAbsence(t *testing.T) {
	base := sourcetest.Source(t, now(), "1m", `shop_hits_total{job="db"} 0+1x10`, `shop_hits_total{job="cache"} 0+1x10`, `grpc_total{service="pay"} 1x10`)
	uses := []Use{own("pay"), on("main", "db"), on("sessions", "cache")}
	const assumed, seen = `rate(store_hits_total{job="db"}[5m])`, `rate(shop_hits_total{job="db"}[5m])`
	about := func(match []string) bool { return strings.Contains(match[0], `"db"`) }
	tests := []struct {
		name  string
		names func([]string) (source.Names, error)
		want  string
		said  string
		asked int
	}{
		{"a full answer", func([]string) (source.Names, error) { return source.Names{}, nil }, seen, "", 3},
		{"a warning", func(m []string) (source.Names, error) {
			if about(m) {
				return source.Names{Names: []string{"up"}, Warnings: []string{"a store is away"}}, nil
			}
			return source.Names{}, nil
		}, assumed, "main has: the answer may be partial: a store is away", 3},
		{"a refusal", func(m []string) (source.Names, error) {
			if about(m) {
				return source.Names{}, &source.Error{Kind: source.Rejected, Message: "bad selector"}
			}
			return source.Names{}, nil
		}, assumed, "main has: bad selector", 3},
		{"a server that is away", func([]string) (source.Names, error) {
			return source.Names{}, &source.Error{Kind: source.Unreachable, Message: "connection refused"}
		}, assumed, "connection refused", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := &unwell{Source: base, names: test.names}
			got, findings := Discover(t.Context(), src, []Wanted{{named("pay"), uses}}, now(), source.AskOptions{Concurrency: 1})
			if diff := cmp.Diff(test.want, expanded(t, got[0], uses[1], hitting)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var said []string
			for _, f := range findings {
				said = append(said, f.Message)
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, test.said) || (test.said == "") != (len(said) == 0) {
				t.Errorf("said %q, want %q", all, test.said)
			}
			if src.asked != test.asked {
				t.Errorf("asked %d times, want %d", src.asked, test.asked)
			}
		})
	}
}

func TestOutcomeThatCannotBeAskedForIsInDoubt(t *testing.T) {
	base := sourcetest.Source(t, now(), "1m", `http_requests_total{service="pay",code="500"} 0+1x10`)
	src := &unwell{Source: base, names: func([]string) (source.Names, error) { return source.Names{}, nil }, query: &source.Error{Kind: source.Timeout, Message: "too slow"}}
	got, findings := Discover(t.Context(), src, []Wanted{{named("pay"), []Use{own("pay")}}}, now(), source.AskOptions{})
	if got[0].Doubt() != "too slow" || len(findings) != 1 || !strings.Contains(findings[0].Message, "nothing is generated for pay") {
		t.Errorf("doubt %q, findings %v", got[0].Doubt(), findings)
	}
}

// TestOutcomeOfAServiceThatIsDownIsThatOfBefore makes sure that ten minutes without the
// service do not turn code into status.
func TestOutcomeOfAServiceThatIsDownIsThatOfBefore(t *testing.T) {
	src := sourcetest.Source(t, now(), "1m", `http_requests_total{service="pay",code="500"} 0+1x10 _x30`, `up{service="pay"} 1x40`)
	got, findings := Discover(t.Context(), src, []Wanted{{named("pay"), []Use{own("pay")}}}, now(), source.AskOptions{})
	if diff := cmp.Diff(`rate(http_requests_total{code=~"5..",service="pay"}[5m])`, expanded(t, got[0], own("pay"), failing)); diff != "" || len(findings) > 0 {
		t.Errorf("findings %v, -want +got:\n%s", findings, diff)
	}
}

// TestRulesStayWhereTheServerHasNothing makes sure that what is down, or deployed for
// the first time, keeps its alerts.
func TestRulesStayWhereTheServerHasNothing(t *testing.T) {
	src := sourcetest.Source(t, now(), "1m", `up{job="db"} 0x10`, `up{service="pay"} 0x10`, `up{job="cache"} 1x10`, `shop_hits_total{job="cache"} 0+1x10`)
	uses := []Use{own("pay"), on("here", "db"), on("gone", "away"), on("sessions", "cache")}
	got, _ := Discover(t.Context(), src, []Wanted{{named("pay"), uses}}, now(), source.AskOptions{})
	for i, want := range []struct {
		expr, rule string
		silent     bool
	}{
		{failing, `rate(http_requests_total{service="pay",status=~"5.."}[5m])`, true},
		{hitting, `rate(store_hits_total{job="db"}[5m])`, true},
		{hitting, `rate(store_hits_total{job="away"}[5m])`, true},
		{hitting, `rate(shop_hits_total{job="cache"}[5m])`, false},
	} {
		e, err := got[0].ExpandRule(uses[i].Technology, tech.Target{Expr: want.expr}, uses[i].Scope)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.rule, shown(e)); diff != "" {
			t.Errorf("%d: -want +got:\n%s", i, diff)
		}
		if (len(e.Missing) > 0) != want.silent || got[0].Silent(uses[i].Technology, uses[i].Scope) != want.silent {
			t.Errorf("%d: missing %v, silent %t", i, e.Missing, got[0].Silent(uses[i].Technology, uses[i].Scope))
		}
	}
}

// TestAPageSaysNothingOfDependencies makes sure that the service's own metrics page,
// which has no labels of a target, is read for the service alone.
func TestAPageSaysNothingOfDependencies(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.prom"), []byte("grpc_total{grpc_code=\"OK\"} 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := source.Open(t.Context(), "file:page.prom", source.Options{Root: dir, ServiceLabel: "service", Now: now()})
	if err != nil {
		t.Fatal(err)
	}
	uses := []Use{own("pay"), on("main", "db")}
	got, findings := Discover(t.Context(), src, []Wanted{{named("pay"), uses}}, now(), source.AskOptions{})
	if len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
	want := []string{`rate(grpc_total{grpc_code!="OK",service="pay"}[5m])`, `rate(store_hits_total{job="db"}[5m])`}
	for i, expr := range []string{failing, hitting} {
		if diff := cmp.Diff(want[i], expanded(t, got[0], uses[i], expr)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestOutcomeOf(t *testing.T) {
	o := tech.Outcome{Labels: []string{"status", "code"}, Errors: "5..", Values: "[1-5].."}
	open := tech.Outcome{Labels: []string{"status", "result"}, Errors: "failed"}
	for _, x := range []struct {
		name   string
		o      tech.Outcome
		series []labels.Labels
		want   string
	}{
		{"failures decide", o, []labels.Labels{labels.FromStrings("status", "200", "code", "503")}, "code"},
		{"5xx is a failure", o, []labels.Labels{labels.FromStrings("code", "2xx"), labels.FromStrings("code", "5xx")}, "code"},
		{"values that look like outcomes", o, []labels.Labels{labels.FromStrings("status", "success", "code", "200")}, "code"},
		{"the first one", o, []labels.Labels{labels.FromStrings("status", "200", "code", "200")}, "status"},
		{"none", o, []labels.Labels{labels.FromStrings("method", "GET")}, ""},
		{"any value", open, []labels.Labels{labels.FromStrings("result", "done")}, "result"},
		{"nothing", open, nil, ""},
	} {
		var series []source.Series
		for _, l := range x.series {
			series = append(series, source.Series{Labels: l})
		}
		if got := outcomeOf(x.o, series); got != x.want {
			t.Errorf("%s: got %q, want %q", x.name, got, x.want)
		}
	}
}

// TestOverridesThatNobodyHasAreTold makes sure that a misspelt metric is told, and only
// where the server was asked about its technology.
func TestOverridesThatNobodyHasAreTold(t *testing.T) {
	src := sourcetest.Source(t, now(), "1m", `http_requests_total{service="pay",status="200"} 0+1x10`, `shop_total{service="pay"} 0+1x10`, `store_hits_total{job="db"} 0+1x10`)
	s := named("pay")
	for intent, metric := range map[string]string{"http.requests": "shop_totl", "http.other": "shop_total", "store.hits": "hits + misses", "kafka.lag": "lag"} {
		s.MetricOverrides = append(s.MetricOverrides, spec.MetricOverride{Intent: spec.Value[string]{V: intent}, Metric: spec.Value[string]{V: metric}})
	}
	_, findings := Discover(t.Context(), src, []Wanted{{s, []Use{own("pay"), on("main", "db")}}}, now(), source.AskOptions{})
	var said []string
	for _, f := range findings {
		said = append(said, string(f.Severity)+" "+f.Message)
	}
	slices.Sort(said)
	if diff := cmp.Diff([]string{
		`warning no series of hits match {job="db"}, and metric_overrides names it for store.hits`,
		`warning no series of misses match {job="db"}, and metric_overrides names it for store.hits`,
		`warning no series of shop_totl match {service="pay"}, and metric_overrides names it for http.requests`,
	}, said); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
