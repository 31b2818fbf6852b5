package online

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// evaluation is the time of all tests, on which recorded samples end.
func evaluation() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

var (
	typeComment      = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	retentionComment = regexp.MustCompile(`(?m)^# retention (\S+)$`)
	externalComment  = regexp.MustCompile(`(?m)^# external label (\S+)=(\S+)$`)
)

// snapshot returns the source over a recorded snapshot. Comments say the types of
// metrics, as # TYPE jobs gauge, and what a server says of itself, as
// # external label cluster=eu and # retention 15d.
func snapshot(t testing.TB, data string) source.Source {
	t.Helper()
	src, err := source.NewSnapshot("series.yaml", []byte(data), source.Options{Now: evaluation()})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, m := range typeComment.FindAllStringSubmatch(data, -1) {
		known[m[1]] = m[2]
	}
	external := map[string]string{}
	for _, m := range externalComment.FindAllStringSubmatch(data, -1) {
		external[m[1]] = m[2]
	}
	keeps := time.Duration(0)
	if m := retentionComment.FindStringSubmatch(data); m != nil {
		d, err := model.ParseDuration(m[1])
		if err != nil {
			t.Fatal(err)
		}
		keeps = time.Duration(d)
	}
	return telling{src, known, external, keeps}
}

// telling is a snapshot that says of itself what a server does.
type telling struct {
	source.Source
	types, external map[string]string
	keeps           time.Duration
}

func (t telling) Types(context.Context) (map[string]string, error) { return t.types, nil }

func (t telling) ExternalLabels(context.Context) (map[string]string, error) { return t.external, nil }

func (t telling) Retention(context.Context) (time.Duration, error) { return t.keeps, nil }

func (t telling) QueryCost(ctx context.Context, query string, at time.Time) (source.Answer, *source.Cost, error) {
	return t.Source.(costs).QueryCost(ctx, query, at)
}

// ofRules is the input for a rule file.
func ofRules(t testing.TB, text string) Input {
	t.Helper()
	set := lint.Files{{Name: "rules.yaml", Data: []byte(text)}}
	if len(slices.Collect(set.Exprs(t.Context()))) == 0 {
		t.Fatalf("no rules in\n%s", text)
	}
	return Input{Rules: set.Exprs(t.Context()), Recorded: set.Recorded(t.Context())}
}

// ofServices is the input for a service file.
func ofServices(t testing.TB, text string) Input {
	t.Helper()
	services := spectest.Services(t, "-- service.yaml --\n"+text)
	return Input{Services: lint.ServiceExprs(services), Owners: services}
}

// inputOf is the input for a rule file or a service file.
func inputOf(t testing.TB, text string) Input {
	t.Helper()
	if regexp.MustCompile(`(?m)^groups:`).MatchString(text) {
		return ofRules(t, text)
	}
	return ofServices(t, text)
}

func options() Options {
	factor := func(_, _ time.Duration) (float64, bool) { return 14.4, true }
	return Options{At: evaluation(), ServiceLabel: spec.DefaultServiceLabel, FastBurn: FastBurn{Window: time.Hour, Factor: factor}}
}

// describe prints a finding as golden files hold it, with the text that it points at.
func describe(f report.Finding) string {
	marked := ""
	if runes := []rune(f.Snippet); f.EndLine == f.Line && f.EndColumn-1 <= len(runes) && f.Column >= 1 && f.Column < f.EndColumn {
		marked = " `" + string(runes[f.Column-1:f.EndColumn-1]) + "`"
	}
	return fmt.Sprintf("%s %s %s%s\n\t%s\n\t%s\n", f.Position(), f.Severity, f.Rule, marked, f.Message, f.Suggestion)
}

// optionsOf are the options with which a rule looks for something.
func optionsOf(id string) Options {
	o := options()
	o.CountAlerts = id == "alert/count"
	if id == "query/cost" {
		o.Cost = organisation.Cost{Series: 2, Samples: 100}
	}
	return o
}

// all are the options with which every rule looks for something.
func all() Options {
	o := optionsOf("query/cost")
	o.CountAlerts = true
	return o
}

// ids are the rules of this package that look for something.
func ids() []string {
	var out []string
	for _, c := range Checks(all()) {
		out = append(out, c.Rule().ID)
	}
	return out
}

func read(t *testing.T, id, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(id), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEveryCheckHasFixtures(t *testing.T) {
	for _, id := range ids() {
		t.Run(id, func(t *testing.T) {
			o := optionsOf(id)
			src := snapshot(t, read(t, id, "series.yaml"))
			found, _ := Run(context.Background(), src, inputOf(t, read(t, id, "good.yaml")), o)
			for _, f := range found {
				t.Errorf("the good fixture has a finding: %s", describe(f))
			}
			var got strings.Builder
			found, _ = Run(context.Background(), src, inputOf(t, read(t, id, "bad.yaml")), o)
			for _, f := range found {
				if f.Rule != id {
					t.Errorf("the bad fixture has a finding of another rule: %s", describe(f))
				}
				if f.Line == 0 || f.Fingerprint == "" || f.Suggestion == "" {
					t.Errorf("a finding without line, fingerprint or suggestion: %+v", f)
				}
				got.WriteString(describe(f))
			}
			if got.Len() == 0 {
				t.Fatal("the bad fixture has no finding")
			}
			filetest.Golden(t, filepath.Join("testdata", filepath.FromSlash(id), "bad.golden"), got.String())
		})
	}
}

var fence = regexp.MustCompile("(?ms)^```yaml (series|policy|bad|good)\n(.*?)^```$")

func TestExamplesOfThePagesBehaveAsSaid(t *testing.T) {
	for _, id := range ids() {
		t.Run(id, func(t *testing.T) {
			page, _ := rules.Page(id)
			examples := map[string]string{}
			for _, m := range fence.FindAllStringSubmatch(page, -1) {
				examples[m[1]] = m[2]
			}
			if examples["series"] == "" || examples["bad"] == "" || examples["good"] == "" {
				t.Fatal("the page does not show series, a bad and a good example")
			}
			o := optionsOf(id)
			if text := examples["policy"]; text != "" {
				policy, problems := organisation.Decode("policy.yaml", []byte(text), rules.IDs())
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				o.Cost = policy.Lint.Checks.Cost
			}
			src := snapshot(t, examples["series"])
			if found, _ := Run(context.Background(), src, inputOf(t, examples["bad"]), o); len(found) != 1 || found[0].Rule != id {
				t.Errorf("the bad example has not one finding of the rule, but %v", found)
			}
			if found, _ := Run(context.Background(), src, inputOf(t, examples["good"]), o); len(found) > 0 {
				t.Errorf("the good example has a finding: %s", describe(found[0]))
			}
		})
	}
}

func TestRulesAgreeWithTheirPages(t *testing.T) {
	for _, c := range Checks(all()) {
		r := c.Rule()
		if head, ok := rules.Heading(r.ID); !ok || head.Title != r.Title || head.Severity != string(r.Severity) {
			t.Errorf("the head of docs/rules/%s.md is %+v, the rule says %s, %s", r.ID, head, r.Severity, r.Title)
		}
	}
	if !slices.Contains(rules.IDs(), RuleUnanswered) {
		t.Errorf("%s has no page", RuleUnanswered)
	}
}
