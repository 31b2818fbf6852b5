package promruval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a validator finds in single expressions: the texts that it points at.
func TestExpressions(t *testing.T) {
	const (
		noTeam   = "type: expressionDoesNotUseLabels, params: {labels: [team]}"
		ofKube   = "type: expressionDoesNotUseLabelsForMetricRegexp, params: {labels: [team], metricNameRegexp: 'kube_.*'}"
		counters = "type: validFunctionsOnCounters"
		filters  = "type: logQlExpressionUsesFiltersFirst"
		logql    = "type: expressionIsValidLogQL"
		format   = "type: expressionIsWellFormatted"
		buckets  = "type: expressionDoesNotUseClassicHistogramBucketOperations"
	)
	for _, c := range []struct {
		validation, expr string
		want             string
	}{
		{noTeam, `sum by (team) (up)`, "team"},
		{noTeam, `up{team="a"}`, "team"},
		{noTeam, `{team="a"}`, "team"},
		{noTeam, `up * on (team) up`, "team"},
		{noTeam, `up * ignoring (team) up`, ""},
		{noTeam, `up * on (job) group_left (team) up`, "team"},
		{noTeam, `label_replace(up, "a", "$1", "team", ".*")`, "team"},
		{noTeam, `sum by (team) (label_replace(up, "team", "$1", "job", ".*"))`, ""},
		{noTeam, `sum by (team) (label_join(up, "team", "-", "job", "env"))`, ""},
		{noTeam, `label_join(up, "a", "-", "job", "team")`, "team"},
		{ofKube, `sum by (team) (kube_pod_info * on (pod) group_left (team) owners)`, ""},
		{ofKube, `owners * on (pod) group_left (team) kube_pod_info`, "team"},
		{ofKube, `sum by (team) (up)`, ""},
		{counters, `rate(latency_count[5m])`, ""},
		{counters, `rate(temperature[5m])`, "temperature"},
		{filters, `sum(rate({a="b"} | json [5m])) + sum(rate({a="b"} |= "x" [5m]))`, ""},
		{filters, `sum(rate({a="b"} | json != "x" [5m]))`, "!="},
		{filters, `sum(rate({a="b"} | json | level != "x" [5m]))`, ""},
		{filters, `sum(rate({a="b"} != "x" | json [5m]))`, ""},
		{filters, "sum(rate({a=\"b\"} |= `|=` | json [5m]))", ""},
		{logql, `sum(rate({a="b"} [5m])`, "("},
		{logql, `sum(rate({} [5m]))`, "{"},
		{logql, `sum(rate({a=b} [5m]))`, "a"},
		{logql, `sum by (x) (rate({a="b", c=~"d"} | json [5m])) / on (x) sum(rate({a!="b"} [5m]))`, ""},
		{logql, `rate(up{a="b"}[5m])`, "up"},
		{format, `up == 1 # always`, ""},
		{format, `up{a="#"} == 1`, ""},
		{format, `up ==1`, "up ==1"},
		{buckets, `a_bucket{le="1"} - b_bucket{le="2"}`, ""},
		{buckets, `a_bucket{le="1"} - on (job) a_bucket{le="2"}`, `a_bucket{le="1"} - on (job) a_bucket{le="2"}`},
		{buckets, `(a_bucket{le="1"} * up) - on (job) a_bucket{le="2"}`, ""},
		{"type: expressionDoesNotUseExperimentalFunctions", `sort_by_label(up, "job")`, `sort_by_label(up, "job")`},
		{"type: expressionDoesNotUseOlderDataThan, params: {limit: 1d}", `max_over_time(up[12h:1h] offset 12h)`, ""},
		{"type: expressionDoesNotUseOlderDataThan, params: {limit: 1d}", `max_over_time(rate(a_total[1h])[12h:1h] offset 12h)`, "a_total"},
		{"type: expressionDoesNotUseMetrics, params: {metricNameRegexps: ['a|b']}", `ab + a`, "a"},
		{"type: expressionUsesUnderscoresInLargeNumbers", `up > 1234567 or up > 1e6 or up > 0999`, "1234567"},
	} {
		set := decoded(t, config("All rules", "      - {"+c.validation+"}\n"))
		quoted := "'" + strings.ReplaceAll(c.expr, "'", "''") + "'"
		got := ""
		for _, f := range linted(t, set, "groups:\n  - name: g\n    rules:\n      - record: a:b:c\n        expr: "+quoted+"\n") {
			_, rest, _ := strings.Cut(f, " ")
			at := strings.Index(rest, ": ")
			got += rest[:at]
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", c.validation, c.expr, diff)
		}
	}
}
