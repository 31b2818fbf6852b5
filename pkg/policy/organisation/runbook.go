package organisation

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// runbook is the kind runbook: there is one, and it can be opened.
type runbook struct {
	// hosts are those that it may be on; empty is any.
	hosts []string
	// alerts asks for one on each alert of the service, too.
	alerts bool
}

func (d *decoder) runbook(params *document.Node) check {
	m := d.fields(params, "params of runbook", "hosts", "alerts")
	c := runbook{alerts: d.boolean(m.Get("alerts"), "alerts")}
	for _, v := range d.texts(m.Get("hosts"), "hosts") {
		if strings.ContainsAny(v.V, "/: *?[]@#") {
			d.wrong(v.At.node, strconv.Quote(v.V)+" is no host name", "write the name alone, as runbooks.example.com")
			continue
		}
		c.hosts = append(c.hosts, strings.ToLower(v.V))
	}
	return c
}

func (c runbook) violations(s *spec.Service, _ Input) []violation {
	var out []violation
	if blank(s.Runbook.V) {
		out = append(out, violation{at: s.Runbook.At, message: "the service has no runbook", suggestion: "add runbook: with its address"})
	} else if why := c.wrong(s.Runbook.V); why != "" {
		out = append(out, violation{at: s.Runbook.At, message: "the runbook " + why, suggestion: c.fix(s.Name.V)})
	}
	if !c.alerts {
		return out
	}
	for _, a := range s.Alerts {
		at, text := annotation(a)
		if blank(text) {
			out = append(out, violation{at: at, message: "the alert " + a.Name.V + " has no runbook", suggestion: "add annotations: {runbook_url: ...}"})
		} else if why := c.wrong(text); why != "" {
			out = append(out, violation{at: at, message: "the runbook of the alert " + a.Name.V + " " + why, suggestion: c.fix(s.Name.V)})
		}
	}
	return out
}

// annotation returns the runbook of an alert and its place, that of the alert when
// there is none.
func annotation(a spec.Alert) (spec.Origin, string) {
	for _, key := range []string{"runbook_url", "runbook"} {
		if i := slices.IndexFunc(a.Annotations, func(e spec.Entry) bool { return e.Key == key }); i >= 0 {
			return a.Annotations[i].Value.At, a.Annotations[i].Value.V
		}
	}
	return a.At, ""
}

// wrong says what is wrong with an address; empty when nothing is.
func (c runbook) wrong(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "is no address that a browser opens"
	case len(c.hosts) > 0 && !slices.Contains(c.hosts, strings.ToLower(u.Hostname())):
		return "is on " + u.Hostname() + ", which the policy does not allow"
	}
	return ""
}

// fix shows an address for a service.
func (c runbook) fix(service string) string {
	if len(c.hosts) > 0 {
		return "write an address on " + either(c.hosts) + ", as https://" + c.hosts[0] + "/" + slug(service)
	}
	return "write its address, as https://runbooks.example.com/" + slug(service)
}

func (c runbook) sentence() string {
	text := " must have a runbook"
	if c.alerts {
		text += ", and one for each alert"
	}
	if len(c.hosts) > 0 {
		text += ", on " + either(c.hosts)
	}
	return text
}
