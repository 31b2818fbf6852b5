package lint

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// change puts text in place of a range of bytes of an expression.
type change struct {
	from, to int
	text     string
}

// proposal is a finding about a range of bytes of an expression, and the changes that
// may put it right.
type proposal struct {
	report.Finding
	from, to int
	changes  []change
}

// propose returns a finding about the bytes from to to, with changes that may put it
// right.
func (e *Expr) propose(r Rule, from, to int, message, suggestion string, changes ...change) proposal {
	return proposal{e.Finding(r.ID, r.Severity, from, to, message, suggestion), from, to, changes}
}

// settle returns all findings of a check about the expression. Those have a fix whose
// changes can be made in the file, and that the check does not find any more in the
// expression with all changes: it is tried out once, however many there are.
func (e *Expr) settle(c ExprCheck, found []proposal) []report.Finding {
	stays := e.tryOut(c, found)
	out := make([]report.Finding, 0, len(found))
	for i, p := range found {
		if !e.trial && len(p.changes) > 0 {
			p.Fix = &report.Fix{Why: "the finding would stay with it"}
			if !stays[i] {
				p.Fix = e.fix(p.changes)
			}
		}
		out = append(out, p.Finding)
	}
	return out
}

// fix returns the fix that makes changes in the file.
func (e *Expr) fix(changes []change) *report.Fix {
	fix := &report.Fix{}
	for _, ch := range changes {
		edit, ok := e.Edit(ch.from, ch.to, ch.text)
		if !ok {
			return &report.Fix{Why: "the text stands there with escapes or over several lines, or an anchor or a variable repeats it"}
		}
		fix.Edits = append(fix.Edits, edit)
	}
	return fix
}

// tryOut makes all changes and says of each finding whether it stays. Where the
// expression cannot be read any more, or has findings that it had not, all do.
func (e *Expr) tryOut(c ExprCheck, found []proposal) (stays []bool) {
	stays = make([]bool, len(found))
	all := changesOf(found)
	if e.trial || len(all) == 0 {
		return stays
	}
	text, ok := with(e.V, all)
	moved := movedBy(all)
	is := newExpr(rulefile.Text{V: text, Place: offsets{}})
	is.trial, is.Rule, is.Owner, is.SLO, is.Field = true, e.Rule, e.Owner, e.SLO, e.Field
	refused := !ok || is.AST == nil
	left := map[[2]int]bool{}
	if !refused {
		for _, f := range c.CheckExpr(is) {
			left[[2]int{f.Column, f.EndColumn}] = true
		}
	}
	gone := 0
	for i, p := range found {
		stays[i] = refused || left[[2]int{moved(p.from), moved(p.to)}]
		if !stays[i] {
			gone++
		}
	}
	if len(left) > len(found)-gone {
		for i := range stays {
			stays[i] = true
		}
	}
	return stays
}

// offsets is the place of an expression that is tried out: its findings have offsets
// for columns.
type offsets struct{}

func (offsets) FindingInside(start, end int, rule string, severity report.Severity, _, message, _ string) report.Finding {
	return report.Finding{Rule: rule, Severity: severity, Message: message, Column: start, EndColumn: end}
}

// changesOf returns all changes of findings in the order of the text.
func changesOf(found []proposal) []change {
	var out []change
	for _, p := range found {
		out = append(out, p.changes...)
	}
	slices.SortStableFunc(out, func(a, b change) int { return cmp.Compare(a.from, b.from) })
	return out
}

// with returns a text with sorted changes, and false when they overlap.
func with(text string, changes []change) (string, bool) {
	var b strings.Builder
	at := 0
	for _, ch := range changes {
		if ch.from < at || ch.to < ch.from || ch.to > len(text) {
			return "", false
		}
		b.WriteString(text[at:ch.from] + ch.text)
		at = ch.to
	}
	b.WriteString(text[at:])
	return b.String(), true
}

// movedBy returns what tells where an offset of a text is after sorted changes that do
// not overlap.
func movedBy(changes []change) func(offset int) int {
	shift := make([]int, 1, 1+len(changes))
	for i, ch := range changes {
		shift = append(shift, shift[i]+len(ch.text)-(ch.to-ch.from))
	}
	return func(offset int) int {
		return offset + shift[sort.Search(len(changes), func(i int) bool { return changes[i].to > offset })]
	}
}

// tokens returns the tokens of a part of the expression, without comments. Their
// places are those in the whole expression, which is read once.
func (e *Expr) tokens(n parser.Node) []parser.Item {
	if e.lexed == nil {
		e.lexed = lexed(e.V)
	}
	at := n.PositionRange()
	from, _ := slices.BinarySearchFunc(e.lexed, at.Start, startsAt)
	to, _ := slices.BinarySearchFunc(e.lexed, at.End, startsAt)
	return e.lexed[from:max(from, to)]
}

func startsAt(item parser.Item, pos posrange.Pos) int { return cmp.Compare(item.Pos, pos) }

// lexed returns the tokens of a text, up to what is none.
func lexed(text string) []parser.Item {
	out := []parser.Item{}
	lexer := parser.Lex(text)
	for {
		var item parser.Item
		lexer.NextItem(&item)
		switch item.Typ {
		case parser.EOF, parser.ERROR:
			return out
		case parser.COMMENT:
		default:
			out = append(out, item)
		}
	}
}

// behind returns the offset behind a token.
func behind(item parser.Item) int { return int(item.Pos) + len(item.Val) }

// quotedAs returns text as it stands in a PromQL string with the quotes of
// another.
func quotedAs(literal, text string) (string, bool) {
	if literal == "" || strings.Contains(text, "\n") || literal[0] == '`' && strings.Contains(text, "`") {
		return "", false
	}
	quote := literal[:1]
	if quote != "`" {
		text = strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(text)
	}
	return quote + text + quote, true
}

// narrowed returns the changes that turn a range of an expression into a text. Where
// they only take something away, what stays is not touched, as it may be written in a
// way of its own.
func narrowed(from int, old, text string) []change {
	quote := min(1, len(old), len(text))
	was, is := old[quote:len(old)-quote], text[quote:len(text)-quote]
	at := strings.Index(was, is)
	if is == "" || at < 0 {
		return []change{{from, from + len(old), text}}
	}
	start := from + quote
	return []change{{start, start + at, ""}, {start + at + len(is), start + len(was), ""}}
}
