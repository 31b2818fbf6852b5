package lint

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleDependency reports rules that read what another one records before that was
// written in the same round, or more often than it is written, and recording rules that
// read each other in a circle. Groups with equal
// intervals lag by one round at most, which every split into groups does, so nothing
// is said about those. What a change no longer records is found by RemovedRecords.
type ruleDependency struct{}

func (ruleDependency) Rule() Rule {
	return Rule{ID: "rule/dependency", Severity: report.Warning, Title: "A rule reads a recorded series that is gone or not there yet"}
}

func (c ruleDependency) CheckRecords(set Records) []report.Finding {
	r := c.Rule()
	circles := newCircles(set)
	out := circles.out
	for _, u := range set.Uses {
		for _, s := range u.Selectors {
			records := set.ByName[s.Name]
			if len(records) != 1 || records[0].Rule == u.Rule {
				continue // it is not sure which of them is read
			}
			from := records[0].Rule
			if circles.in[u.Rule] && circles.in[from] {
				continue // no order helps a circle
			}
			if message, fix := tooEarly(u.Rule, from); message != "" {
				out = append(out, u.Rule.Expr.Finding(r.ID, report.Info, s.Start, s.End, s.Name+" is recorded at "+where(from)+", "+message, fix))
			}
		}
	}
	return out
}

// tooEarly says what is wrong with when a rule reads what another one records, and
// what to do, or nothing.
func tooEarly(reads, records *rulefile.Rule) (message, fix string) {
	if reads.Group == records.Group {
		if reads.Index < records.Index {
			return "further down in the same group, so this rule reads what was written in the round before", "move the recording rule above"
		}
		return "", ""
	}
	often, ok := intervalOfGroup(reads.Group)
	seldom, okToo := intervalOfGroup(records.Group)
	if ok && okToo && often < seldom {
		return "in a group that is evaluated every " + model.Duration(seldom).String() + ", so this group reads the same value for several rounds of " + model.Duration(often).String(),
			"give both groups the same interval"
	}
	return "", ""
}

// intervalOfGroup returns the interval that a group gives itself. Without one it has
// that of the server, which nobody knows.
func intervalOfGroup(g *rulefile.Group) (time.Duration, bool) {
	if g == nil || !g.Interval.Set() {
		return 0, false
	}
	d, err := model.ParseDuration(g.Interval.V)
	return time.Duration(d), err == nil && d > 0
}
