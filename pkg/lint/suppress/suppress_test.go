package suppress

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

var today = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// read reads a rule file with the comments inside its expressions.
func read(t interface{ Fatalf(string, ...any) }, text string) *File {
	f := Read("r.yaml", []byte(text))
	if f == nil {
		t.Fatalf("no comments were found in\n%s", text)
	}
	file, _ := rulefile.Parse(context.Background(), "r.yaml", []byte(text))
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			f.Rule(r)
		}
	}
	return f
}

// leftOut returns the lines on which a rule's findings are left out.
func leftOut(f *File, o Options, rule, message string) []int {
	s := NewSet(o, []*File{nil, f})
	var out []int
	for i := 1; i < len(f.outline.lines); i++ {
		if f.outline.lines[i].content && len(s.Apply([]report.Finding{{Rule: rule, File: "r.yaml", Line: i, Message: message}})) == 0 {
			out = append(out, i)
		}
	}
	return out
}

// ruleFile is a file of two groups; %[1]s and so on are places for comments.
const ruleFile = `%[1]sgroups: %[2]s
%[3]s- name: a
  rules:
%[4]s  - alert: A %[5]s
    expr: | %[6]s
      %[7]sup
        == 0
%[8]s    for: 5m
%[9]s  - record: b
    expr: 'sum(up)'
    labels: {%[10]s}
- name: c
  rules:
  - alert: C
    expr: up == 1
    annotations:
      %[11]s
`

// at puts a comment into one of the places.
func at(place int, comment string) string {
	out := ruleFile
	for i, text := range []string{10: "x: y", 11: "a: b"} {
		if i == place {
			text = comment
		}
		if i > 0 {
			out = strings.ReplaceAll(out, fmt.Sprintf("%%[%d]s", i), text)
		}
	}
	return out
}

