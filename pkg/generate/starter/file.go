package starter

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// availability is the name of the first SLO.
const availability = "availability"

// file is the service file as a tree.
func (s *service) file() *yaml.Node {
	head := mapping("name", s.answers.Name, "team", s.answers.Team)
	if s.from != nil {
		head = mapping("name", s.answers.Name, "team", s.answers.Team, "template", s.from.Name)
	}
	if s.from == nil || s.answers.Tier != "" {
		head = with(head, "tier", scalar(string(s.facts.Tier)))
	}
	if s.from == nil || s.answers.Type != "" {
		head = with(head, "type", scalar(string(s.types.Type)))
	}
	root := with(&yaml.Node{Kind: yaml.MappingNode}, "service", head)
	resources := &yaml.Node{Kind: yaml.SequenceNode}
	resources.Content = slices.Concat(s.slos(), s.pages(), s.needs())
	if len(resources.Content) > 0 {
		root = with(root, "resources", resources)
	}
	return root
}

// slos are the SLOs: those of the template stay there, but for another objective.
func (s *service) slos() []*yaml.Node {
	if s.from != nil {
		if s.answers.Availability == "" {
			return nil
		}
		return []*yaml.Node{resource("SLO", availability, with(mapping(), "objective", number(s.percent)))}
	}
	if s.types.Total == "" {
		return nil
	}
	total := `sum(rate(` + s.types.Total + `{service="${service}"}[5m]))`
	good := `sum(rate(` + s.types.Total + `{service="${service}",` + s.types.GoodMatcher + `}[5m]))`
	indicator := mapping("type", availability, "good_query", good, "total_query", total)
	out := []*yaml.Node{resource("SLO", availability, objective(s.percent, indicator))}
	if slices.Contains([]spec.Type{spec.TypeAPI, spec.TypeGRPC, spec.TypeWeb, spec.TypeML}, s.types.Type) {
		out = append(out, resource("SLO", "latency-p99", objective("99", s.latency())))
	}
	return out
}

// latency is the indicator of the share of requests that are fast enough.
func (s *service) latency() *yaml.Node {
	query := `histogram_quantile(0.99, sum by (le) (rate(` + s.types.Histogram + `_bucket{service="${service}"}[5m])))`
	node := mapping("type", "latency")
	node = with(node, "threshold_ms", number(s.threshold()))
	return with(node, "latency_query", scalar(query))
}

// threshold is the usual latency of the tier in milliseconds, or the boundary of the
// usual histogram that is above it.
func (s *service) threshold() string {
	for _, boundary := range []struct {
		most int
		text string
	}{{250, "250"}, {500, "500"}} {
		if s.facts.LatencyP99Milliseconds <= boundary.most {
			return boundary.text
		}
	}
	return "1000"
}

func objective(percent string, indicator *yaml.Node) *yaml.Node {
	node := with(mapping(), "objective", number(percent))
	node = with(node, "window", scalar("30d"))
	return with(node, "indicator", indicator)
}

// pages has critical services page somebody, unless the template decides about it.
func (s *service) pages() []*yaml.Node {
	if s.from != nil || s.facts.Tier != spec.TierCritical {
		return nil
	}
	return []*yaml.Node{resource("PagerDuty", "primary", mapping("urgency", "high"))}
}

// needs are the dependencies, by what they are to the service.
func (s *service) needs() []*yaml.Node {
	if len(s.uses) == 0 {
		return nil
	}
	node := mapping()
	for _, list := range lists() {
		var items []*yaml.Node
		for _, n := range s.uses {
			if n.list == list.key {
				items = append(items, mapping("name", s.answers.Name+"-"+n.name, "type", n.name, "criticality", list.criticality))
			}
		}
		if len(items) == 0 {
			continue
		}
		sequence := &yaml.Node{Kind: yaml.SequenceNode, Content: items}
		items[0].HeadComment = "Say which series are theirs, as selector: {job: LABEL}"
		node = with(node, list.key, sequence)
	}
	return []*yaml.Node{resource("Dependencies", "upstream", node)}
}

// list is where dependencies of a kind stand, and how much a service usually needs
// them.
type list struct {
	kind             tech.Kind
	key, criticality string
}

func lists() []list {
	return []list{
		{tech.KindDatabase, "databases", "high"},
		{tech.KindCache, "caches", "medium"},
		{tech.KindQueue, "queues", "high"},
		{tech.KindProxy, "proxies", "high"},
		{tech.KindInfrastructure, "infrastructure", "high"},
	}
}

func resource(kind, name string, spec *yaml.Node) *yaml.Node {
	return with(mapping("kind", kind, "name", name), "spec", spec)
}

// mapping returns a mapping of texts, by key and value in turns.
func mapping(pairs ...string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		node = with(node, pairs[i], scalar(pairs[i+1]))
	}
	return node
}

func with(node *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	node.Content = append(node.Content, scalar(key), value)
	return node
}

// scalar is a text, also where it looks like something else.
func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// number is a number as it was written.
func number(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: text}
}
