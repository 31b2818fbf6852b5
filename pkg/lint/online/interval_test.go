package online

import (
	"context"
	"errors"
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
		found := Run(context.Background(), src, ofRules(t, alertsOn("rate(jobs_total[1m]) > 1")), options())
		if len(found) != c.want {
			t.Errorf("%s: got %v", c.samples, found)
		}
	}
}

func TestIntervalsAreAskedOnceForAllChecks(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "jobs_total 0+1x60"))
	found := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("rate(jobs_total[1m]) > 1", "absent(jobs_total)")), options())
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
