package spec

import (
	"github.com/nthlayer/action/pkg/spec/document"
)

// deleteMark in a resource removes the resource of the same kind and name.
const deleteMark = "$delete"

// merge lays one value over another: mappings key by key, lists of named
// mappings name by name, everything else whole. A null in the upper value
// removes the key. Neither argument is changed.
func merge(base, over *document.Node) *document.Node {
	switch {
	case base == nil:
		return withoutNulls(over)
	case over == nil:
		return base
	case base.Kind == document.Mapping && over.Kind == document.Mapping:
		return mergeMappings(base, over)
	case named(base) && named(over):
		return mergeNamed(base, over)
	}
	return withoutNulls(over)
}

func mergeMappings(base, over *document.Node) *document.Node {
	out := *over
	out.Fields = nil
	for _, f := range base.Fields {
		upper := over.Get(f.Key)
		switch {
		case upper == nil:
			out.Fields = append(out.Fields, f)
		case upper.IsNull() && !keepsNull(f.Key):
		default:
			out.Fields = append(out.Fields, written(over, f).With(merge(f.Value, upper)))
		}
	}
	for _, f := range over.Fields {
		if !base.Has(f.Key) && (!f.Value.IsNull() || keepsNull(f.Key)) {
			out.Fields = append(out.Fields, f.With(withoutNulls(f.Value)))
		}
	}
	return &out
}

// keepsNull names the keys whose null has a meaning of its own: a gate threshold
// of null is off, where an absent one is the tier's.
func keepsNull(key string) bool { return key == "warning" || key == "blocking" }

// written returns the field of a mapping with the key of another field, and that one
// where the mapping has none.
func written(n *document.Node, f document.Field) document.Field {
	for _, g := range n.Fields {
		if g.Key == f.Key {
			return g
		}
	}
	return f
}

// withoutNulls drops keys that delete something where there is nothing to
// delete.
func withoutNulls(n *document.Node) *document.Node {
	if n == nil || n.Kind != document.Mapping {
		return n
	}
	clean := true
	for _, f := range n.Fields {
		clean = clean && (!f.Value.IsNull() || keepsNull(f.Key))
	}
	if clean {
		return n
	}
	out := *n
	out.Fields = nil
	for _, f := range n.Fields {
		if !f.Value.IsNull() || keepsNull(f.Key) {
			out.Fields = append(out.Fields, f)
		}
	}
	return &out
}

// named reports whether a list holds only mappings that have a name.
func named(n *document.Node) bool {
	if n.Kind != document.Sequence || len(n.Items) == 0 {
		return false
	}
	for _, item := range n.Items {
		if item.Get("name") == nil {
			return false
		}
	}
	return true
}

func mergeNamed(base, over *document.Node) *document.Node {
	out := *over
	out.Items = nil
	used := make(map[string]bool, len(over.Items))
	for _, item := range base.Items {
		name := item.Get("name").Text
		upper := byName(over, name)
		if upper == nil {
			out.Items = append(out.Items, item)
			continue
		}
		used[name] = true
		out.Items = append(out.Items, merge(item, upper))
	}
	for _, item := range over.Items {
		if !used[item.Get("name").Text] {
			out.Items = append(out.Items, item)
		}
	}
	return &out
}

func byName(list *document.Node, name string) *document.Node {
	for _, item := range list.Items {
		if item.Get("name").Text == name {
			return item
		}
	}
	return nil
}

// resourceKey identifies a resource: a kind and a name.
type resourceKey struct{ kind, name string }

func (k resourceKey) String() string { return k.kind + "/" + k.name }

func keyOf(resource *document.Node) resourceKey {
	var k resourceKey
	if n := resource.Get("kind"); n != nil {
		k.kind = n.Text
	}
	if n := resource.Get("name"); n != nil {
		k.name = n.Text
	}
	return k
}

// mergeResources lays one list of resources over another by kind and name. The
// order is the base's, then what is new.
func mergeResources(base, over []*document.Node) []*document.Node {
	index := make(map[resourceKey]int, len(base))
	out := append([]*document.Node(nil), base...)
	for i, r := range out {
		index[keyOf(r)] = i
	}
	for _, r := range over {
		i, known := index[keyOf(r)]
		switch {
		case removes(r) && known:
			out[i] = nil
			delete(index, keyOf(r))
		case removes(r):
		case known:
			out[i] = merge(out[i], r)
		default:
			index[keyOf(r)] = len(out)
			out = append(out, r)
		}
	}
	kept := out[:0]
	for _, r := range out {
		if r != nil {
			kept = append(kept, r)
		}
	}
	return kept
}

func removes(resource *document.Node) bool {
	mark := resource.Get(deleteMark)
	return mark != nil && mark.Kind == document.Bool && isTrue(mark.Text)
}
