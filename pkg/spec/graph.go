package spec

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// Graph is which service depends on which, from what the service files declare.
// Databases, queues and external APIs are no part of it.
type Graph struct {
	nodes map[string]*graphNode
	names []string // sorted
}

type graphNode struct {
	name string
	tier Tier
	// needs and neededBy are sorted by name, one edge for each.
	needs, neededBy []graphEdge
}

type graphEdge struct {
	name        string
	criticality string
}

// NewGraph builds the graph of the services in time linear in their
// dependencies, but for sorting. Services without a name are left out; those of
// the same name are one node with the dependencies of all of them and the most
// critical of their tiers. Of a dependency that is declared more than once, the
// strongest criticality counts.
func NewGraph(services []*Service) *Graph {
	g := &Graph{nodes: map[string]*graphNode{}}
	needs := map[string]map[string]string{}
	for _, s := range services {
		if s.Name.V == "" {
			continue
		}
		g.addService(s)
		if needs[s.Name.V] == nil {
			needs[s.Name.V] = map[string]string{}
		}
		for _, d := range s.Dependencies {
			if !d.OnService() {
				continue
			}
			g.node(d.Name.V)
			keepStrongest(needs[s.Name.V], d.Name.V, d.Criticality.V)
		}
	}
	g.names = slices.Sorted(maps.Keys(g.nodes))
	for _, from := range g.names {
		for _, to := range slices.Sorted(maps.Keys(needs[from])) {
			criticality := needs[from][to]
			g.nodes[from].needs = append(g.nodes[from].needs, graphEdge{to, criticality})
			g.nodes[to].neededBy = append(g.nodes[to].neededBy, graphEdge{from, criticality})
		}
	}
	return g
}

// OnService reports whether the dependency is another service, as far as the
// file says.
func (d Dependency) OnService() bool {
	return d.Name.V != "" && (d.Kind == DependencyService || d.Kind == DependencyUnspecified)
}

func (g *Graph) node(name string) *graphNode {
	n := g.nodes[name]
	if n == nil {
		n = &graphNode{name: name}
		g.nodes[name] = n
	}
	return n
}

func (g *Graph) addService(s *Service) {
	n := g.node(s.Name.V)
	if n.tier == "" || s.Tier.V.Rank() < n.tier.Rank() {
		n.tier = s.Tier.V
	}
}

// keepStrongest notes a criticality unless a stronger one is there.
func keepStrongest(edges map[string]string, name, criticality string) {
	if criticality == "" {
		criticality = "medium"
	}
	old, ok := edges[name]
	if !ok || criticalityRank(criticality) < criticalityRank(old) {
		edges[name] = criticality
	}
}

func criticalityRank(criticality string) int {
	order := []string{"critical", "high", "medium", "low"}
	if i := slices.Index(order, criticality); i >= 0 {
		return i
	}
	return len(order)
}

// Dependents returns who is affected when a service fails: the services that
// declare it as a dependency, and those that depend on them, each once at its
// smallest depth, sorted by depth and name. The criticality is that of the
// strongest edge by which a service is reached at this depth. The service
// itself is never its own dependent, whatever the cycles.
func (g *Graph) Dependents(name string) (direct, transitive []report.Dependent) {
	seen := map[string]bool{name: true}
	level := []string{name}
	for depth := 1; len(level) > 0; depth++ {
		reached := map[string]string{}
		for _, n := range level {
			for _, e := range g.neededBy(n) {
				if !seen[e.name] {
					keepStrongest(reached, e.name, e.criticality)
				}
			}
		}
		level = slices.Sorted(maps.Keys(reached))
		for _, n := range level {
			seen[n] = true
			d := report.Dependent{
				Name: n, Tier: string(g.nodes[n].tier), Criticality: reached[n], Depth: depth,
			}
			if depth == 1 {
				direct = append(direct, d)
			} else {
				transitive = append(transitive, d)
			}
		}
	}
	return direct, transitive
}

