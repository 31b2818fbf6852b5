package source_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/transport"
)

// TestEmbeddedAndServedAnswersAreEqual asks the same of the embedded engine and
// of a server over the same series.
func TestEmbeddedAndServedAnswersAreEqual(t *testing.T) {
	lines := []string{
		`requests_total{service="a",code="200"} 0+60x120`,
		`requests_total{service="a",code="500"} 0+1x120`,
		`requests_total{service="b",code="200"} 0+30x60 _x20 5+30x39`,
		`latency_bucket{service="a",le="0.5"} 0+50x120`,
		`latency_bucket{service="a",le="+Inf"} 0+60x120`,
		`native{service="a"} {{schema:0 sum:1 count:3 buckets:[1 2]}}x120`,
		`odd{service="a"} 1 NaN Inf -Inf 0x116`,
	}
	served := open(t, sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m", lines...)).URL)
	embedded := sourcetest.Source(t, now(), "1m", lines...)
	ctx := context.Background()
	for _, query := range []string{
		`requests_total`, `{service="a"}`, `sum by (service) (increase(requests_total[1h]))`, `1`, `vector(0)/0`, `1/0`,
		`histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))`, `native`, `sort_desc(requests_total)`, `histogram_count(native)`, `odd offset 117m`,
		`absent(nothing{service="a"})`, `nothing`, `rate(odd[5m])`, `max_over_time(sum(rate(requests_total[5m]))[30m:1m])`,
		// Refused queries and shapes.
		`sum(`, `requests_total[5m]`, `"text"`, `requests_total * requests_total{code="200"}`, `label_replace(odd, "a", "b", "c", "(")`,
		`requests_total + ignoring(code) requests_total`,
	} {
		wantAnswer, wantErr := served.Query(ctx, query, now())
		got, err := embedded.Query(ctx, query, now())
		if d := diff(wantAnswer, got); d != "" || kindOf(t, wantErr) != kindOf(t, err) {
			t.Errorf("%s: served error %v, embedded error %v (-served +embedded):\n%s", query, wantErr, err, d)
		}
		r := source.Range{Start: now().Add(-2 * time.Hour), End: now(), Step: 13 * time.Minute}
		wantAnswer, wantErr = served.QueryRange(ctx, query, r)
		got, err = embedded.QueryRange(ctx, query, r)
		if d := diff(wantAnswer, got); d != "" || kindOf(t, wantErr) != kindOf(t, err) {
			t.Errorf("%s over a range: served error %v, embedded error %v (-served +embedded):\n%s", query, wantErr, err, d)
		}
	}
	for _, match := range [][]string{nil, {"odd"}, {`requests_total{code="500"}`, `{__name__=~"lat.*"}`}, {"nothing"}} {
		want, err := served.Names(ctx, match, now().Add(-time.Hour), now())
		if err != nil {
			t.Fatal(err)
		}
		got, err := embedded.Names(ctx, match, now().Add(-time.Hour), now())
		if d := diff(want, got); d != "" || err != nil {
			t.Errorf("names of %v: %v (-served +embedded):\n%s", match, err, d)
		}
	}
}

// Whether a server reads them is its own affair; here nobody has a flag to set.
func TestEmbeddedReadsExperimentalFunctions(t *testing.T) {
	embedded := sourcetest.Source(t, now(), "1m", `requests_total{service="a"} 0+60x120`)
	if got, err := embedded.Query(context.Background(), `mad_over_time(requests_total[5m])`, now()); err != nil || len(got.Series) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestEmbeddedFailures(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
	defer cancel()
	lines := []string{`m{service="a"} 0+1x1000`}
	tests := map[string]struct {
		ctx     context.Context
		query   string
		timeout time.Duration
		want    source.ErrorKind
		text    string
	}{
		"syntax":       {context.Background(), "sum(", 0, source.Rejected, "not valid PromQL"},
		"execution":    {context.Background(), `label_replace(m, "a", "b", "service", "(")`, 0, source.Rejected, "cannot be evaluated"},
		"canceled":     {canceled, "m", 0, source.Canceled, "stopped"},
		"out of time":  {late, "m", 0, source.Timeout, "whole run"},
		"slow":         {context.Background(), "sum_over_time(m[10h:1ms])", time.Nanosecond, source.Timeout, "longer than"},
		"many samples": {context.Background(), "sum_over_time(m[10h])", 0, source.Limited, "more than 500 samples"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			data := "input_series:\n  - {series: 'm{service=\"a\"}', values: '0+1x1000'}\n"
			src, err := source.NewSnapshot("m.yaml", []byte(data), source.Options{Now: now(), MaxSamples: 500, Transport: transport.Options{Timeout: tt.timeout}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = src.Query(tt.ctx, tt.query, now())
			if kindOf(t, err) != tt.want || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error = %v, want kind %q with %q", err, tt.want, tt.text)
			}
		})
	}
	src := sourcetest.Source(t, now(), "1m", lines...)
	for _, match := range []string{"sum(m)", "{", `{a=""}`} {
		if _, err := src.Names(context.Background(), []string{match}, now(), now()); kindOf(t, err) != source.Rejected {
			t.Errorf("Names(%s): error = %v, want rejected", match, err)
		}
	}
}

func TestEmbeddedWarningsAreInOrderAndInfosAreNone(t *testing.T) {
	src := sourcetest.Source(t, now(), "1m", "m 0+1x10")
	for range 20 {
		got, err := src.Query(context.Background(), `quantile_over_time(2, m[5m]) + quantile_over_time(3, m[5m]) + rate(m[5m])`, now())
		if err != nil || len(got.Warnings) != 2 || got.Warnings[0] > got.Warnings[1] {
			t.Fatalf("warnings = %q, %v, want two in order", got.Warnings, err)
		}
	}
}

func TestRangesAreCheckedAlikeEverywhere(t *testing.T) {
	server := newServer(t)
	for name, src := range map[string]source.Source{"server": open(t, server.URL), "embedded": sourcetest.Source(t, now(), "1m", "m 1")} {
		for _, r := range []source.Range{
			{Start: now(), End: now()},
			{Start: now(), End: now(), Step: -1},
			{Start: now(), End: now().Add(-1), Step: time.Second},
			{Start: now(), End: now().Add(11_000 * time.Second), Step: time.Second},
		} {
			if _, err := src.QueryRange(context.Background(), "m", r); kindOf(t, err) != source.Rejected {
				t.Errorf("%s: %v gave %v, want rejected", name, r, err)
			}
		}
		largest := source.Range{Start: now(), End: now().Add(10_999 * time.Second), Step: time.Second}
		if _, err := src.QueryRange(context.Background(), "m", largest); err != nil {
			t.Errorf("%s: 11000 points gave %v", name, err)
		}
	}
	if n := server.Count(""); n != 1 {
		t.Errorf("%d requests, want none for ranges that are refused", n)
	}
}

const page = `# TYPE http_requests_total counter
http_requests_total{code="200"} 100
http_requests_total{code="500"} 1
process_start_time_seconds 1.7e9
`

func TestDumpIgnoresMatchersOnTargetLabels(t *testing.T) {
	src, err := source.NewDump("m.txt", []byte(page), source.Options{Now: now(), ServiceLabel: "app"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	tests := map[string]int{
		`http_requests_total`: 2,
		`http_requests_total{app="checkout",job="x",instance=~".+",code="500"}`: 1,
		`http_requests_total{app!="checkout"}`:                                  2,
		`{app="checkout"}`:                                                      3,
		`sum(http_requests_total{app="a"}) / sum(http_requests_total{job="b"})`: 1,
		`count_over_time(http_requests_total{app="a"}[5m])`:                     2,
		`http_requests_total{service="checkout"}`:                               0,
		`http_requests_total{code="404",app="checkout"}`:                        0,
		`rate(http_requests_total[5m])`:                                         0,
	}
	for query, want := range tests {
		got, err := src.Query(ctx, query, now())
		if err != nil || len(got.Series) != want {
			t.Errorf("%s: %d series, %v, want %d", query, len(got.Series), err, want)
		}
	}
	names, err := src.Names(ctx, []string{`http_requests_total{app="checkout"}`}, now().Add(-time.Hour), now())
	if d := diff(source.Names{Names: []string{"http_requests_total"}}, names); d != "" || err != nil {
		t.Errorf("names: %v (-want +got):\n%s", err, d)
	}
	if _, err := src.Query(ctx, `sum(`, now()); kindOf(t, err) != source.Rejected {
		t.Errorf("a bad query gave %v", err)
	}
	if info := src.Info(); info.TargetLabels || info.History {
		t.Errorf("info = %+v, want no target labels and no history", info)
	}
}

// metricsServer serves a page and counts the requests.
func metricsServer(t *testing.T, answer http.HandlerFunc) (address string, requests func() []*http.Request) {
	t.Helper()
	var all []*http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all = append(all, r)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []*http.Request { return all }
}

func TestScrape(t *testing.T) {
	address, requests := metricsServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) })
	value := "scrape:" + strings.Replace(address, "http://", "http://joe:s3cr3t@", 1) + "/metrics?format=text"
	src := open(t, value)
	for range 2 {
		if got, err := src.Query(context.Background(), `http_requests_total{service="x"}`, now()); err != nil || len(got.Series) != 2 {
			t.Errorf("answer = %v, %v, want two series", got, err)
		}
	}
	if d := diff(source.Info{Name: "scrape:" + address + "/metrics"}, src.Info()); d != "" {
		t.Errorf("info (-want +got):\n%s", d)
	}
	all := requests()
	if len(all) != 1 {
		t.Fatalf("%d requests, want one", len(all))
	}
	if user, password, _ := all[0].BasicAuth(); user != "joe" || password != "s3cr3t" || all[0].URL.RawQuery != "format=text" || !strings.Contains(all[0].Header.Get("Accept"), "application/openmetrics-text") {
		t.Errorf("request = %s %v", all[0].URL, all[0].Header)
	}
}

func TestScrapeTrustsTheContentType(t *testing.T) {
	address, _ := metricsServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
		_, _ = io.WriteString(w, "# TYPE a gauge\na 1\n")
	})
	_, err := open(t, "scrape:"+address).Query(context.Background(), "a", now())
	if kindOf(t, err) != source.Malformed || !strings.Contains(err.Error(), "# EOF") {
		t.Errorf("error = %v, want a page that broke off", err)
	}
}

