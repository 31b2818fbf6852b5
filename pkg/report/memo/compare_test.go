package memo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

// service is one with which all is well; each case changes it.
func service(changes ...func(*Service)) Verdict {
	s := Service{
		Name: "api", Verdict: report.Pass, Tier: "high", Budget: number(50), Checked: true,
		Objectives: []Objective{{"availability", 99.9}, {"latency", 99}}, Missing: []string{"b", "c"},
	}
	for _, change := range changes {
		change(&s)
	}
	return Verdict{SHA: shaA, Verdict: report.Pass, Total: 1, Services: []Service{s}}
}

// words is a delta in short, for tables.
func words(d Delta) string {
	var out []string
	if d.OtherStages {
		out = append(out, "other stages")
	}
	if d.Totals() {
		out = append(out, "totals")
	}
	for _, s := range d.Added {
		out = append(out, "+"+s.Name)
	}
	for _, s := range d.Removed {
		out = append(out, "-"+s.Name)
	}
	for _, c := range d.Changed {
		said := c.Is.Name
		if c.Budget {
			said += " budget"
		}
		for _, o := range c.Objectives {
			said += fmt.Sprintf(" %s %t %t", o.Name, o.Was != nil, o.Is != nil)
		}
		out = append(out, said+fmt.Sprint(c.Missing, c.Found))
	}
	return strings.Join(out, "; ")
}

func TestCompare(t *testing.T) {
	budget := func(v report.Number) func(*Service) { return func(s *Service) { s.Budget = v } }
	missing := func(checked bool, names ...string) func(*Service) {
		return func(s *Service) { s.Missing, s.Checked = names, checked }
	}
	objectives := func(o ...Objective) func(*Service) { return func(s *Service) { s.Objectives = o } }
	for _, c := range []struct {
		name        string
		before, now Verdict
		want        string
	}{
		{"nothing", service(), service(), ""},
		{"verdict", service(), service(func(s *Service) { s.Verdict = report.Fail }), "api[] []"},
		{"tier", service(), service(func(s *Service) { s.Tier = "low" }), "api[] []"},
		{"errors", service(), service(func(s *Service) { s.Errors = 1 }), "api[] []"},
		{"warnings", service(), service(func(s *Service) { s.Warnings = 1 }), "api[] []"},
		{"budget moves a little", service(), service(budget(number(45.1))), ""},
		{"budget goes down", service(), service(budget(number(45))), "api budget[] []"},
		{"budget goes up", service(), service(budget(number(55))), "api budget[] []"},
		{"budget is not known any more", service(), service(budget(nil)), ""},
		{"budget was not known", service(budget(nil)), service(), ""},
		{"objective", service(), service(objectives(Objective{"availability", 99.5}, Objective{"latency", 99})), "api availability true true[] []"},
		{"SLOs come and go", service(), service(objectives(Objective{"availability", 99.9}, Objective{"errors", 99})), "api errors false true latency true false[] []"},
		{"SLOs not looked at now", service(), service(objectives()), ""},
		{"SLOs not looked at before", service(objectives()), service(), ""},
		{"metrics", service(), service(missing(true, "a", "b")), "api[a] [c]"},
		{"metrics not looked at now", service(), service(missing(false)), ""},
		{"metrics not looked at before", service(missing(false)), service(), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := words(Compare(c.before, c.now)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A run without a gate passes what the gate blocked before. That is no change of
// the service; its tier and its budget are.
func TestVerdictsOfOtherStagesAreNotCompared(t *testing.T) {
	before := service(func(s *Service) { s.Verdict, s.Errors, s.Warnings = report.Fail, 2, 1 })
	before.Verdict, before.Errors, before.Warnings, before.Stages = report.Fail, 2, 1, []string{"gate", "lint"}
	now := service()
	if got := words(Compare(before, now)); got != "other stages" {
		t.Errorf("got %q", got)
	}
	now.Services[0].Tier = "low"
	d := Compare(before, now)
	if got := words(d); got != "other stages; api[] []" || d.Changed[0].Was.Verdict != report.Pass || d.Changed[0].Was.Tier != "high" {
		t.Errorf("got %q, %+v", got, d)
	}
	now.Stages = before.Stages
	if got := words(Compare(before, now)); got != "totals; api[] []" {
		t.Errorf("with the same stages: %q", got)
	}
}

func TestCompareTellsWhichServicesCameAndWent(t *testing.T) {
	before, now := service(), service()
	now.Services[0].Name = "web"
	now.Verdict, now.Total = report.Fail, 1
	if got := words(Compare(before, now)); got != "totals; +web; -api" {
		t.Errorf("got %q", got)
	}
}

// What was left out of the earlier verdict is not known, and so not told.
func TestCompareTellsNothingThatWasLeftOut(t *testing.T) {
	failing := Service{Name: "db", Verdict: report.Fail, Tier: "high"}
	before := service()
	before.Services, before.Total = append(before.Services, failing), 2
	now := service(func(s *Service) {
		s.Verdict, s.Missing, s.Budget, s.Objectives = report.Warn, nil, number(10), []Objective{{"availability", 90}}
	})
	now.Services, now.Total = append(now.Services, Service{Name: "db", Verdict: report.Fail, Tier: "low"}, Service{Name: "web", Verdict: report.Pass}), 3
	want := []string{
		"totals; +web; api budget availability true true latency true false[] [b c]; db[] []",
		"totals; +web; api budget[] [b c]; db[] []",
		"totals; +web; api budget[] []; db[] []",
		"totals; db[] []",
		"totals",
	}
	var got []string
	for cut := CutNothing; cut <= CutServices; cut++ {
		got = append(got, words(Compare(before.cut(cut), now)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever was cut, a verdict is no different from itself, except that services
// which were left out cannot be told from others.
func TestNothingChangedSinceTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyVerdict(t, shaA, 6)
		cut := Cut(rapid.IntRange(int(CutNothing), int(CutServices)).Draw(t, "cut"))
		if got := words(Compare(v.cut(cut), v)); got != "" {
			t.Fatalf("cut %d: %q", cut, got)
		}
	})
}
