package dashboard

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
)

// reading is a query of PromQL with something in place of its variables.
type reading struct {
	text rulefile.Text
	// other is the same with other texts in quotes.
	other rulefile.Text
	// ast is nil where no reading of the variables parses.
	ast  parser.Expr
	uses []use
	// sure is set where nothing in place of a variable can change how the query
	// parses.
	sure bool
}

// read reads a whole text as a query.
func read(v *value) reading { return readPart(v, 0, len(v.text)) }

// readPart reads a part of a text as a query. Of several readings that parse the first is taken; where none
// does it is the first one.
func readPart(v *value, from, to int) reading {
	q := v.text[from:to]
	r := reading{uses: uses(q), sure: true}
	if len(q) > promql.MaxExprBytes {
		r.uses, r.text = nil, v.asText() // the parser says that it is too long
		return r
	}
	where := settings(q, r.uses)
	for i, u := range r.uses {
		if s := where[i]; s != inQuotes && s != asLabel && s != asDuration && s != asNumber && !duration(u.name) {
			r.sure = false
		}
	}
	for i, tr := range trials() {
		t := tr.fill(v, from, to)
		ast, _ := promql.ParseAll(t.V)
		if i == 0 || ast != nil {
			r.text, r.ast = t, ast
			tr.distinct = true
			r.other = tr.fill(v, from, to)
		}
		if ast != nil || r.sure {
			break
		}
	}
	return r
}

// metrics returns the names of the metrics that a query reads, where it spells them
// out, with the place in the reading.
func (r reading) metrics() []promql.Selector {
	var out []promql.Selector
	for _, s := range promql.Selectors(r.ast) {
		if s.Name == "" || s.Func == "absent" || s.Func == "absent_over_time" {
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
func (r reading) filled(start, end int) bool {
	p, _ := r.text.Place.(textPlace)
	at := 0
	for _, piece := range p.pieces {
		if !piece.same && at < end && at+piece.length > start {
			return true
		}
		at += piece.length
	}
	return false
}
