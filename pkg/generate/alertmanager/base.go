package alertmanager

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"

	"gopkg.in/yaml.v3"
)

// into adds everything to a configuration, whose own text stays as it is.
func (m *merger) into(base Part, all Fragment) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(base.Data, &doc); err != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s is no configuration of Alertmanager: %w", base.Path, cmp.Or(err, errors.New("it is no mapping")))
	}
	root := doc.Content[0]
	route := field(root, "route")
	if route == nil || route.Kind != yaml.MappingNode || field(route, "receiver") == nil {
		return nil, fmt.Errorf("%s has no route with a receiver: add route: {receiver: NAME}, which gets what no service takes", base.Path)
	}
	if err := errors.Join(other(base.Path, "receiver", field(root, "receivers"), m.receivers),
		other(base.Path, "time interval", field(root, "time_intervals"), m.intervals)); err != nil {
		return nil, err
	}
	lists := []struct {
		of    *yaml.Node
		key   string
		items any
	}{
		{route, "routes", all.Routes}, {root, "receivers", all.Receivers}, {root, "inhibit_rules", all.InhibitRules}, {root, "time_intervals", all.TimeIntervals},
	}
	for _, l := range lists {
		if err := extend(l.of, l.key, l.items); err != nil {
			return nil, fmt.Errorf("%s: %w", base.Path, err)
		}
	}
	return &doc, nil
}

// other refuses a base that means something else by a name than the parts do: the
// alerts of a service would reach whoever the base names, or nobody.
func other[T any](path, what string, list *yaml.Node, ours map[string]owned[T]) error {
	if list == nil {
		return nil
	}
	for _, item := range list.Content {
		name := field(item, "name")
		if name == nil {
			continue
		}
		if o, ok := ours[name.Value]; ok && !same(item, o.value) {
			return fmt.Errorf("%s:%d has a %s %s that is not the one of %s, whose alerts would go there: give the one of %s another name", path, name.Line, what, name.Value, o.path, path)
		}
	}
	return nil
}

// same reports whether a node holds a value, and nothing else.
func same[T any](n *yaml.Node, value T) bool {
	text, err := yaml.Marshal(n)
	if err != nil {
		return false
	}
	var there T
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	return d.Decode(&there) == nil && reflect.DeepEqual(there, value)
}

func field(m *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// extend appends items to a list of a mapping. One whose name is there already is the
// same one.
func extend(m *yaml.Node, key string, items any) error {
	var more yaml.Node
	if err := more.Encode(items); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	list := field(m, key)
	m.Style &^= yaml.FlowStyle // what is added would not fit a line
	if list == nil {
		if len(more.Content) > 0 {
			m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, &more)
		}
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		return fmt.Errorf("line %d: %s is no list", list.Line, key)
	}
	list.Style &^= yaml.FlowStyle
	names := map[string]bool{}
	for _, item := range list.Content {
		if n := field(item, "name"); n != nil {
			names[n.Value] = true
		}
	}
	for _, item := range more.Content {
		if n := field(item, "name"); n == nil || !names[n.Value] {
			list.Content = append(list.Content, item)
		}
	}
	return nil
}