func TestCommentsAreAboutWhatTheyStandAt(t *testing.T) {
	const own = "# nthlayer disable promql/syntax (why)"
	for _, c := range []struct {
		name, file, rule, message string
		want                      []int
	}{
		{"above the file", at(1, own+"\n"), "promql/syntax", "", []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}},
		{"above a blank line", at(1, own+"\n\n"), "promql/syntax", "", nil},
		{"for the file, anywhere", at(8, "    # nthlayer disable-file promql/syntax (why)\n"), "promql/syntax", "", []int{1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}},
		{"behind groups", at(2, own), "promql/syntax", "", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}},
		{"above a group", at(3, own+"\n"), "promql/syntax", "", []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{"above a rule", at(4, "  "+own+"\n"), "promql/syntax", "", []int{5, 6, 7, 8, 9}},
		{"above a rule, with another comment between", at(4, "  "+own+"\n  # why not\n"), "promql/syntax", "", []int{6, 7, 8, 9, 10}},
		{"above a rule, from the first column", at(4, own+"\n"), "promql/syntax", "", []int{5, 6, 7, 8, 9}},
		{"behind the first line of a rule", at(5, own), "promql/syntax", "", []int{4, 5, 6, 7, 8}},
		{"behind the sign of a block", at(6, own), "promql/syntax", "", []int{5, 6, 7}},
		{"inside the expression", at(7, own+"\n      "), "promql/syntax", "", []int{6, 7, 8}},
		{"above a key", at(8, "    "+own+"\n"), "promql/syntax", "", []int{9}},
		{"deeper than what follows", at(9, "    "+own+"\n"), "promql/syntax", "", nil},
		{"another rule", at(4, "  "+own+"\n"), "promql/impossible", "", nil},
		{"two rules", at(8, "    # nthlayer disable alert/for, promql/syntax (why)\n"), "alert/for", "", []int{9}},
		{"a snooze", at(8, "    # nthlayer snooze 2026-06-16 promql/syntax (why)\n"), "promql/syntax", "", []int{9}},
		{"a snooze that is over", at(8, "    # nthlayer snooze 2026-06-15 promql/syntax (why)\n"), "promql/syntax", "", nil},
		{"a snooze to the minute", at(8, "    # nthlayer snooze 2026-06-15T12:01:00Z promql/syntax (why)\n"), "promql/syntax", "", []int{9}},
		{"a file's snooze", at(8, "    # nthlayer snooze-file 2026-06-16 promql/syntax (why)\n"), "promql/syntax", "", []int{1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}},
		{"text of an annotation", at(11, "text: '"+own+"'"), "promql/syntax", "", nil},
		{"text of a block", at(11, "text: |\n        "+own+"\n        x"), "promql/syntax", "", nil},

		{"pint above a rule", at(4, "  # pint disable alerts/for\n"), "alert/for", "", []int{5, 6, 7, 8, 9}},
		{"pint inside a rule", at(8, "    # pint disable alerts/for\n"), "alert/for", "", []int{4, 5, 6, 7, 9}},
		{"pint behind a rule", at(9, "    # pint disable alerts/for\n"), "alert/for", "", []int{4, 5, 6, 7, 8}},
		{"pint inside an expression", at(7, "# pint disable alerts/for\n      "), "alert/for", "", []int{4, 5, 6, 7, 8, 9}},
		{"pint above a blank line", at(4, "  # pint disable alerts/for\n\n"), "alert/for", "", []int{6, 7, 8, 9, 10}},
		{"pint behind the first line of a rule", at(5, "# pint disable alerts/for"), "alert/for", "", []int{4, 5, 6, 7, 8}},
		{"pint below a rule, at the first column", at(9, "# pint disable alerts/for\n"), "alert/for", "", []int{4, 5, 6, 7, 8}},
		{"pint above a rule, apart from the one before", at(9, "# pint disable alerts/for\n\n"), "alert/for", "", []int{11, 12, 13}},
		{"pint deeper than the next rule", at(9, "\n    # pint disable alerts/for\n"), "alert/for", "", []int{4, 5, 6, 7, 8}},
		{"pint above a rule, deeper than it", at(4, "      # pint disable alerts/for\n"), "alert/for", "", []int{5, 6, 7, 8, 9}},
		{"pint above a group", at(3, "# pint disable alerts/for\n"), "alert/for", "", nil},
		{"pint behind groups", at(2, "# pint disable alerts/for"), "alert/for", "", nil},
		{"pint below the last rule", at(1, "") + "      # pint disable alerts/for\n", "alert/for", "", []int{14, 15, 16, 17}},
		{"pint at the end", at(1, "") + "# pint disable alerts/for\n", "alert/for", "", nil},
		{"pint for the file", at(4, "# pint file/disable alerts/for\n"), "alert/for", "", []int{1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}},
		{"pint snoozes", at(8, "    # pint snooze 2026-07-01 alerts/for\n"), "alert/for", "", []int{4, 5, 6, 7, 9}},
		{"pint snoozed", at(8, "    # pint snooze 2026-05-01 alerts/for\n"), "alert/for", "", nil},
		{"pint about a metric", at(8, "    # pint disable promql/counter(errors_total)\n"), "promql/counter-without-rate", "the counter errors_total is", []int{4, 5, 6, 7, 9}},
		{"pint about another metric", at(8, "    # pint disable promql/counter(errors_total)\n"), "promql/counter-without-rate", "the counter my_errors_total is", nil},
		{"pint about a server", at(8, "    # pint disable promql/counter(+prod)\n"), "promql/counter-without-rate", "the counter prod is", nil},
		{"pint hides a line", at(8, "    # pint ignore/next-line\n"), "promql/syntax", "", []int{9}},
		{"pint hides lines", at(4, "  # pint ignore/begin\n") + "# pint ignore/end\n", "promql/syntax", "", []int{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}},
		{"pint hides the rest", at(9, "# pint ignore/file\n"), "promql/syntax", "", []int{10, 11, 12, 13, 14, 15, 16, 17, 18}},

		{"promruval above groups", at(1, "# ignore_validations: validateLabelTemplates\n"), "alert/template", "", []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}},
		{"promruval above a document", at(1, "# ignore_validations: validateLabelTemplates\n---\n"), "alert/template", "", []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}},
		{"promruval above a group", at(3, "# ignore_validations: a, validateLabelTemplates\n"), "alert/template", "", []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{"pint behind two signs", at(8, "    ## pint disable alerts/for\n"), "alert/for", "", nil},
		{"pint behind three signs", at(8, "    ### pint disable alerts/for\n"), "alert/for", "", []int{4, 5, 6, 7, 9}},
		{"pint behind a word with a sign", at(8, "    #why# pint disable alerts/for\n"), "alert/for", "", nil},
		{"pint with a remark", at(8, "    # pint disable alerts/for # because\n"), "alert/for", "", nil},
		{"pint behind another comment", at(8, "    # never mind # pint disable alerts/for\n"), "alert/for", "", []int{4, 5, 6, 7, 9}},
		{"pint about a word in quotes", at(8, "    # pint disable promql/series(prod)\n"), "promql/series", "up has no series with env=\"prod\"", nil},
		{"pint about a selector", at(8, "    # pint disable promql/series(up{job=\"a\"})\n"), "promql/series", "up{job=\"a\",env=\"b\"} has no series", []int{4, 5, 6, 7, 9}},
		{"pint about another selector", at(8, "    # pint disable promql/series(up{job=\"b\"})\n"), "promql/series", "up{job=\"a\",env=\"b\"} has no series", nil},
		{"pint about labels alone", at(8, "    # pint disable promql/series({job=\"b\"})\n"), "promql/series", "up{job=\"a\",env=\"b\"} has no series", nil},
		{"pint about a label", at(8, "    # pint disable promql/aggregate(job:true)\n"), "promql/aggregate", "the label job is lost", []int{4, 5, 6, 7, 9}},
		{"pint about another label", at(8, "    # pint disable promql/aggregate(job:true)\n"), "promql/aggregate", "the label instance is lost", nil},
		{"promruval behind a remark", at(4, "  # see the wiki. ignore_validations: a,validateLabelTemplates\n"), "alert/template", "", []int{5, 6, 7, 8, 9}},
		{"promruval, a name with a remark", at(4, "  # ignore_validations: validateLabelTemplates for now\n"), "alert/template", "", nil},
		{"promruval above a rule", at(4, "  # ignore_validations: a,validateLabelTemplates\n"), "alert/template", "", []int{5, 6, 7, 8, 9}},
		{"promruval inside an expression", at(7, "# ignore_validations: validateLabelTemplates\n      "), "alert/template", "", []int{4, 5, 6, 7, 8, 9}},
		{"promruval in an annotation", at(11, "disabled_validation_rules: a,validateLabelTemplates"), "alert/template", "", []int{14, 15, 16, 17}},
	} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			got := leftOut(read(t, strings.ReplaceAll(c.file+"# pint\n", "\n", end)), Options{Now: today}, c.rule, c.message)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, lines end with %q (-want +got):\n%s\n%s", c.name, end, diff, c.file)
			}
		}
	}
}

