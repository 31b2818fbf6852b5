package online

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestOperationsThatSeveralSeriesMatch(t *testing.T) {
	lines := []string{
		`errors{job="api",pod="x"} 1x60`, `errors{job="api",pod="y"} 2x60`, `requests{job="api"} 9x60`, `info{job="api",version="1"} 1x60`, `info{job="api",version="2"} 0x60`,
		`disk{job="db",dev="a"} 1x60`, `disk{job="db",dev="b"} 1x60`, `disk{job="db",dev="c"} 1x60`, `disk{job="api",dev="a"} 1x60`,
	}
	for _, c := range []struct{ expr, words string }{
		{"errors / on (job) requests", `2 series on the left side of / have job="api"`},
		{"errors / ignoring (pod) requests", `2 series on the left side of / have job="api"`},
		{"requests / on (job) errors", `2 series on the right side of / have job="api"`},
		{"sum(requests - on (job) errors)", `2 series on the right side of - have job="api"`},
		{"errors * on (job) group_left (version) info", `2 series on the right side of * have job="api"`},
		{"info * on (job) group_right () errors", `2 series on the left side of * have job="api"`},
		{"requests * on () errors", `2 series on the right side of *, and one`},
		{"requests * on (job, zone) errors", `2 series on the right side of * have job="api" and zone=""`},
		{"requests > on (job) errors", `2 series on the right side of > have job="api"`},
		{"errors / on (job) info", "2 series on the right side of /"}, // once
		{"errors > bool on (job) requests", `2 series on the left side of > have job="api"`},
		{"errors * on (pod) group_left () errors + on (job) disk", `2 series on the left side of + have job="api"`},
		{"errors / on (job) requests + on (job) requests", `2 series on the left side of / have job="api"`}, // and no more of +
		// A server may look at the series alone for which a comparison is true.
		{"errors > on (job) requests", ""},
		// Each matches one, as it is written.
		{"errors * on (job) group_left () info{version=\"1\"}", ""},
		{"errors * on (job) group_left () (info == 1)", ""},
		{"errors * on (job) group_left () max by (job) (info)", ""},
		{"errors and on (job) info", ""},
		{"errors + on (job, pod) errors", ""},
		{"errors + on () vector(1) > 1e9", "2 series on the left side of +"},
		// None of them has a match.
		{"disk{job=\"db\"} / on (job) requests", ""},
		// That is told without a server.
		{"sum by (job, pod) (errors) / on (job) requests", ""},
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

// TestTheLargestGroupIsTold covers what people read of several groups.
func TestTheLargestGroupIsTold(t *testing.T) {
	src := sourcetest.Source(t, evaluation(), "1m", `a{job="x"} 1x60`, `a{job="y"} 1x60`, `a{job="z"} 1x60`,
		`b{job="x",i="1"} 1x60`, `b{job="x",i="2"} 1x60`, `b{job="y",i="1"} 1x60`, `b{job="y",i="2"} 1x60`, `b{job="y",i="3"} 1x60`, `b{job="z",i="1"} 1x60`, `b{job="z",i="2"} 1x60`, `b{job="z",i="3"} 1x60`)
	for expr, want := range map[string]string{
		"a / on (job) b":                 `: 3 series on the right side of / have job="y", and one at most may match; match by a label that tells them apart, or aggregate the right side to one series each, or write group_right () if each of them is meant`,
		"a * on (job) group_left () b":   `: 3 series on the right side of * have job="y", and one at most may match; match by a label that tells them apart, or aggregate the right side to one series each`,
		"b - on (job) a":                 `: 3 series on the left side of - have job="y", and one at most may match; match by a label that tells them apart, or aggregate the left side to one series each, or write group_left () if each of them is meant`,
		"b + on (job) b":                 `: 3 series on the right side of + have job="y", and one at most may match; match by a label that tells them apart, or aggregate the right side to one series each`,
		"b * on (job) group_right (i) a": `: 3 series on the left side of * have job="y", and one at most may match; match by a label that tells them apart, or aggregate the left side to one series each`,
	} {
		found, _ := Run(context.Background(), src, ofRules(t, alertsOn(expr)), matchingOnly())
		want = src.Info().Name + " answers this with an error, so that the rule has no result" + want
		if len(found) != 1 || found[0].Message+"; "+found[0].Suggestion != want {
			t.Errorf("%s: %v, want %s", expr, found, want)
		}
	}
}

// TestRefusedOperationsTakeFewRequestsMore covers a thousand operations, of which the
// source refuses some.
func TestRefusedOperationsTakeFewRequestsMore(t *testing.T) {
	var exprs, series []string
	for i := range 1000 {
		exprs = append(exprs, fmt.Sprintf(`errors{job="%d"} / ignoring (pod) requests{job="%d"} > 0.5`, i, i))
		series = append(series, fmt.Sprintf(`errors{job="%d",pod="x"} 1x20`, i), fmt.Sprintf(`requests{job="%d"} 1x20`, i))
	}
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", append(series, `errors{job="7",pod="y"} 1x20`, `errors{job="8",pod="y"} 1x20`)...))
	found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn(exprs...)), matchingOnly())
	if len(found) != 2 {
		t.Errorf("%d findings, want 2: %v", len(found), found)
	}
	if n := len(server.Requests()); n > 20 {
		t.Errorf("%d requests while 2 are refused, want at most 20", n)
	}
}

// TestWhatIsRefusedForAnotherReasonIsNoFinding covers a source that takes no query of
// this kind, and one that does not answer the second time.
func TestWhatIsRefusedForAnotherReasonIsNoFinding(t *testing.T) {
	refuse := sourcetest.Fail(422, "execution", "no")
	for _, c := range []struct {
		name     string
		steps    map[string]sourcetest.Step
		severity report.Severity
	}{
		{"the operation alone", map[string]sourcetest.Step{"count((a) / (b))": refuse}, ""},
		{"that and the set operation", map[string]sourcetest.Step{"count((a) / (b))": refuse, "count((a) and (b))": refuse}, report.Info},
		{"groups are not told", map[string]sourcetest.Step{"count((a) / (b))": refuse, "topk(": sourcetest.Status(500)}, report.Warning},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", `a{job="y"} 1x60`, `b{job="y"} 1x60`))
			for on, step := range c.steps {
				server.OnQuery(on, step)
			}
			found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("a / b > 1")), matchingOnly())
			if c.severity == "" && len(found) > 0 || c.severity != "" && (len(found) != 1 || found[0].Rule != RuleUnanswered || found[0].Severity != c.severity) {
				t.Errorf("got %v", found)
			}
		})
	}
}

// TestComparisonsThatAreFalseAreNotLookedInto covers what is asked of a comparison: any
// match is one.
func TestComparisonsThatAreFalseAreNotLookedInto(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", `a{job="y"} 1x60`, `b{job="y"} 5x60`))
	if found, _ := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("a > b", "a == bool b")), matchingOnly()); len(found) > 0 {
		t.Errorf("got %v", found)
	}
	if queries := server.Queries(); len(queries) != 1 {
		t.Errorf("it was asked %v", queries)
	}
}
