package lint

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// staleness is how long Prometheus takes a sample for the current value.
const staleness = 5 * time.Minute

// groupInterval reports groups that are evaluated so rarely that their series
// have gaps, and intervals that mean nothing.
type groupInterval struct{}

func (groupInterval) Rule() Rule {
	return Rule{ID: "group/interval", Severity: report.Warning, Title: "The interval of a group leaves gaps"}
}

func (c groupInterval) CheckGroup(g *rulefile.Group) []report.Finding {
	if !g.Interval.Set() {
		return nil
	}
	r := c.Rule()
	d, err := model.ParseDuration(g.Interval.V)
	switch {
	case err != nil: // rule/duration reports it
	case d == 0:
		return one(g.Interval.Whole(r.ID, report.Info, "interval: "+g.Interval.V+" means the server's default", "remove the line, or give an interval such as 1m"))
	case time.Duration(d) > staleness:
		return one(g.Interval.Whole(r.ID, r.Severity,
			"interval: "+g.Interval.V+" is longer than the 5m for which a sample counts: the results of the group disappear between two evaluations", "use 5m or less"))
	}
	return nil
}
