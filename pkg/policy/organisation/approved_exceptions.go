package organisation

import (
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// approvedExceptions is the kind approved_exceptions: who may pass a gate is decided
// here and not in the service file.
type approvedExceptions struct{ approved []approval }

// approval lets one exception be in service files until a day.
type approval struct {
	// services are globs of names; empty is every service.
	services []Glob
	// who is team:NAME, user:NAME or label:NAME.
	who string
	// allow is what it allows; empty is anything but always.
	allow  string
	reason string
	// until is the last day, inclusive.
	until string
	at    Place
}

func (d *decoder) approvedExceptions(params *document.Node) check {
	m := d.fields(params, "params of approved_exceptions", "exceptions")
	var c approvedExceptions
	for _, n := range d.list(m.Get("exceptions"), "exceptions") {
		e := d.fields(n, "the exception", "services", "who", "allow", "reason", "until")
		if e == nil {
			d.wrong(n, "an exception is a mapping", "write who:, reason: and until:")
			continue
		}
		a := approval{
			at: place(n), services: d.globs(e.Get("services"), "services"),
			who:    d.required(e, "who", "the exception", "add who: as in team:payments-oncall").V,
			allow:  d.word(e.Get("allow"), "allow", []string{"always", "during_freeze", "warning_only"}).V,
			reason: d.required(e, "reason", "the exception", "add reason: with a ticket or a sentence").V, until: d.until(e, "the exception"),
		}
		if kind, name, ok := strings.Cut(a.who, ":"); a.who != "" && (!ok || name == "" || kind != "team" && kind != "user" && kind != "label") {
			d.wrong(e.Get("who"), "who must be team:NAME, user:NAME or label:NAME", "write who: team:payments-oncall")
		} else if strings.Contains(name, "*") {
			d.wrong(e.Get("who"), "who is one name, "+strconv.Quote(a.who)+" is a pattern", "write the whole name, and an exception of its own for each one")
		}
		c.approved = append(c.approved, a)
	}
	return c
}

func (c approvedExceptions) violations(s *spec.Service, in Input) []violation {
	var out []violation
	for _, g := range s.Gates {
		for _, e := range g.Exceptions {
			if why, fix := c.refused(s, e, in); why != "" {
				out = append(out, violation{at: e.At, message: "the exception for " + e.Who.V + " of the gate " + g.Name.V + " " + why, suggestion: fix, value: strings.TrimSpace(e.Allow.V + " until " + e.Until.V), binds: refuses(e, why)})
			}
		}
	}
	return out
}

// refused says why an exception is not approved; empty when it is. The nearest that
// was approved says what is missing.
func (c approvedExceptions) refused(s *spec.Service, e spec.Exception, in Input) (why, fix string) {
	why, fix = "is not approved in the policy", "have the owners of the policy approve it, or remove it"
	for _, a := range c.approved {
		if !a.fits(s, e) {
			continue
		}
		switch was := in.Before.unlike(s, a.services); {
		case was != nil && in.Before.New[s]:
			why, fix = "is approved on "+eitherOf(a.services)+", and this change removes "+was.Name.V+", which the service may have been", "bring the service in a change of its own"
		case was != nil:
			why, fix = "is approved on "+eitherOf(a.services)+", and before this change the service was "+was.Name.V, "restore the name, or have the owners of the policy approve it on "+was.Name.V
		case a.allow == "" && e.Allow.V == "always", a.allow != "" && a.allow != "always" && a.allow != e.Allow.V:
			why, fix = "allows "+e.Allow.V+", which is not approved in the policy", "have that approved, or allow less"
		case a.over(in.Today):
			why, fix = "was approved until "+a.until, "remove it, or have it approved again"
		case e.Until.V == "":
			why, fix = "has no end, and is approved until "+a.until+" only", "add until: "+a.until
		case e.Until.V > a.until:
			why, fix = "ends on "+e.Until.V+", and is approved until "+a.until+" only", "end it on "+a.until
		default:
			return "", ""
		}
	}
	return why, fix
}

// fits reports whether an approval is for an exception of a service, be it enough or not.
func (a approval) fits(s *spec.Service, e spec.Exception) bool {
	return strings.EqualFold(a.who, e.Who.V) && matchesAny(a.services, s.Name.V)
}

// allowed says what exceptions that are approved may allow.
func (a approval) allowed() string {
	switch a.allow {
	case "":
		return "during_freeze or warning_only"
	case "always":
		return "anything"
	}
	return a.allow
}

func (c approvedExceptions) sentence() string {
	if len(c.approved) == 0 {
		return " must have no exception of its gate"
	}
	var parts []string
	for _, a := range c.approved {
		text := a.who
		if len(a.services) > 0 {
			text += " on " + eitherOf(a.services)
		}
		parts = append(parts, text+" to allow "+a.allowed()+" until "+a.until+" ("+a.reason+")")
	}
	return " must have no exception of its gate but those for " + listed(parts)
}
