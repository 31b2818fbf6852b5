package lint

import (
	"slices"
	"text/template/parse"
)

// labelReference is a label that a template prints, and about where in the parsed
// text.
type labelReference struct {
	label string
	at    int
}

// valuePrint is a place of a template that prints the value of the alert.
type valuePrint struct {
	node parse.Node
	// raw is set when the number is printed as it is.
	raw bool
}

// templateFailure is a node with which a template fails when it is run.
type templateFailure struct {
	node     parse.Node
	why, fix string
	// maybe is set where a condition decides whether the node is reached.
	maybe bool
}

// templateReading is what a template does, as far as its text tells.
type templateReading struct {
	labels, external []labelReference
	values           []valuePrint
	failures         []templateFailure
}

// readTemplate walks through a template with the kind of each value in hand, as
// text/template does with the values themselves. Templates that it uses are walked
// through where it uses them.
func readTemplate(root *parse.ListNode, defined map[string]*parse.Tree) templateReading {
	w := &templateWalker{defined: defined, dot: ofKind(kindAlert), seen: map[templateUse]bool{}, guarded: map[string]int{}, reassigned: map[string]bool{}}
	w.noteAssignments(root)
	for _, tree := range defined {
		w.noteAssignments(tree.Root)
	}
	w.variables = []templateVariable{{"$", w.dot}}
	w.list(root)
	return w.reading
}

type templateVariable struct {
	name  string
	value templateValue
}

// templateUse is a template with the kind of its dot.
type templateUse struct {
	name  string
	kind  templateKind
	maybe bool
}

type templateWalker struct {
	reading   templateReading
	defined   map[string]*parse.Tree
	dot       templateValue
	variables []templateVariable
	seen      map[templateUse]bool
	// reassigned are variables with more than one value, of which nothing is known.
	reassigned map[string]bool
	// guarded are labels that a condition around asks for, asked those of the condition
	// that is looked at.
	guarded map[string]int
	asked   []string
	// maybe is set where a condition decides whether a node is reached, condition inside
	// of conditions, and testing where it only matters whether something is empty.
	maybe, condition, testing bool
}

func (w *templateWalker) noteAssignments(l *parse.ListNode) {
	eachPipe(l, func(p *parse.PipeNode) {
		if p.IsAssign {
			for _, v := range p.Decl {
				w.reassigned[v.Ident[0]] = true
			}
		}
	})
}

func (w *templateWalker) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	depth := len(w.variables)
	for _, n := range l.Nodes {
		w.node(n)
	}
	w.variables = w.variables[:depth]
}

func (w *templateWalker) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ActionNode:
		v := w.pipe(n.Pipe)
		if len(n.Pipe.Decl) == 0 && v.alert != nil {
			w.reading.values = append(w.reading.values, valuePrint{v.alert, v.kind == kindNumber})
		}
	case *parse.IfNode:
		w.branch(&n.BranchNode, func(templateValue) templateValue { return w.dot })
	case *parse.WithNode:
		w.branch(&n.BranchNode, func(v templateValue) templateValue { return v })
	case *parse.RangeNode:
		w.branch(&n.BranchNode, func(v templateValue) templateValue { return w.element(n, v) })
	case *parse.TemplateNode:
		w.use(n)
	}
}

// branch walks through if, with and range. Labels that the condition asks for may be
// missing in the text behind it.
func (w *templateWalker) branch(n *parse.BranchNode, inside func(templateValue) templateValue) {
	depth, dot, maybe, testing := len(w.variables), w.dot, w.maybe, w.testing
	before := len(w.asked)
	w.testing, w.condition = n.NodeType != parse.NodeRange, n.NodeType != parse.NodeRange
	v := w.pipe(n.Pipe)
	w.condition = false
	asked := slices.Clone(w.asked[before:])
	w.asked = w.asked[:before]
	w.testing = testing
	w.guard(asked, 1)
	defer w.guard(asked, -1)
	w.dot = inside(v)
	w.maybe = true
	if v.alert != nil && n.NodeType == parse.NodeWith {
		w.dot.alert = &parse.DotNode{NodeType: parse.NodeDot}
	}
	w.list(n.List)
	w.dot = dot
	w.list(n.ElseList)
	w.variables, w.maybe = w.variables[:depth], maybe
}

func (w *templateWalker) guard(asked []string, by int) {
	for _, label := range asked {
		w.guarded[label] += by
	}
}

// element sets the variables of a range and returns its dot.
func (w *templateWalker) element(n *parse.RangeNode, v templateValue) templateValue {
	key, element, ok := v.elements()
	if !ok {
		w.fail(n.Pipe, "range goes through a list or a map, and not through "+string(v.kind), "use what it holds as it is, without range")
	}
	kinds := []templateKind{element}
	if len(n.Pipe.Decl) == 2 {
		kinds = []templateKind{key, element}
	}
	for i, d := range n.Pipe.Decl {
		w.declare(d.Ident[0], ofKind(kinds[min(i, len(kinds)-1)]))
	}
	return ofKind(element)
}

