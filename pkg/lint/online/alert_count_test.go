package online

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestFired(t *testing.T) {
	at := func(minutes ...int) source.Series {
		var s source.Series
		for _, m := range minutes {
			s.Points = append(s.Points, source.Point{At: evaluation().Add(time.Duration(m) * time.Minute), Value: 1})
		}
		return s
	}
	for _, c := range []struct {
		name   string
		series []source.Series
		wait   time.Duration
		want   int
	}{
		{"never", nil, 0, 0},
		{"at once", []source.Series{at(0)}, 0, 1},
		{"too short", []source.Series{at(0, 1, 2, 3, 4)}, 5 * time.Minute, 0},
		{"just long enough", []source.Series{at(0, 1, 2, 3, 4, 5)}, 5 * time.Minute, 1},
		{"once while it lasts", []source.Series{at(0, 1, 2, 3)}, time.Minute, 1},
		{"again after a gap", []source.Series{at(0, 1, 5, 6)}, time.Minute, 2},
		{"each series by itself", []source.Series{at(0, 1), at(0, 1)}, time.Minute, 2},
	} {
		if got := fired(c.series, time.Minute, c.wait); got != c.want {
			t.Errorf("%s: %d times, want %d", c.name, got, c.want)
		}
	}
}

// TestAlertsAreCountedOnlyWhenAsked also covers that equal questions are asked once.
func TestAlertsAreCountedOnlyWhenAsked(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x60"))
	rules := ofRules(t, alertsOn("here > 0", "here > 0", "here > 5"))
	for asked, want := range map[bool]int{false: 0, true: 2} {
		server.Reset()
		o := options()
		o.CountAlerts = asked
		found, _ := Run(context.Background(), connect(t, server), rules, o)
		if n := server.Count("/api/v1/query_range"); n != want {
			t.Errorf("asked %t: %d range queries, want %d", asked, n, want)
		}
		if len(found) != want {
			t.Errorf("asked %t: got %v", asked, found)
		}
	}
	server.Always("/api/v1/query_range", sourcetest.Status(503))
	o := options()
	o.CountAlerts = true
	found, _ := Run(context.Background(), connect(t, server), rules, o)
	if len(found) != 1 || !strings.HasPrefix(found[0].Message, "3 alerts could not be asked of ") {
		t.Errorf("got %v", found)
	}
}

func TestAnAlertThatFiresAllTheTimeIsAWarning(t *testing.T) {
	for _, c := range []struct {
		n, noisy int
		want     report.Severity
	}{
		{defaultNoisy, 0, report.Info},
		{defaultNoisy + 1, 0, report.Warning},
		{2, 2, report.Info},
		{3, 2, report.Warning},
		{defaultNoisy + 1, 100, report.Info},
	} {
		n, want := c.n, c.want
		src := sourcetest.Source(t, evaluation(), "1m", "up "+strings.Repeat("0x5 1x5 ", n)+"1")
		o := options()
		o.CountAlerts, o.Noisy = true, c.noisy
		found, _ := Run(context.Background(), src, ofRules(t, strings.ReplaceAll(alertsOn("up == 0"), "for: 5m", "for: 1m")), o)
		if len(found) != 1 || found[0].Severity != want {
			t.Errorf("%d times: want one finding of severity %s, got %v", n, want, found)
		}
	}
}
