package online

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

const availability = `name: %s
team: payments
tier: critical
type: %s
slos:
  - name: availability
    objective: %s
    window: 30d
    metric: http_requests_total
    success_filter: status!~"5.."
`

// serviceOf returns a service file with one SLO.
func serviceOf(name, kind, objective string) string {
	return fmt.Sprintf(availability, name, kind, objective)
}

// half is a series that counts, and one of failures, every half hour.
func half(good, bad string) []string {
	return []string{`http_requests_total{service="checkout",status="200"} ` + good, `http_requests_total{service="checkout",status="500"} ` + bad}
}

func TestHistoryOfAnObjective(t *testing.T) {
	for _, c := range []struct {
		name string
		// good and bad are counters with a sample every half hour, 336 a week.
		good, bad string
		severity  report.Severity
		words     string
	}{
		{"kept", "0+1000x1344", "0+0x1344", "", ""},
		{"missed in one week of four", "0+1000x1344", "0+0x1008 10+10x335", "", ""},
		{"missed in two weeks of four", "0+1000x1344", "0+10x672 6720+0x671", report.Info, "missed in 2 of the last 4 weeks"},
		{"missed in all weeks", "0+1000x1344", "0+10x1344", report.Warning, "missed in 4 of the last 4 weeks"},
		{"all failed", "0+0x1344", "0+10x1344", report.Warning, "0 %, 0 %, 0 %, 0 %"},
		{"weeks without traffic do not count", "0+0x672 0+1000x672", "0+0x672 0+10x672", report.Warning, "missed in 2 of the last 2 weeks"},
		{"one week says nothing", "0+1000x330", "0+10x330", "", ""},
		{"no traffic", "0+0x1344", "0+0x1344", "", ""},
		{"a week and a day", "0+1000x398", "0+10x398", "", ""},
		{"a day that failed, and a good week", "0+1000x388", "0+100x50 5000+0x337", "", ""},
		{"two weeks", "0+1000x672", "0+10x672", report.Warning, "missed in 2 of the last 2 weeks"},
		{"two weeks without a night", "0+1000x500 _x14 515000+1000x157", "0+10x500 _x14 5150+10x157", report.Warning, "missed in 2 of the last 2 weeks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := sourcetest.Source(t, evaluation(), "30m", half(c.good, c.bad)...)
			o := options()
			o.Disabled = slices.DeleteFunc(ids(), func(id string) bool { return id == "slo/objective-history" })
			found, _ := Run(context.Background(), src, ofServices(t, serviceOf("checkout", "api", "99.9")), o)
			switch {
			case c.severity == "" && len(found) > 0:
				t.Errorf("got %v", found)
			case c.severity != "" && (len(found) != 1 || found[0].Severity != c.severity || !strings.Contains(found[0].Message, c.words)):
				t.Errorf("want a finding of severity %s with %q, got %v", c.severity, c.words, found)
			}
		})
	}
}

func TestBatchJobsHaveLittleTrafficByNature(t *testing.T) {
	src := sourcetest.Source(t, evaluation(), "30m", half("0+20x1344", "0+0x1344")...)
	for kind, want := range map[string]int{"api": 1, "batch": 0} {
		if found, _ := Run(context.Background(), src, ofServices(t, serviceOf("checkout", kind, "99.9")), options()); len(found) != want {
			t.Errorf("%s: %v", kind, found)
		}
	}
}

// TestTrafficIsThatOfTheTimeThatIsKnown covers services that are younger than a week.
func TestTrafficIsThatOfTheTimeThatIsKnown(t *testing.T) {
	for _, c := range []struct{ name, good, words string }{
		{"a week", "0+20x336", "at 40 events an hour"},
		{"two days", "0+20x96", "at 40 events an hour"},
		{"two days of much", "0+1000x96", ""},
		{"three hours", "0+20x6", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := sourcetest.Source(t, evaluation(), "30m", half(c.good, c.good[:1]+strings.Replace(c.good[1:], "+20x", "+0x", 1))...)
			o := options()
			o.Disabled = slices.DeleteFunc(ids(), func(id string) bool { return id == RuleLowTraffic })
			found, _ := Run(context.Background(), src, ofServices(t, serviceOf("checkout", "api", "99.9")), o)
			switch {
			case c.words == "" && len(found) > 0:
				t.Errorf("got %v", found)
			case c.words != "" && (len(found) != 1 || !strings.Contains(found[0].Message, c.words)):
				t.Errorf("want %q, got %v", c.words, found)
			}
		})
	}
}

func TestTheHistoryOfManyServicesIsAskedTogether(t *testing.T) {
	var files strings.Builder
	var series []string
	for i := range 200 {
		fmt.Fprintf(&files, "-- s%d.yaml --\n%s", i, serviceOf(fmt.Sprintf("service-%d", i), "api", "99.9"))
		series = append(series, fmt.Sprintf(`http_requests_total{service="service-%d",status="200"} 0+1000x700`, i), fmt.Sprintf(`http_requests_total{service="service-%d",status="500"} 0+10x700`, i))
	}
	services := spectest.Services(t, files.String())
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "30m", series...))
	found, _ := Run(context.Background(), connect(t, server), Input{Services: lint.ServiceExprs(services), Owners: services}, options())
	if len(found) != 200 {
		t.Errorf("%d findings, want one a service: %v", len(found), found[:min(3, len(found))])
	}
	// Three questions about the past, two about what there is, one about intervals and one about the retention.
	if n := server.Count("/api/v1/query_range"); n > 3 {
		t.Errorf("%d range queries, want 3", n)
	}
	if n := len(server.Requests()); n > 7 {
		t.Errorf("%d requests, want at most 7", n)
	}
}

func TestAPastThatCannotBeAskedIsToldOnce(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "30m", half("0+1000x1344", "0+10x1344")...))
	server.Always("/api/v1/query_range", sourcetest.Partial())
	found, _ := Run(context.Background(), connect(t, server), ofServices(t, serviceOf("checkout", "api", "99.9")), options())
	if len(found) != 1 || found[0].Rule != RuleUnanswered || !strings.HasPrefix(found[0].Message, "1 objective could not be asked of ") {
		t.Errorf("got %v", found)
	}
}