// use walks through a template that another one uses, once for each kind of dot.
func (w *templateWalker) use(n *parse.TemplateNode) {
	dot := ofKind(kindUnknown)
	if n.Pipe != nil {
		dot = w.pipe(n.Pipe)
	}
	tree, use := w.defined[n.Name], templateUse{n.Name, dot.kind, w.maybe}
	if tree == nil || tree.Root == nil || w.seen[use] {
		return
	}
	w.seen[use] = true
	outer, variables := w.dot, w.variables
	w.dot, w.variables = dot, []templateVariable{{"$", dot}}
	w.list(tree.Root)
	w.dot, w.variables = outer, variables
}

func (w *templateWalker) declare(name string, v templateValue) {
	if w.reassigned[name] {
		v = ofKind(kindUnknown)
	}
	w.variables = append(w.variables, templateVariable{name, v})
}

func (w *templateWalker) lookup(name string) templateValue {
	for i := len(w.variables) - 1; i >= 0; i-- {
		if w.variables[i].name == name {
			return w.variables[i].value
		}
	}
	return ofKind(kindUnknown)
}

// pipe returns what a pipeline comes to, and sets its variables.
func (w *templateWalker) pipe(p *parse.PipeNode) templateValue {
	if p == nil {
		return ofKind(kindUnknown)
	}
	var v templateValue
	for i, c := range p.Cmds {
		var final []templateValue
		if i > 0 {
			final = []templateValue{v}
		}
		v = w.command(c, final)
	}
	if !p.IsAssign && len(p.Decl) == 1 { // the two of range are set by it
		w.declare(p.Decl[0].Ident[0], v)
	}
	return v
}

// command returns what a command of a pipeline comes to. Final is what the command
// before it came to, if there is one.
func (w *templateWalker) command(c *parse.CommandNode, final []templateValue) templateValue {
	first := c.Args[0]
	if name, ok := first.(*parse.IdentifierNode); ok {
		return w.call(name, c.Args[1:], final)
	}
	v := w.value(first)
	if len(c.Args) == 1 && len(final) == 0 {
		return v
	}
	for _, arg := range c.Args[1:] {
		w.value(arg)
	}
	if v.kind != kindUnknown && v.kind != kindMoment && v.kind != kindSpan {
		w.fail(first, first.String()+" is "+string(v.kind)+" and no function, but something is handed to it", "begin with a function such as print or printf")
	}
	return ofKind(kindUnknown)
}

// value returns what a node comes to.
func (w *templateWalker) value(n parse.Node) templateValue {
	switch n := n.(type) {
	case *parse.DotNode:
		v := w.dot
		if v.alert != nil {
			v.alert = n
		}
		return v
	case *parse.FieldNode:
		return w.fields(n, w.dot, n.Ident)
	case *parse.VariableNode:
		v := w.lookup(n.Ident[0])
		if v.alert != nil {
			v.alert = n
		}
		return w.fields(n, v, n.Ident[1:])
	case *parse.ChainNode:
		return w.fields(n, w.value(n.Node), n.Field)
	case *parse.PipeNode:
		return w.pipe(n)
	case *parse.IdentifierNode:
		return w.call(n, nil, nil)
	case *parse.StringNode:
		return templateValue{kind: kindText, literal: n}
	case *parse.NumberNode:
		return templateValue{kind: numberKind(n), plain: true}
	case *parse.BoolNode:
		return ofKind(kindBool)
	}
	return ofKind(kindUnknown)
}

// fields returns what stands behind the names of fields, one after the other.
func (w *templateWalker) fields(n parse.Node, v templateValue, names []string) templateValue {
	for _, name := range names {
		kind, ok := v.field(name)
		if !ok {
			w.fail(n, string(v.kind)+" has no field "+name, fieldFix(v.kind, name))
			return ofKind(kindUnknown)
		}
		w.reads(v, name, int(n.Position()))
		v = templateValue{kind: kind, alert: alertValue(v, n, kind)}
	}
	return v
}

// alertValue returns the node by which a field of the alert is its value.
func alertValue(of templateValue, n parse.Node, field templateKind) parse.Node {
	if of.kind == kindAlert && field == kindNumber {
		return n
	}
	return nil
}

// reads notes that a label is read. Whether there is one is no mistake to ask.
func (w *templateWalker) reads(v templateValue, label string, at int) {
	ref := labelReference{label, at}
	switch {
	case v.kind == kindExternal:
		w.reading.external = append(w.reading.external, ref)
	case v.kind != kindLabels:
	default:
		if !w.testing && w.guarded[label] == 0 && !slices.Contains(w.asked, label) {
			w.reading.labels = append(w.reading.labels, ref)
		}
		if w.testing || w.condition {
			w.asked = append(w.asked, label)
		}
	}
}

func (w *templateWalker) fail(n parse.Node, why, fix string) {
	w.reading.failures = append(w.reading.failures, templateFailure{n, why, fix, w.maybe})
}
