package dashboard

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// reading is a query of PromQL with something in place of its variables.
type reading struct {
	text rulefile.Text
	// other is the same with other texts in quotes.
	other rulefile.Text
	// ast is nil where no reading of the variables parses.
	ast  parser.Expr
	uses []use
	// where says in what settings the variables stand.
	where []setting
	// query is the text as it is written.
	query string
	// sure is set where nothing in place of a variable can change how the query
	// parses.
	sure bool
}

// read reads a whole text as a query.
func (b *board) read(v *value) reading { return b.readPart(v, 0, len(v.text)) }

// readPart reads a part of a text as a query. Of several readings that parse the first
// is taken; where none does it is the first one.
func (b *board) readPart(v *value, from, to int) reading {
	q := v.text[from:to]
	r := reading{sure: true, query: q}
	if len(q) > promql.MaxExprBytes {
		r.text = v.asText() // the parser says that it is too long
		return r
	}
	r.uses, r.where = b.set(q)
	for i, u := range r.uses {
		if s := r.where[i]; s != inQuotes && s != asLabel && s != asDuration && s != asNumber && !duration(u.name) {
			r.sure = false
		}
	}
	for i, tr := range trials(b.sample) {
		t := tr.fill(v, from, to, r.uses, r.where)
		ast, _ := promql.ParseAll(t.V)
		if i == 0 || ast != nil {
			r.text, r.ast = t, ast
			tr.anything = true
			r.other = tr.fill(v, from, to, r.uses, r.where)
		}
		if ast != nil || r.sure {
			break
		}
	}
	return r
}

// set returns the variables of a query that are set, and where they stand. What is
// written like a variable in quotes and is none is text, as in a regular expression.
func (b *board) set(q string) (found []use, where []setting) {
	all := uses(q)
	for i, s := range settings(q, all) {
		if s != inQuotes || b.knows(all[i].name) {
			found, where = append(found, all[i]), append(where, s)
		}
	}
	return found, where
}

// spelt returns the name of a metric as the dashboard has it, with its variables.
func (r reading) spelt(vs *parser.VectorSelector) string {
	start := int(vs.PosRange.Start)
	p, ok := r.text.Place.(textPlace)
	if !ok || !strings.HasPrefix(r.text.V[start:], vs.Name) {
		return vs.Name
	}
	from, _ := origin(p.pieces, start)
	_, to := origin(p.pieces, start+len(vs.Name)-1)
	return p.of.text[from:to]
}

// metrics returns the names of the metrics that a query reads, where it spells them
// out, with the place in the reading.
func (r reading) metrics() []promql.Selector {
	var out []promql.Selector
	for _, s := range promql.Selectors(r.ast) {
		if s.Name == "" || s.Func == "absent" || s.Func == "absent_over_time" || promql.MadeByAlerts(s.Name) {
			continue
		}
		end := s.End
		if strings.HasPrefix(r.text.V[s.Start:], s.Name) {
			end = s.Start + len(s.Name)
		}
		if !r.filled(s.Start, end) {
			out = append(out, s)
		}
	}
	return out
}

// filled reports whether bytes of the reading stand for a variable.
func (r reading) filled(start, end int) bool { return r.variableIn(start, end) != "" }

// variableIn returns the first variable that bytes of the reading stand for, or "".
func (r reading) variableIn(start, end int) string {
	for _, i := range r.variablesIn(start, end) {
		return r.uses[i].name
	}
	return ""
}

// variablesIn returns which variables bytes of the reading stand for.
func (r reading) variablesIn(start, end int) []int {
	p, _ := r.text.Place.(textPlace)
	var out []int
	at, i := 0, 0
	for _, piece := range p.pieces {
		if !piece.same {
			if at < end && at+piece.length > start {
				out = append(out, i)
			}
			i++
		}
		at += piece.length
	}
	return out
}

// hit is a finding about a reading: start and end are bytes of it.
type hit struct {
	report.Finding
	start, end int
	// names is set where the finding is about the text of a variable.
	names bool
}

// always returns what is found whatever stands in place of the variables.
func (r reading) always(ctx context.Context, q lint.Queries) []hit {
	found := hits(ctx, q, r.text)
	if len(r.uses) == 0 || len(found) == 0 {
		return found
	}
	again := hits(ctx, q, r.other)
	found = slices.DeleteFunc(found, func(f hit) bool {
		return !slices.ContainsFunc(again, func(g hit) bool { return g.Rule == f.Rule && g.Position() == f.Position() })
	})
	for i := range found {
		found[i].Message, found[i].Suggestion = r.spell(found[i].Message), r.spell(found[i].Suggestion)
	}
	return found
}

// hits checks a text.
func hits(ctx context.Context, q lint.Queries, t rulefile.Text) []hit {
	inside := t
	inside.Place, inside.Path = insidePlace{}, ""
	var out []hit
	for _, f := range q.Check(ctx, inside) {
		out = append(out, hit{t.Finding(f.Rule, f.Severity, f.Column, f.EndColumn, f.Message, f.Suggestion), f.Column, f.EndColumn, standsIn.MatchString(f.Message)})
	}
	return out
}

// insidePlace keeps the bytes of a text that a finding is about as its columns.
type insidePlace struct{}

func (insidePlace) FindingInside(start, end int, rule string, severity report.Severity, service, message, suggestion string) report.Finding {
	return report.Finding{Rule: rule, Severity: severity, Service: service, Message: message, Suggestion: suggestion, Column: start, EndColumn: end}
}

// spell puts the variables back into a sentence about the reading.
func (r reading) spell(s string) string {
	return standsIn.ReplaceAllStringFunc(s, func(word string) string {
		i, err := strconv.Atoi(standsIn.FindStringSubmatch(word)[1])
		if err != nil || i >= len(r.uses) {
			return word
		}
		return r.query[r.uses[i].start:r.uses[i].end]
	})
}
