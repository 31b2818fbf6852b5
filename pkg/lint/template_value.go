package lint

import "text/template/parse"

// valuePrint is a place of a template that prints the value of the alert.
type valuePrint struct {
	// at is about where, in the parsed text.
	at int
	// raw is set when the number is printed as it is.
	raw bool
	// name is how the template spells the value.
	name string
}

// valuePrints returns where a template prints $value, .Value or $.Value. What a
// condition asks of the value is not printed.
func valuePrints(root *parse.ListNode) []valuePrint {
	w := &valueWalker{}
	w.list(root, true)
	return w.found
}

type valueWalker struct{ found []valuePrint }

func (w *valueWalker) list(l *parse.ListNode, top bool) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				w.pipe(n.Pipe, top, len(n.Pipe.Cmds) == 1 && len(n.Pipe.Cmds[0].Args) == 1)
			}
		case *parse.IfNode:
			w.list(n.List, top)
			w.list(n.ElseList, top)
		case *parse.WithNode:
			w.list(n.List, false)
			w.list(n.ElseList, top)
		case *parse.RangeNode:
			w.list(n.List, false)
			w.list(n.ElseList, top)
		}
	}
}

func (w *valueWalker) pipe(p *parse.PipeNode, top, raw bool) {
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			switch n := arg.(type) {
			case *parse.PipeNode:
				w.pipe(n, top, false)
			case *parse.VariableNode:
				if len(n.Ident) == 1 && n.Ident[0] == "$value" || len(n.Ident) == 2 && n.Ident[0] == "$" && n.Ident[1] == "Value" {
					w.found = append(w.found, valuePrint{max(0, int(n.Pos)-len("$.")), raw, n.String()})
				}
			case *parse.FieldNode:
				if top && len(n.Ident) == 1 && n.Ident[0] == "Value" {
					w.found = append(w.found, valuePrint{max(0, int(n.Pos)-len("$.")), raw, n.String()})
				}
			}
		}
	}
}

// innerQuery is a PromQL expression that a template asks for.
type innerQuery struct {
	text, quoted string
	at           int
}

// innerQueries returns the texts that a template hands to query. One that is put
// together when the alert fires is not known here.
func innerQueries(l *parse.ListNode) []innerQuery {
	var out []innerQuery
	eachPipe(l, func(p *parse.PipeNode) { out = queriesOf(p, out) })
	return out
}

// eachPipe calls do for what a template prints, asks for or sets, in the order of the
// text. What stands in brackets inside of that is do's.
func eachPipe(l *parse.ListNode, do func(*parse.PipeNode)) {
	if l == nil {
		return
	}
	branch := func(n *parse.BranchNode) {
		do(n.Pipe)
		eachPipe(n.List, do)
		eachPipe(n.ElseList, do)
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			do(n.Pipe)
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		}
	}
}

// withoutArguments returns the functions that a template calls with nothing although
// they need something, and where in the parsed text.
func withoutArguments(l *parse.ListNode) []*parse.IdentifierNode {
	var out []*parse.IdentifierNode
	var look func(p *parse.PipeNode)
	look = func(p *parse.PipeNode) {
		for i, c := range p.Cmds {
			for _, arg := range c.Args {
				if inside, ok := arg.(*parse.PipeNode); ok {
					look(inside)
				}
			}
			if name, ok := c.Args[0].(*parse.IdentifierNode); ok && i == 0 && len(c.Args) == 1 && needsArgument(name.Ident) {
				out = append(out, name)
			}
		}
	}
	eachPipe(l, look)
	return out
}

// needsArgument reports whether a function needs a sample, a number or a text. Those
// that are not known here may need none.
func needsArgument(function string) bool {
	switch function {
	case "value", "strvalue", "label", "first", "query", "humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "title", "toUpper", "toLower":
		return true
	}
	return false
}

func queriesOf(p *parse.PipeNode, out []innerQuery) []innerQuery {
	for i, c := range p.Cmds {
		for _, arg := range c.Args {
			if inside, ok := arg.(*parse.PipeNode); ok {
				out = queriesOf(inside, out)
			}
		}
		name, isName := c.Args[0].(*parse.IdentifierNode)
		if !isName || name.Ident != "query" {
			continue
		}
		from := c.Args[1:]
		if len(from) == 0 && i > 0 && len(p.Cmds[i-1].Args) == 1 {
			from = p.Cmds[i-1].Args // "up" | query
		}
		if len(from) == 1 {
			if text, ok := from[0].(*parse.StringNode); ok {
				out = append(out, innerQuery{text.Text, text.Quoted, int(text.Pos)})
			}
		}
	}
	return out
}
