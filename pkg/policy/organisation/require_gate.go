package organisation

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/policy"
	"github.com/nthlayer/action/pkg/spec"
)

// gateless tells a service without a gate, and in production one whose gates never
// block by themselves. A condition that may hold or not does not count for that: nobody
// knows when it holds.
func gateless(s *spec.Service, environment string) []violation {
	tier := string(s.Tier.V)
	if len(s.Gates) == 0 {
		return []violation{barring(s.Tier.At, "the service has no deployment gate, which tier "+tier+" needs", "add a resource of kind DeploymentGate")}
	}
	if !asProd(environment) || slices.ContainsFunc(s.Gates, func(g spec.Gate) bool { return blocks(g, s.Tier.V) }) {
		return nil
	}
	g := s.Gates[0]
	if i := slices.IndexFunc(g.Conditions, opens); i >= 0 {
		c := g.Conditions[i]
		return []violation{barring(limitAt(c.Blocking, c.At), "the gate "+g.Name.V+" never blocks, because its condition "+c.Name.V+" always holds and takes the blocking threshold away, and tier "+tier+" needs one that does",
			"remove the condition, or write in when: for how long it holds")}
	}
	return []violation{barring(limitAt(g.Blocking, g.At), "the gate "+g.Name.V+" never blocks, and tier "+tier+" needs one that does", "set its threshold blocking: above 0, or write on_exhausted: [freeze_deploys]")}
}

// blocks reports whether a gate blocks in production whatever its conditions say: by a
// threshold above 0, which is what an empty budget has, or once the budget is used up.
func blocks(g spec.Gate, tier spec.Tier) bool {
	if slices.ContainsFunc(g.OnExhausted, func(v spec.Value[string]) bool { return v.V == "freeze_deploys" }) {
		return true
	}
	percent := g.Blocking.Or(tier.Facts().Gates["prod"].Blocking)
	return percent != nil && *percent > 0 && !slices.ContainsFunc(g.Conditions, opens) ||
		slices.ContainsFunc(g.Conditions, func(c spec.Condition) bool { return !c.Relax && always(c) && positive(c.Blocking) })
}

// opens reports whether a condition always takes the blocking threshold away. Where
// several relax, the strictest counts, so that another one may close the gate again;
// a gate that needs that is not one to rely on.
func opens(c spec.Condition) bool {
	return c.Relax && c.Blocking.Given && !positive(c.Blocking) && always(c)
}

func positive(l spec.Limit) bool { return l.Given && !l.Off && l.Percent > 0 }

// always reports whether a condition holds at any time: it is blank, or names nothing that
// could differ. One that names something, as hour >= 0, may hold or not.
func always(c spec.Condition) bool {
	words := regexp.MustCompile(`[A-Za-z_]+`).FindAllString(c.When.V, -1)
	constant := []string{"true", "false", "and", "or", "not"}
	if slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(constant, strings.ToLower(w)) }) {
		return false
	}
	compiled, err := policy.Compile(c.When.V, nil)
	if err != nil {
		return false
	}
	holds, err := compiled.Eval(policy.Context{})
	return err == nil && holds
}
