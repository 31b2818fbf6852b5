package spec

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// slos reads one SLO resource. A resource with several indicators is several
// SLOs with one objective: each is measured, and the worst decides.
func (l *loader) slos(s *Service, r Resource) []SLO {
	n := r.Spec
	l.unknownKeys(n, sloKeys(), "the SLO")
	before := len(l.findings)
	base := SLO{Name: r.Name, Description: l.text(n.Get("description"), "description"), At: r.At, Labels: l.entries(n.Get("labels"), "labels")}
	base.Objective = l.objective(s, r)
	base.Window = l.window(n)
	base.Broken = l.brokenSince(before)
	var out []SLO
	for i, ind := range l.indicators(n) {
		slo := base
		if i > 0 {
			slo.Name.V += "-" + strconv.Itoa(i+1)
		}
		before = len(l.findings)
		slo.Indicator = l.indicator(s, slo.Name.V, n, ind)
		slo.Broken = cmp.Or(slo.Broken, l.brokenSince(before))
		out = append(out, slo)
	}
	return out
}

func (l *loader) objective(s *Service, r Resource) Value[Objective] {
	n := r.Spec.Get("objective")
	if target := r.Spec.Get("target"); !target.IsNull() {
		if !n.IsNull() {
			l.add(target, "slo/objective-range", report.Error, "objective: and target: say the same thing, and both are given", "remove target:")
		} else {
			n = target
		}
	}
	if n.IsNull() {
		fix := "add objective: 99.9"
		if s.Tier.V != "" {
			fix = "add objective:; " + s.Tier.V.Facts().Availability + " is usual for the tier " + string(s.Tier.V)
		}
		l.findings = append(l.findings, r.At.Finding("slo/objective-missing", report.Error, l.service, "the SLO "+quote(r.Name.V)+" has no objective", fix))
		return Value[Objective]{}
	}
	return l.percentage(n, "objective", false)
}

func (l *loader) window(n *document.Node) Value[Window] {
	fallback, _ := ParseWindow(DefaultWindow)
	w := n.Get("window")
	if w.IsNull() {
		l.add(n, "slo/window", report.Warning, "the SLO has no window; "+DefaultWindow+" is used", "add window: "+DefaultWindow)
		return Value[Window]{V: fallback}
	}
	v := l.text(w, "window")
	if !v.Set() {
		return Value[Window]{V: fallback}
	}
	parsed, err := ParseWindow(v.V)
	if err != nil {
		l.add(w, "slo/window", report.Error, "window: "+err.Error(), "write window: "+windowMeant(v.V))
		return Value[Window]{V: fallback}
	}
	if w.Path == n.Path { // that of a short form, which has no place to write one
		return Value[Window]{V: parsed}
	}
	return Value[Window]{V: parsed, At: v.At}
}

// windowMeant is the window that was most likely meant by a text that is none.
func windowMeant(text string) string {
	for _, period := range []string{"week", "month", "quarter"} {
		if strings.Contains(strings.ToLower(text), period) {
			return "calendar-" + period
		}
	}
	return cmp.Or(report.Nearest(text, []string{"calendar-week", "calendar-month", "calendar-quarter"}), DefaultWindow)
}

