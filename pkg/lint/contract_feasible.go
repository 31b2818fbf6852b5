package lint

import (
	"fmt"
	"math/big"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// contractFeasible reports promises that cannot be kept: above the service's own
// objective, above what its dependencies promise, or expected of a service that
// promises less.
type contractFeasible struct{}

func (contractFeasible) Rule() Rule {
	return Rule{ID: "contract/feasible", Severity: report.Warning, Title: "A promise that cannot be kept"}
}

func (c contractFeasible) CheckServices(services []*spec.Service) []report.Finding {
	b := newPromiseBook(services)
	var out []report.Finding
	for _, s := range services {
		out = append(out, c.own(s)...)
		out = append(out, c.expected(s, b)...)
		out = append(out, c.transitive(s, b)...)
	}
	return out
}

// own compares the contract with the strictest availability objective: whoever
// promises 99.95 and aims for 99.9 will break the promise on target.
func (c contractFeasible) own(s *spec.Service) []report.Finding {
	contract := s.Contract.Availability
	objective, ok := bestObjective(s)
	if !contract.V.Given() || !ok || contract.V.Target().Cmp(objective.Target()) <= 0 {
		return nil
	}
	message := fmt.Sprintf("the contract promises %s %%, but the service aims for %s %%", contract.V.Text, objective.Text)
	return one(contract.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, message, "promise less than the objective, so that there is room before the promise breaks"))
}

// expected compares what the service expects of others with what they promise.
func (c contractFeasible) expected(s *spec.Service, b *promiseBook) []report.Finding {
	var out []report.Finding
	for _, d := range s.Dependencies {
		if !d.SLA.V.Given() || !isServiceDependency(d) {
			continue
		}
		provider, ok := b.services[d.Name.V]
		if !ok {
			continue
		}
		promised, what, ok := declaredPromise(provider)
		if !ok || d.SLA.V.Target().Cmp(promised.Target()) <= 0 {
			continue
		}
		message := fmt.Sprintf("%s %% is expected of %s, whose %s is %s %%", d.SLA.V.Text, d.Name.V, what, promised.Text)
		out = append(out, d.SLA.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, message, "expect at most "+promised.Text+", or agree on more with its owner"))
	}
	return out
}

// transitive compares the contract with the product of what everything that the
// service needs promises.
func (c contractFeasible) transitive(s *spec.Service, b *promiseBook) []report.Finding {
	contract := s.Contract.Availability
	if !contract.V.Given() {
		return nil
	}
	promises := b.promised(s)
	most := product(promises)
	if contract.V.Target().Cmp(most) <= 0 {
		return nil
	}
	message := fmt.Sprintf("the contract promises %s %%, but what it depends on allows at most %s: %s", contract.V.Text, percentOf(most), breakdown(promises))
	return one(contract.At.Finding(c.Rule().ID, c.Rule().Severity, s.Name.V, message,
		"promise less, or make the service work without one of them and set its criticality to medium"))
}

// promiseBook looks up what services promise.
type promiseBook struct {
	services map[string]*spec.Service
	// worked holds what was worked out for services that promise nothing
	// themselves; nil while it is being worked out, and for not known.
	worked map[string]*big.Rat
}

func newPromiseBook(services []*spec.Service) *promiseBook {
	b := &promiseBook{services: make(map[string]*spec.Service, len(services)), worked: map[string]*big.Rat{}}
	for _, s := range services {
		b.services[s.Name.V] = s
	}
	return b
}

// promised returns what is promised by everything that the service needs. A dependency
// about which nothing is known is left out.
func (b *promiseBook) promised(s *spec.Service) []promise {
	var out []promise
	for d := range needed(s) {
		if share := b.promise(d); share != nil {
			out = append(out, promise{name: d.Name.V, share: share})
		}
	}
	return out
}

// promise returns what a dependency promises: its own contract or objective, else
// what is expected of it, else the product of what it needs itself; nil when
// nothing is known.
func (b *promiseBook) promise(d spec.Dependency) *big.Rat {
	provider, ok := b.services[d.Name.V]
	if ok && isServiceDependency(d) {
		if o, _, ok := declaredPromise(provider); ok {
			return o.Target()
		}
	}
	if d.SLA.V.Given() {
		return d.SLA.V.Target()
	}
	if !ok || !isServiceDependency(d) {
		return nil
	}
	return b.workOut(provider)
}

func (b *promiseBook) workOut(s *spec.Service) *big.Rat {
	if share, ok := b.worked[s.Name.V]; ok {
		return share
	}
	b.worked[s.Name.V] = nil // ends cycles
	if promises := b.promised(s); len(promises) > 0 {
		b.worked[s.Name.V] = product(promises)
	}
	return b.worked[s.Name.V]
}

// declaredPromise returns a service's contract, or else its strictest
// availability objective.
func declaredPromise(s *spec.Service) (o spec.Objective, what string, ok bool) {
	if s.Contract.Availability.V.Given() {
		return s.Contract.Availability.V, "contract", true
	}
	o, ok = bestObjective(s)
	return o, "objective", ok
}

// isServiceDependency reports whether a dependency may be another service.
func isServiceDependency(d spec.Dependency) bool {
	return d.Kind == spec.DependencyService || d.Kind == spec.DependencyUnspecified
}
