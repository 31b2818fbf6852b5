package lint

import "text/template/parse"

// templateReference is a template that another one uses, and where in the parsed
// text.
type templateReference struct {
	name string
	at   int
}

// undefinedTemplates returns the templates that a text uses, itself or through
// those that it defines, and that are not among the defined. Each is returned
// once. What is defined and never used is not looked at: it is never run.
func undefinedTemplates(root *parse.ListNode, defined map[string]*parse.Tree) []templateReference {
	var out []templateReference
	seen := map[string]bool{}
	for open := templatesUsed(root, nil); len(open) > 0; open = open[1:] {
		ref := open[0]
		if seen[ref.name] {
			continue
		}
		seen[ref.name] = true
		if tree := defined[ref.name]; tree != nil && tree.Root != nil {
			open = append(open, templatesUsed(tree.Root, nil)...)
			continue
		}
		out = append(out, ref)
	}
	return out
}

// templatesUsed appends the templates that a list of nodes uses.
func templatesUsed(l *parse.ListNode, out []templateReference) []templateReference {
	if l == nil {
		return out
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TemplateNode:
			out = append(out, templateReference{name: n.Name, at: int(n.Pos)})
		case *parse.IfNode:
			out = templatesUsed(n.ElseList, templatesUsed(n.List, out))
		case *parse.WithNode:
			out = templatesUsed(n.ElseList, templatesUsed(n.List, out))
		case *parse.RangeNode:
			out = templatesUsed(n.ElseList, templatesUsed(n.List, out))
		}
	}
	return out
}