func TestLockedRulesWin(t *testing.T) {
	locked := Options{Now: today, Locked: []string{"alert/for"}}
	for _, file := range []string{
		at(4, "# nthlayer disable alert/for (why)\n"), at(4, "# nthlayer disable-file alert/for (why)\n"), at(4, "# pint file/disable alerts/for\n"),
		at(4, "# ignore_validations: forIsNotLongerThan\n"), at(4, "# pint ignore/file\n"), at(1, "# pint ignore/begin\n"),
		at(11, "disabled_validation_rules: forIsNotLongerThan"),
	} {
		f := read(t, file)
		if got := leftOut(f, locked, "alert/for", ""); got != nil {
			t.Errorf("left out on lines %v of\n%s", got, file)
		}
		if got := leftOut(f, Options{Now: today}, "alert/for", ""); got == nil {
			t.Errorf("nothing is left out of\n%s", file)
		}
		problems := NewSet(locked, []*File{f}).Problems()
		if len(problems) != 1 || problems[0].Rule != RuleLocked && problems[0].Rule != RuleIgnored {
			t.Errorf("problems %v of\n%s", problems, file)
		}
	}
}

func TestNoCommentReachesTheGate(t *testing.T) {
	for _, rule := range []string{"gate/thresholds", "change/slo-weakened", "yaml/syntax", "suppress/unused"} {
		f := read(t, at(4, "# nthlayer disable-file "+rule+" (why)\n# pint ignore/file\n"))
		if got := leftOut(f, Options{}, rule, ""); got != nil {
			t.Errorf("%s is left out on lines %v", rule, got)
		}
	}
}

