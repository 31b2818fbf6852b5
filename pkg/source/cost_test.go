package source_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// costs is a source that says what a query took.
type costs interface {
	QueryCost(ctx context.Context, query string, at time.Time) (source.Answer, *source.Cost, error)
}

func TestWhatAQueryTook(t *testing.T) {
	lines := []string{`a{i="1"} 1x60`, `a{i="2"} 1x60`}
	server := sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m", lines...))
	sources := map[string]source.Source{"server": open(t, server.URL), "snapshot": sourcetest.Source(t, now(), "1m", lines...)}
	for name, src := range sources {
		answer, cost, err := src.(costs).QueryCost(context.Background(), "count(sum_over_time(a[30m]))", now())
		if err != nil || cost == nil {
			t.Fatalf("%s: cost %v, error %v", name, cost, err)
		}
		if len(answer.Series) != 1 || answer.Series[0].Points[0].Value != 2 {
			t.Errorf("%s: the answer is %v", name, answer.Series)
		}
		// Half an hour of two series that have a sample every minute.
		if cost.Samples != 60 || cost.PeakSamples < 30 || cost.Duration <= 0 {
			t.Errorf("%s: %+v", name, *cost)
		}
	}
}

func TestServersThatDoNotSayWhatAQueryTook(t *testing.T) {
	for _, c := range []struct {
		name string
		step sourcetest.Step
		want *source.Cost
		fail bool
	}{
		{"told", sourcetest.Data(`{"resultType":"vector","result":[],"stats":{"timings":{"evalTotalTime":1.5},"samples":{"totalQueryableSamples":7,"peakSamples":3}}}`), &source.Cost{Samples: 7, PeakSamples: 3, Duration: 1500 * time.Millisecond}, false},
		{"no stats", sourcetest.Value(1), nil, false},
		{"stats of VictoriaMetrics", sourcetest.JSON(`{"status":"success","data":{"resultType":"vector","result":[]},"stats":{"seriesFetched":"2","executionTimeMsec":3}}`), nil, false},
		{"cut off", sourcetest.CutOff(), nil, true},
		{"no JSON", sourcetest.JSON("{"), nil, true},
		{"refused", sourcetest.Fail(422, "execution", "many-to-many"), nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, now(), "1m", "here 1x20"))
			server.Always("/api/v1/query", c.step)
			_, cost, err := open(t, server.URL).(costs).QueryCost(context.Background(), "here", now())
			if (err != nil) != c.fail {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(c.want, cost); diff != "" {
				t.Errorf("cost (-want +got):\n%s", diff)
			}
		})
	}
}
