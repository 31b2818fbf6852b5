package organisation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// When says for which services a rule holds. An empty list is every one; a service
// has to be in all lists that are not empty.
type When struct {
	Tiers []spec.Tier
	Types []spec.Type
	Teams []string
	// Environments are normalised names.
	Environments []string
}

func (d *decoder) when(n *document.Node) When {
	m := d.fields(n, "when", "tier", "type", "team", "environment")
	if m == nil {
		return When{}
	}
	w := When{Tiers: d.tiers(m.Get("tier"), "tier"), Types: d.types(m.Get("type")), Teams: words(d.texts(m.Get("team"), "team"))}
	for _, v := range d.texts(m.Get("environment"), "environment") {
		w.Environments = append(w.Environments, spec.NormaliseEnvironment(v.V))
	}
	return w
}

// tiers reads a list of tiers in any spelling; all is no list.
func (d *decoder) tiers(n *document.Node, what string) []spec.Tier {
	var out []spec.Tier
	for _, v := range d.texts(n, what) {
		tier, ok := spec.ParseTier(v.V)
		switch {
		case v.V == "all" && n.Kind.Scalar():
			return nil
		case !ok:
			d.wrong(v.At.node, "unknown tier "+strconv.Quote(v.V), nearest(v.V, tierNames()))
		default:
			out = append(out, tier)
		}
	}
	return out
}

func (d *decoder) types(n *document.Node) []spec.Type {
	var names []string
	for _, t := range spec.Types() {
		names = append(names, string(t.Type))
	}
	var out []spec.Type
	for _, v := range d.texts(n, "type") {
		t, ok := spec.ParseType(v.V)
		if !ok {
			d.wrong(v.At.node, "unknown type of service "+strconv.Quote(v.V), nearest(v.V, names))
			continue
		}
		out = append(out, t)
	}
	return out
}

func tierNames() []string {
	var names []string
	for _, t := range spec.Tiers() {
		names = append(names, string(t.Tier))
	}
	return names
}

// holds reports whether a rule is about a service in an environment.
func (w When) holds(s *spec.Service, environment string) bool {
	team := func(t string) bool { return strings.EqualFold(t, s.Team.V) }
	return (len(w.Tiers) == 0 || slices.Contains(w.Tiers, s.Tier.V)) &&
		(len(w.Types) == 0 || slices.Contains(w.Types, s.Type.V)) &&
		(len(w.Teams) == 0 || slices.ContainsFunc(w.Teams, team)) &&
		(len(w.Environments) == 0 || slices.Contains(w.Environments, environment) || asProd(environment) && slices.Contains(w.Environments, "prod"))
}

// asProd reports whether gates treat an environment as production: all but those that
// the tiers have other thresholds for.
func asProd(environment string) bool {
	_, known := spec.TierCritical.Facts().Gate(environment)
	return !known || environment == "prod" || environment == ""
}
