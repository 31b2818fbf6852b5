package promruval

import (
	"regexp"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// tenantMetrics are the metrics of one tenant.
type tenantMetrics struct {
	tenant       string
	match, never *regexp.Regexp
}

func hasSourceTenantsForMetrics(p *params) check {
	byDefault := p.text("defaultTenant")
	n := p.get("sourceTenants")
	if n == nil || len(n.Fields) == 0 {
		p.bad(n, "sourceTenants is missing", "add it below params:, with the metrics of each tenant")
		return nil
	}
	var metrics []tenantMetrics
	for _, f := range n.Fields {
		metrics = append(metrics, p.tenant(f)...)
	}
	return func(t target) []fault {
		var has []string
		if t.group != nil {
			for _, s := range t.group.SourceTenants {
				has = append(has, s.V)
			}
		}
		if len(has) == 0 {
			has = []string{byDefault}
		}
		var out []fault
		for _, s := range t.expr.Selectors {
			for _, m := range metrics {
				if m.match.MatchString(s.Name) && (m.never == nil || !m.never.MatchString(s.Name)) && !slices.Contains(has, m.tenant) {
					out = append(out, fault{t.expr.Text, s.Start, s.End, s.Name + " is a metric of the tenant " + m.tenant + ", which the group does not read", "add " + m.tenant + " to source_tenants: of the group"})
				}
			}
		}
		return out
	}
}

func (p *params) tenant(f document.Field) []tenantMetrics {
	if f.Value.Kind != document.Sequence {
		p.bad(f.Value, "sourceTenants of "+f.Key+" is "+f.Value.Kind.String()+", not a list", "begin each item with - regexp:")
		return nil
	}
	var out []tenantMetrics
	for _, item := range f.Value.Items {
		if item.Kind != document.Mapping {
			p.bad(item, "an item of sourceTenants is "+item.Kind.String()+", not a mapping", "begin it with - regexp:")
			continue
		}
		before := len(p.found)
		p.unknown(item, "an item of sourceTenants", []string{"regexp", "negativeRegexp", "description"})
		p.failed = p.failed || len(p.found) > before
		m := tenantMetrics{tenant: f.Key, match: p.compile(item.Get("regexp"), "regexp", ".*")}
		if never := item.Get("negativeRegexp"); !never.IsNull() {
			m.never = p.compile(never, "negativeRegexp", "")
		}
		out = append(out, m)
	}
	return out
}

// typos tells words that are nearly a well-known one.
type typos struct {
	distance int
	ratio    float64
}

// of returns the well-known word that was most likely meant, and "" for a word that
// is one of them or far from all.
func (y typos) of(word string, known []string) string {
	if slices.Contains(known, word) {
		return ""
	}
	for _, k := range known {
		limit := y.distance
		if limit == 0 {
			limit = int(y.ratio * float64(len(k)))
		}
		if limit > 0 && report.Distance(word, k, limit) <= limit {
			return k
		}
	}
	return ""
}

func doesNotContainTypos(p *params) check {
	y := typos{distance: p.count("maxLevenshteinDistance"), ratio: p.number("maxDifferenceRatio")}
	switch {
	case p.failed:
	case y.distance > 0 && y.ratio > 0:
		p.bad(p.get("maxDifferenceRatio"), "maxLevenshteinDistance and maxDifferenceRatio cannot both be given", "keep one of them")
	case y.distance == 0 && y.ratio == 0:
		p.bad(nil, "maxLevenshteinDistance or maxDifferenceRatio is missing", "add one of them below params:")
	case y.ratio > 1:
		p.bad(p.get("maxDifferenceRatio"), "maxDifferenceRatio is above 1", "write a number from 0 to 1")
	}
	annotationNames, labelNames, seriesLabels := p.texts("wellKnownAnnotations"), p.texts("wellKnownRuleLabels"), p.texts("wellKnownSeriesLabels")
	return func(t target) []fault {
		out := y.names("annotation", t.rule.Annotations, annotationNames)
		out = append(out, y.names("label", t.rule.Labels, labelNames)...)
		if len(seriesLabels) == 0 {
			return out
		}
		for _, u := range used(t.expr, nil) {
			if meant := y.of(u.label, seriesLabels); meant != "" {
				out = append(out, fault{t.expr.Text, u.start, u.end, "the label " + u.label + " looks misspelt", "did you mean " + meant + "?"})
			}
		}
		return out
	}
}

func (y typos) names(what string, pairs []rulefile.Pair, known []string) []fault {
	var out []fault
	for _, p := range pairs {
		if meant := y.of(p.Key.V, known); meant != "" {
			out = append(out, whole(p.Key, "the "+what+" "+p.Key.V+" looks misspelt", "did you mean "+meant+"?")...)
		}
	}
	return out
}
