package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/memo"
)

const sinceSHA = "0123456789abcdef0123456789abcdef01234567"

// earlier is what the mixed report is compared with: one service is new, one is
// gone, and the others changed in every way that is told.
func earlier() *memo.Verdict {
	rep := mixed()
	rep.Verdict = report.Warn
	rep.Summary.Errors, rep.Summary.Warnings = 1, 1204
	kept := []report.Service{healthy("legacy", "low")}
	for _, s := range rep.Services {
		switch s.Name {
		case "checkout":
			continue
		case "payment-api":
			s.Verdict, s.Tier = report.Pass, "standard"
			s.SLOs[0].Budget.RemainingPercent, s.SLOs[0].Objective = num(41.27), num(99.95)
			s.SLOs[1].Name = "latency-p95"
		case "search":
			s.Metrics[0].State, s.Metrics[1].Name = report.MetricOK, "cache_misses_total"
		case "ledger":
			s.Verdict = report.Pass
		}
		kept = append(kept, s)
	}
	rep.Services = kept
	v := memo.Of(rep, sinceSHA)
	return &v
}

func TestGoldenMarkdownSaysWhatChanged(t *testing.T) {
	golden(t, "since.markdown.md", rendered(t, "markdown", mixed(), Options{Before: earlier()}))
}

// since returns the lines of the section, the commit in the first one.
func since(t *testing.T, rep *report.Report, opts Options) []string {
	t.Helper()
	_, text, there := strings.Cut(rendered(t, "markdown", rep, opts), "### Since ")
	if !there {
		return nil
	}
	head, rest, _ := strings.Cut(text, "\n\n")
	list, _, _ := strings.Cut(rest, "\n\n")
	return append([]string{head}, strings.Split(list, "\n")...)
}

func TestNothingIsSaidWhereNothingChanged(t *testing.T) {
	same := memo.Of(mixed(), sinceSHA)
	for name, opts := range map[string]Options{"the same": {Before: &same}, "nothing to compare with": {}, "quiet": {Before: earlier(), Quiet: true}} {
		if got := since(t, mixed(), opts); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := since(t, mixed(), Options{Before: earlier()}); len(got) != 7 || got[0] != "`0123456789ab`" {
		t.Errorf("got %q", got)
	}
}

// A blocked deploy is not approved by a run that does not look at deploys.
func TestVerdictsOfOtherStagesAreNoChange(t *testing.T) {
	was, is := healthy("api", "low"), healthy("api", "low")
	was.Verdict, is.Tier = report.Fail, "high"
	before := memo.Of(finish(report.Report{Verdict: report.Fail, Services: []report.Service{was}, Stages: []report.Stage{{Name: "lint"}, {Name: "gate"}}}), sinceSHA)
	got := since(t, finish(report.Report{Verdict: report.Pass, Services: []report.Service{is}, Stages: []report.Stage{{Name: "lint"}}}), Options{Before: &before})
	want := []string{
		"`0123456789ab`",
		"- verdicts and counts are not compared: that run had the stages `gate`, `lint`, this one has the stages `lint`",
		"- ✓ `api`: tier low → high",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A change of everything is no reason for a page of everything: the services that
// need attention first are named.
func TestWhatChangedIsLimited(t *testing.T) {
	was := large()
	for i := range was.Services {
		was.Services[i].Tier = "standard"
	}
	for i := range 40 {
		was.Services = append(was.Services, healthy(fmt.Sprintf("gone-%03d", i), "low"))
	}
	before := memo.Of(was, sinceSHA)
	got := since(t, large(), Options{Before: &before})
	if len(got) != 1+1+maxChanges+2 {
		t.Fatalf("%d lines: %q", len(got), got)
	}
	if got[2] != "- ✗ `failing-000`: tier standard → critical" || got[12] != "- ... and 393 more changed services" || !strings.HasSuffix(got[13], "`gone-009` and 30 more") {
		t.Errorf("got %q", got)
	}
}

func TestSLOsThatChangedAreLimited(t *testing.T) {
	was, is := healthy("api", "low"), healthy("api", "low")
	for i := range 25 {
		was.SLOs = append(was.SLOs, report.SLO{Name: fmt.Sprintf("slo-%02d", i), Objective: report.Num(99)})
		is.SLOs = append(is.SLOs, report.SLO{Name: fmt.Sprintf("slo-%02d", i), Objective: report.Num(98.5)})
	}
	before := memo.Of(finish(report.Report{Verdict: report.Pass, Services: []report.Service{was}}), sinceSHA)
	got := since(t, finish(report.Report{Verdict: report.Pass, Services: []report.Service{is}}), Options{Before: &before})
	if len(got) != 2 || !strings.HasSuffix(got[1], "; objective of `slo-09` 99 % → 98.5 % (down); 15 more changed SLOs") {
		t.Errorf("got %q", got)
	}
}

// What changed is part of the budget, goes before what is wrong, and goes whole.
func TestWhatChangedStaysInTheBudget(t *testing.T) {
	before := earlier()
	full := len(rendered(t, "markdown", mixed(), Options{Before: before}))
	cut, gone := false, false
	for limit := 1500; limit < full+100; limit += 50 {
		got := rendered(t, "markdown", mixed(), Options{Before: before, MaxBytes: limit})
		if len(got) > limit {
			t.Fatalf("%d bytes, limit %d", len(got), limit)
		}
		balanced(t, fmt.Sprint("at ", limit), got)
		there := strings.Contains(got, "### Since")
		if !there && !strings.Contains(got, "changes") {
			t.Fatalf("at %d what changed is gone and not counted:\n%s", limit, got)
		}
		if there && !strings.Contains(got, "| `spec/unknown-field` |") {
			t.Fatalf("at %d an error gave way to what changed", limit)
		}
		gone = gone || !there
		cut = cut || there && strings.Contains(got, " change")
	}
	if !gone || !cut {
		t.Errorf("gone: %t, cut: %t: the limits of this test are not the right ones", gone, cut)
	}
}

// The line that is read back was perhaps written by somebody else.
func TestNamesOfTheEarlierVerdictDoNothing(t *testing.T) {
	for _, bad := range injected() {
		was := hostileService(bad)
		was.Verdict, was.Tier = report.Warn, "x"+bad
		was.SLOs[0].Name, was.Metrics[0].Name = "x"+bad, "x"+bad
		before := memo.Of(finish(report.Report{Verdict: report.Pass, Services: []report.Service{was, {Name: "gone" + bad}}}), sinceSHA)
		got := since(t, finish(report.Report{Verdict: report.Fail, Services: []report.Service{hostileService(bad), {Name: "new" + bad}}}), Options{Before: &before})
		if len(got) != 5 {
			t.Fatalf("%q: %d lines: %q", bad, len(got), got)
		}
		for i, start := range []string{"`", "- ✗ all", "- ✗ ", "- now included: ? ", "- no longer included: "} {
			line := strings.NewReplacer("<code>", "", "</code>", "").Replace(got[i])
			if !strings.HasPrefix(line, start) || strings.ContainsAny(line, "<\x1b\u202e") {
				t.Errorf("%q: line %d is %q", bad, i, line)
			}
		}
	}
}