func TestWhatIsWrongWithCommentsIsSaid(t *testing.T) {
	o := Options{Now: today, Ran: func(rule string) bool { return rule == "alert/for" }}
	for comment, want := range map[string]string{
		"# nthlayer disable alert/for (why)":                     "4:1-35 suppress/unused: the comment leaves alert/for out, which finds nothing here",
		"# nthlayer disable promql/impossible (why)":             "",
		"# nthlayer disable promql/impossible":                   "4:1-37 suppress/no-reason: the comment leaves a rule out without saying why",
		"# nthlayer disable promql/imposible (why)":              "4:1-42 suppress/unknown-rule: there is no rule promql/imposible | did you mean promql/impossible?",
		"# nthlayer snooze 2026-01-01 alert/for (why)":           "4:1-45 suppress/expired: the snooze of alert/for ended on 2026-01-01, so its findings are back",
		"# nthlayer disbale alert/for (why)":                     "4:1-35 suppress/syntax: nthlayer knows no disbale in a comment | write # nthlayer disable",
		"# nthlayer snooze alert/for (why)":                      "4:1-34 suppress/syntax: a snooze needs a date behind it",
		"# nthlayer snooze 2026-02-30 alert/for (why)":           "4:1-45 suppress/syntax: there is no day 2026-02-30 | write a day of the calendar: # nthlayer snooze 2026-12-31 rule-id (reason)",
		"# nthlayer snooze 2026-13-01 alert/for (why)":           "4:1-45 suppress/syntax: there is no day 2026-13-01",
		"# nthlayer snooze 31.12.2026 alert/for (why)":           "4:1-45 suppress/syntax: 31.12.2026 is no date that is read here",
		"# nthlayer snooze 2026-12-31T12:00 alert/for (why)":     "4:1-51 suppress/syntax: 2026-12-31T12:00 is no date that is read here",
		"# nthlayer disable alert/for because":                   "4:1-37 suppress/syntax: the reason stands without brackets",
		"# nthlayer disable":                                     "4:1-19 suppress/syntax: the comment names no rules",
		"# nthlayer disable (why)":                               "4:1-25 suppress/syntax: the comment names no rules",
		"# nthlayer disable promql/* (why)":                      "4:1-34 suppress/syntax: there are no wildcards in comments, so every rule has to be named",
		"# nthlayer disable *":                                   "4:1-21 suppress/syntax: there are no wildcards in comments, so every rule has to be named",
		"# nthlayer disable promql (why)":                        "4:1-32 suppress/syntax: promql is no rule: ids have two parts, as in promql/impossible",
		"# nthlayer disable alert/for promql/nan (why)":          "4:1-46 suppress/syntax: the comment holds more than rules with commas between them and a reason in brackets",
		"# nthlayer: disable alert/for (why)":                    "4:1-36 suppress/syntax: a comment for nthlayer begins with # nthlayer disable, so this one is not read | write # nthlayer disable rule-id (reason)",
		"## nthlayer disable alert/for (why)":                    "4:1-36 suppress/syntax: a comment for nthlayer begins with # nthlayer disable, so this one is not read",
		"# NTHLAYER: DISABLE-FILE alert/for (why)":               "4:1-41 suppress/syntax: a comment for nthlayer begins with # nthlayer disable-file, so this one is not read",
		"#!nthlayer-snooze 2026-12-31 alert/for":                 "4:1-39 suppress/syntax: a comment for nthlayer begins with # nthlayer snooze, so this one is not read",
		"# nthlayer Disable alert/for (why)":                     "4:1-35 suppress/syntax: nthlayer knows no Disable in a comment | write # nthlayer disable",
		"# nthlayer ignore alert/for (why)":                      "4:1-34 suppress/syntax: nthlayer knows no ignore in a comment | write # nthlayer disable",
		"## nthlayer generates this file":                        "",
		"# nthlayer: generates this file":                        "",
		"# nthlayer/action writes it":                            "",
		"# nthlayer generates this file":                         "",
		"# NthLayer disable alert/for (why)":                     "4:1-35 suppress/unused: the comment leaves alert/for out, which finds nothing here",
		"#\tnthlayer disable alert/for (why)":                    "4:1-35 suppress/unused: the comment leaves alert/for out, which finds nothing here",
		"# pint disable alerts/for":                              "", // pint says so itself
		"# pint disable promql/of-another-time":                  "",
		"# pint snooze soon alerts/for":                          "4:1-30 suppress/syntax: a snooze needs a date behind it",
		"# pint snooze 2026-02-30 alerts/for":                    "4:1-36 suppress/syntax: there is no day 2026-02-30",
		"# pint disbale alerts/for":                              "4:1-26 suppress/syntax: pint knows no disbale in a comment | write # pint disable",
		"# pint ignore/lines":                                    "4:1-20 suppress/syntax: pint knows no ignore/lines in a comment | write # pint ignore/line",
		"# pint ignore/line of a template":                       "4:1-33 suppress/syntax: text stands behind ignore/line, so pint hides nothing for it",
		"# pint disable alerts/four":                             "4:1-27 suppress/unknown-rule: pint has no check alerts/four | did you mean alerts/for?",
		"# pint checks this file":                                "",
		"## pint disable alerts/for":                             "4:1-27 suppress/syntax: a comment for pint begins with # pint disable, so pint does not read this one, and it leaves nothing out | write # pint disable and the name of one check",
		"# pint: disable alerts/for":                             "4:1-27 suppress/syntax: a comment for pint begins with # pint disable, so pint does not read this one, and it leaves nothing out | write # pint disable and the name of one check",
		"# pint disable alerts/for because":                      "4:1-34 suppress/syntax: the comment holds more than the name of one check, so pint leaves nothing out for it | write # pint disable with one name alone; other checks and the reason take comments of their own",
		"# pint disable alerts/for  # because":                   "4:1-37 suppress/syntax: the comment holds more than the name of one check, so pint leaves nothing out for it | write # pint disable with one name alone; other checks and the reason take comments of their own",
		"# pint disable promql/series(up) # why":                 "4:1-39 suppress/syntax: the comment holds more than the name of one check, so pint leaves nothing out for it | write # pint disable with one name alone; other checks and the reason take comments of their own",
		"# pint file/disable alerts/for, promql/rate":            "4:1-44 suppress/syntax: the comment holds more than the name of one check, so pint leaves nothing out for it | write # pint file/disable with one name alone; other checks and the reason take comments of their own",
		"# pint snooze 2099-01-01 10:00 alerts/for":              "4:1-42 suppress/syntax: the comment holds more than the name of one check, so pint leaves nothing out for it | write day and time as one word, as in # pint snooze 2026-12-31T10:00:00Z check",
		"# ## pint disable alerts/for":                           "", // pint reads the second of two
		"# pint: disable was tried":                              "",
		"# why pint disable alerts/four":                         "",
		"# why not # pint disable alerts/four":                   "4:1-37 suppress/unknown-rule: pint has no check alerts/four",
		"# ignore_validations: hasLabel":                         "4:1-31 suppress/unknown-rule: promruval has no validator hasLabel, and no rule of a configuration has this name | did you mean hasLabels?",
		"# pint rule/owner me":                                   "",
		"# pint rule/set promql/series min-age 3d":               "",
		"# ignore_validations: none":                             "",
		"# nthlayer disable gate/condition (why)":                "4:1-40 suppress/locked: no comment leaves gate/condition out, so its findings stand",
		"# nthlayer disable query/unanswered (why)":              "4:1-42 suppress/locked: no comment leaves query/unanswered out, so its findings stand",
		"# nthlayer disable pint/unanswered (why)":               "4:1-41 suppress/locked: no comment leaves pint/unanswered out, so its findings stand",
		"# nthlayer disable spec/unreadable (why)":               "4:1-41 suppress/locked: no comment leaves spec/unreadable out, so its findings stand",
		"# nthlayer disable tech/alert (why)":                    "4:1-36 suppress/locked: no comment leaves tech/alert out, so its findings stand",
		"# nthlayer disable alert/for (why)\n":                   "4:1-35 suppress/detached: the comment stands at nothing, so it leaves nothing out",
		"# nthlayer disable policy/own, promql/impossible (why)": "",
	} {
		f := read(t, at(4, comment+"\n"))
		got := ""
		for _, p := range NewSet(o, []*File{f}).Problems() {
			got += fmt.Sprintf("%d:%d-%d %s: %s", p.Line, p.Column, p.EndColumn, p.Rule, p.Message)
			if _, tested, _ := strings.Cut(want, " | "); tested != "" {
				got += " | " + p.Suggestion
			}
			if p.Suggestion == "" || p.Snippet != strings.TrimSuffix(comment, "\n") {
				t.Errorf("%s: incomplete: %+v", comment, p)
			}
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", comment, got, want)
		}
	}
}

