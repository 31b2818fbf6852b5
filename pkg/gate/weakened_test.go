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
