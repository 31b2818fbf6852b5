package online

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestIntervalsAreEstimatedGenerously(t *testing.T) {
	doubt := errors.New("down")
	for _, c := range []struct {
		samples float64
		want    interval
	}{
		{0, interval{doubt: doubt}},
		{1, interval{doubt: doubt}},
		// Scraped every minute, a quarter of an hour may hold fourteen samples, and a
		// range of two minutes is no fault.
		{14, interval{about: 64 * time.Second, least: time.Minute}},
		{15, interval{about: time.Minute, least: 56250 * time.Millisecond}},
	} {
		if got := intervalOf(c.samples, doubt); got != c.want {
			t.Errorf("%v samples: got %+v, want %+v", c.samples, got, c.want)
		}
	}
}

// TestYoungSeriesSayNothingOfTheirInterval covers what was deployed a moment ago: few
// samples in the last quarter of an hour are no long interval.
func TestYoungSeriesSayNothingOfTheirInterval(t *testing.T) {
	for _, c := range []struct {
		samples string
		want    int
	}{{"_x51 0+1x8", 0}, {"0+1x60", 1}} {
		src := sourcetest.Source(t, evaluation(), "1m", "jobs_total "+c.samples)
		found, _ := Run(context.Background(), src, ofRules(t, alertsOn("rate(jobs_total[1m]) > 1")), options())
		if len(found) != c.want {
			t.Errorf("%s: got %v", c.samples, found)
		}
	}
}

func TestIntervalsAreAskedOnceForAllChecks(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "jobs_total 0+1x60"))
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("rate(jobs_total[1m]) > 1", "absent(jobs_total)")), options())
	if len(found) != 1 || found[0].Rule != "promql/rate-interval" {
		t.Errorf("got %v", found)
	}
	n := 0
	for _, q := range server.Queries() {
		if strings.Contains(q, "count_over_time") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d queries count samples, want one", n)
	}
}

// TestIntervalsAreThoseOfTheSelector covers a metric that targets have at different
// intervals: what the rule does not read says nothing of it.
func TestIntervalsAreThoseOfTheSelector(t *testing.T) {
	series := []string{`seen_total{job="fast",service="a"} 0+1x720`, `seen_total{job="slow",service="b"} 0` + strings.Repeat(" _x11 1", 60)}
	for _, c := range []struct {
		name, expr, words string
	}{
		{"rate of the slow", `rate(seen_total{job="slow"}[1m]) > 1`, `seen_total{job="slow"} has one about every 1m`},
		{"by the service", `rate(seen_total{service="b"}[1m]) > 1`, `seen_total{service="b"} has one about every 1m`},
		{"rate of the fast", `rate(seen_total{job="fast"}[1m]) > 1`, ""},
		{"rate of both", `rate(seen_total[1m]) > 1`, ""},
		{"rate of what is not there", `rate(seen_total{job="gone"}[1m]) > 1`, ""},
		{"a range that is too short for the fast", `rate(seen_total{job="fast"}[9s]) > 1`, "use a range of at least four intervals, as [20s]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := sourcetest.Source(t, evaluation(), "5s", series...)
			o := options()
			o.Disabled = []string{"promql/series"}
			found, _ := Run(context.Background(), src, ofRules(t, alertsOn(c.expr)), o)
			switch {
			case c.words == "" && len(found) > 0:
				t.Errorf("got %v", found)
			case c.words != "" && (len(found) != 1 || !strings.Contains(found[0].Message+found[0].Suggestion, c.words)):
				t.Errorf("want %q, got %v", c.words, found)
			}
		})
	}
}

// TestIntervalsOfManySelectorsTakeFewRequests covers rules that differ in the service,
// and rules that differ in other labels too.
func TestIntervalsOfManySelectorsTakeFewRequests(t *testing.T) {
	var series, exprs []string
	for i := range 400 {
		series = append(series, fmt.Sprintf(`seen_total{service="s%d",zone="z%d"} 0+1x60`, i, i))
		exprs = append(exprs, fmt.Sprintf(`rate(seen_total{service="s%d"}[1m]) > 1`, i), fmt.Sprintf(`rate(seen_total{zone="z%d"}[1m]) > 1`, i))
	}
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", series...))
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(exprs...)), options())
	if len(found) != 800 {
		t.Errorf("%d findings, want one a rule", len(found))
	}
	n := 0
	for _, q := range server.Queries() {
		if strings.Contains(q, "count_over_time") {
			n++
		}
	}
	if n > 2 {
		t.Errorf("%d queries count samples of 800 selectors, want at most 2", n)
	}
}