// indicators returns the mappings that describe SLIs: indicator:, each of
// indicators:, or the SLO's own keys.
func (l *loader) indicators(n *document.Node) []*document.Node {
	if ind := l.mapping(n.Get("indicator"), "indicator"); ind != nil {
		l.unknownKeys(ind, indicatorKeys(), "the indicator")
		if n.Has("indicators") {
			l.add(n.Get("indicators"), "slo/indicator", report.Error, "indicator: and indicators: stand side by side", "keep one of the two")
		}
		return []*document.Node{ind}
	}
	list := n.Get("indicators")
	if list.IsNull() {
		return []*document.Node{nil}
	}
	var out []*document.Node
	for _, item := range l.list(list, "indicators") {
		if m := l.mapping(item, "an indicator"); m != nil {
			l.unknownKeys(m, indicatorKeys(), "the indicator")
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return []*document.Node{nil}
	}
	return out
}

// sliFields looks a key up in the indicator first and then in the SLO itself.
type sliFields struct{ indicator, slo *document.Node }

func (f sliFields) get(keys ...string) *document.Node {
	for _, n := range []*document.Node{f.indicator, f.slo} {
		for _, k := range keys {
			if v := n.Get(k); !v.IsNull() {
				return v
			}
		}
	}
	return nil
}

// indicator reads an SLI in any of its spellings into the one model.
func (l *loader) indicator(s *Service, name string, slo, ind *document.Node) Indicator {
	f := sliFields{ind, slo}
	at := slo
	if ind != nil {
		at = ind
	}
	out := Indicator{At: l.origin(at), Declared: l.text(f.get("type"), "type")}
	out.Declared.V = strings.ToLower(out.Declared.V)
	if out.Declared.Set() && !slices.Contains(indicatorTypes(), out.Declared.V) {
		l.unknownWord(f.get("type"), "slo/indicator", "type of an SLI", out.Declared.V, strings.Join(indicatorTypes(), ", "))
	}
	switch p, ok := l.number(f.get("percentile"), "percentile"); {
	case ok && (p.V <= 0 || p.V >= 100):
		l.add(f.get("percentile"), "slo/indicator", report.Error, "percentile must be above 0 and below 100", "write percentile: 99")
	case ok:
		out.Percentile = p
	}
	l.queries(&out, f)
	switch {
	case out.Total.Set() && (out.Good.Set() || out.Bad.Set()):
		out.Kind = IndicatorEvents
	case out.Good.Set() || out.Bad.Set() || out.Total.Set():
		l.halfEvents(&out)
	case l.successFilter(&out, f, s):
	case l.latency(&out, f, s):
	case l.thresholdMetric(&out, f, s):
	case out.Ratio.Set():
		out.Kind = IndicatorRatio
	default:
		l.defaultIndicator(&out, f, s, name)
	}
	plain := f.get("success_filter") != nil || (out.Kind == IndicatorLatency || out.Kind == IndicatorThreshold) && nameAlone(f.get("metric"))
	if n := f.get("selector"); n != nil && out.Kind != IndicatorNone && !out.Defaulted && !plain {
		l.add(n, "slo/indicator", report.Warning, "selector picks the series of an SLO that writes no query, and this one does", "write the labels into the query: {env=\"${env}\"}")
	}
	if unresolved(out) {
		// It was reported, and must not be sent: a label value of "${servce}"
		// is valid PromQL that finds nothing.
		out.Kind = IndicatorNone
	}
	return out
}

// unresolved reports whether a variable is left in an expression.
func unresolved(i Indicator) bool {
	for _, e := range i.Expressions() {
		if strings.Contains(e.Text.V, "${") {
			return true
		}
	}
	return false
}

// queries reads the expressions of all spellings.
func (l *loader) queries(out *Indicator, f sliFields) {
	nested := sliFields{
		merge(f.indicator.Get("success_rate"), f.indicator.Get("success_ratio")),
		merge(f.slo.Get("success_rate"), f.slo.Get("success_ratio")),
	}
	for _, section := range []*document.Node{f.indicator, f.slo} {
		for _, key := range []string{"success_rate", "success_ratio"} {
			l.needsMapping(section.Get(key), key)
		}
	}
	pick := func(keys ...string) Value[string] {
		if n := nested.get(keys...); n != nil {
			return l.expression(n, keys[0])
		}
		return l.expression(f.get(keys...), keys[0])
	}
	out.Good = pick("good_query")
	out.Bad = pick("error_query", "bad_query")
	out.Total = pick("total_query")
	out.Query = l.expression(f.get("latency_query"), "latency_query")
	out.Ratio = l.expression(f.get("query"), "query")
	if out.Good.Set() && out.Bad.Set() {
		out.Bad = Value[string]{} // good and total say it all
	}
}

// needsMapping reports an expression where the two sides of a ratio belong.
func (l *loader) needsMapping(n *document.Node, key string) {
	if !n.IsNull() && n.Kind != document.Mapping {
		l.add(n, "spec/wrong-type", report.Error, key+" must be a mapping of good_query and total_query; this is "+n.Kind.String(),
			"write good_query: and total_query: below it, or the whole ratio as query: instead of it")
	}
}

// halfEvents reports an SLI with only one side of its ratio.
func (l *loader) halfEvents(out *Indicator) {
	out.Kind = IndicatorNone
	missing, have := "total_query", "good_query"
	switch {
	case out.Total.Set():
		missing, have = "good_query", "total_query"
	case out.Bad.Set():
		have = "error_query"
	}
	l.findings = append(l.findings, out.At.Finding("slo/indicator", report.Error, l.service, have+" has no "+missing+" beside it", "add "+missing+":"))
}

// successFilter reads metric and success_filter, the short form for a counter
// with a status label.
func (l *loader) successFilter(out *Indicator, f sliFields, s *Service) bool {
	metric, filter := f.get("metric"), f.get("success_filter")
	if metric == nil || filter == nil {
		return false
	}
	own := l.ownSeries(f, s)
	selector := func(more string) string { return "sum(rate(" + metric.Text + "{" + own + more + "}[5m]))" }
	out.Kind = IndicatorEvents
	out.Good = Value[string]{V: selector("," + filter.Text), At: placeOf(l.origin(filter))}
	out.Total = Value[string]{V: selector(""), At: placeOf(l.origin(metric))}
	return true
}

// latency reads a latency SLI: declared as one, or with a quantile as its query.
// A quantile is in seconds and must never be taken for a ratio.
func (l *loader) latency(out *Indicator, f sliFields, s *Service) bool {
	quantile := strings.Contains(out.Ratio.V, "histogram_quantile")
	if !out.Query.Set() && out.Declared.V != "latency" && !quantile {
		return false
	}
	if !out.Query.Set() {
		out.Query, out.Ratio = out.Ratio, Value[string]{}
	}
	if !out.Query.Set() {
		out.Query = l.ownMetric(f, s)
	}
	if !out.Query.Set() {
		return false
	}
	out.Kind = IndicatorLatency
	out.Threshold = l.latencyThreshold(f)
	return true
}

// latencyThreshold reads the threshold in seconds from the places where it may
// stand. Different values in two of them are a warning: the first one counts.
func (l *loader) latencyThreshold(f sliFields) Value[float64] {
	var out Value[float64]
	for _, n := range []*document.Node{f.indicator.Get("threshold_ms"), f.slo.Get("threshold_ms"), f.slo.Get("latency_threshold")} {
		v, ok := l.number(n, "threshold_ms")
		if !ok {
			continue
		}
		if v.V <= 0 {
			l.add(n, "slo/threshold", report.Error, "the latency threshold must be above 0 ms", "write threshold_ms: 300")
			continue
		}
		v.V = seconds(v.V)
		switch {
		case !out.Set():
			out = v
		case out.V != v.V:
			l.add(n, "slo/threshold", report.Warning, "the latency threshold is given twice with different values; the one at line "+strconv.Itoa(out.At.Line())+" counts", "remove one of the two")
		}
	}
	return out
}

// seconds turns milliseconds into the float nearest to them in seconds. Dividing by
// 1000 misses it, and 2.1 ms would not be the bucket le="0.0021".
func seconds(ms float64) float64 {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(ms, 'g', -1, 64))
	if !ok {
		return ms / 1000
	}
	f, _ := r.Quo(r, big.NewRat(1000, 1)).Float64()
	return f
}

