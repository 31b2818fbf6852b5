package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
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
	const window = "the SLO availability is measured over 30d, and the server keeps samples for 15d"
	const long, old = "the range of 2d is longer than the 1d that the policy allows SLOs", "are up to 16d old, and the server keeps samples for 15d"
	for _, c := range []struct {
		name, section string
		want          []string
	}{
		{"of alerts", "  alerts: {max_range: 1d}\n", []string{long, long}},
		{"of recording rules", "  records: {max_range: 1d}\n", []string{long, long}},
		{"the shorter of the two", "  alerts: {max_range: 3d}\n  records: {max_range: 1d}\n", []string{long, long}},
		{"long enough", "  alerts: {max_range: 2d, retention: 30d}\n", nil},
		{"retention", "  alerts: {retention: 15d}\n  records: {retention: 20d}\n", []string{window, old}},
		{"of a severity", "  alerts: {by_severity: {critical: {max_range: 1d}}}\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			loaded := loadServices(t, example{{Name: "checkout.yaml", Data: []byte(service)}}, "")
			var got []string
			for _, f := range Services(t.Context(), loaded.Services, metadataOf(t, c.section)) {
				if f.Rule == "promql/range-too-long" {
					i := slices.IndexFunc([]string{long, old, window}, func(words string) bool { return strings.Contains(f.Message, words) })
					got = append(got, []string{f.Message, long, old, window}[i+1])
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestWindowsOfSLOs holds the longest that a calendar's window gets, and the place of a
// window that nobody wrote.
func TestWindowsOfSLOs(t *testing.T) {
	const service = "name: checkout\nteam: payments\ntier: critical\ntype: api\nslos:\n  - name: availability\n    objective: 99.9\n    error_ratio_query: errors:ratio\n"
	for _, c := range []struct {
		window string
		line   int
		long   string
	}{
		{"    window: 2w\n", 9, "14d"}, {"    window: calendar-week\n", 9, "7d"}, {"    window: calendar-month\n", 9, "31d"}, {"    window: calendar-quarter\n", 9, "92d"}, {"", 6, "30d"},
	} {
		for retention, want := range map[string]int{c.long: 0, "6d": 1} {
			loaded := loadServices(t, example{{Name: "checkout.yaml", Data: []byte(service + c.window)}}, "")
			found := slices.DeleteFunc(Services(t.Context(), loaded.Services, metadataOf(t, "  records: {retention: "+retention+"}\n")), func(f report.Finding) bool { return f.Rule != "promql/range-too-long" })
			if len(found) != want || want > 0 && (found[0].Line != c.line || found[0].Message != "the SLO availability is measured over "+c.long+", and the server keeps samples for 6d") {
				t.Errorf("%q with a retention of %s: %+v", c.window, retention, found)
			}
		}
	}
}

// TestPanelsLookAsFarBackAsPeopleDo covers expressions of dashboards, which belong to no
// rule and no SLO.
func TestPanelsLookAsFarBackAsPeopleDo(t *testing.T) {
	e := exprFrom(t, "x offset 90d")
	if found := Lookbacks(e); len(found) > 0 {
		t.Errorf("got %+v", found)
	}
	e.Rule = &rulefile.Rule{}
	if found := Lookbacks(e); len(found) != 1 {
		t.Errorf("of a rule: got %+v", found)
	}
}
