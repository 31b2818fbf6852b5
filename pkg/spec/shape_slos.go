package spec

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

var latencyShort = regexp.MustCompile(`^latency_p([1-9][0-9]?(?:[._][0-9]{1,2})?)_ms$`)

// flatSLOs turns slos: of a flat file into SLO resources: a mapping of short
// forms (availability: 99.9, latency_p99_ms: 200, error_rate: 0.1) or a list of
// SLOs.
func (l *loader) flatSLOs(n *document.Node) []*document.Node {
	switch {
	case n.IsNull():
		return nil
	case n.Kind == document.Sequence:
		var out []*document.Node
		for _, item := range n.Items {
			if r := l.flatSLO(item); r != nil {
				out = append(out, r)
			}
		}
		return out
	case n.Kind != document.Mapping:
		l.add(n, "spec/wrong-type", report.Error, "slos: must be a mapping or a list; this is "+n.Kind.String(), "write availability: 99.9 below it")
		return nil
	}
	var out []*document.Node
	for _, f := range n.Fields {
		var r *document.Node
		switch {
		case f.Value.IsNull() || removes(f.Value):
			r = resource(f.Value, "SLO", shortName(f.Key), document.NewMapping(f.Value))
			r.Fields = append(r.Fields, field(deleteMark, document.NewScalar(f.Value, document.Bool, "true")))
		case f.Value.Kind == document.Mapping:
			r = resource(f.Value, "SLO", shortName(f.Key), f.Value)
		default:
			r = l.shortSLO(f)
		}
		if r != nil {
			out = append(out, r)
		}
	}
	return out
}

// shortName returns the name of the SLO that a key of the short form stands for.
func shortName(key string) string {
	if m := latencyShort.FindStringSubmatch(key); m != nil {
		return "latency-p" + strings.NewReplacer(".", "", "_", "").Replace(m[1])
	}
	return strings.ReplaceAll(key, "_", "-")
}

// shortSLO reads one entry of the short form. The window is the default one,
// without a word: there is no place to write it.
func (l *loader) shortSLO(f document.Field) *document.Node {
	v := f.Value
	window := field("window", document.NewScalar(v, document.String, DefaultWindow))
	spec := func(indicator string, fields ...document.Field) *document.Node {
		kind := field("type", document.NewScalar(v, document.String, indicator))
		return document.NewMapping(v, append([]document.Field{window, kind}, fields...)...)
	}
	switch {
	case f.Key == "error_rate":
		objective, ok := l.complement(v)
		if !ok {
			return nil
		}
		return resource(v, "SLO", shortName(f.Key), spec("availability", field("objective", objective)))
	case latencyShort.MatchString(f.Key):
		percentile := strings.ReplaceAll(latencyShort.FindStringSubmatch(f.Key)[1], "_", ".")
		// "p99 below 200 ms" says that 99 % of the requests take less.
		return resource(v, "SLO", shortName(f.Key), spec("latency",
			field("objective", document.NewScalar(v, document.Float, percentile)),
			field("percentile", document.NewScalar(v, document.Float, percentile)),
			field("threshold_ms", v)))
	case strings.HasPrefix(f.Key, "latency") || strings.HasSuffix(f.Key, "_ms"):
		l.add(v, "slo/indicator", report.Error, quote(f.Key)+" is not a short form of an SLO", "write latency_p99_ms: with a percentile above 0 and below 100, and a threshold in milliseconds")
		return nil
	}
	kind := "custom"
	if slices.Contains(indicatorTypes(), f.Key) {
		kind = f.Key
	}
	return resource(v, "SLO", shortName(f.Key), spec(kind, field("objective", v)))
}

// complement turns an error rate in percent into an objective.
func (l *loader) complement(v *document.Node) (*document.Node, bool) {
	r, err := parseDecimal(v.Text)
	if err != nil || r.Sign() <= 0 || r.Cmp(hundred()) >= 0 {
		l.add(v, "slo/objective-range", report.Error, "error_rate must be a percentage above 0 and below 100; this is "+quote(v.Text), "write 0.1 for one request in a thousand")
		return nil, false
	}
	return document.NewScalar(v, document.Float, decimalText(new(big.Rat).Sub(hundred(), r))), true
}

// flatSLO reads one SLO of a list.
func (l *loader) flatSLO(item *document.Node) *document.Node {
	if item.Kind != document.Mapping {
		l.add(item, "spec/wrong-type", report.Error, "each SLO must be a mapping; this is "+item.Kind.String(), "write - name: availability and objective: 99.9")
		return nil
	}
	if item.Has("kind") && item.Has("spec") {
		return item
	}
	name := item.Get("name")
	if name == nil {
		l.add(item, "spec/required-field", report.Error, "an SLO without a name", "add name:")
		return nil
	}
	return document.NewMapping(item,
		field("kind", document.NewScalar(item, document.String, "SLO")),
		field("name", name),
		field("spec", item),
	)
}
