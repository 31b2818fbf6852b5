package sourcetest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func load(t *testing.T) *sourcetest.Server {
	t.Helper()
	s := sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m",
		`old{service="a"} 1x5`,
		`m{service="a", code="2 00"} 0+1x60`,
		`m{service="b"} 1x60`,
		`plain 1x60`,
		`native {{schema:0 sum:1 count:1 buckets:[1]}}x60`,
	))
	s.RecordingRules("slo:x")
	s.Metadata(map[string]string{"m": "counter", "plain": "gauge"})
	return s
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(body))
}

func TestEndpoints(t *testing.T) {
	at := "1772366400" // now
	match := func(selectors ...string) string {
		return url.Values{"match[]": selectors}.Encode()
	}
	tests := map[string]struct {
		path   string
		status int
		want   string
	}{
		"instant":          {"/api/v1/query?query=plain&time=" + at, 200, `{"status":"success","data":{"result":[{"metric":{"__name__":"plain"},"value":[1772366400,"1"]}],"resultType":"vector"}}`},
		"scalar":           {"/api/v1/query?query=2&time=" + at, 200, `{"status":"success","data":{"result":[1772366400,"2"],"resultType":"scalar"}}`},
		"RFC 3339":         {"/api/v1/query?query=count(m)&time=2026-03-01T12:00:00Z", 200, `{"status":"success","data":{"result":[{"metric":{},"value":[1772366400,"2"]}],"resultType":"vector"}}`},
		"range":            {"/api/v1/query_range?query=plain&start=1772366340&end=" + at + "&step=1m", 200, `{"status":"success","data":{"result":[{"metric":{"__name__":"plain"},"values":[[1772366340,"1"],[1772366400,"1"]]}],"resultType":"matrix"}}`},
		"nothing":          {"/api/v1/query?query=none&time=" + at, 200, `{"status":"success","data":{"result":[],"resultType":"vector"}}`},
		"syntax":           {"/api/v1/query?query=sum(&time=" + at, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis"}`},
		"execution":        {"/api/v1/query?query=m%2Bignoring(code,service)m&time=" + at, 422, ""},
		"long range":       {"/api/v1/query_range?query=m&start=0&end=11001&step=1", 400, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries"}`},
		"no end":           {"/api/v1/query_range?query=m&start=0&step=1", 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"end\": it is missing"}`},
		"names":            {"/api/v1/label/__name__/values?start=" + at + "&end=" + at, 200, `{"status":"success","data":["m","native","old","plain"]}`},
		"names of some":    {"/api/v1/label/__name__/values?" + match(`m{service="a"}`, "plain"), 200, `{"status":"success","data":["m","plain"]}`},
		"no names":         {"/api/v1/label/__name__/values?" + match("none"), 200, `{"status":"success","data":[]}`},
		"limited names":    {"/api/v1/label/__name__/values?limit=2", 200, `{"status":"success","data":["m","native"],"warnings":["results truncated due to limit"]}`},
		"values":           {"/api/v1/label/service/values?" + match("m"), 200, `{"status":"success","data":["a","b"]}`},
		"bad selector":     {"/api/v1/label/__name__/values?" + match("{"), 400, ""},
		"empty selector":   {"/api/v1/label/__name__/values?" + match(`{a=""}`), 400, `{"status":"error","errorType":"bad_data","error":"match[] must contain at least one non-empty matcher"}`},
		"series":           {"/api/v1/series?" + match("m") + "&start=" + at + "&end=" + at, 200, `{"status":"success","data":[{"__name__":"m","code":"2 00","service":"a"},{"__name__":"m","service":"b"}]}`},
		"limited series":   {"/api/v1/series?limit=1&" + match("m"), 200, `{"status":"success","data":[{"__name__":"m","code":"2 00","service":"a"}],"warnings":["results truncated due to limit"]}`},
		"series in time":   {"/api/v1/series?" + match("old") + "&start=" + at + "&end=" + at, 200, `{"status":"success","data":[]}`},
		"series of none":   {"/api/v1/series", 400, ""},
		"rules":            {"/api/v1/rules?type=record", 200, `{"status":"success","data":{"groups":[{"file":"rules.yaml","interval":60,"name":"test","rules":[{"health":"ok","name":"slo:x","query":"vector(1)","type":"recording"}]}]}}`},
		"alerts":           {"/api/v1/rules?type=alert", 200, `{"status":"success","data":{"groups":[]}}`},
		"metadata":         {"/api/v1/metadata?metric=m", 200, `{"status":"success","data":{"m":[{"help":"","type":"counter","unit":""}]}}`},
		"buildinfo":        {"/api/v1/status/buildinfo", 200, `{"status":"success","data":{"revision":"sourcetest","version":"3.15.0"}}`},
		"ready":            {"/-/ready", 200, "Prometheus Server is Ready."},
		"unknown endpoint": {"/api/v1/nothing", 404, "404 page not found"},
		"the engine warns": {"/api/v1/query?query=quantile_over_time(2,plain[5m])&time=" + at, 200, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, body := get(t, load(t).URL+tt.path)
			if status != tt.status || tt.want != "" && body != tt.want {
				t.Errorf("%d %s\nwant %d %s", status, body, tt.status, tt.want)
			}
			if name == "the engine warns" && !strings.Contains(body, `"warnings":["PromQL warning: quantile value`) {
				t.Errorf("no warning in %s", body)
			}
		})
	}
}