func TestACommentThatIsUsedIsNotUnused(t *testing.T) {
	f := read(t, at(4, "  # nthlayer disable alert/for (why)\n"))
	s := NewSet(Options{Ran: func(string) bool { return true }}, []*File{f})
	kept := s.Apply([]report.Finding{{Rule: "alert/for", File: "r.yaml", Line: 9}, {Rule: "alert/for", File: "other.yaml", Line: 9}, {Rule: "alert/for", File: "r.yaml"}})
	if len(kept) != 2 || s.Suppressed != 1 || len(s.Problems()) != 0 {
		t.Errorf("kept %v, suppressed %d, problems %v", kept, s.Suppressed, s.Problems())
	}
}

// A name of a configuration stands for what that rule finds, and not for what another
// rule with the same validator does.
func TestNamesOfAConfiguration(t *testing.T) {
	f := read(t, at(4, "  # ignore_validations: our-own-check\n"))
	s := NewSet(Options{Names: map[string][]string{"our-own-check": {"promruval/has-labels"}}}, []*File{f})
	for message, left := range map[string]int{"A has no label team (rule our-own-check)": 0, "A has no label team (rule another)": 1} {
		kept := s.Apply([]report.Finding{{Rule: "promruval/has-labels", File: "r.yaml", Line: 7, Message: message}})
		if len(kept) != left {
			t.Errorf("%s: %d findings are left", message, len(kept))
		}
	}
}

