package organisation

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// some are findings of two services and a rule file.
func some() []report.Finding {
	at := func(file string, line int, service, rule, message string) report.Finding {
		f := report.At(report.Position{File: file, Line: line}, rule, report.Error, message)
		f.Service = service
		return f
	}
	return report.Normalise([]report.Finding{
		at("services/a.yaml", 1, "a", "policy/runbook", "no runbook"+byRule("books")),
		at("services/b.yaml", 2, "b", "promql/syntax", "invalid"),
		at("services/b.yaml", 3, "b", "promql/syntax", "invalid"),
		at("rules.yaml", 4, "", "alert/for", "too short"),
	})
}

func TestApply(t *testing.T) {
	looked := Looked{Files: []string{"services/a.yaml", "services/b.yaml", "rules.yaml"}, Services: map[string]string{"a": "services/a.yaml", "b": "services/b.yaml"}, Whole: true}
	for _, c := range []struct {
		name, policy string
		looked       Looked
		want, said   string
	}{
		{"nothing", "", looked, "policy/runbook promql/syntax promql/syntax alert/for", ""},
		{"disabled", "lint: {disable: [promql/syntax]}", looked, "policy/runbook alert/for", ""},
		{"by the name of the rule", "waivers: [{rule: books, services: a, reason: r, until: 2026-01-31}]", looked, "promql/syntax promql/syntax alert/for", "info the waiver of \"books\" holds for 1 finding until 2026-01-31: r"},
		{"of another service", "waivers: [{rule: books, services: b, reason: r, until: 2026-01-31}]", looked, "policy/runbook promql/syntax promql/syntax alert/for", "warning the waiver of \"books\" is for nothing that was found"},
		{"by file", "waivers: [{rule: alert/for, files: '*.yaml', reason: r, until: 2026-01-31}]", looked, "policy/runbook promql/syntax promql/syntax", "info the waiver of alert/for holds for 1 finding until 2026-01-31: r"},
		{"both have to fit", "waivers: [{rule: promql/syntax, services: b, files: rules.yaml, reason: r, until: 2026-01-31}]", looked, "policy/runbook promql/syntax promql/syntax alert/for", "info the waiver of promql/syntax names no service and no file that was looked at"},
		{"misspelt", "waivers: [{rule: books, services: [A], reason: r, until: 2026-01-31}]", looked, "policy/runbook promql/syntax promql/syntax alert/for", "warning the waiver of \"books\" names no service and no file that was looked at"},
		{"of a service elsewhere", "waivers: [{rule: books, services: [stocks], reason: r, until: 2026-01-31}]", looked, "policy/runbook promql/syntax promql/syntax alert/for", "info the waiver of \"books\" names no service and no file that was looked at"},
		{"over", "waivers: [{rule: promql/syntax, services: b, reason: r, until: 2026-01-30}]", looked, "policy/runbook promql/syntax promql/syntax alert/for", "warning the waiver of promql/syntax ended on 2026-01-30: 2 findings stand again"},
		{
			"over, and another one holds", "waivers: [{rule: alert/for, files: '**', reason: r, until: 2026-01-30}, {rule: alert/for, files: '**', reason: r, until: 2026-02-01}]", looked, "policy/runbook promql/syntax promql/syntax",
			"info the waiver of alert/for holds for 1 finding until 2026-02-01: r|warning the waiver of alert/for ended on 2026-01-30: 1 finding stands again",
		},
		{
			"twice", "waivers: [{rule: books, services: [a, x], reason: r, until: 2026-01-31}, {rule: books, services: [x, a], reason: s, until: 2026-02-28}]", looked, "promql/syntax promql/syntax alert/for",
			"info the waiver of \"books\" holds for 1 finding until 2026-01-31: r|info the waiver of \"books\" holds for 1 finding until 2026-02-28: s|warning there are two waivers of \"books\" for the same services and files, until 2026-01-31 and until 2026-02-28: the later day counts",
		},
		{
			"of other files", "waivers: [{rule: books, services: [a], reason: r, until: 2026-01-31}, {rule: books, services: [a], files: ['services/'], reason: s, until: 2026-01-31}]", looked, "promql/syntax promql/syntax alert/for",
			"info the waiver of \"books\" holds for 1 finding until 2026-01-31: r|info the waiver of \"books\" holds for 1 finding until 2026-01-31: s",
		},
		{"of any folder, and for nothing", "waivers: [{rule: slo/duplicate, files: '*', reason: r, until: 2026-01-31}]", looked, "policy/runbook promql/syntax promql/syntax alert/for", "info the waiver of slo/duplicate is for nothing that was found in the files of this run"},
		{"of one folder, and for nothing", "waivers: [{rule: slo/duplicate, files: 'services/*', reason: r, until: 2026-01-31}]", looked, "policy/runbook promql/syntax promql/syntax alert/for", "warning the waiver of slo/duplicate is for nothing that was found"},
		{"of all services in a folder below", "waivers: [{rule: books, services: '*', files: 'services/', reason: r, until: 2026-01-31}]", looked, "promql/syntax promql/syntax alert/for", "info the waiver of \"books\" holds for 1 finding until 2026-01-31: r"},
		{"a run over a part says nothing about the rest", "waivers: [{rule: slo/duplicate, services: '*', reason: r, until: 2026-01-31}]", Looked{}, "policy/runbook promql/syntax promql/syntax alert/for", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := decode(t, "version: 1\nrules: [{name: books, type: runbook}]\n"+c.policy+"\n").Apply(nil, "2026-01-31")
			kept, said := []string{}, []string{}
			for _, f := range a.To(some()) {
				kept = append(kept, f.Rule)
			}
			for _, f := range a.Report(c.looked) {
				said = append(said, string(f.Severity)+" "+f.Message)
				if f.Rule != RuleWaiver || f.Line == 0 {
					t.Errorf("%+v", f)
				}
			}
			slices.Sort(kept)
			slices.Sort(said)
			want := strings.Fields(c.want)
			slices.Sort(want)
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := strings.Join(said, "|"); got != c.said {
				t.Errorf("said %q, want %q", got, c.said)
			}
		})
	}
}

