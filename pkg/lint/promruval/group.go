package promruval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
)

func hasAllowedSourceTenants(p *params) check {
	known := p.texts("allowedSourceTenants")
	return func(t target) []fault {
		var out []fault
		for _, tenant := range t.group.SourceTenants {
			if !slices.Contains(known, tenant.V) {
				out = append(out, whole(tenant, "the group reads the tenant "+tenant.V+", which is not allowed", "use one of "+strings.Join(known, ", "))...)
			}
		}
		return out
	}
}

// bounds are what a duration of a group may be; a maximum of 0 is none.
type bounds struct{ low, high time.Duration }

func (p *params) bounds() bounds {
	b := bounds{p.duration("minimum"), p.duration("maximum")}
	if b.high != 0 && b.low > b.high {
		p.bad(p.get("minimum"), "minimum is above maximum", "swap them")
	}
	return b
}

// outside tells a duration that is out of bounds, at its place or at the group.
func (b bounds) outside(g *rulefile.Group, t rulefile.Text, what string) []fault {
	at, d := g.Name, time.Duration(0)
	if t.Set() {
		parsed, err := model.ParseDuration(t.V)
		if err != nil {
			return nil // rule/duration reports it
		}
		at, d = t, time.Duration(parsed)
	}
	switch {
	case d < b.low:
		return whole(at, fmt.Sprintf("%s %s is shorter than %s", what, promql.Duration(d), promql.Duration(b.low)), "set it to at least "+promql.Duration(b.low))
	case b.high != 0 && d > b.high:
		return whole(at, fmt.Sprintf("%s %s is longer than %s", what, promql.Duration(d), promql.Duration(b.high)), "set it to at most "+promql.Duration(b.high))
	}
	return nil
}

func hasAllowedEvaluationInterval(p *params) check {
	b, mustBeSet := p.bounds(), p.boolean(false, "intervalMustBeSet", "mustBeSet")
	return func(t target) []fault {
		d, err := model.ParseDuration(t.group.Interval.V)
		if t.group.Interval.Set() && (err != nil || d != 0) {
			return b.outside(t.group, t.group.Interval, "the interval")
		}
		if mustBeSet {
			return whole(t.group.Name, "the group "+t.group.Name.V+" has no interval", "add interval: to the group")
		}
		return nil
	}
}

func hasAllowedQueryOffset(p *params) check {
	b := p.bounds()
	if b == (bounds{}) && !p.failed {
		p.bad(nil, "minimum or maximum is missing", "add one of them below params:")
	}
	return func(t target) []fault { return b.outside(t.group, t.group.QueryOffset, "the query_offset") }
}

func hasValidPartialResponseStrategy(p *params) check {
	mustBeSet := p.boolean(false, "mustBeSet")
	return func(t target) []fault {
		v := t.group.PartialResponseStrategy
		switch {
		case v.V == "" && mustBeSet:
			return whole(t.group.Name, "the group "+t.group.Name.V+" has no partial_response_strategy", "add partial_response_strategy: warn, or abort")
		case v.V != "" && v.V != "warn" && v.V != "abort":
			return whole(v, "partial_response_strategy "+v.V+" is none that Thanos has", "use warn or abort")
		}
		return nil
	}
}

func maxRulesPerGroup(p *params) check {
	limit := p.count("limit")
	return func(t target) []fault {
		if n := len(t.group.Rules); n > limit {
			return whole(t.group.Name, fmt.Sprintf("the group %s has %d rules, at most %d are allowed", t.group.Name.V, n, limit), "split it; rules that read each other stay together")
		}
		return nil
	}
}

func hasAllowedLimit(p *params) check {
	limit := p.count("limit")
	return func(t target) []fault {
		written, _ := strconv.ParseFloat(t.group.Limit.V, 64) // what is no number is reported by rule/structure
		set := int(written)
		fix := "add limit: with at most " + strconv.Itoa(limit) + " to the group"
		switch {
		case set == 0 && !t.group.Limit.Set():
			return whole(t.group.Name, "the group "+t.group.Name.V+" has no limit, so its rules may produce any number of series", fix)
		case set == 0:
			return whole(t.group.Limit, "limit 0 lets the rules of the group produce any number of series", fix)
		case set > limit:
			return whole(t.group.Limit, fmt.Sprintf("limit %d is above %d", set, limit), "use at most "+strconv.Itoa(limit))
		}
		return nil
	}
}

func groupNameMatchesRegexp(p *params) check {
	match := p.nameMatch(false)
	return func(t target) []fault { return match(t.group.Name, "the name of the group") }
}