// answers asks a source every question and returns the errors.
func answers(src source.Source) map[string]error {
	ctx := context.Background()
	_, query := src.Query(ctx, "up", now())
	_, over := src.QueryRange(ctx, "up", source.Range{Start: now(), End: now(), Step: time.Minute})
	_, names := src.Names(ctx, nil, now(), now())
	_, recorded := src.Recorded(ctx)
	return map[string]error{"query": query, "range": over, "names": names, "recorded": recorded}
}

// A service that does not answer is no wrong call: the run goes on and says what
// it could not see.
func TestScrapeFailures(t *testing.T) {
	other, atOther := metricsServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) })
	text := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		want   source.ErrorKind
		text   string
	}{
		"login":          {text(401, "s3cr3t is wrong"), source.Unauthorized, "*** is wrong"},
		"not there":      {text(404, ""), source.Unsupported, "/metrics"},
		"broken":         {text(500, ""), source.ServerFault, "500"},
		"web page":       {text(200, "<html>"), source.Malformed, "web page"},
		"empty":          {text(200, ""), source.Malformed, "no metrics"},
		"bad line":       {text(200, "a 1\nb\n"), source.Malformed, "/metrics:2:1"},
		"too large":      {text(200, strings.Repeat("a 1\n", 1000)), source.Limited, "1000 bytes"},
		"redirect":       {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusFound) }, source.Malformed, "another host or port"},
		"a turn at home": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/metrics", http.StatusFound) }, source.Malformed, "redirects before it"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			address, _ := metricsServer(t, tt.answer)
			src, err := source.Open(context.Background(), "scrape:"+address+"/metrics", source.Options{Now: now(), Transport: transport.Options{
				Auth: transport.Bearer("s3cr3t"), MaxBodyBytes: 1000,
			}})
			if err != nil {
				t.Fatal(err)
			}
			for question, err := range answers(src) {
				if kindOf(t, err) != tt.want || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "s3cr3t") {
					t.Errorf("%s: error = %v, want kind %q with %q and no secret", question, err, tt.want, tt.text)
				}
			}
			if info := src.Info(); info.Name != "scrape:"+address+"/metrics" || !info.History {
				t.Errorf("info = %+v, want one that is asked about everything", info)
			}
		})
	}
	if n := len(atOther()); n != 0 {
		t.Errorf("the server behind the redirect got %d requests", n)
	}
}