func TestSeveritiesOfThePolicyCount(t *testing.T) {
	a := decode(t, "version: 1\nlint: {severity: {promql/syntax: info}}\n").Apply(nil, "")
	for _, f := range a.To(some()) {
		if want := f.Rule != "promql/syntax"; want != (f.Severity == report.Error) {
			t.Errorf("%s is %s", f.Rule, f.Severity)
		}
	}
}

func all(string) bool { return true }

// What is written is read back, whatever the order of the findings, and holds
// exactly these.
func TestABaselineHoldsWhatWasWritten(t *testing.T) {
	text, held := WriteBaseline(some(), all)
	turned := some()
	slices.Reverse(turned)
	if again, _ := WriteBaseline(turned, all); held != 4 || !bytes.Equal(text, again) {
		t.Errorf("%d findings are written as\n%s\nand in another order as\n%s", held, text, again)
	}
	b, problems := DecodeBaseline("known.yaml", text)
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, text)
	}
	a := decode(t, "version: 1\n").Apply(b, "")
	more := slices.Concat(some()[:3], []report.Finding{report.At(report.Position{File: "rules.yaml", Line: 9}, "alert/for", report.Warning, "another")})
	var kept []string
	for _, f := range a.To(more) {
		kept = append(kept, f.Message)
	}
	if !slices.Equal(kept, []string{"another"}) {
		t.Errorf("kept %q", kept)
	}
	got := found(a.Report(Looked{Files: []string{"services/b.yaml"}}))
	want := "known.yaml warning policy/baseline: 1 entry of the baseline no longer matches a finding: promql/syntax in services/b.yaml\nknown.yaml info policy/baseline: 3 known findings in the baseline: 3 errors\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, text)
	}
	if only, held := WriteBaseline(some(), func(id string) bool { return id == "alert/for" }); held != 1 || strings.Contains(string(only), "promql") {
		t.Errorf("%d: %s", held, only)
	}
	if empty, _ := WriteBaseline(nil, all); !strings.HasSuffix(string(empty), "findings: []\n") {
		t.Errorf("got %s", empty)
	}
}

func TestMistakesInABaseline(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "the baseline has 0 documents instead of one",
		"version: 2\nfindings: []\n":        "the baseline is not of version 1",
		"version: 1\nfinding: []\n":         `unknown key "finding" in the baseline`,
		"version: 1\nfindings: [a]\n":       "the finding must be a mapping; this is text \"a\"",
		"version: 1\nfindings: [{rule: a}]": "the finding has no fingerprint",
		"version: 1\nfindings: [{rule: a\n": "",
	} {
		_, problems := DecodeBaseline("known.yaml", []byte(text))
		if len(problems) == 0 || !strings.Contains(problems[0].Message, want) {
			t.Errorf("%q: %v", text, problems)
		}
	}
}

func FuzzDecodeBaseline(f *testing.F) {
	text, _ := WriteBaseline(some(), all)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		b, problems := DecodeBaseline("known.yaml", text)
		for _, f := range problems {
			if f.File != "known.yaml" {
				t.Errorf("%+v", f)
			}
		}
		(&Policy{}).Apply(b, "").Report(Looked{Whole: true})
	})
}