func TestACommentOfPintAtNoRuleIsTold(t *testing.T) {
	got := NewSet(Options{}, []*File{read(t, at(3, "# pint disable alerts/for\n"))}).Problems()
	if len(got) != 1 || got[0].Rule != RuleDetached || got[0].Line != 2 {
		t.Errorf("%v", got)
	}
}

// With a configuration every name is known, so that one which is neither a validator
// nor a rule of it hides nothing.
func TestNamesThatNobodyHasAreTold(t *testing.T) {
	const configured = "promruval/has-labels"
	for text, want := range map[string]int{"our-own-check": 0, "hasLabels": 0, "none": 1, "hasLabels for now": 1} {
		f := read(t, at(4, "  # ignore_validations: "+text+"\n"))
		got := NewSet(Options{Names: map[string][]string{"our-own-check": {configured}}}, []*File{f}).Problems()
		if len(got) != want || want > 0 && got[0].Rule != RuleUnknownRule {
			t.Errorf("%s: %v", text, got)
		}
		if text == "none" {
			f := NewSet(Options{Names: map[string][]string{"noone": {configured}}}, []*File{f}).Problems()[0]
			if f.Suggestion != "did you mean noone?" {
				t.Errorf("%+v", f)
			}
		}
		annotated := read(t, at(11, "disabled_validation_rules: "+text))
		if got := NewSet(Options{Names: map[string][]string{"our-own-check": {configured}}}, []*File{annotated}).Problems(); len(got) > 0 {
			t.Errorf("%s in an annotation: %v", text, got)
		}
	}
}

