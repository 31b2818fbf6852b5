//go:build e2e

package e2e

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// requests are those that the program sends, and the ways in which each can be
// refused.
func requests(now time.Time) []request {
	var all []request
	all = append(all, queries(now)...)
	all = append(all, rangeQueries(now)...)
	all = append(all, labelValues(now)...)
	all = append(all, seriesRequests(now)...)
	return append(all,
		request{name: "rules", path: "rules", status: 200, shape: true},
		request{name: "rules of one type", path: "rules", params: url.Values{"type": {"record"}}, status: 200, shape: true},
		request{name: "no alerting rules", path: "rules", params: url.Values{"type": {"alert"}}, status: 200},
		request{name: "rules of an unknown type", path: "rules", params: url.Values{"type": {"x"}}, status: 400},
		request{name: "metadata without targets", path: "metadata", status: 200},
		request{name: "build", path: "status/buildinfo", status: 200, shape: true},
		request{name: "an unknown path", path: "nothing", status: 404},
	)
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func queries(now time.Time) []request {
	at := func(query string, more ...string) url.Values {
		v := url.Values{"query": {query}, "time": {unix(now)}}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	var out []request
	add := func(name string, status int, params url.Values) {
		out = append(out, request{name: "query " + name, path: "query", params: params, status: status})
	}
	add("vector", 200, at(`sum by (service) (rate(http_requests_total[5m]))`))
	add("of a month", 200, at(`sum by (service) (increase(http_requests_total[30d]))`))
	add("of buckets", 200, at(`http_request_duration_seconds_bucket{service="checkout-api"}`))
	add("quantile", 200, at(`histogram_quantile(0.95, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))`))
	add("subquery", 200, at(`count_over_time((group by (service) (http_requests_total))[30d:6h])`))
	add("alternation", 200, at(`group by (__name__, service) ({__name__=~"http_requests_total|search_index_lag_seconds|none",service=~"search|checkout-api"})`))
	add("with offset", 200, at(`http_requests_total{status="500"} offset 1d`))
	add("at a time", 200, at(`search_index_lag_seconds @ `+unix(now.Add(-time.Hour))))
	add("scalar", 200, at(`scalar(sum(search_index_lag_seconds))`))
	add("number", 200, at(`1.5`))
	add("text", 200, at(`"text"`))
	add("matrix", 200, at(`search_index_lag_seconds[5m]`))
	add("infinity", 200, at(`vector(1) / 0`))
	add("not a number", 200, at(`0 / 0`))
	add("empty", 200, at(`no_such_metric`))
	add("long ago", 200, url.Values{"query": {"http_requests_total"}, "time": {"1000000000"}})
	add("info", 200, at(`rate(search_index_lag_seconds[5m])`))
	add("warning", 200, at(`quantile(2, http_requests_total)`))
	add("text time", 200, url.Values{"query": {"search_index_lag_seconds"}, "time": {now.Format(time.RFC3339)}})
	add("fraction of a second", 200, url.Values{"query": {"search_index_lag_seconds"}, "time": {unix(now) + ".123"}})
	add("timeout", 200, at(`1`, "timeout", "5s"))
	add("missing", 400, url.Values{"time": {unix(now)}})
	add("syntax", 400, at(`sum(`))
	add("unknown function", 400, at(`nothing(http_requests_total)`))
	add("type error", 400, at(`rate(http_requests_total)`))
	add("bad time", 400, url.Values{"query": {"1"}, "time": {"yesterday"}})
	add("bad timeout", 400, at(`1`, "timeout", "soon"))
	add("ambiguous", 422, at(`http_requests_total / on (service) http_requests_total`))
	out = append(out,
		request{name: "query by post", method: http.MethodPost, path: "query", params: at(`sum(http_requests_total)`), status: 200},
		request{name: "syntax by post", method: http.MethodPost, path: "query", params: at(`}`), status: 400},
	)
	return out
}

func rangeQueries(now time.Time) []request {
	last := func(query string, before time.Duration, step string) url.Values {
		return url.Values{"query": {query}, "start": {unix(now.Add(-before))}, "end": {unix(now)}, "step": {step}}
	}
	var out []request
	add := func(name string, status int, params url.Values) {
		out = append(out, request{name: "range " + name, path: "query_range", params: params, status: status})
	}
	add("of a day", 200, last(`sum by (service) (rate(http_requests_total[5m]))`, 24*time.Hour, "1h"))
	add("in seconds", 200, last(`search_index_lag_seconds`, time.Hour, "900"))
	add("of a number", 200, last(`2`, time.Hour, "30m"))
	add("beyond the data", 200, url.Values{"query": {"search_index_lag_seconds"}, "start": {unix(now)}, "end": {unix(now.Add(time.Hour))}, "step": {"1m"}})
	add("empty", 200, last(`no_such_metric`, time.Hour, "1m"))
	add("one moment", 200, last(`search_index_lag_seconds`, 0, "1m"))
	add("too many steps", 400, last(`1`, 24*time.Hour, "1s"))
	add("no step", 400, last(`1`, time.Hour, ""))
	add("step of zero", 400, last(`1`, time.Hour, "0"))
	add("step below zero", 400, last(`1`, time.Hour, "-60"))
	add("backwards", 400, last(`1`, -time.Hour, "1m"))
	add("no start", 400, url.Values{"query": {"1"}, "end": {unix(now)}, "step": {"1m"}})
	add("syntax", 400, last(`sum(`, time.Hour, "1m"))
	return append(out, request{
		name: "range of a matrix", path: "query_range", params: last(`search_index_lag_seconds[5m]`, time.Hour, "1m"),
		status: 400,
	})
}

func labelValues(now time.Time) []request {
	month := url.Values{"start": {unix(now.Add(-30 * 24 * time.Hour))}, "end": {unix(now)}}
	with := func(pairs ...string) url.Values {
		v := url.Values{}
		for key, values := range month {
			v[key] = values
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	var out []request
	add := func(name string, status int, label string, params url.Values) {
		out = append(out, request{name: "values " + name, path: "label/" + label + "/values", params: params, status: status})
	}
	add("names", 200, "__name__", month)
	add("names ever", 200, "__name__", nil)
	add("services", 200, "service", month)
	add("of an unknown label", 200, "nothing", month)
	add("names that match", 200, "__name__", with("match[]", `{service="search"}`))
	add("names that match either", 200, "__name__", with("match[]", `{__name__="search_index_lag_seconds",service="search"}`, "match[]", `http_requests_total`))
	add("statuses of a metric", 200, "status", with("match[]", `http_requests_total{service="search"}`))
	add("nothing matches", 200, "__name__", with("match[]", `no_such_metric`))
	add("limit", 200, "__name__", with("limit", "2"))
	add("limit of all", 200, "__name__", with("limit", "100"))
	add("limit of zero", 200, "service", with("limit", "0"))
	add("limit below zero", 400, "service", with("limit", "-1"))
	add("limit of text", 400, "service", with("limit", "x"))
	add("syntax", 400, "service", with("match[]", `{`))
	add("empty selector", 400, "service", with("match[]", `{}`))
	add("bad start", 400, "service", url.Values{"start": {"x"}})
	return append(out, request{
		name: "values of a bad label", path: "label/a\xff/values", params: month, status: 400,
	})
}

func seriesRequests(now time.Time) []request {
	with := func(pairs ...string) url.Values {
		v := url.Values{"start": {unix(now.Add(-time.Hour))}, "end": {unix(now)}}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	var out []request
	add := func(name string, status int, params url.Values) {
		out = append(out, request{name: "series " + name, path: "series", params: params, status: status})
	}
	add("of a metric", 200, with("match[]", `http_requests_total`))
	add("of two", 200, with("match[]", `search_index_lag_seconds`, "match[]", `{service="recommender"}`))
	add("limit", 200, with("match[]", `http_requests_total`, "limit", "1"))
	add("nothing matches", 200, with("match[]", `no_such_metric`))
	add("without a selector", 400, with())
	add("empty selector", 400, with("match[]", `{}`))
	add("limit of text", 400, with("match[]", `http_requests_total`, "limit", "x"))
	return out
}
