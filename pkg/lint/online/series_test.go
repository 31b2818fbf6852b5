package online

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// alertsOn returns a rule file with an alert for each expression.
func alertsOn(exprs ...string) string {
	var b strings.Builder
	b.WriteString("groups:\n- name: a\n  rules:\n")
	for i, e := range exprs {
		fmt.Fprintf(&b, "  - alert: A%d\n    for: 5m\n    expr: |-\n      %s\n", i, e)
	}
	return b.String()
}

// connect returns the source of a server.
func connect(t testing.TB, s *sourcetest.Server) source.Source {
	t.Helper()
	src, err := source.Open(context.Background(), s.URL, source.Options{Now: evaluation()})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// fleetRules returns n rules over metrics that there are, and the series of these.
func fleetRules(n int) (exprs, series []string) {
	for i := range n {
		exprs = append(exprs, fmt.Sprintf(`rate(http_requests_total{service="service-%d",status=~"2.."}[5m]) > 0 and on () metric_%d{env="production"}`, i%100, i%300))
	}
	for i := range 100 {
		series = append(series, fmt.Sprintf(`http_requests_total{service="service-%d",status="200"} 0+1x20`, i))
	}
	for i := range 300 {
		series = append(series, fmt.Sprintf(`metric_%d{env="production"} 1x20`, i))
	}
	return exprs, series
}

func TestAThousandRulesTakeAHandfulOfRequests(t *testing.T) {
	exprs, series := fleetRules(1000)
	for _, c := range []struct {
		name            string
		more            []string
		findings, limit int
	}{
		{name: "all there", limit: 3},
		{name: "fifty missing", more: missing(50), findings: 50, limit: 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", series...))
			found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(append(exprs, c.more...)...)), options())
			if len(found) != c.findings {
				t.Errorf("%d findings, want %d: %v", len(found), c.findings, found[:min(len(found), 3)])
			}
			if n := len(server.Requests()); n > c.limit {
				t.Errorf("%d requests, want at most %d", n, c.limit)
			}
		})
	}
}

func missing(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`missing_metric_%d{env="production"} > 1`, i))
	}
	return out
}

// TestAServerInTroubleMakesNothingMissing covers servers that answer nothing, or
// not all.
func TestAServerInTroubleMakesNothingMissing(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(*sourcetest.Server)
	}{
		{"down", func(s *sourcetest.Server) { s.Close() }},
		{"fails", func(s *sourcetest.Server) { s.Always("/api/v1/query", sourcetest.Status(500)) }},
		{"partial", func(s *sourcetest.Server) { s.Always("/api/v1/query", sourcetest.Partial()) }},
		{"warns", func(s *sourcetest.Server) { s.Always("/api/v1/query", sourcetest.Warn("a store is down")) }},
		{"login", func(s *sourcetest.Server) { s.RequireBearer("secret") }},
		{"values are refused", func(s *sourcetest.Server) { s.OnQuery("by (__name__, env)", sourcetest.Status(503)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
			c.fault(server)
			found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("here > 1", `gone{env="x"} > 1`, `gone{env="x"} > 2`)), options())
			if len(found) != 1 || found[0].Rule != RuleUnanswered || found[0].Severity != report.Warning {
				t.Fatalf("want one finding of %s, got %v", RuleUnanswered, found)
			}
			if !strings.Contains(found[0].Message, " could not be asked of ") {
				t.Errorf("the message is %q", found[0].Message)
			}
		})
	}
}

// TestASelectorWhosePastIsUnknownIsNoError covers servers that refuse the range
// query.
func TestASelectorWhosePastIsUnknownIsNoError(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
	server.Always("/api/v1/query_range", sourcetest.Fail(422, "execution", "query processing would load too many samples into memory"))
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("gone > 1")), options())
	if len(found) != 1 || found[0].Severity != report.Warning || !strings.Contains(found[0].Message, "whether it ever had could not be asked") {
		t.Errorf("got %v", found)
	}
}

func TestARecordedMetricIsNotMissing(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
	server.RecordingRules("team:gone:rate5m")
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("team:gone:rate5m > 1")), options())
	if len(found) != 1 || found[0].Severity != report.Info {
		t.Errorf("want an info, got %v", found)
	}
}

func TestAPageOfOneServiceSaysNothingAboutRules(t *testing.T) {
	src, err := source.NewDump("metrics.prom", []byte("here 1\n"), source.Options{Now: evaluation()})
	if err != nil {
		t.Fatal(err)
	}
	found, _ := Run(context.Background(), src, ofRules(t, alertsOn("gone > 1")), options())
	if len(found) != 1 || found[0].Rule != RuleUnanswered || found[0].Severity != report.Info {
		t.Errorf("got %v", found)
	}
}

func TestWhatIsDisabledIsNotAsked(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
	o := options()
	o.Disabled = ids()
	if found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("gone > 1")), o); len(found) > 0 {
		t.Errorf("got %v", found)
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// TestMetricsThatAreVerifiedAreNotAskedTwice covers a run of both stages.
func TestMetricsThatAreVerifiedAreNotAskedTwice(t *testing.T) {
	const service = `name: checkout
team: payments
tier: critical
type: api
slos:
  - name: availability
    objective: 99.9
    window: 30d
    total_query: gone_total{service="checkout"}
    good_query: gone_total{service="checkout",status!~"5.."}
`
	src := snapshot(t, "interval: 1m\ninput_series:\n  - series: here\n    values: 1x20\n")
	for verified, want := range map[bool]int{false: 2, true: 0} {
		o := options()
		o.Verified = verified
		n := 0
		found, _ := Run(context.Background(), src, ofServices(t, service), o)
		for _, f := range found {
			if f.Rule == "promql/series" {
				n++
			}
		}
		if n != want {
			t.Errorf("verified %t: %d findings, want %d", verified, n, want)
		}
	}
}
