package openslo

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/servicefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// sloth takes over a specification of Sloth. Its window is a flag of Sloth and not
// in it.
func (i *importer) sloth(d *document.Node) {
	name := text(d.Get("service"))
	if name == "" {
		i.lost(d, "", "a specification of Sloth is left out: it names no service", "add service:")
		return
	}
	s := i.service(name, d.Get("service"))
	common := scalars(d.Get("labels"))
	s.take(func(key string) string { return common[key] })
	for key, value := range map[string]string{"team": s.file.Team, "tier": s.file.Tier, "type": s.file.Type} {
		tier, _ := spec.ParseTier(common[key])
		if common[key] == value || key == "tier" && string(tier) == value {
			delete(common, key)
		}
	}
	r := reader{importer: i, service: s, at: d}
	if i.options.Window == "" {
		i.add(d, "import/left-out", "info", name, "the window of Sloth's SLOs is not in their specification; "+spec.DefaultWindow+" is taken, which is Sloth's default", "pass --window if sloth runs with another --default-slo-period")
	}
	for _, n := range items(d.Get("slos")) {
		e := servicefile.SLO{
			Name: text(n.Get("name")), Description: text(n.Get("description")), Window: cmp.Or(i.options.Window, spec.DefaultWindow),
			Labels: maps.Clone(common),
		}
		maps.Copy(e.Labels, scalars(n.Get("labels")))
		if r.sloth(&e, n) {
			s.file.SLOs = append(s.file.SLOs, e)
			s.from = append(s.from, manifest.Item{What: "the SLO " + e.Name, Origin: spec.OriginAt(n.At, n.Path)})
		}
	}
	if slices.ContainsFunc(items(d.Get("slos")), func(n *document.Node) bool { return n.Has("alerting") }) {
		i.add(d, "import/left-out", "info", name, "the alerts of Sloth's SLOs are left out", "nthlayer apply generates alerts on burn rates; see whether they say the same")
	}
}

// scalars returns the scalars of a mapping.
func scalars(n *document.Node) map[string]string {
	out := map[string]string{}
	if n == nil {
		return out
	}
	for _, f := range n.Fields {
		out[f.Key] = text(f.Value)
	}
	return out
}

// sloth reads one SLO.
func (r reader) sloth(e *servicefile.SLO, n *document.Node) bool {
	percent, ok := number(n.Get("objective"))
	if e.Name == "" || !ok {
		return r.lost(n, "an SLO of Sloth without name or objective is left out", "add name: and objective:")
	}
	if e.Objective, ok = r.percent(n.Get("objective"), percent, r.service.file.Name); !ok {
		return false
	}
	sli := n.Get("sli")
	events, raw := sli.Get("events"), sli.Get("raw")
	switch {
	case !events.IsNull():
		bad, okBad := r.closed(e, events.Get("error_query"))
		total, okTotal := r.closed(e, events.Get("total_query"))
		if !okBad || !okTotal {
			return false
		}
		r.events(e, bad, total)
	case !raw.IsNull():
		ratio, ok := r.closed(e, raw.Get("error_ratio_query"))
		if !ok {
			return false
		}
		r.raw(e, ratio)
	default:
		return r.lost(n, "the SLO "+e.Name+" is left out: its SLI has no queries that are written out", "write out the query of the plugin below events: or raw:")
	}
	if _, err := r.recording(r.service.file.Name, *e); err != nil {
		return r.lost(sli, "the SLO "+e.Name+" is left out: "+err.Error(), "")
	}
	r.foreign(e, sli)
	return true
}

// closed reads a query with five minutes in place of the window.
func (r reader) closed(e *servicefile.SLO, n *document.Node) (parser.Expr, bool) {
	query, ok := closed(text(n), "5m")
	if !ok {
		return nil, r.lost(n, "the SLO "+e.Name+" is left out: its query has templates beside {{.window}}", "write out what they stand for")
	}
	expr, err := promql.Parse(query)
	if err != nil {
		return nil, r.lost(n, "the SLO "+e.Name+" is left out: its query is not valid PromQL: "+err.Error(), "correct the query")
	}
	return expr, true
}

