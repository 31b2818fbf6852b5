package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRangesOfSLOs covers that both sorts of rules are made of an SLO.
func TestRangesOfSLOs(t *testing.T) {
	const service = `name: checkout
team: payments
tier: critical
type: api
slos:
  - name: availability
    objective: 99.9
    window: 30d
    total_query: sum(increase(http_requests_total{service="checkout"}[2d]))
    good_query: sum(increase(http_requests_total{service="checkout",status!~"5.."}[2d] offset 14d))
`
	const long, old = "the range of 2d is longer than the 1d that the policy allows SLOs", "are up to 16d old, and the server keeps them for 15d"
	for _, c := range []struct {
		name, section string
		want          []string
	}{
		{"of alerts", "  alerts: {max_range: 1d}\n", []string{long, long}},
		{"of recording rules", "  records: {max_range: 1d}\n", []string{long, long}},
		{"the shorter of the two", "  alerts: {max_range: 3d}\n  records: {max_range: 1d}\n", []string{long, long}},
		{"long enough", "  alerts: {max_range: 2d, retention: 16d}\n", nil},
		{"retention", "  alerts: {retention: 15d}\n  records: {retention: 20d}\n", []string{old}},
		{"of a severity", "  alerts: {by_severity: {critical: {max_range: 1d}}}\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			loaded := loadServices(t, example{{Name: "checkout.yaml", Data: []byte(service)}}, "")
			var got []string
			for _, f := range Services(t.Context(), loaded.Services, metadataOf(t, c.section)) {
				if f.Rule == "promql/range-too-long" {
					i := slices.IndexFunc([]string{long, old}, func(words string) bool { return strings.Contains(f.Message, words) })
					got = append(got, []string{f.Message, long, old}[i+1])
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
