package organisation

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestChecksOfLint(t *testing.T) {
	const text = `version: 1
lint:
  smelly_regexp: true
  max_offset: 2w
  aggregate:
    - {keep: [job, cluster], rules: 'job:.+'}
    - {strip: instance}
  selector:
    - {labels: [job], function: absent, metrics: 'up|down'}
  reject:
    - {pattern: 'https?://.*', in: [labels, names], message: no addresses}
  report:
    - {rules: 'Old.*', message: goes away}
  owner: {label: team, comments: true, allowed: [web]}
  max_alert_count: 20
  query_cost: {max_series: 5000, max_samples: 200000000, max_peak_samples: 10000, max_duration: 1m}
`
	p, problems := Decode("policy.yaml", []byte(text), []string{"alert/for"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	whole := func(re string) *regexp.Regexp { return regexp.MustCompile("^(?:" + re + ")$") }
	want := Checks{
		SmellyRegexp: true,
		MaxOffset:    14 * 24 * time.Hour,
		Aggregate:    []Aggregate{{Keep: []string{"job", "cluster"}, Rules: whole("job:.+")}, {Strip: []string{"instance"}}},
		Selector:     []Selector{{Labels: []string{"job"}, Function: "absent", Metrics: whole("up|down")}},
		Reject:       []Reject{{Pattern: whole("https?://.*"), In: []string{"labels", "names"}, Message: "no addresses"}},
		Report:       []ReportRule{{Rules: whole("Old.*"), Message: "goes away"}},
		Owner:        Owner{Label: "team", Comments: true, Allowed: []string{"web"}},

		MaxAlertCount: 20,
		Cost:          Cost{Series: 5000, Samples: 200_000_000, PeakSamples: 10_000, Duration: time.Minute},
	}
	same := cmp.Comparer(func(a, b *regexp.Regexp) bool { return a == b || a != nil && b != nil && a.String() == b.String() })
	if diff := cmp.Diff(want, p.Lint.Checks, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A check with a mistake is told at its place, and not applied.
func TestMistakesInChecksOfLint(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"agregate: []", `2:8 unknown key "agregate" in lint|did you mean aggregate?`},
		{"aggregate: {}", "2:19 aggregate must be a list; this is a mapping|write a list"},
		{"aggregate: [{rules: a}]", "2:20 aggregate names no labels|add keep: or strip: with labels"},
		{"aggregate: [null]", "2:20 an item of aggregate is empty|write it, or remove the item"},
		{"aggregate: [{keep: [a], kep: [b]}]", `2:32 unknown key "kep" in aggregate|did you mean keep?`},
		{"selector: [{function: absent}]", "2:19 selector names no labels|add labels: with the labels that selectors must match on"},
		{"selector: [{labels: a, metrics: '('}]", "2:40 metrics is no regular expression: missing closing ): `(`|write one in the syntax of Go, which is RE2"},
		{"reject: [{in: labels}]", "2:17 reject has no pattern|add pattern: with a regular expression that must match no whole value"},
		{"reject: [{pattern: a, in: [label]}]", `2:35 unknown part "label"|did you mean labels?`},
		{"report: [{rules: a}]", "2:17 report has no message|add message: with what to tell about the rules"},
		{"report: [{message: a}]", "2:17 report has no rules|add rules: with a regular expression for the names of rules"},
		{"owner: {allowed: [a]}", "2:15 owner says nowhere to look for one|add label: with the name of a label, or comments: true"},
		{"owner: team", `2:15 owner must be a mapping; this is text "team"|write a mapping`},
		{"max_offset: long", `2:20 max_offset "long" is no duration|write one as Prometheus does: 30s, 1h30m, 15d`},
		{"max_alert_count: 0", `2:25 max_alert_count must be a whole number of at least 1; this is a number "0"|write a whole number of at least 1`},
		{"query_cost: {}", "2:20 query_cost limits nothing|add max_series:, max_samples:, max_peak_samples: or max_duration:, above 0"},
		{"query_cost: {max_series: 5, max_sample: 5}", `2:36 unknown key "max_sample" in query_cost|did you mean max_samples?`},
		{"query_cost: {max_series: many}", `2:33 max_series must be a whole number of at least 1; this is text "many"|write a whole number of at least 1`},
		{"query_cost: {max_duration: 0s}", "2:20 query_cost limits nothing|add max_series:, max_samples:, max_peak_samples: or max_duration:, above 0"},
		{"query_cost: {max_duration: long}", `2:35 max_duration "long" is no duration|write one as Prometheus does: 30s, 1h30m, 15d`},
		{"smelly_regexp: on", `2:23 smelly_regexp must be true or false; this is text "on"|write true or false`},
	} {
		t.Run(c.text, func(t *testing.T) {
			p, problems := Decode("policy.yaml", []byte("version: 1\nlint: {"+c.text+"}\n"), nil)
			var got []string
			for _, f := range problems {
				_, at, _ := strings.Cut(f.Position().String(), ":")
				got = append(got, at+" "+f.Message+"|"+f.Suggestion)
			}
			if diff := cmp.Diff([]string{c.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if l := p.Lint.Checks; len(l.Aggregate)+len(l.Selector)+len(l.Reject)+len(l.Report) > 0 || l.Cost != (Cost{}) {
				t.Errorf("a check with a mistake is applied: %+v", l)
			}
		})
	}
}