func TestExactNamesKeepsToTheTime(t *testing.T) {
	s := load(t)
	s.ExactNames()
	if _, body := get(t, s.URL+"/api/v1/label/__name__/values?start=1772366340&end=1772366400"); strings.Contains(body, "old") {
		t.Errorf("names = %s, want none that ended", body)
	}
}

func TestAnyStorageIsServed(t *testing.T) {
	s := sourcetest.NewServer(t, promqltest.LoadedStorage(t, "load 1m\n  m{a=\"b\"} 0+1x10"))
	if _, body := get(t, s.URL+"/api/v1/query?query=m&time=600"); !strings.Contains(body, `[600,"10"]`) {
		t.Errorf("answer = %s", body)
	}
	if _, body := get(t, s.URL+"/api/v1/label/__name__/values"); !strings.Contains(body, `["m"]`) {
		t.Errorf("names = %s", body)
	}
}

func TestStepsTakeTurns(t *testing.T) {
	const path = "/api/v1/query"
	s := load(t)
	s.Always(path, sourcetest.Status(500))
	s.OnQuery("special", sourcetest.Status(418))
	s.Next(path, sourcetest.Status(503), sourcetest.Pass())
	s.Next("/-/ready", sourcetest.Status(502))
	s.Remove("/api/v1/rules")
	s.RequireHeader("Accept-Encoding", "gzip") // net/http's own
	var got []int
	for _, p := range []string{path + "?query=1", path + "?query=1", path + "?query=1", path + "?query=special", "/-/ready", "/-/ready", "/api/v1/rules"} {
		status, _ := get(t, s.URL+p)
		got = append(got, status)
	}
	if d := cmp.Diff([]int{503, 200, 500, 418, 502, 200, 404}, got); d != "" {
		t.Errorf("statuses (-want +got):\n%s", d)
	}
	if s.Count(path) != 4 || s.Count("") != 7 || len(s.Queries()) != 4 {
		t.Errorf("%d, %d and %d requests were counted", s.Count(path), s.Count(""), len(s.Queries()))
	}
	s.RequireBasic("joe", "secret")
	if status, _ := get(t, s.URL+"/-/ready"); status != 401 {
		t.Errorf("without a login: %d", status)
	}
	s.Reset()
	if s.Count("") != 0 {
		t.Error("Reset keeps requests")
	}
}

func TestChangedAnswersKeepTheirData(t *testing.T) {
	s := load(t)
	s.Next("", sourcetest.Warn("w"), sourcetest.Infos("i"), sourcetest.Partial())
	for _, want := range []string{`"warnings":["w"]`, `"infos":["i"]`, `"isPartial":true`} {
		_, body := get(t, s.URL+"/api/v1/query?query=plain&time=1772366400")
		if !strings.Contains(body, want) || !strings.Contains(body, `[1772366400,"1"]`) || !json.Valid([]byte(body)) {
			t.Errorf("answer = %s, want %s beside the data", body, want)
		}
	}
}

func TestCountingCounts(t *testing.T) {
	c := sourcetest.NewCounting(sourcetest.Source(t, now(), "1m", "m 1"))
	ctx := context.Background()
	for range 2 {
		if _, err := c.Query(ctx, "m", now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Names(ctx, nil, now(), now()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Recorded(ctx); err != nil {
		t.Fatal(err)
	}
	if c.Calls("Query") != 2 || c.Calls("Names") != 1 || c.Calls("QueryRange") != 0 || c.Calls("") != 4 {
		t.Errorf("%d, %d, %d and %d calls", c.Calls("Query"), c.Calls("Names"), c.Calls("QueryRange"), c.Calls(""))
	}
}
