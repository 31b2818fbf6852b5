package record

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/tech"
)

// The recorded series on how a service is, whatever it calls its metrics. Latency
// has the quantile behind it: service:latency_seconds:p95.
const (
	Requests   = "service:requests:rate5m"
	ErrorShare = "service:errors:ratio_rate5m"
	Latency    = "service:latency_seconds:"
)

// legacyKind is the kind of services of which older dashboards read rules under
// other names.
const legacyKind = "http"

// legacyNames are those names, by the series that has the same values.
func legacyNames() map[string]string {
	return map[string]string{
		Requests: "service:http_requests:rate5m", ErrorShare: "service:http_errors:rate5m",
		Latency + "p95": "service:http_request_duration_seconds:p95", Latency + "p99": "service:http_request_duration_seconds:p99",
	}
}

// recorded is a series to record and the expression of the catalogue for it.
type recorded struct{ name, expr string }

// health returns the expressions for what a kind of service has. Without traffic
// they have no value: 0 / 0 is not 0, and neither is a quantile of nothing.
func health(t tech.Technology) []recorded {
	h := cmp.Or(t.Health, &tech.Health{})
	var out []recorded
	if h.Requests != "" {
		out = append(out, recorded{Requests, fmt.Sprintf("sum(rate(%s[5m]))", t.Metric(h.Requests))})
	}
	if h.Errors != "" {
		requests := fmt.Sprintf("sum(rate(%s[5m]))", t.Metric(h.Requests))
		out = append(out, recorded{ErrorShare, fmt.Sprintf("(sum(rate(%s[5m])) or 0 * %s) / (%s > 0)", t.Metric(h.Errors), requests, requests)})
	}
	if h.Latency != "" {
		for _, percent := range []int{50, 95, 99} {
			quantile := strconv.FormatFloat(float64(percent)/100, 'g', -1, 64)
			out = append(out, recorded{Latency + "p" + strconv.Itoa(percent), fmt.Sprintf("histogram_quantile(%s, sum by (le) (rate(%s[5m]))) >= 0", quantile, t.Metric(h.Latency))})
		}
	}
	return out
}

// healthGroup returns the rules on how the service is, by what services of its type
// measure, and what is wrong with them.
func healthGroup(job generate.Job) (rules.Group, []report.Finding) {
	g := rules.Group{Name: "nthlayer-health-" + identity(job.Service), Interval: cmp.Or(job.Options.Interval, interval)}
	if job.Catalog == nil {
		return g, nil
	}
	u, ok := job.Own()
	if !ok {
		return g, nil
	}
	var findings []report.Finding
	var unseen []string
	at := cmp.Or(u.Origin, job.Service.At)
	for _, r := range health(u.Technology) {
		e, err := job.Metrics.ExpandRule(u.Technology, tech.Target{Expr: r.expr}, u.Scope)
		if err != nil {
			findings = append(findings, at.Finding("generate/expression", report.Error, job.Service.Name.V, "the recording rule "+r.name+": "+err.Error(), ""))
			continue
		}
		if e.Expr == nil || slices.ContainsFunc(e.Used, doubtful) && !job.Metrics.Silent(u.Technology, u.Scope) {
			continue
		}
		if len(e.Missing) > 0 {
			unseen = append(unseen, r.name)
		}
		g.Rules = append(g.Rules, rules.Rule{Record: r.name, Expr: e.Expr.String(), Labels: owner(job.Service), Origin: at})
		if old := legacyNames()[r.name]; old != "" && job.Options.LegacyNames && u.Technology.Name == legacyKind {
			alias := r.name + "{" + ownedBy(job.Service) + "}"
			g.Rules = append(g.Rules, rules.Rule{Record: old, Expr: alias, Labels: owner(job.Service), Origin: at})
		}
	}
	if len(unseen) > 0 {
		findings = append(findings, at.Finding(intent.RuleDiscovery, report.Info, job.Service.Name.V,
			"the server does not have the metrics of "+strings.Join(unseen, ", ")+" for "+job.Service.Name.V+", so that they read those that are common",
			"deploy what has them, or name its metrics below metric_overrides"))
	}
	return g, findings
}

// doubtful reports whether a metric was not seen and needs something that most
// services do not have.
func doubtful(a intent.Answer) bool { return a.Status == intent.Assumed && a.Needs != "" }
