package organisation

import (
	"strconv"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// dependencyRule is the kind dependency_rule. A dependency is critical when its
// criticality is critical or high.
type dependencyRule struct {
	// slo asks that every critical dependency promises something.
	slo bool
	// most is how many critical dependencies a service may have; nil is any number.
	most *int
}

func (d *decoder) dependencyRule(params *document.Node) check {
	before := len(d.findings)
	m := d.fields(params, "params of dependency_rule", "require_slo", "max_critical_dependencies")
	if m == nil {
		return dependencyRule{}
	}
	c := dependencyRule{slo: d.boolean(m.Get("require_slo"), "require_slo"), most: d.whole(m.Get("max_critical_dependencies"), "max_critical_dependencies", 0)}
	if len(d.findings) == before && !c.slo && c.most == nil {
		d.wrong(m, "the rule asks for nothing", "add require_slo: true or max_critical_dependencies:")
	}
	return c
}

func (c dependencyRule) violations(s *spec.Service, in Input) []violation {
	var out []violation
	type dependency struct {
		kind       spec.DependencyKind
		technology string
		name       string
	}
	critical := map[dependency]bool{} // each counts once, however often it is named
	for _, dep := range s.Dependencies {
		if !dep.Critical() {
			continue
		}
		if c.slo {
			out = append(out, promiseOf(dep, in)...)
		}
		d := dependency{dep.Kind, dep.Type.V, dep.Name.V}
		if critical[d] {
			continue
		}
		critical[d] = true
		if c.most != nil && len(critical) == *c.most+1 {
			out = append(out, violation{
				at: dep.At, message: c.tooMany(dep.Name.V, len(critical)),
				suggestion: "lower the criticality of what the service can work without, or remove a dependency",
			})
		}
	}
	return out
}

func (c dependencyRule) tooMany(name string, critical int) string {
	if *c.most == 0 {
		return "the service may have no critical dependency, and " + name + " is one"
	}
	return "the service has more than " + counted(*c.most, "critical dependency", "critical dependencies") + "; " + name + " is number " + strconv.Itoa(critical)
}

// promiseOf finds out whether a dependency promises something: by its sla:, or as a
// service with a contract or an SLO.
func promiseOf(dep spec.Dependency, in Input) []violation {
	if dep.SLA.Set() {
		return nil
	}
	provider, known := in.Services[dep.Name.V]
	switch {
	case known && (len(provider.SLOs) > 0 || provider.Contract.Availability.Set()):
		return nil
	case known:
		return []violation{{
			at: dep.At, message: "the critical dependency " + dep.Name.V + " has neither an SLO nor a valid contract",
			suggestion: "add an SLO or contract: {availability: ...} to " + provider.File,
		}}
	case dep.OnService() && !in.Whole:
		return []violation{{
			at: dep.At, unsure: true, message: "whether the critical dependency " + dep.Name.V + " has an SLO cannot be told, as its service file was not read",
			suggestion: "look at the folder with all services, or write its sla: here",
		}}
	}
	return []violation{{
		at: dep.At, message: "nothing says what the critical dependency " + dep.Name.V + " promises",
		suggestion: "write its availability as sla:, as in sla: 99.9",
	}}
}

func (c dependencyRule) sentence() string {
	var parts []string
	if c.slo {
		parts = append(parts, "have only critical dependencies with an SLO, a contract or an sla")
	}
	if c.most != nil {
		parts = append(parts, "have at most "+counted(*c.most, "critical dependency", "critical dependencies"))
	}
	return " must " + listed(parts)
}
