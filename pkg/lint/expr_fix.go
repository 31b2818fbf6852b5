package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/nthlayer/action/pkg/report"
)

// change puts text in place of a range of bytes of an expression.
type change struct {
	from, to int
	text     string
}

// fixed adds to a finding of a check the fix that consists of some changes, if all
// of them can be made in the file, the expression parses with them and the check
// finds less.
func (e *Expr) fixed(f report.Finding, c ExprCheck, changes ...change) report.Finding {
	if e.trial || len(changes) == 0 || !e.better(c, changes) {
		return f
	}
	fix := &report.Fix{}
	for _, ch := range changes {
		edit, ok := e.Edit(ch.from, ch.to, ch.text)
		if !ok {
			f.Fix = &report.Fix{Why: "the text stands there with escapes or over several lines, or an anchor or a variable repeats it"}
			return f
		}
		fix.Edits = append(fix.Edits, edit)
	}
	f.Fix = fix
	return f
}

// better tries changes out.
func (e *Expr) better(c ExprCheck, changes []change) bool {
	sorted := slices.Clone(changes)
	slices.SortFunc(sorted, func(a, b change) int { return cmp.Compare(b.from, a.from) })
	text, before := e.V, len(e.V)+1
	for _, ch := range sorted {
		if ch.from < 0 || ch.from > ch.to || ch.to > min(before, len(e.V)) {
			return false
		}
		text, before = text[:ch.from]+ch.text+text[ch.to:], ch.from
	}
	was, is := *e, newExpr(e.With(text))
	if is.AST == nil || len(is.Errors) > 0 {
		return false
	}
	was.trial, is.trial = true, true
	was.Place, is.Place = nil, nil // findings are counted, and it takes long to say where they are
	is.Rule, is.Owner, is.SLO, is.Field = e.Rule, e.Owner, e.SLO, e.Field
	return len(c.CheckExpr(is)) < len(c.CheckExpr(&was))
}

// tokens returns the tokens of a part of the expression, without comments. Their
// places are those in the whole expression.
func (e *Expr) tokens(n parser.Node) []parser.Item {
	at := n.PositionRange()
	start, end := int(at.Start), min(int(at.End), len(e.V))
	if start < 0 || start > end {
		return nil
	}
	var out []parser.Item
	lexer := parser.Lex(e.V[start:end])
	for {
		var item parser.Item
		lexer.NextItem(&item)
		if item.Typ == parser.EOF || item.Typ == parser.ERROR {
			return out
		}
		if item.Typ != parser.COMMENT {
			item.Pos += posrange.Pos(start) //nolint:gosec // an expression is far shorter
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
