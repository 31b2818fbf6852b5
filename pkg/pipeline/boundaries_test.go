package pipeline

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// checkoutSeries are those of a service whose buckets end at 0.25 and 0.5 seconds.
func checkoutSeries(name string) []string {
	var out []string
	for _, le := range []string{"0.25", "0.5", "+Inf"} {
		out = append(out, fmt.Sprintf(`http_request_duration_seconds_bucket{service=%q,le=%q} 0+10x30`, name, le))
	}
	return out
}

// TestExamplesOfThePageAboutBuckets makes sure that a threshold without a bucket is
// told where it is written, with its neighbours, and that one with a bucket is not.
func TestExamplesOfThePageAboutBuckets(t *testing.T) {
	page, _ := rules.Page(ruleBoundary)
	for _, m := range regexp.MustCompile("(?ms)^```yaml (bad|good) (\\S+)\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		want := []string{}
		if m[1] == "bad" {
			want = append(want, "services/checkout.yaml:14:23 the threshold 300ms of the SLO latency-p99 is no bucket boundary of http_request_duration_seconds, so that its rules would count no request as good; the nearest ones are 250ms and 500ms")
		}
		rep := generated(t, "-- "+m[2]+" --\n"+m[3], func(o *Options) {
			o.Generation.Source = sourcetest.Source(t, o.At, "1m", checkoutSeries("checkout")...)
		})
		if diff := cmp.Diff(want, findings(rep, ruleBoundary)); diff != "" {
			t.Errorf("the %s example, -want +got:\n%s", m[1], diff)
		}
	}
}

// silent is a server that does not answer.
type silent struct{ source.Source }

func (silent) Names(context.Context, []string, time.Time, time.Time) (source.Names, error) {
	return source.Names{}, errors.New("it does not answer")
}

func (silent) Query(context.Context, string, time.Time) (source.Answer, error) {
	return source.Answer{}, errors.New("it does not answer")
}

// TestBucketsOfManyServicesAreAskedForTogether also makes sure that nobody is asked
// without a source, and that a server which does not answer adds nothing to what is
// said about it anyway.
func TestBucketsOfManyServicesAreAskedForTogether(t *testing.T) {
	var archive strings.Builder
	var lines []string
	for i := range 40 {
		name := fmt.Sprintf("s%02d", i)
		fmt.Fprintf(&archive, `
-- services/%s.yaml --
service: {name: %s, team: core, tier: low, type: api}
resources:
  - {kind: SLO, name: fast, spec: {objective: 99, window: 30d, indicator: {type: latency, threshold_ms: %d, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="%s"}[5m])))'}}}
`, name, name, 250+50*(i%2), name)
		lines = append(lines, checkoutSeries(name)...)
	}
	var src *sourcetest.Counting
	rep := generated(t, archive.String(), func(o *Options) {
		src = sourcetest.NewCounting(sourcetest.Source(t, o.At, "1m", lines...))
		o.Generation.Source = src
	})
	if got := findings(rep, ruleBoundary); len(got) != 20 {
		t.Errorf("%d findings: %v", len(got), got)
	}
	if got := src.Calls("Query"); got != 1 {
		t.Errorf("%d queries about the buckets of 40 services", got)
	}
	rep = generated(t, archive.String(), nil)
	if got := findings(rep, ruleBoundary); len(got) > 0 {
		t.Errorf("without a source: %v", got)
	}
	rep = generated(t, archive.String(), func(o *Options) { o.Generation.Source = silent{src} })
	if got := findings(rep, ruleBoundary); len(got) > 0 {
		t.Errorf("with a source that is down: %v", got)
	}
}