// events takes over queries of bad and of all events. Ours have guards around them,
// and count bad events as those that are not good: what stood in the service file is
// found by writing it again.
func (r reader) events(e *servicefile.SLO, bad, total parser.Expr) {
	plainBad, plainTotal := unguarded(bad), unguarded(total)
	all := []servicefile.SLO{{ErrorQuery: plainBad.String(), TotalQuery: plainTotal.String()}}
	good, ok := rest(plainBad, plainTotal)
	if ok {
		all = append(all, servicefile.SLO{GoodQuery: good.String(), TotalQuery: plainTotal.String()})
	}
	pick := all[len(all)-1]
	for _, candidate := range append(all, fraction(bad)...) {
		rec, err := r.recording(r.service.file.Name, candidate)
		if err == nil && same(rec.Bad(5*time.Minute), bad) && same(rec.Total(5*time.Minute), total) {
			pick = candidate
		}
	}
	e.GoodQuery, e.ErrorQuery, e.TotalQuery, e.LatencyQuery, e.ThresholdMS = pick.GoodQuery, pick.ErrorQuery, pick.TotalQuery, pick.LatencyQuery, pick.ThresholdMS
}

// raw takes over a query of the share of what is bad.
func (r reader) raw(e *servicefile.SLO, ratio parser.Expr) {
	e.Query = "1 - (" + promql.Unwrap(ratio).String() + ")"
	good, ok := complement(ratio)
	if !ok {
		return
	}
	e.Query = good.String()
	for _, candidate := range averages(good) {
		rec, err := r.recording(r.service.file.Name, candidate)
		if err == nil && same(rec.ErrorRatio(5*time.Minute), ratio) {
			e.Query, e.Metric, e.Op, e.Threshold = candidate.Query, candidate.Metric, candidate.Op, candidate.Threshold
		}
	}
}

// foreign warns about queries that are going to be narrowed down to the service.
func (r reader) foreign(e *servicefile.SLO, at *document.Node) {
	rec, err := r.recording(r.service.file.Name, *e)
	if err != nil {
		return
	}
	label := cmp.Or(r.options.ServiceLabel, spec.DefaultServiceLabel)
	p := rec.Parts()
	for _, query := range []string{e.GoodQuery, e.ErrorQuery, e.TotalQuery, e.Query, e.LatencyQuery, e.Metric} {
		expr, err := promql.Parse(query)
		if query != "" && err == nil && !promql.HasMatcher(expr, label) && p != (slo.Parts{}) {
			r.changed(at, "the queries of the SLO "+e.Name+" have no matcher on "+label+", and nthlayer adds "+label+"="+strconv.Quote(r.service.file.Name)+" to them",
				"pass --service-label with the label that carries the service's name, or add a matcher on "+label)
			return
		}
	}
}

// same reports whether a text is an expression.
func same(text string, expr parser.Expr) bool {
	other, err := promql.Parse(text)
	return err == nil && promql.Unwrap(other).String() == promql.Unwrap(expr).String()
}

// unguarded takes off what keeps a query from having no value or a wrong one: a zero for
// what is absent, a floor for what increase leaves below it, and that only series with
// the bucket count.
func unguarded(expr parser.Expr) parser.Expr {
	return promql.Unwrap(promql.Rewrite(expr, func(e parser.Expr) parser.Expr {
		switch n := e.(type) {
		case *parser.ParenExpr:
			if _, binary := n.Expr.(*parser.BinaryExpr); !binary {
				return n.Expr
			}
		case *parser.BinaryExpr:
			if n.Op == parser.LOR && isZero(n.RHS) || n.Op == parser.LAND && overBuckets(n) {
				return n.LHS
			}
		case *parser.Call:
			if n.Func.Name == "clamp_min" && promql.Unwrap(n.Args[1]).String() == "0" {
				return promql.Unwrap(n.Args[0])
			}
		}
		return e
	}))
}

