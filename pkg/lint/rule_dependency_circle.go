package lint

import (
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// circles finds recording rules that read each other in a circle, each told once, at the
// one that comes first. A rule that reads itself keeps a value on purpose, and so does
// what reads the past by offset or over a range.
type circles struct {
	set   Records
	edges map[*rulefile.Rule][]edge
	// state is 1 on the way through a rule and 2 when everything behind it was seen.
	state map[*rulefile.Rule]int
	path  []edge
	// in are the rules that are part of a circle.
	in  map[*rulefile.Rule]bool
	out []report.Finding
}

// edge is a selector of a rule that reads what another one records.
type edge struct {
	from, to   *rulefile.Rule
	start, end int
}

func newCircles(set Records) *circles {
	c := &circles{set: set, edges: map[*rulefile.Rule][]edge{}, state: map[*rulefile.Rule]int{}, in: map[*rulefile.Rule]bool{}}
	for _, u := range set.Uses {
		for _, s := range u.Selectors {
			records := set.ByName[s.Name]
			if u.Rule.Kind == rulefile.Record && len(records) == 1 && records[0].Rule != u.Rule && s.Offset == 0 && s.Range == 0 {
				c.edges[u.Rule] = append(c.edges[u.Rule], edge{u.Rule, records[0].Rule, s.Start, s.End})
			}
		}
	}
	for _, u := range set.Uses {
		c.visit(u.Rule)
	}
	return c
}

func (c *circles) visit(r *rulefile.Rule) {
	if c.state[r] != 0 {
		return
	}
	c.state[r] = 1
	for _, e := range c.edges[r] {
		c.path = append(c.path, e)
		if c.state[e.to] == 1 {
			c.found(e.to)
		}
		c.visit(e.to)
		c.path = c.path[:len(c.path)-1]
	}
	c.state[r] = 2
}

// found reports the circle that the end of the path closes.
func (c *circles) found(at *rulefile.Rule) {
	start := slices.IndexFunc(c.path, func(e edge) bool { return e.from == at })
	circle := c.path[start:]
	names := make([]string, 0, len(circle)+1)
	for _, e := range circle {
		names = append(names, e.from.Name.V)
		c.in[e.from] = true
	}
	r, first := ruleDependency{}.Rule(), circle[0]
	c.out = append(c.out, first.from.Expr.Finding(r.ID, r.Severity, first.start, first.end,
		"recording rules read each other in a circle: "+strings.Join(append(names, names[0]), " -> ")+", so each is worked out of its own result of the round before",
		"record one of them from series that no rule of the circle writes"))
}