func TestBlankedKeepsEveryPlace(t *testing.T) {
	got, found := Blanked([]byte("{% x %} # pint ignore/line\na: 1\r\n# pint ignore/begin\n{%\r\n# pint ignore/end\nb: 2 # pint ignore/liné\n{{ # pint ignore/line\rc: 3\r"))
	want := strings.Repeat(" ", 26) + "\na: 1\r\n" + strings.Repeat(" ", 19) + "\n  \r\n" + strings.Repeat(" ", 17) + "\nb: 2 # pint ignore/liné\n" + strings.Repeat(" ", 21) + "\rc: 3\r"
	if !found || string(got) != want {
		t.Errorf("got %q", got)
	}
	if _, found := Blanked([]byte("a: 1 # ignore/line\n")); found {
		t.Error("something is blanked without a comment of pint")
	}
}

// node is an object of a random rule file, with the lines that it takes.
type node struct{ from, to, indent int }

// A comment above an object leaves out what is on the lines of that object, which
// are known here from writing them, and nothing on any other line.
func TestASuppressedFindingIsNeverAnothers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines, nodes := randomRules(t)
		n := rapid.SampledFrom(nodes).Draw(t, "object")
		own := rapid.Bool().Draw(t, "own line")
		comment := "# nthlayer disable alert/for (why)"
		shift := 0
		if own {
			lines = slices.Insert(lines, n.from-1, strings.Repeat(" ", n.indent)+comment)
			shift = 1
		} else {
			lines[n.from-1] += " " + comment
		}
		file := strings.Join(lines, "\n") + "\n"
		var want []int
		for i := n.from + shift; i <= n.to+shift; i++ {
			want = append(want, i)
		}
		if diff := cmp.Diff(want, leftOut(read(t, file), Options{}, "alert/for", "")); diff != "" {
			t.Fatalf("-want +got:\n%s\n%s", diff, file)
		}
	})
}

func randomRules(t *rapid.T) (lines []string, nodes []node) {
	add := func(indent int, text string) int {
		lines = append(lines, strings.Repeat(" ", indent)+text)
		return len(lines)
	}
	dash := rapid.SampledFrom([]int{0, 2}).Draw(t, "indentation of lists")
	groups := node{from: add(0, "groups:")}
	for range rapid.IntRange(1, 3).Draw(t, "groups") {
		group := node{from: add(dash, "- name: g"), indent: dash}
		for range rapid.IntRange(1, 3).Draw(t, "rules") {
			if len(lines) == group.from {
				add(dash+2, "rules:")
			}
			at := 2*dash + 2
			rule := node{from: add(at, "- alert: A"), indent: at}
			key := node{from: add(at+2, "expr: |"), indent: at + 2}
			for range rapid.IntRange(1, 3).Draw(t, "lines of the expression") {
				key.to = add(at+4+rapid.IntRange(0, 2).Draw(t, "more")*boolToInt(key.to > 0), "up")
			}
			nodes = append(nodes, key)
			rule.to = add(at+2, "for: 5m")
			nodes = append(nodes, rule, node{from: rule.to, to: rule.to, indent: at + 2})
			group.to, groups.to = rule.to, rule.to
		}
		nodes = append(nodes, group)
	}
	return lines, append(nodes, groups)
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
