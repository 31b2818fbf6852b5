package organisation

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// thresholds is the kind thresholds: the ranges in which the thresholds of gates
// lie, by tier. They are percent of the error budget that remains, so a higher one
// is stricter.
type thresholds struct {
	// all is for every tier that byTier does not have.
	all    ranges
	byTier map[spec.Tier]ranges
}

// ranges are those of one tier.
type ranges struct{ warning, blocking span }

// span is a range; nil is no end.
type span struct{ min, max *float64 }

func (s span) given() bool { return s.min != nil || s.max != nil }

func (d *decoder) thresholds(params *document.Node) check {
	m := d.mapping(params, "params of thresholds")
	c := thresholds{byTier: map[spec.Tier]ranges{}}
	if m == nil {
		return c
	}
	if len(m.Fields) == 0 {
		d.wrong(m, "the rule names no tier", "add all: or a tier, as in critical: {blocking: {min: 10}}")
	}
	for _, f := range m.Fields {
		if f.Key == "all" {
			c.all = d.ranges(f.Value, f.Key)
			continue
		}
		tier, ok := spec.ParseTier(f.Key)
		if _, twice := c.byTier[tier]; !ok || twice {
			d.wrongKey(f, "params of thresholds", append(tierNames(), "all"))
			continue
		}
		c.byTier[tier] = d.ranges(f.Value, f.Key)
	}
	return c
}

func (d *decoder) ranges(n *document.Node, what string) ranges {
	before := len(d.findings)
	m := d.fields(n, what, "warning", "blocking")
	r := ranges{warning: d.span(m.Get("warning"), "warning"), blocking: d.span(m.Get("blocking"), "blocking")}
	if len(d.findings) == before && !r.warning.given() && !r.blocking.given() {
		d.wrong(n, what+" has no range", "add warning: or blocking: with min: or max:")
	}
	return r
}

func (d *decoder) span(n *document.Node, what string) span {
	m := d.fields(n, what, "min", "max")
	if m == nil {
		return span{}
	}
	s := span{min: d.percent(m.Get("min"), "min"), max: d.percent(m.Get("max"), "max")}
	if s.min != nil && s.max != nil && *s.min > *s.max {
		d.wrong(n, "min is above max", "swap them")
	}
	return s
}

// of returns the ranges of a tier.
func (c thresholds) of(t spec.Tier) ranges {
	if r, ok := c.byTier[t]; ok {
		return r
	}
	return c.all
}

func (c thresholds) concerns(t spec.Tier) bool {
	r := c.of(t)
	return r.warning.given() || r.blocking.given()
}

// asksMore goes by the least thresholds: one above the range stays as it is, and two
// ranges may have nothing in common.
func (c thresholds) asksMore(of, than spec.Tier) bool {
	a, b := c.of(of), c.of(than)
	return above(a.warning.min, b.warning.min) || above(a.blocking.min, b.blocking.min)
}

// above reports whether a limit is there and higher than another one that may be.
func above(a, b *float64) bool { return a != nil && (b == nil || *a > *b) }

func (c thresholds) violations(s *spec.Service, in Input) []violation {
	r := c.of(s.Tier.V)
	defaults, _ := s.Tier.V.Facts().Gate(cmp.Or(in.Environment, "prod"))
	if len(s.Gates) == 0 {
		return r.outside("the tier's default", s.Tier.At, spec.Limit{}, spec.Limit{}, defaults)
	}
	var out []violation
	for _, g := range s.Gates {
		out = append(out, r.outside("the gate "+g.Name.V, g.At, g.Warning, g.Blocking, defaults)...)
		for _, cond := range g.Conditions {
			if cond.Relax { // every other condition only makes the gate stricter
				out = append(out, r.relaxed(cond)...)
			}
		}
	}
	return out
}