func (g *Graph) neededBy(name string) []graphEdge {
	if n := g.nodes[name]; n != nil {
		return n.neededBy
	}
	return nil
}

// Cycles returns each knot of services that depend on each other in a circle
// once, as the shortest chain that begins and ends at its smallest name: A, B,
// A. A service that depends on itself is a chain of its own: A, A. The chains
// are sorted.
func (g *Graph) Cycles() [][]string {
	var chains [][]string
	for _, name := range g.names {
		if slices.ContainsFunc(g.nodes[name].needs, func(e graphEdge) bool { return e.name == name }) {
			chains = append(chains, []string{name, name})
		}
	}
	for _, component := range g.components() {
		if len(component) > 1 {
			chains = append(chains, g.shortestChain(component))
		}
	}
	slices.SortFunc(chains, func(a, b []string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), slices.Compare(a, b))
	})
	return chains
}

// components returns the strongly connected components by Tarjan's algorithm
// (SIAM J. Comput. 1, 1972), without recursion, since files of strangers decide
// how long a chain is.
func (g *Graph) components() [][]string {
	t := &tarjan{index: map[string]int{}, low: map[string]int{}, onStack: map[string]bool{}}
	var found [][]string
	for _, root := range g.names {
		if t.index[root] == 0 {
			found = append(found, t.walk(g, root)...)
		}
	}
	return found
}

// tarjan is the state of one search. Indexes count from 1, 0 is not visited.
type tarjan struct {
	index, low map[string]int
	onStack    map[string]bool
	stack      []string
}

// frame is a visited node and the next of its edges to follow.
type frame struct {
	name string
	next int
}

func (t *tarjan) visit(name string) frame {
	t.index[name] = len(t.index) + 1
	t.low[name] = t.index[name]
	t.stack = append(t.stack, name)
	t.onStack[name] = true
	return frame{name: name}
}

func (t *tarjan) walk(g *Graph, root string) [][]string {
	var found [][]string
	path := []frame{t.visit(root)}
	for len(path) > 0 {
		top := &path[len(path)-1]
		edges := g.nodes[top.name].needs
		if top.next < len(edges) {
			to := edges[top.next].name
			top.next++
			switch {
			case t.index[to] == 0:
				path = append(path, t.visit(to))
			case t.onStack[to]:
				t.low[top.name] = min(t.low[top.name], t.index[to])
			}
			continue
		}
		done := top.name
		path = path[:len(path)-1]
		if len(path) > 0 {
			parent := path[len(path)-1].name
			t.low[parent] = min(t.low[parent], t.low[done])
		}
		if t.low[done] == t.index[done] {
			found = append(found, t.pop(done))
		}
	}
	return found
}

// pop takes a finished component, down to the name, from the stack.
func (t *tarjan) pop(name string) []string {
	var component []string
	for {
		top := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.onStack[top] = false
		component = append(component, top)
		if top == name {
			return component
		}
	}
}

// shortestChain searches a component of at least two nodes, breadth first, for
// the way from its smallest name back to itself.
func (g *Graph) shortestChain(component []string) []string {
	inside := make(map[string]bool, len(component))
	for _, n := range component {
		inside[n] = true
	}
	start := slices.Min(component)
	cameFrom := map[string]string{}
	queue := []string{start}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range g.nodes[at].needs {
			switch {
			case e.name == start && at != start:
				return chainTo(at, start, cameFrom)
			case e.name != start && inside[e.name] && cameFrom[e.name] == "":
				cameFrom[e.name] = at
				queue = append(queue, e.name)
			}
		}
	}
	return []string{start, start}
}

func chainTo(last, start string, cameFrom map[string]string) []string {
	chain := []string{start}
	for at := last; at != start; at = cameFrom[at] {
		chain = append(chain, at)
	}
	chain = append(chain, start)
	slices.Reverse(chain)
	return chain
}
