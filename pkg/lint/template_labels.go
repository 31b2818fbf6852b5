package lint

import (
	"strings"
	"text/template/parse"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// Templates reads the templates in the labels and annotations of alerts.
type Templates struct{ check alertTemplate }

// NewTemplates returns what reads templates.
func NewTemplates() Templates { return Templates{newAlertTemplate()} }

// LabelInTemplate is a label that a template prints by name, and where in the value.
type LabelInTemplate struct {
	In         rulefile.Pair
	Label      string
	Start, End int
}

// ExternalLabels returns the external labels that the templates of an alert print, in
// the order of the text. Templates that do not parse have none; alert/template says so.
func (t Templates) ExternalLabels(r *rulefile.Rule) []LabelInTemplate {
	var out []LabelInTemplate
	for _, p := range append(r.AllLabels(), r.Annotations...) {
		if !strings.Contains(p.Value.V, "xternalLabels") {
			continue
		}
		tree := parse.New("alert")
		if _, err := tree.Parse(definitions+p.Value.V, "", "", map[string]*parse.Tree{}, t.check.functions); err != nil {
			continue
		}
		for _, ref := range references(tree.Root, "$externalLabels", "ExternalLabels") {
			start := find(p.Value.V, ref.at, ref.label)
			out = append(out, LabelInTemplate{p, ref.label, start, start + len(ref.label)})
		}
	}
	return out
}

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
	return references(root, "$labels", "Labels")
}

// references returns what a template reads by name of labels that it has in a
// variable and in a field of the dot.
func references(root *parse.ListNode, variable, field string) []labelReference {
	w := &labelWalker{variable: variable, field: field}
	w.list(root, true)
	return w.found
}

type labelWalker struct {
	variable, field string
	found           []labelReference
}

func (w *labelWalker) add(label string, at parse.Pos) {
	w.found = append(w.found, labelReference{label: label, at: max(0, int(at)-len(w.variable)-1)})
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
		case len(n.Ident) > 1 && n.Ident[0] == w.variable:
			w.add(n.Ident[1], n.Pos)
		case len(n.Ident) > 2 && n.Ident[0] == "$" && n.Ident[1] == w.field:
			w.add(n.Ident[2], n.Pos)
		}
	case *parse.FieldNode:
		if top && len(n.Ident) > 1 && n.Ident[0] == w.field {
			w.add(n.Ident[1], n.Pos)
		}
	}
}

// index finds index $labels "x", by the name of the variable.
func (w *labelWalker) index(c *parse.CommandNode) {
	if len(c.Args) != 3 {
		return
	}
	function, isName := c.Args[0].(*parse.IdentifierNode)
	of, isVariable := c.Args[1].(*parse.VariableNode)
	label, isText := c.Args[2].(*parse.StringNode)
	if isName && isVariable && isText && function.Ident == "index" && len(of.Ident) == 1 && of.Ident[0] == w.variable {
		w.add(label.Text, label.Pos)
	}
}
