package lint

import "text/template/parse"

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