// thresholdMetric reads an SLI that compares a value with a limit: a custom
// metric, or a minimum throughput.
func (l *loader) thresholdMetric(out *Indicator, f sliFields, s *Service) bool {
	limit, op := f.get("threshold"), "<="
	if rps := f.get("threshold_rps"); rps != nil {
		limit, op = rps, ">="
	}
	if limit == nil {
		return false
	}
	expr := l.ownMetric(f, s)
	if !expr.Set() {
		expr, out.Ratio = out.Ratio, Value[string]{}
	}
	threshold, ok := l.number(limit, "threshold")
	if !ok || !expr.Set() {
		return false
	}
	out.Kind, out.Metric, out.Threshold = IndicatorThreshold, expr, threshold
	out.Op = Value[string]{V: op}
	if o := f.get("op"); o != nil {
		out.Op = l.operator(o)
	}
	return true
}

// operator reads how a metric compares with its threshold, in signs or in
// OpenSLO's words.
func (l *loader) operator(n *document.Node) Value[string] {
	words := map[string]string{"lte": "<=", "lt": "<", "gte": ">=", "gt": ">"}
	op := n.Text
	if w, ok := words[op]; ok {
		op = w
	}
	switch op {
	case "<=", "<", ">=", ">":
		return Value[string]{V: op, At: l.origin(n)}
	}
	l.add(n, "slo/indicator", report.Error, "op "+quote(n.Text)+" is not a comparison", "write one of <=, <, >=, >")
	return Value[string]{V: "<="}
}

// defaultIndicator takes the queries of the service type for an SLO that gives
// none.
func (l *loader) defaultIndicator(out *Indicator, f sliFields, s *Service, name string) {
	facts := s.Type.V.Facts()
	kind := out.Declared.V + " " + name
	own := l.ownSeries(f, s)
	selector := func(metric, more string) string { return "sum(rate(" + metric + "{" + own + more + "}[5m]))" }
	place := placeOf(out.At)
	switch {
	case strings.Contains(kind, "latency") || strings.Contains(name, "p95") || strings.Contains(name, "p99"):
		if facts.Histogram == "" {
			break
		}
		out.Kind, out.Defaulted = IndicatorLatency, true
		q := quantileOf(*out)
		out.Query = Value[string]{At: place, V: "histogram_quantile(" + q + ", sum by (le) (rate(" + facts.Histogram + "_bucket{" + own + "}[5m])))"}
		out.Threshold = l.latencyThreshold(f)
		return
	case containsAny(kind, "availability", "success", "error"):
		if facts.Total == "" {
			break
		}
		out.Kind, out.Defaulted = IndicatorEvents, true
		out.Good = Value[string]{V: selector(facts.Total, ","+facts.GoodMatcher), At: place}
		out.Total = Value[string]{V: selector(facts.Total, ""), At: place}
		return
	}
	out.Kind = IndicatorNone
}

// quantileOf returns the quantile of a percentile, 0.95 when none was given.
func quantileOf(i Indicator) string {
	if i.Percentile.V <= 0 || i.Percentile.V >= 100 {
		return "0.95"
	}
	r, err := parseDecimal(strconv.FormatFloat(i.Percentile.V, 'f', -1, 64))
	if err != nil {
		return "0.95"
	}
	return decimalText(r.Quo(r, big.NewRat(100, 1)))
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
