package promruval

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/online"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// evaluation is the time of all tests, on which recorded samples end.
func evaluation() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// asked returns what the live validators of a configuration find in a rule file, and
// what the source did not say.
func asked(t *testing.T, set *Set, src source.Source, rules string) []report.Finding {
	t.Helper()
	read := lint.Files{{Name: "rules.yaml", Data: []byte(rules)}}
	if len(slices.Collect(read.Exprs(context.Background()))) == 0 {
		t.Fatal("no rules")
	}
	live := set.Live(nil)
	if len(live) == 0 {
		t.Fatal("no validator asks a source")
	}
	// The other checks that ask have tests of their own.
	var others []string
	for _, c := range online.Checks(online.Options{}) {
		others = append(others, c.Rule().ID)
	}
	found, _ := online.Run(context.Background(), src, online.Input{Rules: read.Exprs(context.Background())}, online.Options{At: evaluation(), Disabled: others, More: live})
	return found
}

// livePage holds the examples of a page to what they say.
func livePage(t *testing.T, set *Set, id string, blocks map[string]string) {
	t.Helper()
	src, err := source.NewSnapshot("series.yaml", []byte(blocks["series"]), source.Options{Now: evaluation()})
	if err != nil {
		t.Fatal(err)
	}
	if got := asked(t, set, src, blocks["good"]); len(got) > 0 {
		t.Errorf("the good example: %v", got)
	}
	if got := asked(t, set, src, blocks["bad"]); len(got) != 1 || got[0].Rule != id || got[0].Line == 0 {
		t.Errorf("the bad example: %v", got)
	}
}

// configured returns a set with one validator.
func configured(t *testing.T, validation string) *Set {
	t.Helper()
	return decoded(t, lint.File{Name: "validation.yaml", Data: []byte("validationRules:\n- name: ours\n  scope: All rules\n  validations:\n  - " + validation + "\n")})
}

func connect(t *testing.T, s *sourcetest.Server) source.Source {
	t.Helper()
	src, err := source.Open(context.Background(), s.URL, source.Options{Now: evaluation()})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// recording returns a rule file with a rule for each expression.
func recording(exprs ...string) string {
	var b strings.Builder
	b.WriteString("groups:\n- name: a\n  rules:\n")
	for i, e := range exprs {
		fmt.Fprintf(&b, "  - record: a:b%d\n    expr: %s\n", i, e)
	}
	return b.String()
}

func TestLiveValidators(t *testing.T) {
	lines := []string{`up{job="a"} 1x60`, `up{job="b"} 1x60`, `info{job="a",version="1"} 1x60`, `info{job="a",version="2"} 1x60`}
	for _, c := range []struct {
		name, validation, expr string
		fault                  func(*sourcetest.Server)
		want                   []string
	}{
		{"evaluates", "type: expressionCanBeEvaluated", "sum(up)", nil, nil},
		{"is refused", "type: expressionCanBeEvaluated", "up * on (job) info", nil, []string{"the expression cannot be evaluated: "}},
		{"as many as allowed", "{type: expressionCanBeEvaluated, params: {timeSeriesLimit: 2}}", "up", nil, nil},
		{"too many", "{type: expressionCanBeEvaluated, params: {timeSeriesLimit: 1}}", "up", nil, []string{"has 2 series, more than the 1 allowed"}},
		{"a number", "{type: expressionCanBeEvaluated, params: {timeSeriesLimit: 1}}", "scalar(sum(up)) * 2", nil, nil},
		{"quick", "{type: expressionCanBeEvaluated, params: {evaluationDurationLimit: 10s}}", "sum(up)", nil, nil},
		{"slow", "{type: expressionCanBeEvaluated, params: {evaluationDurationLimit: 10s}}", "sum(up)", took(12.5), []string{"takes 12.5s, more than the 10s allowed"}},
		{"an unknown time", "{type: expressionCanBeEvaluated, params: {evaluationDurationLimit: 10s}}", "sum(up)", func(s *sourcetest.Server) {
			s.Always("/api/v1/query", sourcetest.Value(1))
		}, []string{"1 evaluation time could not be compared with"}},
		{"no answer", "type: expressionCanBeEvaluated", "sum(up)", broken, []string{"1 expression could not be asked of"}},

		{"labels", "type: expressionUsesExistingLabels", `sum by (job) (up{version="1"})`, nil, nil},
		{"no such label", "type: expressionUsesExistingLabels", "sum by (jop) (up)", nil, []string{"has the label jop"}},
		{"labels unknown", "type: expressionUsesExistingLabels", "sum by (jop) (up)", broken, []string{"1 expression could not be asked of"}},
		{"labels in part", "type: expressionUsesExistingLabels", "sum by (jop) (up)", func(s *sourcetest.Server) {
			s.Always("/api/v1/labels", sourcetest.Warn("a store is down"))
		}, []string{"1 expression could not be asked of"}},

		{"matches", "type: expressionSelectorsMatchesAnything", `sum(up{job="a"}) + sum(info)`, nil, nil},
		{"matches nothing", "type: expressionSelectorsMatchesAnything", `sum(up{job="c"}) + absent(gone)`, nil, []string{`up{job="c"} matches no series`, "gone matches no series"}},
		{"matches too much", "{type: expressionSelectorsMatchesAnything, params: {maximumMatchingSeries: 1}}", `sum(up)`, nil, []string{"up matches 2 series"}},
		{"matches unknown", "type: expressionSelectorsMatchesAnything", `sum(up{job="c"})`, broken, []string{"1 selector could not be asked of"}},
		{"matches in part", "type: expressionSelectorsMatchesAnything", `sum(up{job="c"})`, func(s *sourcetest.Server) {
			s.Always("/api/v1/query", sourcetest.Partial())
		}, []string{"1 selector could not be asked of"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", lines...))
			if c.fault != nil {
				c.fault(server)
			}
			got := asked(t, configured(t, c.validation), connect(t, server), recording(c.expr))
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %q", got, c.want)
			}
			for i, f := range got {
				if !strings.Contains(f.Message, c.want[i]) {
					t.Errorf("got %q, want %q", f.Message, c.want[i])
				}
			}
		})
	}
}

