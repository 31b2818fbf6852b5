package online

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// matchingOnly are the options with which nothing but operations is looked at.
func matchingOnly() Options {
	o := options()
	for _, id := range ids() {
		if id != "promql/vector-matching-sampled" {
			o.Disabled = append(o.Disabled, id)
		}
	}
	return o
}

func TestOperationsThatNeverMatch(t *testing.T) {
	lines := []string{
		`errors{job="api",instance="1",pod="x"} 0+1x60`, `requests{job="api",instance="1"} 0+60x60`, `info{job="api",version="1"} 1x60`,
		`other{job="db",instance="9"} 1x60`, `bare 1x60`, `mixed{job="m",zone="a"} 1x60`, `mixed{job="n"} 1x60`, `quiet{job="q"} 1x60`,
	}
	for _, c := range []struct{ expr, words string }{
		{"errors / ignoring (pod) requests", ""},
		{"errors / requests", "every series on the left side has the label pod, and none on the right side has"},
		{"requests / errors", "every series on the right side has the label pod"},
		{"errors * on (instance) group_left (version) info", "has the label instance"},
		{"errors * on (job) group_left (version) info", ""},
		{"errors * on () group_left () bare", ""},
		{"errors + bare", "has the label instance"},
		{"errors + vector(1)", "the left side has the label"},
		{"errors * 2", ""},
		{"errors or requests", ""},
		{"errors unless requests", ""},
		// What is false just now is no fault.
		{"errors > 1e9 and on (job) requests > 1e9", ""},
		{"(errors > 1e9) and requests", "has the label pod"},
		{"sum by (job) (errors > 1e9) / on (job) sum by (job) (requests)", ""},
		{"max_over_time((errors > 1e9)[5m:1m]) / ignoring (pod) requests", ""},
		{"(errors and on (job) quiet) / ignoring (pod) requests", ""},
		{"requests > bool 1e9 and ignoring (pod) errors", ""},
		{"errors > ignoring (pod) requests * 1e9", ""},
		// Values are not compared.
		{"requests / other", ""},
		{"requests / on (job) other", ""},
		// Where some series have a label, the next may match.
		{"mixed{job=\"n\"} * on (job, zone) quiet", ""},
		{"quiet * mixed", ""},
		// Without series nothing is known.
		{"errors / gone", ""},
		{"gone / requests", ""},
		{"errors / ALERTS", ""},
		// That is told without a server.
		{"sum by (job) (errors) / sum by (instance) (requests)", ""},
	} {
		t.Run(c.expr, func(t *testing.T) {
			src := sourcetest.Source(t, evaluation(), "1m", lines...)
			found, _ := Run(context.Background(), src, ofRules(t, alertsOn(c.expr)), matchingOnly())
			switch {
			case c.words == "" && len(found) > 0:
				t.Errorf("got %v", found)
			case c.words != "" && (len(found) != 1 || !strings.Contains(found[0].Message, c.words)):
				t.Errorf("want %q, got %v", c.words, found)
			}
		})
	}
}

// TestWhatIsRecordedAnewIsNotCompared covers rules whose labels the change changes.
func TestWhatIsRecordedAnewIsNotCompared(t *testing.T) {
	src := sourcetest.Source(t, evaluation(), "1m", `a:rate{job="x"} 1x60`, `b{pod="y"} 1x60`)
	const rules = "groups:\n- name: a\n  rules:\n  - record: a:rate\n    expr: sum by (pod) (b)\n  - record: a:b\n    expr: a:rate / b\n"
	if found, _ := Run(context.Background(), src, ofRules(t, rules), matchingOnly()); len(found) > 0 {
		t.Errorf("got %v", found)
	}
}

func TestAThousandOperationsTakeAHandfulOfRequests(t *testing.T) {
	var exprs, series []string
	for i := range 1000 {
		exprs = append(exprs, fmt.Sprintf(`errors{job="%d"} / ignoring (pod) requests{job="%d"} > 0.5`, i, i))
	}
	for i := range 1000 {
		series = append(series, fmt.Sprintf(`errors{job="%d",pod="x"} 1x20`, i), fmt.Sprintf(`requests{job="%d"} 1x20`, i))
	}
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", series...))
	if found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(exprs...)), matchingOnly()); len(found) > 0 {
		t.Errorf("%d findings: %v", len(found), found[0])
	}
	if n := len(server.Requests()); n > 9 {
		t.Errorf("%d requests while all match, want at most 9", n)
	}
	server.Reset()
	for i := range 20 {
		exprs[50*i] = fmt.Sprintf(`errors{job="%d"} / requests{job="%d"} > 0.5`, i, i)
	}
	if found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(exprs...)), matchingOnly()); len(found) != 20 {
		t.Errorf("%d findings, want 20", len(found))
	}
	if n := len(server.Requests()); n > 12 {
		t.Errorf("%d requests while 20 do not match, want at most 12", n)
	}
}

// TestOperationsWithoutSeriesAreNotAsked covers rules whose metrics are not there, as
// that is known already.
func TestOperationsWithoutSeriesAreNotAsked(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", `here{job="a"} 1x20`))
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("here / gone", "absent(gone) and here > 5")), options())
	if len(found) != 1 || found[0].Rule != "promql/series" {
		t.Errorf("got %v", found)
	}
	for _, q := range server.Queries() {
		if strings.Contains(q, "(here) ") {
			t.Errorf("it was asked %s", q)
		}
	}
}

// TestMatchesThatAreNotKnownAreNoFindings covers each of the three rounds.
func TestMatchesThatAreNotKnownAreNoFindings(t *testing.T) {
	for _, c := range []struct {
		name string
		on   string
		step sourcetest.Step
	}{
		{"no match", "count((a) / (b))", sourcetest.Status(500)},
		{"in part", "count((a) / (b))", sourcetest.Partial()},
		{"no sample", "topk", sourcetest.Status(503)},
		{"sample in part", "topk", sourcetest.Warn("a store is down")},
		{"no labels", shapePrefix, sourcetest.Status(500)},
		{"labels in part", shapePrefix, sourcetest.Warn("a store is down")},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", `a{pod="x",job="y"} 1x60`, `b{job="y"} 1x60`))
			server.OnQuery(c.on, c.step)
			found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("a / b > 1")), matchingOnly())
			if len(found) != 1 || found[0].Rule != RuleUnanswered || found[0].Severity != report.Warning || !strings.HasPrefix(found[0].Message, "1 operation could not be asked of ") {
				t.Errorf("got %v", found)
			}
		})
	}
}

// TestLoosenedExpressionsKeepAllSeries compares expressions with what is asked in
// their place.
func TestLoosenedExpressionsKeepAllSeries(t *testing.T) {
	for expr, want := range map[string]string{
		"a > 5 and b":                     "a",
		"5 < a":                           "a",
		"a > bool 5":                      "a > bool 5",
		"a > b":                           "a > b",
		"sum(a > 1) / -(b unless c)":      "sum(a) / -(b)",
		"rate(a[5m]) / (b > 0) > 1":       "rate(a[5m]) / (b)",
		"min_over_time((a == 1)[5m:1m])":  "min_over_time((a)[5m:1m])",
		"a + on (x) group_left () b or c": "a + on (x) group_left () b or c",
		"scalar(a > 1) < b":               "b",
	} {
		ast, err := promql.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		got, err := promql.Parse((&loosener{}).loosen(ast).String())
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		if wanted, _ := promql.Parse(want); wanted.String() != got.String() {
			t.Errorf("%s becomes %s, want %s", expr, got, want)
		}
	}
}
