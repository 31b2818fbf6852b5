package organisation

import (
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// tierConstraint is the kind tier_constraint: what a service of a tier must have.
type tierConstraint struct {
	// tiers are those that it is about; empty is all.
	tiers []spec.Tier
	// minSLOs is the least number of SLOs; 0 asks for none.
	minSLOs         int
	gate, ownership bool
	// objective is the least objective of SLOs that count events; the zero one asks
	// for nothing.
	objective spec.Objective
}

func (d *decoder) tierConstraint(params *document.Node) check {
	m := d.fields(params, "params of tier_constraint", "tier", "min_slos", "min_objective", "require_gate", "require_ownership")
	if m == nil {
		return tierConstraint{}
	}
	if m.Get("tier").IsNull() {
		d.wrong(m, "the rule has no tier", "add tier: with a tier, a list of them, or all")
	}
	before := len(d.findings)
	c := tierConstraint{
		tiers: d.tiers(m.Get("tier"), "tier"), gate: d.boolean(m.Get("require_gate"), "require_gate"),
		ownership: d.boolean(m.Get("require_ownership"), "require_ownership"), objective: d.objective(m.Get("min_objective"), "min_objective"),
	}
	if n := d.whole(m.Get("min_slos"), "min_slos", 1); n != nil {
		c.minSLOs = *n
	}
	if len(d.findings) == before && c.minSLOs == 0 && !c.gate && !c.ownership && !c.objective.Given() {
		d.wrong(m, "the rule asks for nothing", "add min_slos:, min_objective:, require_gate: true or require_ownership: true")
	}
	return c
}

// objective reads a percentage above 0 and below 100; absent is the zero one.
func (d *decoder) objective(n *document.Node, what string) spec.Objective {
	if n.IsNull() {
		return spec.Objective{}
	}
	if n.Kind != document.Int && n.Kind != document.Float {
		d.wrongType(n, what, "a percentage such as 99.9")
		return spec.Objective{}
	}
	o, err := spec.NewObjective(n.Text)
	if err != nil {
		d.wrong(n, what+": "+err.Error(), "write a percentage above 0 and below 100, such as 99.9")
	}
	return o
}

func (c tierConstraint) concerns(t spec.Tier) bool {
	return len(c.tiers) == 0 || slices.Contains(c.tiers, t)
}

func (c tierConstraint) asksMore(of, than spec.Tier) bool { return c.concerns(of) && !c.concerns(than) }

func (c tierConstraint) violations(s *spec.Service, in Input) []violation {
	if !c.concerns(s.Tier.V) {
		return nil
	}
	var out []violation
	if len(s.SLOs) < c.minSLOs {
		few := barring(s.Tier.At, "the service has "+counted(len(s.SLOs), "SLO")+", a service of tier "+string(s.Tier.V)+" needs at least "+strconv.Itoa(c.minSLOs),
			"add an SLO, as for availability or latency")
		few.value = strconv.Itoa(len(s.SLOs))
		out = append(out, few)
	}
	if c.gate {
		out = append(out, gateless(s, in.Environment)...)
	}
	if c.ownership && blank(s.Owner.V) {
		out = append(out, violation{
			at: s.Tier.At, message: "the service names no owner, which tier " + string(s.Tier.V) + " needs", suggestion: "add owner: beside team:",
		})
	}
	return append(out, c.low(s)...)
}

// barring is a violation with which nothing is deployed: the gate has too little to
// decide by.
func barring(at spec.Origin, message, suggestion string) violation {
	return violation{at: at, message: message, suggestion: suggestion, binds: bars(at, message, suggestion)}
}

// low finds the SLOs below the least objective. Latency and thresholds are left
// out: 99 % of the requests under 200 ms is no worse than 99.9 % under a second.
func (c tierConstraint) low(s *spec.Service) []violation {
	if !c.objective.Given() {
		return nil
	}
	var out []violation
	for _, o := range s.SLOs {
		counts := o.Indicator.Kind != spec.IndicatorLatency && o.Indicator.Kind != spec.IndicatorThreshold
		if counts && o.Objective.V.Given() && o.Objective.V.Target().Cmp(c.objective.Target()) < 0 {
			below := barring(o.Objective.At, "the objective of "+o.Name.V+" is "+o.Objective.V.Text+", a service of tier "+string(s.Tier.V)+" needs at least "+c.objective.Text,
				"raise the objective, or choose the tier that the service has")
			below.value = o.Objective.V.Text
			out = append(out, below)
		}
	}
	return out
}

func (c tierConstraint) sentence() string {
	var parts []string
	if c.minSLOs > 0 {
		parts = append(parts, "have at least "+counted(c.minSLOs, "SLO"))
	}
	if c.objective.Given() {
		parts = append(parts, "promise at least "+c.objective.Text+" % in SLOs that count events")
	}
	if c.gate {
		parts = append(parts, "have a deployment gate that can block")
	}
	if c.ownership {
		parts = append(parts, "name an owner")
	}
	of := ""
	if len(c.tiers) > 0 {
		of = ", when of tier " + either(tierTexts(c.tiers)) + ","
	}
	return of + " must " + listed(parts)
}

func tierTexts(tiers []spec.Tier) []string {
	var out []string
	for _, t := range tiers {
		out = append(out, string(t))
	}
	return out
}
