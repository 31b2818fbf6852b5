package spec

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

// needing returns a service that depends on the named ones, medium.
func needing(name string, tier Tier, needs ...string) *Service {
	s := &Service{Name: Value[string]{V: name}, Tier: Value[Tier]{V: tier}}
	for _, n := range needs {
		s.Dependencies = append(s.Dependencies, dependsOn(n, "medium"))
	}
	return s
}

func dependsOn(name, criticality string) Dependency {
	return Dependency{
		Name: Value[string]{V: name}, Kind: DependencyService, Criticality: Value[string]{V: criticality},
	}
}

// The affected services are those that need a service, not those it needs.
func TestDependentsAreTheConsumers(t *testing.T) {
	checkout := needing("checkout", TierCritical)
	checkout.Dependencies = []Dependency{dependsOn("payments", "critical"), dependsOn("payments", "low")}
	email := needing("email", TierLow)
	email.Dependencies = []Dependency{dependsOn("payments", "high"), {Name: Value[string]{V: "payments"}, Kind: DependencyDatabase}}
	reports := needing("reports", TierStandard, "email", "web", "reports")
	web := needing("web", TierHigh, "checkout", "payments")
	web.Dependencies[1].Criticality.V = ""
	payments := needing("payments", TierCritical, "ledger", "web")
	graph := NewGraph([]*Service{reports, web, payments, email, checkout, needing("", TierLow, "payments")})

	direct, transitive := graph.Dependents("payments")
	wantDirect := []report.Dependent{
		{Name: "checkout", Tier: "critical", Criticality: "critical", Depth: 1},
		{Name: "email", Tier: "low", Criticality: "high", Depth: 1},
		{Name: "web", Tier: "high", Criticality: "medium", Depth: 1},
	}
	wantTransitive := []report.Dependent{{Name: "reports", Tier: "standard", Criticality: "medium", Depth: 2}}
	if diff := cmp.Diff(wantDirect, direct); diff != "" {
		t.Errorf("direct (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantTransitive, transitive); diff != "" {
		t.Errorf("transitive (-want +got):\n%s", diff)
	}
	if direct, _ := graph.Dependents("ledger"); len(direct) != 1 || direct[0].Name != "payments" {
		t.Errorf("a service without a file has the dependents %v, want payments", direct)
	}
	if direct, transitive := graph.Dependents("unheard-of"); direct != nil || transitive != nil {
		t.Errorf("an unknown service has dependents: %v %v", direct, transitive)
	}
}

func TestServicesOfOneNameAreOneNode(t *testing.T) {
	graph := NewGraph([]*Service{
		needing("api", TierLow, "db-proxy"), needing("api", TierCritical, "cache-proxy"), needing("api", TierHigh),
	})
	for _, name := range []string{"db-proxy", "cache-proxy"} {
		direct, _ := graph.Dependents(name)
		want := []report.Dependent{{Name: "api", Tier: "critical", Criticality: "medium", Depth: 1}}
		if diff := cmp.Diff(want, direct); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCyclesAreReportedOnce(t *testing.T) {
	tests := map[string]struct {
		services []*Service
		want     [][]string
	}{
		"none": {[]*Service{needing("a", "", "b", "c"), needing("b", "", "c")}, nil},
		"two":  {[]*Service{needing("b", "", "a"), needing("a", "", "b")}, [][]string{{"a", "b", "a"}}},
		"three": {
			[]*Service{needing("c", "", "a"), needing("b", "", "c"), needing("a", "", "b")},
			[][]string{{"a", "b", "c", "a"}},
		},
		"itself": {[]*Service{needing("a", "", "a")}, [][]string{{"a", "a"}}},
		"itself and another": {
			[]*Service{needing("a", "", "a", "b"), needing("b", "", "a")},
			[][]string{{"a", "a"}, {"a", "b", "a"}},
		},
		"two knots, one entered from the other": {
			[]*Service{needing("x", "", "y"), needing("y", "", "x", "a"), needing("a", "", "b"), needing("b", "", "a")},
			[][]string{{"a", "b", "a"}, {"x", "y", "x"}},
		},
		"the shortest way through a knot": {
			[]*Service{needing("a", "", "b"), needing("b", "", "c", "d"), needing("c", "", "d"), needing("d", "", "a")},
			[][]string{{"a", "b", "d", "a"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, NewGraph(tt.services).Cycles()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// reaches is the definition that the graph is checked against.
func reaches(needs map[string][]string, from, to string) bool {
	seen := map[string]bool{}
	var walk func(string) bool
	walk = func(at string) bool {
		for _, n := range needs[at] {
			if n == to {
				return true
			}
			if !seen[n] {
				seen[n] = true
				if walk(n) {
					return true
				}
			}
		}
		return false
	}
	return walk(from)
}

func TestGraphAgreesWithReachability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		needs := map[string][]string{}
		var services []*Service
		for _, n := range names {
			needs[n] = rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, n)
			services = append(services, needing(n, TierLow, needs[n]...))
		}
		graph := NewGraph(services)
		shuffled := rapid.Permutation(services).Draw(t, "order")
		if diff := cmp.Diff(graph.Cycles(), NewGraph(shuffled).Cycles()); diff != "" {
			t.Fatalf("the order of the services matters:\n%s", diff)
		}
		onChain := map[string]bool{}
		for _, chain := range graph.Cycles() {
			if chain[0] != slices.Min(chain) || chain[0] != chain[len(chain)-1] {
				t.Fatalf("%v does not begin and end at its smallest name", chain)
			}
			for i := range chain[1:] {
				onChain[chain[i]] = true
				if !slices.Contains(needs[chain[i]], chain[i+1]) {
					t.Fatalf("%v: %s does not need %s", chain, chain[i], chain[i+1])
				}
			}
		}
		for _, n := range names {
			direct, transitive := graph.Dependents(n)
			for _, other := range names {
				isDependent := slices.ContainsFunc(append(direct, transitive...), func(d report.Dependent) bool { return d.Name == other })
				if want := other != n && reaches(needs, other, n); isDependent != want {
					t.Fatalf("%s is a dependent of %s: %v, want %v", other, n, isDependent, want)
				}
			}
			// A service in a circle shares a knot with the smallest name on a chain.
			inKnot := onChain[n]
			for start := range onChain {
				inKnot = inKnot || reaches(needs, n, start) && reaches(needs, start, n)
			}
			if want := reaches(needs, n, n); inKnot != want {
				t.Fatalf("%s is in a knot: %v, want %v", n, inKnot, want)
			}
		}
	})
}

func TestGraphOfALongChain(t *testing.T) {
	var services []*Service
	const length = 50000
	for i := range length {
		services = append(services, needing(fmt.Sprintf("s%05d", i), TierLow, fmt.Sprintf("s%05d", (i+1)%length)))
	}
	graph := NewGraph(services)
	cycles := graph.Cycles()
	if len(cycles) != 1 || len(cycles[0]) != length+1 {
		t.Errorf("got %d cycles, want the one of %d services", len(cycles), length)
	}
	_, transitive := graph.Dependents("s00000")
	if len(transitive) != length-2 || transitive[len(transitive)-1].Depth != length-1 {
		t.Errorf("got %d transitive dependents", len(transitive))
	}
}