func isZero(expr parser.Expr) bool {
	b, ok := promql.Unwrap(expr).(*parser.BinaryExpr)
	return ok && b.Op == parser.MUL && promql.Unwrap(b.RHS).String() == "0"
}

// overBuckets reports whether an operation takes a histogram and a bucket of it
// together, series by series.
func overBuckets(b *parser.BinaryExpr) bool {
	return b.VectorMatching != nil && !b.VectorMatching.On && slices.Equal(b.VectorMatching.MatchingLabels, []string{labels.BucketLabel})
}

// rest returns the good events where bad ones are all without them, in sum or in each
// series.
func rest(bad, total parser.Expr) (parser.Expr, bool) {
	if agg, ok := bad.(*parser.AggregateExpr); ok && agg.Op == parser.SUM {
		b, ok := promql.Unwrap(agg.Expr).(*parser.BinaryExpr)
		if !ok || b.Op != parser.SUB || !overBuckets(b) {
			return nil, false
		}
		good := promql.Unwrap(b.RHS)
		if spellings, ok := good.(*parser.AggregateExpr); ok {
			good = spellings.Expr
		}
		return &parser.AggregateExpr{Op: parser.SUM, Expr: good}, "sum("+promql.Unwrap(b.LHS).String()+")" == total.String()
	}
	b, ok := bad.(*parser.BinaryExpr)
	if !ok || b.Op != parser.SUB || promql.Unwrap(b.LHS).String() != total.String() {
		return nil, false
	}
	return promql.Unwrap(b.RHS), true
}

// fraction returns what the native histogram may be that a query counts by: its name
// alone says what unit its limit is in.
func fraction(expr parser.Expr) []servicefile.SLO {
	var out []servicefile.SLO
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		c, ok := n.(*parser.Call)
		if !ok || c.Func.Name != "histogram_fraction" || len(c.Args) != 3 || len(out) > 0 {
			return nil
		}
		limit, ok := new(big.Rat).SetString(c.Args[1].String())
		selectors := promql.Selectors(c.Args[2])
		if !ok || len(selectors) != 1 {
			return nil
		}
		for _, unit := range []*big.Rat{big.NewRat(1000, 1), big.NewRat(1, 1), big.NewRat(1, 1000), big.NewRat(1, 1_000_000)} {
			out = append(out, servicefile.SLO{
				LatencyQuery: "histogram_quantile(0.99, sum(rate(" + selectors[0].String() + "[5m])))",
				ThresholdMS:  manifest.Number(servicefile.Decimal(new(big.Rat).Mul(limit, unit))),
			})
		}
		return nil
	})
	return out
}

// complement returns x of 1 - x.
func complement(expr parser.Expr) (parser.Expr, bool) {
	b, ok := promql.Unwrap(expr).(*parser.BinaryExpr)
	if !ok || b.Op != parser.SUB || promql.Unwrap(b.LHS).String() != "1" {
		return nil, false
	}
	return promql.Unwrap(b.RHS), true
}

// averages returns what an average over time may be one of: of a ratio, or of the
// times at which a metric keeps to its threshold.
func averages(expr parser.Expr) []servicefile.SLO {
	c, ok := expr.(*parser.Call)
	if !ok || c.Func.Name != "avg_over_time" {
		return nil
	}
	sub, ok := c.Args[0].(*parser.SubqueryExpr)
	if !ok {
		return nil
	}
	b, ok := promql.Unwrap(sub.Expr).(*parser.BinaryExpr)
	if !ok {
		return nil
	}
	side := promql.Unwrap(b.LHS).String()
	out := []servicefile.SLO{{Query: side}}
	if limit, ok := new(big.Rat).SetString(strings.TrimPrefix(b.RHS.String(), "+")); ok && b.ReturnBool {
		out = append(out, servicefile.SLO{Metric: side, Op: b.Op.String(), Threshold: manifest.Number(servicefile.Decimal(limit))})
	}
	return out
}
