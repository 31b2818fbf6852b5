package lint

import "text/template/parse"

// labelReference is a label of the alert that a template prints, and about where
// in the parsed text.
type labelReference struct {
	label string
	at    int
}

// labelReferences returns the labels that a template reads by name: $labels.x,
// .Labels.x, $.Labels.x and index $labels "x". Inside of with and range the dot
// is something else, so .Labels.x is not looked at there.
func labelReferences(root *parse.ListNode) []labelReference {
	w := &labelWalker{}
	w.list(root, true)
	return w.found
}

type labelWalker struct{ found []labelReference }

func (w *labelWalker) add(label string, at parse.Pos) {
	w.found = append(w.found, labelReference{label: label, at: max(0, int(at)-len("$labels."))})
}

// list walks a list of nodes. Top is set where the dot is the alert.
func (w *labelWalker) list(l *parse.ListNode, top bool) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		w.node(n, top)
	}
}

func (w *labelWalker) node(n parse.Node, top bool) {
	switch n := n.(type) {
	case *parse.ActionNode:
		w.pipe(n.Pipe, top)
	case *parse.IfNode:
		w.branch(&n.BranchNode, top, top)
	case *parse.WithNode:
		w.branch(&n.BranchNode, top, false)
	case *parse.RangeNode:
		w.branch(&n.BranchNode, top, false)
	case *parse.TemplateNode:
		w.pipe(n.Pipe, top)
	}
}

func (w *labelWalker) branch(n *parse.BranchNode, top, inside bool) {
	w.pipe(n.Pipe, top)
	w.list(n.List, inside)
	w.list(n.ElseList, top)
}

func (w *labelWalker) pipe(p *parse.PipeNode, top bool) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		w.index(c)
		for _, arg := range c.Args {
			w.argument(arg, top)
		}
	}
}

func (w *labelWalker) argument(n parse.Node, top bool) {
	switch n := n.(type) {
	case *parse.PipeNode:
		w.pipe(n, top)
	case *parse.VariableNode:
		switch {
		case len(n.Ident) > 1 && n.Ident[0] == "$labels":
			w.add(n.Ident[1], n.Pos)
		case len(n.Ident) > 2 && n.Ident[0] == "$" && n.Ident[1] == "Labels":
			w.add(n.Ident[2], n.Pos)
		}
	case *parse.FieldNode:
		if top && len(n.Ident) > 1 && n.Ident[0] == "Labels" {
			w.add(n.Ident[1], n.Pos)
		}
	}
}

// index finds index $labels "x".
func (w *labelWalker) index(c *parse.CommandNode) {
	if len(c.Args) != 3 {
		return
	}
	function, isName := c.Args[0].(*parse.IdentifierNode)
	of, isVariable := c.Args[1].(*parse.VariableNode)
	label, isText := c.Args[2].(*parse.StringNode)
	if isName && isVariable && isText && function.Ident == "index" && len(of.Ident) == 1 && of.Ident[0] == "$labels" {
		w.add(label.Text, label.Pos)
	}
}
