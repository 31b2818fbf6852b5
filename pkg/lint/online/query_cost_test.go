package online

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// costOnly are the options with which nothing but the cost is looked at.
func costOnly(limits organisation.Cost) Options {
	o := options()
	for _, id := range ids() {
		if id != "query/cost" {
			o.Disabled = append(o.Disabled, id)
		}
	}
	o.Cost = limits
	return o
}

// twoHundred are expressions that read one series each.
func twoHundred() []string {
	var out []string
	for i := range 200 {
		out = append(out, fmt.Sprintf("sum_over_time(cheap[%dm]) > 1e9", i%20+1))
	}
	return out
}

// TestCheapQueriesAreMeasuredTogether compares what is found with what each query
// takes by itself.
func TestCheapQueriesAreMeasuredTogether(t *testing.T) {
	series := []string{"cheap 1x60"}
	for i := range 50 {
		series = append(series, fmt.Sprintf(`dear{i="%d"} 1x60`, i))
	}
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", series...))
	limits := organisation.Cost{Series: 20, Samples: 1000}
	for _, c := range []struct {
		name            string
		more            []string
		findings, limit int
	}{
		{"none is dear", nil, 0, 2},
		{"one reads much", []string{"sum(sum_over_time(dear[1h])) > 1e9"}, 1, 12},
		{"one returns much", []string{"dear"}, 1, 2},
		{"two of the same", []string{"dear", "dear"}, 2, 2},
		{"one is refused", []string{"cheap and on () cheap * on () dear"}, 1, 22},
	} {
		t.Run(c.name, func(t *testing.T) {
			server.Reset()
			found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(append(twoHundred(), c.more...)...)), costOnly(limits))
			if len(found) != c.findings {
				t.Errorf("want %d findings, got %v", c.findings, found)
			}
			if n := len(server.Requests()); n > c.limit {
				t.Errorf("%d requests, want at most %d", n, c.limit)
			}
		})
	}
}

func TestLimitsOfTheCost(t *testing.T) {
	const stats = `{"resultType":"vector","result":[{"metric":{},"value":[0,"7"]}],"stats":{"timings":{"evalTotalTime":2.5},"samples":{"totalQueryableSamples":300,"peakSamples":40}}}`
	for _, c := range []struct {
		name     string
		limits   organisation.Cost
		step     sourcetest.Step
		severity report.Severity
		words    string
	}{
		{"all kept", organisation.Cost{Series: 7, Samples: 300, PeakSamples: 40, Duration: 2500 * time.Millisecond}, sourcetest.Data(stats), "", ""},
		{"series", organisation.Cost{Series: 6}, sourcetest.Data(stats), report.Warning, "returns 7 series, more than the 6 "},
		{"samples", organisation.Cost{Samples: 299}, sourcetest.Data(stats), report.Warning, "reads 300 samples, more than the 299 "},
		{"samples at once", organisation.Cost{PeakSamples: 39}, sourcetest.Data(stats), report.Warning, "holds 40 samples in memory at once, more than the 39 "},
		{"time", organisation.Cost{Duration: 2 * time.Second}, sourcetest.Data(stats), report.Warning, "takes 2.5s, more than the 2s "},
		{"not told", organisation.Cost{Samples: 1}, sourcetest.Value(7), report.Info, "1 query cost could not be compared with "},
		{"series where the rest is not told", organisation.Cost{Series: 7}, sourcetest.Value(7), "", ""},
		{"down", organisation.Cost{Series: 1}, sourcetest.Status(500), report.Warning, "1 expression could not be asked of "},
		{"partial", organisation.Cost{Series: 1}, sourcetest.Partial(), report.Warning, "the answer may be partial"},
		{"out of time", organisation.Cost{Series: 1}, sourcetest.Fail(503, "timeout", "query timed out"), report.Warning, "1 expression could not be asked of "},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
			server.Always("/api/v1/query", c.step)
			found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("here > 0")), costOnly(c.limits))
			switch {
			case c.severity == "" && len(found) > 0:
				t.Errorf("got %v", found)
			case c.severity != "" && (len(found) != 1 || found[0].Severity != c.severity || !strings.Contains(found[0].Message, c.words)):
				t.Errorf("want %q, got %v", c.words, found)
			}
		})
	}
}

// TestASlowServerIsAskedForLessAndThenLeftAlone covers queries that run out of time.
func TestASlowServerIsAskedForLessAndThenLeftAlone(t *testing.T) {
	timeout := sourcetest.Fail(503, "timeout", "query timed out")
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "cheap 1x60"))
	server.Next("/api/v1/query", timeout)
	limits := organisation.Cost{Series: 5}
	if found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(twoHundred()...)), costOnly(limits)); len(found) > 0 {
		t.Errorf("after one time out: %v", found)
	}
	server.Reset()
	server.Always("/api/v1/query", timeout)
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(twoHundred()...)), costOnly(limits))
	if len(found) != 1 || !strings.HasPrefix(found[0].Message, "200 expressions could not be asked of ") {
		t.Errorf("a server that is always too slow: %v", found)
	}
	if n := len(server.Requests()); n > 2*patience+2 {
		t.Errorf("%d requests to a server that is always too slow", n)
	}
}

func TestWithoutLimitsNoQueryIsMeasured(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x20"))
	Run(context.Background(), connect(t, server), ofRules(t, alertsOn("here > 0")), costOnly(organisation.Cost{}))
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}
