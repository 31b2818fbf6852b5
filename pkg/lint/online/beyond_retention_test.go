package online

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

const measured = `name: checkout
team: payments
tier: critical
type: api
slos:
  - name: availability
    objective: 99.9
    window: %s
    total_query: sum(increase(here{service="checkout"}[5m]))
    good_query: sum(increase(here{service="checkout"}[5m] offset %s))
`

func TestWhatLooksBackLongerThanTheServerKeepsSamples(t *testing.T) {
	const day = 24 * time.Hour
	keeping := func(text string) sourcetest.Step { return sourcetest.Data(`{"storageRetention":"` + text + `"}`) }
	policy := func(keeps time.Duration) organisation.Metadata {
		return organisation.Metadata{Records: organisation.RuleMetadata{Retention: keeps}}
	}
	for _, c := range []struct {
		name           string
		window, offset string
		info           sourcetest.Step
		policy         organisation.Metadata
		want           []string
		requests       int
	}{
		{"a window", "30d", "0s", keeping("15d"), policy(0), []string{"the SLO availability is measured over 30d"}, 1},
		{"the quarter", "calendar-quarter", "0s", keeping("90d"), policy(0), []string{"the SLO availability is measured over 92d"}, 1},
		{"an offset", "7d", "29d", keeping("15d"), policy(0), []string{`the expression reads samples of here{service="checkout"} that are up to 29d5m old`}, 1},
		{"as long", "15d", "14d", keeping("15d"), policy(0), nil, 1},
		{"little", "2h", "0s", keeping("15d"), policy(0), nil, 0},
		{"told by the policy", "30d", "0s", keeping("15d"), policy(20 * day), nil, 0},
		{"shorter than the policy", "30d", "0s", keeping("15d"), policy(30 * day), []string{"the SLO availability is measured over 30d"}, 1},
		{"not told", "30d", "29d", sourcetest.Status(404), policy(0), nil, 1},
		{"not allowed", "30d", "29d", sourcetest.Status(403), policy(0), nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", `here{service="checkout"} 0+1x20`))
			server.Always("/api/v1/status/runtimeinfo", c.info)
			o := options()
			o.Metadata = c.policy
			var got []report.Finding
			found, _ := Run(context.Background(), connect(t, server), ofServices(t, fmt.Sprintf(measured, c.window, c.offset)), o)
			for _, f := range found {
				switch f.Rule {
				case "promql/beyond-retention":
					got = append(got, f)
				case RuleUnanswered:
					t.Errorf("%s", f.Message)
				}
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i, f := range got {
				keeps := map[bool]string{true: "90d", false: "15d"}[c.window == "calendar-quarter"]
				if f.Message != c.want[i]+", and "+server.URL+" keeps samples for "+keeps || f.Line == 0 || f.Service != "checkout" {
					t.Errorf("got %+v, want %s", f, c.want[i])
				}
			}
			if n := server.Count("/api/v1/status/runtimeinfo"); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

// TestThePolicyTellsWhatIsTooLongForItsRetention covers that alerts and recording rules
// have bounds of their own.
func TestThePolicyTellsWhatIsTooLongForItsRetention(t *testing.T) {
	const rules = "groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: here offset 30d}\n  - {alert: A, expr: here offset 30d > 1, for: 5m}\n"
	twenty := organisation.RuleMetadata{Retention: 20 * 24 * time.Hour}
	for _, c := range []struct {
		policy organisation.Metadata
		lines  []int
	}{
		{organisation.Metadata{}, []int{4, 5}},
		{organisation.Metadata{Alerts: twenty}, []int{4}},
		{organisation.Metadata{Records: twenty}, []int{5}},
	} {
		o := options()
		o.Metadata = c.policy
		src := snapshot(t, "# retention 15d\ninterval: 1m\ninput_series:\n  - {series: here, values: 1x60}\n")
		var lines []int
		found, _ := Run(context.Background(), src, ofRules(t, rules), o)
		for _, f := range found {
			if f.Rule == "promql/beyond-retention" {
				lines = append(lines, f.Line)
			}
		}
		if !slices.Equal(lines, c.lines) {
			t.Errorf("policy %+v: told in lines %v, want %v", c.policy, lines, c.lines)
		}
	}
}
