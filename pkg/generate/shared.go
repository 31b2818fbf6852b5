package generate

import (
	"maps"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// RuleShared is the rule about what several services have alerts on.
const RuleShared = "generate/shared"

// Shared tells of dependencies of several services that are the same series, each at
// the service that comes later: for one database that is down all their teams would be
// told. Where that is one team, it is an information. Of one whose alerts are left to a
// service that gives none it tells, too: known are all services that were read.
func Shared(c *tech.Catalog, services, known []*spec.Service) []report.Finding {
	type use struct {
		of *spec.Service
		d  spec.Dependency
	}
	var out []report.Finding
	owners := newOwners(c, known)
	first := map[string]use{}
	for _, s := range services {
		for _, d := range s.Dependencies {
			key := series(c, d)
			if f, ok := owners.fault(s, d, key); ok {
				out = append(out, f)
			}
			if key == "" || d.AlertOwner.V != "" && d.AlertOwner.V != s.Name.V {
				continue
			}
			other, ok := first[key]
			switch {
			case !ok:
				first[key] = use{s, d}
			case other.of.Name.V != s.Name.V:
				out = append(out, twice(s, d, other.of, other.d))
			}
		}
	}
	return out
}

func twice(s *spec.Service, d spec.Dependency, with *spec.Service, as spec.Dependency) report.Finding {
	severity, who := report.Warning, "the teams "+with.Team.V+" and "+s.Team.V+" are told"
	if with.Team.V == s.Team.V {
		severity, who = report.Info, "the team "+s.Team.V+" is told twice"
	}
	return d.At.Finding(RuleShared, severity, s.Name.V,
		d.Name.V+" of "+s.Name.V+" is the same as "+as.Name.V+" of "+with.Name.V+" by its selector, and "+who+" when it is down",
		"write alerts: {owner: "+with.Name.V+"} here if the alerts are to go to "+with.Name.V+" alone")
}

// owners are the services that alerts may be left to, and the series of the
// dependencies of each.
type owners map[string]map[string]bool

func newOwners(c *tech.Catalog, services []*spec.Service) owners {
	out := owners{}
	for _, s := range services {
		if out[s.Name.V] == nil {
			out[s.Name.V] = map[string]bool{}
		}
		for _, d := range s.Dependencies {
			out[s.Name.V][series(c, d)] = true
		}
	}
	return out
}

// fault tells that a service leaves its alerts on some series to one that gives none
// on them. With one file alone nothing is known about the others.
func (o owners) fault(s *spec.Service, d spec.Dependency, series string) (report.Finding, bool) {
	owner := d.AlertOwner.V
	if owner == "" || owner == s.Name.V || len(o) < 2 {
		return report.Finding{}, false
	}
	its, ok := o[owner]
	switch {
	case !ok:
		severity, fix := report.Info, "add a service file for it, or leave it if others own it"
		if near := report.DidYouMean(owner, slices.Collect(maps.Keys(o))); near != "" {
			severity, fix = report.Warning, near
		}
		return d.AlertOwner.At.Finding(RuleShared, severity, s.Name.V,
			"the alerts on "+d.Name.V+" of "+s.Name.V+" are left to "+owner+", which no service file describes", fix), true
	case series != "" && !its[series]:
		return d.AlertOwner.At.Finding(RuleShared, report.Warning, s.Name.V,
			"the alerts on "+d.Name.V+" of "+s.Name.V+" are left to "+owner+", which has no dependency with its selector: nobody is told when it is down",
			"add the dependency to "+owner+", or remove alerts.owner"), true
	}
	return report.Finding{}, false
}

// series is which series of which technology a dependency stands for; empty where the
// file does not say, or nothing is known of the technology.
func series(c *tech.Catalog, d spec.Dependency) string {
	t, ok := c.Lookup(d.Type.V)
	if !ok || t.Workload || len(d.Selector) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(t.Name)
	for _, e := range d.Selector {
		b.WriteString("\x00" + e.Key + "\x00" + e.Value.V)
	}
	return b.String()
}
