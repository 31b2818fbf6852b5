package document

import "gopkg.in/yaml.v3"

// sizes are the numbers of values of what anchors name, with the aliases inside
// expanded. Each is counted once, however often aliases repeat it, so that a few
// lines that stand for billions of values cost as much as their length.
type sizes map[*yaml.Node]int

// of returns how many values a node stands for, and at most so many.
func (s sizes) of(n *yaml.Node, most int) int {
	if n.Kind == yaml.AliasNode {
		return s.of(n.Alias, most)
	}
	if known, ok := s[n]; ok {
		return known
	}
	if n.Anchor != "" {
		s[n] = 0 // what stands inside itself is reported where it is expanded
	}
	size := 1
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue // a key is no value
		}
		if size = min(most, size+s.of(child, most)); size == most {
			break
		}
	}
	if n.Anchor != "" {
		s[n] = size
	}
	return size
}
