package alert

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Unwanted says why alerts of a severity are left out for a service; empty when
// they are not. In production a tier decides what is worth telling; elsewhere
// there is less of it.
func Unwanted(s *spec.Service, severity tech.Severity, page bool) string {
	switch s.Tier.V {
	case spec.TierCritical:
	case spec.TierHigh:
		if severity == tech.Info {
			return "info on tier high"
		}
	case spec.TierStandard:
		if severity == tech.Info {
			return "info on tier standard"
		}
	case spec.TierLow:
		if severity != tech.Critical && !page {
			return string(severity) + " on tier low"
		}
	}
	return Elsewhere(s, severity)
}

// Elsewhere says why alerts of a severity are left out in the service's environment;
// empty when they are not.
func Elsewhere(s *spec.Service, severity tech.Severity) string {
	switch {
	case s.Environment == "dev" && severity != tech.Critical, s.Environment == "staging" && severity == tech.Info:
		return string(severity) + " in " + s.Environment
	}
	return ""
}

// Downgraded is the severity that an alert gets: nobody is paged for a service of
// tier low, unless the file says so.
func Downgraded(s *spec.Service, severity tech.Severity, page bool) string {
	if s.Tier.V == spec.TierLow && severity == tech.Critical && !page {
		return string(tech.Warning)
	}
	return string(severity)
}

// Override returns what the file says about an alert, by any of its names; the zero
// value for nothing.
func Override(d spec.Dependency, names ...string) spec.AlertOverride {
	i := slices.IndexFunc(d.Alerts, func(o spec.AlertOverride) bool { return slices.Contains(names, o.Alert.V) })
	if i < 0 {
		return spec.AlertOverride{}
	}
	return d.Alerts[i]
}

// unknownOverrides reports overrides of alerts that there are none of, and of
// thresholds that an alert does not have.
func (g *generator) unknownOverrides(u generate.Use) {
	var names []string
	for _, a := range u.Technology.Alerts {
		names = append(names, a.Name)
	}
	for _, l := range u.Technology.Logs {
		names = append(names, l.Name, LogName(g.job.Service, l))
	}
	for _, o := range u.Dependency.Alerts {
		i := slices.Index(names, o.Alert.V)
		switch {
		case i < 0:
			g.find(o.Alert.At, "generate/override", report.Error, u.Technology.Title+" has no alert "+o.Alert.V, report.DidYouMean(o.Alert.V, names))
		case o.Threshold.Set() && i < len(u.Technology.Alerts) && u.Technology.Alerts[i].Threshold == nil:
			g.find(o.Threshold.At, "generate/override", report.Error, "the alert "+o.Alert.V+" has no threshold to override", "remove threshold:")
		}
	}
}

// adjusted returns the expression of an alert with the threshold of the file.
func adjusted(a tech.Alert, o spec.AlertOverride) string {
	if a.Threshold == nil || !o.Threshold.Set() {
		return a.Expr
	}
	text := cmp.Or(a.Given, a.Expr)
	expr, err := promql.Parse(text)
	if err != nil {
		return text // Expand says so
	}
	return promql.Rewrite(expr, func(node parser.Expr) parser.Expr {
		b, ok := node.(*parser.BinaryExpr)
		if !ok || !b.Op.IsComparisonOperator() {
			return node
		}
		if n, ok := promql.Unwrap(b.RHS).(*parser.NumberLiteral); ok && strconv.FormatFloat(n.Val, 'g', -1, 64) == strconv.FormatFloat(*a.Threshold, 'g', -1, 64) {
			b.RHS = &parser.NumberLiteral{Val: o.Threshold.V}
		}
		return b
	}).String()
}

// KeepsService reports whether the series of an expression have a service label of
// their own: it is grouped by it.
func KeepsService(text string) bool {
	expr, err := promql.Parse(strings.TrimSpace(text))
	return err == nil && keepsService(expr)
}

func keepsService(expr parser.Expr) bool {
	kept := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if a, ok := node.(*parser.AggregateExpr); ok && !a.Without && slices.Contains(a.Grouping, "service") {
			kept = true
		}
		return nil
	})
	return kept
}
