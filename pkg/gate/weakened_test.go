package gate

import (
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

func decision(d report.Decision) Result {
	r := Result{Gate: report.Gate{Decision: d, Reasons: []report.Reason{{Code: "of-" + string(d)}}}}
	if d != report.Approved {
		r.Findings = []report.Finding{{Rule: RuleBlocked, Message: "deploy " + string(d)}}
	}
	return r
}

func TestTheStricterDecisionCounts(t *testing.T) {
	all := []report.Decision{report.Approved, report.Warned, report.Unknown, report.Blocked}
	for _, loosened := range []bool{false, true} {
		for i, is := range all {
			for j, was := range all {
				got := Stricter("checkout", decision(is), Before{Result: decision(was), Loosened: loosened})
				want := all[max(i, j)]
				if was == report.Unknown && !loosened {
					want = is
				}
				if got.Gate.Decision != want {
					t.Errorf("%s before and %s after (loosened: %t): got %s, want %s", was, is, loosened, got.Gate.Decision, want)
				}
				marked := slices.ContainsFunc(got.Gate.Reasons, func(r report.Reason) bool { return r.Code == CodeWeakened })
				told := slices.ContainsFunc(got.Findings, func(f report.Finding) bool {
					return f.Rule == RuleWeakened && f.Service == "checkout" && strings.Contains(f.Message, "deploy "+string(was)) &&
						(f.Severity == report.Error) == (was == report.Blocked)
				})
				if changed := want != is; marked != changed || told != changed {
					t.Errorf("%s before and %s after: reason %t, finding %t", was, is, marked, told)
				}
			}
		}
	}
}

// The reasons of the decision that counts stay, behind the one that says which
// it is.
func TestTheReasonsAreThoseOfTheDecisionThatCounts(t *testing.T) {
	got := Stricter("checkout", decision(report.Warned), Before{Result: decision(report.Blocked)})
	if c := codes(got.Gate); !slices.Equal(c, []string{CodeWeakened, "of-blocked"}) {
		t.Errorf("reasons %v", c)
	}
	if len(got.Findings) != 2 {
		t.Errorf("findings %v", got.Findings)
	}
}

// What is not known to have been stricter is no approval, and a gate that is closed
// stays closed.
func TestADecisionThatCannotBeComparedIsNoApproval(t *testing.T) {
	service := load(t, payments("critical", sloAvailability))
	for is, want := range map[report.Decision]report.Decision{
		report.Approved: report.Unknown, report.Warned: report.Unknown, report.Unknown: report.Unknown, report.Blocked: report.Blocked,
	} {
		got := Uncompared(service, decision(is), "the host answered 403")
		told := slices.ContainsFunc(got.Findings, func(f report.Finding) bool {
			return f.Rule == RuleUndecided && strings.Contains(f.Message, "the host answered 403")
		})
		changed := want != is
		if got.Gate.Decision != want || told != changed || slices.Contains(codes(got.Gate), CodeBaseUnknown) != changed {
			t.Errorf("%s: got %s, told: %t, %v", is, got.Gate.Decision, told, codes(got.Gate))
		}
	}
}

func TestTheDecisionAboutARemovedServiceIsThatOfBefore(t *testing.T) {
	was := load(t, payments("critical", sloAvailability))
	for _, d := range []report.Decision{report.Approved, report.Warned, report.Unknown, report.Blocked} {
		got := Removed(was, decision(d))
		if got.Gate.Decision != d || codes(got.Gate)[0] != CodeWeakened || len(got.Findings) > 1 || (len(got.Findings) == 0) != (d == report.Approved) {
			t.Fatalf("%s: %+v", d, got)
		}
		for _, f := range got.Findings {
			if f.Rule != RuleWeakened || f.Line != 0 || f.Service != was.Name.V || (f.Severity == report.Error) != (d == report.Blocked) {
				t.Errorf("%s: %+v", d, f)
			}
		}
	}
}