// outside compares the thresholds that a gate goes by with the ranges.
func (r ranges) outside(what string, at spec.Origin, warning, blocking spec.Limit, defaults spec.GateDefaults) []violation {
	return slices.Concat(
		r.warnings("the warning threshold of "+what, limitAt(warning, at), warning.Or(defaults.Warning)),
		r.blocks("the blocking threshold of "+what, limitAt(blocking, at), blocking.Or(defaults.Blocking)),
	)
}

// relaxed compares the thresholds to which a condition lowers a gate.
func (r ranges) relaxed(c spec.Condition) []violation {
	var out []violation
	if c.Warning.Given {
		out = append(out, r.warnings("the warning threshold of the condition "+c.Name.V, c.Warning.At, c.Warning.Or(nil))...)
	}
	if c.Blocking.Given {
		out = append(out, r.blocks("the blocking threshold of the condition "+c.Name.V, c.Blocking.At, c.Blocking.Or(nil))...)
	}
	return out
}

// warnings compares one warning threshold with its range.
func (r ranges) warnings(what string, at spec.Origin, got *float64) []violation {
	return r.warning.outside(what, at, got, floors(r.warning.min, nil))
}

// blocks compares one blocking threshold with its range.
func (r ranges) blocks(what string, at spec.Origin, got *float64) []violation {
	return r.blocking.outside(what, at, got, floors(nil, r.blocking.min))
}

func limitAt(l spec.Limit, otherwise spec.Origin) spec.Origin {
	if l.At.Written() {
		return l.At
	}
	return otherwise
}

// outside tells a threshold that is off or not in the range. One that is too low binds
// the gate; one that is too high is stricter than the policy asks, and stays.
func (s span) outside(what string, at spec.Origin, got *float64, binds func(*Bounds, string)) []violation {
	switch {
	case !s.given():
		return nil
	case got == nil && s.min == nil:
		return nil // off is the mildest that there is, and nothing asks for more
	case got == nil:
		return []violation{{at: at, message: what + " is off, the policy wants " + s.text(), suggestion: "set it to " + number(*s.min) + " or more", binds: binds}}
	case s.min != nil && *got < *s.min:
		return []violation{{at: at, message: what + " is " + number(*got) + " %, the policy wants " + s.text(), suggestion: "raise it to " + number(*s.min), value: number(*got), binds: binds}}
	case s.max != nil && *got > *s.max:
		return []violation{{at: at, message: what + " is " + number(*got) + " %, the policy wants " + s.text(), suggestion: "lower it to " + number(*s.max), value: number(*got)}}
	}
	return nil
}

// text says the range: "at least 10 %", "at most 30 %", "10 to 30 %".
func (s span) text() string {
	switch {
	case s.min == nil && s.max == nil:
		return "any"
	case s.max == nil:
		return "at least " + number(*s.min) + " %"
	case s.min == nil:
		return "at most " + number(*s.max) + " %"
	}
	return number(*s.min) + " to " + number(*s.max) + " %"
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (c thresholds) sentence() string {
	if len(c.byTier) == 0 {
		return " must have " + c.all.words(ranges{})
	}
	var parts []string
	for _, tier := range tierNames() {
		if r, ok := c.byTier[spec.Tier(tier)]; ok {
			parts = append(parts, "as tier "+tier+", "+r.words(c.all))
		}
	}
	if c.all.warning.given() || c.all.blocking.given() {
		parts = append(parts, "as any other tier, "+c.all.words(ranges{}))
	}
	return " must have, " + strings.Join(parts, "; ")
}

// words says the ranges, and which threshold they leave alone that those of all the other
// tiers bound: a tier with ranges of its own has nothing of them.
func (r ranges) words(others ranges) string {
	var parts []string
	add := func(name string, own, other span) {
		switch {
		case own.given():
			parts = append(parts, "a "+name+" threshold of "+own.text())
		case other.given():
			parts = append(parts, "any "+name+" threshold or none")
		}
	}
	add("warning", r.warning, others.warning)
	add("blocking", r.blocking, others.blocking)
	return listed(parts)
}
