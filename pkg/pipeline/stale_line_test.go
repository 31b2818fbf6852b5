package pipeline

import (
	"slices"
	"strings"
	"testing"
)

// TestStaleArtefactsAreFoundAtTheChangedLine is a check that knows which lines a change
// touches: the objective and not the SLO, the team and not the service.
func TestStaleArtefactsAreFoundAtTheChangedLine(t *testing.T) {
	const file = "services/pay.yaml"
	archive := `
-- services/pay.yaml --
# Who it is.
service:
  name: pay
  tier: critical
  type: api
  team: core

resources:
  - kind: SLO
    name: first
    spec:
      objective: 99.9
      window: 30d
      indicator: {total_query: 'sum(rate(t{service="pay"}[5m]))', good_query: 'sum(rate(t{service="pay",code="200"}[5m]))'}
  - kind: SLO
    name: second

    # How good it is.
    spec:
      objective: 99.8
      window: 30d
      indicator: {total_query: 'sum(rate(u{service="pay"}[5m]))', good_query: 'sum(rate(u{service="pay",code="200"}[5m]))'}
  - kind: Dependencies
    name: d
    spec: {databases: [{name: y, type: redis, selector: {job: y}}]}
`
	for _, tt := range []struct {
		name, from, to string
		touched        []int
		want           string
	}{
		{"an objective", "99.8", "99.5", []int{17, 18, 20}, ":20:7 "},
		{"an objective, and the lines are not known", "99.8", "99.5", nil, ":15:5 "},
		{"a line of another object", "99.8", "99.5", []int{11}, ":15:5 "},
		{"the team", "team: core", "team: base", []int{6}, ":6:3 "},
		{"what the service shares, in another resource", "team: core", "team: base", []int{23}, ":23:3 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCheckout(t, archive)
			c.replace(file, tt.from, tt.to)
			rep := c.check(func(o *Options) {
				if tt.touched != nil {
					o.Generation.Touched = func(name string, line int) bool { return name == file && slices.Contains(tt.touched, line) }
				}
			})
			got := findings(rep, "generate/stale")
			if len(got) == 0 || slices.ContainsFunc(got, func(f string) bool { return !strings.HasPrefix(f, file+tt.want) }) {
				t.Errorf("want all at %s%s:\n%s", file, tt.want, strings.Join(got, "\n"))
			}
		})
	}
}