func broken(s *sourcetest.Server) { s.Always("", sourcetest.Status(500)) }

// took answers queries as if they had taken a time.
func took(seconds float64) func(*sourcetest.Server) {
	return func(s *sourcetest.Server) {
		s.Always("/api/v1/query", sourcetest.Data(fmt.Sprintf(`{"resultType":"vector","result":[],"stats":{"timings":{"evalTotalTime":%g},"samples":{"totalQueryableSamples":1,"peakSamples":1}}}`, seconds)))
	}
}

// TestOneMistakeAmongManyIsFound covers that what a server refuses is told apart from
// what is asked with it.
func TestOneMistakeAmongManyIsFound(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", `up{job="a"} 1x60`, `info{job="a",version="1"} 1x60`, `info{job="a",version="2"} 1x60`))
	var exprs []string
	for i := range 200 {
		exprs = append(exprs, fmt.Sprintf("sum(up) + %d", i))
	}
	set := configured(t, "type: expressionCanBeEvaluated")
	if got := asked(t, set, connect(t, server), recording(exprs...)); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	if n := len(server.Requests()); n > 2 {
		t.Errorf("%d requests for 200 expressions", n)
	}
	server.Reset()
	exprs[77] = "up * on (job) info"
	if got := asked(t, set, connect(t, server), recording(exprs...)); len(got) != 1 || !strings.Contains(got[0].Snippet, exprs[77]) {
		t.Errorf("got %v", got)
	}
	if n := len(server.Requests()); n > 20 {
		t.Errorf("%d requests to find one of 200", n)
	}
}

// TestWithoutASourceItIsSaid covers also that conditions are told at once.
func TestWithoutASourceItIsSaid(t *testing.T) {
	const config = "validationRules:\n- name: ours\n  scope: All rules\n  onlyIf:\n  - type: expressionUsesExistingLabels\n  validations:\n  - type: expressionCanBeEvaluated\n"
	set, found := Decode(t.Context(), []lint.File{{Name: "validation.yaml", Data: []byte(config)}}, nil)
	if len(found) != 1 || found[0].Line != 5 || found[0].Severity != report.Info || !strings.Contains(found[0].Message, "is not looked at below onlyIf") {
		t.Errorf("got %v", found)
	}
	if got := set.Unasked(); len(got) != 1 || got[0].Line != 7 || !strings.Contains(got[0].Message, "was not checked") || got[0].Severity != report.Info {
		t.Errorf("got %v", got)
	}
}

// TestScopesHoldForLiveValidators covers conditions and the annotation too.
func TestScopesHoldForLiveValidators(t *testing.T) {
	const config = `
validationRules:
- name: ours
  scope: Alert
  onlyIf:
  - type: hasLabels
    params: {labels: [team]}
  validations:
  - type: expressionSelectorsMatchesAnything
`
	const rules = `
groups:
- name: a
  rules:
  - record: a:b
    expr: sum(gone_a)
    labels: {team: x}
  - alert: NoTeam
    expr: gone_b > 0
  - alert: LeftOut
    expr: gone_c > 0
    labels: {team: x}
    annotations: {disabled_validation_rules: ours}
  - alert: Found
    expr: gone_d > 0
    labels: {team: x}
`
	set := decoded(t, lint.File{Name: "validation.yaml", Data: []byte(config)})
	got := asked(t, set, sourcetest.Source(t, evaluation(), "1m", "up 1x60"), rules)
	if len(got) != 1 || !strings.Contains(got[0].Message, "gone_d matches no series") {
		t.Errorf("got %v", got)
	}
}
